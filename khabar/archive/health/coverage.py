"""What a visit shows of its source's health: which of the things a healthy page has it has.
Pure.
"""

from __future__ import annotations

from collections.abc import Iterator

from khabar.model.items import TRANSIENT, Article, Outcome, Visit

# field → what its share is of, as a verdict says it. In the order in which a fault explains those
# after it.
FIELDS = {
    "document": "feeds and sitemaps could be read",
    "access": "pages were open to us",
    "answer": "pages were answered",
    "text": "pages read gave an article",
    "title": "articles have a title",
    "date": "articles have a date",
    "time": "articles have the time of day",
    "author": "articles name an author or a desk",
    "length": "articles are half as long as usual, or longer",
    "embeds": "articles carry embeds",
}
ACCESS_DENIED = frozenset({Outcome.FORBIDDEN, Outcome.ROBOTS})
TOLERATED_ONCE = frozenset({"document", "answer"})  # a host's bad hour is no news; two in a row are
WITH_TEXT = frozenset({Outcome.ARTICLE, Outcome.PART, Outcome.OTHER_LANGUAGE})
DOCUMENT_READ = frozenset({Outcome.FEED, Outcome.LISTING, Outcome.ALIAS})


def field_presence(
    visit: Visit, outcome: Outcome | None, *, is_document: bool, usual_words: int | None
) -> Iterator[tuple[str, bool]]:
    """(field, whether it is there) for all that this visit can tell of.

    `outcome`: its outcome, or the one it waits with; None: 304, not modified. `usual_words`: half
    of the source's articles are longer.
    """
    if is_document:
        yield "document", visit.outcome is None or outcome in DOCUMENT_READ
        return
    yield "access", outcome not in ACCESS_DENIED
    yield "answer", outcome not in TRANSIENT
    if visit.article is None and visit.outcome is not Outcome.UNREADABLE:
        return
    yield "text", visit.outcome in WITH_TEXT
    if visit.article and visit.outcome is Outcome.ARTICLE:
        yield from _article_field_presence(visit.article, usual_words)


def _article_field_presence(
    article: Article, usual_words: int | None
) -> Iterator[tuple[str, bool]]:
    yield "title", bool(article.title)
    yield "date", bool(article.published_at)
    yield "time", article.published_precision in ("second", "minute")
    yield "author", bool(article.authors or article.desk)
    yield "length", usual_words is None or len(article.text.split()) * 2 >= usual_words
    yield "embeds", any(embed.place != "page" for embed in article.embeds)
