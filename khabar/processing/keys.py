"""Deduplication keys of an article. They are computed here and looked up in the transaction that
stores it.
"""

from __future__ import annotations

from khabar.hindi.normalize import compute_text_sha256
from khabar.model import urls
from khabar.model.items import Article, DedupKeys
from khabar.model.sources import Source


def compute_keys(article: Article, source: Source | None) -> DedupKeys:
    """Returns the article's canonical URL and the hash of its folded text (None without text)."""
    return DedupKeys(resolve_canonical_url(article, source), compute_text_sha256(article.text))


def resolve_canonical_url(article: Article, source: Source | None) -> str:
    """Returns the canonical link if it is an article URL of the same source, else the page's own
    URL.
    """
    if source is None:
        return urls.normalize_url(article.canonical_url or article.url)
    page_url = source.canonicalize_url(article.url)
    if not article.canonical_url or urls.reject_reason(article.canonical_url):
        return page_url
    canonical_url = source.canonicalize_url(article.canonical_url)
    return (
        canonical_url
        if source.is_own_url(canonical_url) and source.is_article(canonical_url)
        else page_url
    )
