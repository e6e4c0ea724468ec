"""The task of a worker: extracts a page and computes the deduplication keys of its article."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from khabar.model.items import Article, DedupKeys, Page
from khabar.model.sources import Source
from khabar.processing.keys import compute_keys


@dataclass(frozen=True, slots=True)
class ExtractedPage:
    """A page's article. `keys`: None for a page of no source or of another type than an article."""

    article: Article
    keys: DedupKeys | None


def extract_page(
    extract: Callable[[Page, Source | None], Article], page: Page, source: Source | None
) -> ExtractedPage:
    """Extracts a page with `extract`, and computes the keys of what may be an article."""
    article = extract(page, source)
    has_keys = source is not None and article.page_type not in ("listing", "other")
    return ExtractedPage(article, compute_keys(article, source) if has_keys else None)
