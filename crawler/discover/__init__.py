"""Discovery documents: pure readers, bytes in, links out. One place chooses the reader by kind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from crawler.discover.broken import BrokenDocument
from crawler.discover.feed import read_feed
from crawler.discover.listing import read_listing
from crawler.discover.sitemap import read_sitemap
from crawler.items import Found, PageKind

# (body, address of the document, when it was fetched) → what it points at
READERS: dict[PageKind, Callable[[bytes, str, datetime | None], list[Found]]] = {
    "feed": read_feed,
    "sitemap": read_sitemap,
    "listing": read_listing,
}

__all__ = ["READERS", "BrokenDocument", "read_feed", "read_listing", "read_sitemap"]
