"""Parsers of discovery documents (feeds, sitemaps, listings) by kind: bytes in, links out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from khabar.model.items import DiscoveredLink, PageKind
from khabar.parsing.documents import BrokenDocument
from khabar.parsing.feeds import parse_feed
from khabar.parsing.listings import parse_listing
from khabar.parsing.sitemaps import parse_sitemap

# (body, URL of the document, when it was fetched) → links
PARSERS: dict[PageKind, Callable[[bytes, str, datetime | None], tuple[DiscoveredLink, ...]]] = {
    "feed": parse_feed,
    "sitemap": parse_sitemap,
    "listing": parse_listing,
}

__all__ = [
    "PARSERS", "BrokenDocument", "parse_document", "parse_feed", "parse_listing", "parse_sitemap",
]  # fmt: skip


def parse_document(
    kind: PageKind, body: bytes, url: str, now: datetime | None = None
) -> tuple[DiscoveredLink, ...]:
    """Returns the links of a document. Raises BrokenDocument, and nothing else: an error that a
    parser did not foresee is that document's, named, and ends nothing but its reading.
    """
    try:
        return PARSERS[kind](body, url, now)
    except BrokenDocument:
        raise
    except Exception as error:
        raise BrokenDocument(f"{type(error).__name__}: {error}"[:200]) from error
