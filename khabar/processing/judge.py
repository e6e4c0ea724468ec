"""Is it an article, in a language its source is kept for, free to read? Pure predicates over
what the reader saw.
"""

from __future__ import annotations

from khabar.hindi.sentences import count_words
from khabar.model.items import Article, Outcome
from khabar.model.sources import Source

MIN_WORDS = 25  # fewer words of text are no article: a stub, a caption, an error


def judge_article(article: Article, source: Source) -> tuple[Outcome, str]:
    """The outcome of a page that was read, with the evidence."""
    if reason := article.signals.get("soft_404"):
        return Outcome.SOFT_404, str(reason)
    if article.page_type == "listing":
        return Outcome.LISTING, str(article.signals.get("listing", ""))
    if article.page_type == "other":
        return _non_article_outcome(article)
    if reason := article.signals.get("paywalled"):
        return Outcome.PAYWALLED, str(reason)
    words = count_words(article.text)
    if words < _min_words(article):
        return Outcome.NO_TEXT, f"{words} words"
    if article.language not in source.languages:
        return Outcome.OTHER_LANGUAGE, article.language or "und"
    return Outcome.ARTICLE, article.page_type


def _non_article_outcome(article: Article) -> tuple[Outcome, str]:
    if not article.text:
        return Outcome.NO_TEXT, "; ".join(article.problems) or "no text found"
    return Outcome.OTHER_PAGE, str(article.signals.get("other", ""))


def _min_words(article: Article) -> int:
    has_pictures = article.images or article.embeds
    # they live by their pictures
    return 0 if article.page_type in ("gallery", "video") and has_pictures else MIN_WORDS
