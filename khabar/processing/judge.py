"""Decides whether an extracted page is an article, in a language of its source, and free to read.
Pure.
"""

from __future__ import annotations

from khabar.hindi.sentences import count_words
from khabar.model.items import Article, Outcome
from khabar.model.sources import Source

# Minimum number of words of an article; fewer are a stub, a caption or an error message. Chosen by
# hand, not measured.
MIN_WORDS = 25


def judge_article(
    article: Article, source: Source | None, word_count: int | None = None
) -> tuple[Outcome, str]:
    """Returns the outcome of an extracted page and the evidence for it. An article of no source may
    be in any language. `word_count`: words of its text, if they have been counted.
    """
    if reason := article.signals.get("soft_404"):
        return Outcome.SOFT_404, str(reason)
    if article.page_type == "listing":
        return Outcome.LISTING, str(article.signals.get("listing", ""))
    if article.page_type == "other":
        if not article.text:
            return Outcome.NO_TEXT, "; ".join(article.problems) or "no text found"
        return Outcome.OTHER_PAGE, str(article.signals.get("other", ""))
    if reason := article.signals.get("paywalled"):
        return Outcome.PAYWALLED, str(reason)
    words = count_words(article.text) if word_count is None else word_count
    if words < _min_words(article):
        return Outcome.NO_TEXT, f"{words} words"
    if source and article.language not in source.languages:
        return Outcome.OTHER_LANGUAGE, article.language or "und"
    return Outcome.ARTICLE, article.page_type


def _min_words(article: Article) -> int:
    has_pictures = article.images or article.embeds
    # galleries and videos may have next to no text
    return 0 if article.page_type in ("gallery", "video") and has_pictures else MIN_WORDS
