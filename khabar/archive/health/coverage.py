"""Field coverage: which of the fields that a healthy page has were found in a visit. Pure
functions.
"""

from __future__ import annotations

from collections.abc import Iterator

from khabar.model.items import TRANSIENT, Article, Outcome, Visit

# Field → the words of its ratio in a verdict. Ordered by cause: a fault explains those after it.
FIELDS = {
    "document": "feeds and sitemaps could be read",
    "access": "pages were accessible",
    "answer": "pages got a response",
    "page": "new pages were pages of their own",
    "text": "parsed pages gave an article",
    "own text": "articles have a text of their own, not one under several headlines",
    "whole text": "articles have a text of which nothing seems to be left out",
    "title": "articles have a title",
    "date": "articles have a date",
    "time": "articles have the time of day",
    "author": "articles name an author or a desk",
    "length": "articles are half as long as usual, or longer",
    "embeds": "articles have embeds",
}
# Fields that say nothing about the extractor; it can change all others.
HOST_FIELDS = frozenset({"document", "access", "answer", "page"})
ACCESS_DENIED = frozenset({Outcome.FORBIDDEN, Outcome.ROBOTS})
# Fields that may fail in one run, by a server's short outage; two runs in a row are a fault.
TOLERATED_ONCE = frozenset({"document", "answer"})
# What a new page ends as that has nothing of its own to show; pages without text are in "text".
NO_PAGE = frozenset(
    {
        Outcome.NOT_FOUND,
        Outcome.GONE,
        Outcome.EMPTY,
        Outcome.CLIENT_ERROR,
        Outcome.NOT_HTML,
        Outcome.REDIRECT_LOOP,
    }
)
WITH_TEXT = frozenset({Outcome.ARTICLE, Outcome.PART, Outcome.OTHER_LANGUAGE})
DOCUMENT_READ = frozenset({Outcome.FEED, Outcome.LISTING, Outcome.ALIAS})


def field_presence(
    visit: Visit, outcome: Outcome | None, change: str | None, *, is_document: bool, is_new: bool,
    usual_words: int | None,
) -> Iterator[tuple[str, bool]]:  # fmt: skip
    """Yields (field, whether it is present) for each field that applies to this visit.

    `outcome`: of the visit, or the one with which it waits for a retry; None: 304, not modified.
    `change`: what happened to the article (new, edited, unchanged, removed). `is_new`: the first
    visit of a page. `usual_words`: the median length of the source's articles in words, None if
    unknown.
    """
    if is_document:
        yield "document", visit.outcome is None or outcome in DOCUMENT_READ
        return
    yield "access", outcome not in ACCESS_DENIED
    yield "answer", outcome not in TRANSIENT
    # A redirect is judged with its target.
    if is_new and outcome not in TRANSIENT and outcome is not Outcome.ALIAS:
        yield "page", outcome not in NO_PAGE
    if visit.article is None and visit.outcome is not Outcome.UNREADABLE:
        return
    yield "text", visit.outcome in WITH_TEXT
    if visit.article and visit.outcome is Outcome.ARTICLE:
        if change != "unchanged":
            yield "own text", not visit.is_shared_text
        yield from _article_field_presence(visit.article, usual_words)


def _article_field_presence(
    article: Article, usual_words: int | None
) -> Iterator[tuple[str, bool]]:
    yield "whole text", not article.signals.get("left_out")
    yield "title", bool(article.title)
    yield "date", bool(article.published_at)
    yield "time", article.published_precision in ("second", "minute")
    yield "author", bool(article.authors or article.desk)
    # One half of the median length: chosen by hand, not measured.
    yield "length", usual_words is None or len(article.text.split()) * 2 >= usual_words
    yield "embeds", any(embed.place != "page" for embed in article.embeds)
