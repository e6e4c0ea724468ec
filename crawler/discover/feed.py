"""RSS and Atom. feedparser forgives broken XML and entity soup; dates in Hindi are read by our own room."""

from __future__ import annotations

import io
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

import feedparser

from crawler import urls
from crawler.discover.broken import BrokenDocument
from crawler.items import Found
from hindi.dates import read_date


def read_feed(body: bytes, url: str) -> list[Found]:
    """The entries of a feed, in its order. Raises BrokenDocument when it is none; an empty feed is fine."""
    parsed = feedparser.parse(io.BytesIO(body), response_headers={"content-location": url})
    if not parsed.entries and not parsed.get("version"):
        raise BrokenDocument(f"not a feed: begins {body.lstrip()[:40]!r}")
    return list(_entries(parsed.entries, url))


def _entries(entries: list[Any], base: str) -> Iterator[Found]:
    for entry in entries:
        link = entry.get("link") or (entry.get("id", "") if entry.get("id", "").startswith("http") else "")
        try:
            address = urls.normal(link, base) if link else ""
        except ValueError:
            address = link  # the ledger names it a bad URL
        if address:
            yield Found(address, "feed", title=entry.get("title"), published=_date(entry, "published"),
                        modified=_date(entry, "updated"))  # fmt: skip


def _date(entry: Any, field: str) -> str | None:
    """A feed's date as ISO 8601; None when there is none or it cannot be read (a hint, never an article's date)."""
    text = entry.get(field) if field in entry else None
    if not text:
        return None
    try:
        return parsedate_to_datetime(text).isoformat()
    except ValueError:
        moment = read_date(text)
        return moment.iso if moment else None
