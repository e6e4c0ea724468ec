"""Discovery documents: pure readers, bytes in, links out. One place chooses the reader by kind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from khabar.model.items import Found, PageKind
from khabar.parsing.documents import BrokenDocument
from khabar.parsing.feeds import read_feed
from khabar.parsing.listings import read_listing
from khabar.parsing.sitemaps import read_sitemap

# (body, address of the document, when it was fetched) → what it points at
READERS: dict[PageKind, Callable[[bytes, str, datetime | None], list[Found]]] = {
    "feed": read_feed,
    "sitemap": read_sitemap,
    "listing": read_listing,
}

__all__ = ["READERS", "BrokenDocument", "read_feed", "read_listing", "read_sitemap"]
