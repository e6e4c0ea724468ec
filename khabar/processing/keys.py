"""Deduplication keys of an article. They are computed here and looked up in the transaction that
stores it.
"""

from __future__ import annotations

from khabar.model import urls
from khabar.model.items import Article, DedupKeys
from khabar.model.sources import Source
from khabar.model.text_features import compute_text_features


def compute_keys(article: Article, source: Source | None, source_key: str = "") -> DedupKeys:
    """Returns the article's canonical URL and the features of its texts. `source_key`: of an
    article without a source file.
    """
    features = compute_text_features(article.search_texts, source.key if source else source_key)
    return DedupKeys(resolve_canonical_url(article, source), features)


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
