"""What makes an article the same as another, computed here; the look-up happens inside the storing transaction."""

from __future__ import annotations

from khabar.hindi.normalize import text_sha256
from khabar.model import urls
from khabar.model.items import Article, Keys
from khabar.model.sources import Source


def keys_of(article: Article, source: Source | None) -> Keys:
    """The address the article stands for, and the hash of its folded words (None without text)."""
    return Keys(believed_url(article, source), text_sha256(article.text))


def believed_url(article: Article, source: Source | None) -> str:
    """The canonical link where it can be true: an article address of the same source. Else the page's own."""
    if source is None:
        return urls.normal(article.canonical_url or article.url)
    own = source.canonical_url(article.url)
    if not article.canonical_url or urls.bad(article.canonical_url):
        return own
    told = source.canonical_url(article.canonical_url)
    return told if source.owns(told) and source.is_article(told) else own
