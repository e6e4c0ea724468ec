"""RSS and Atom feeds, parsed with feedparser, which tolerates invalid XML and entities. Dates are
parsed by khabar.extraction, because some are in Hindi.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import feedparser

from khabar.model import urls
from khabar.model.items import DiscoveredLink
from khabar.parsing.documents import BrokenDocument, parse_date_hint

# Bytes that are parsed: the newest entries come first, and feedparser needs a second or more per
# megabyte.
MAX_BYTES = 2 << 20
_CHARACTER_REFERENCE = re.compile(rb"&#(x[0-9a-f]{1,8}|[0-9]{1,20});?", re.I)


def parse_feed(body: bytes, url: str, now: datetime | None = None) -> tuple[DiscoveredLink, ...]:
    """Returns the entries of a feed's first two megabytes, in order; () for an empty feed. Dates
    over two days after `now` (default: the current time) are ignored.

    Raises BrokenDocument if the body is not a feed.
    """
    xml = _CHARACTER_REFERENCE.sub(_drop_invalid_reference, body[:MAX_BYTES])
    try:
        feed = feedparser.parse(
            io.BytesIO(xml), response_headers={"content-location": url}, sanitize_html=False
        )
    except Exception as error:
        raise BrokenDocument(f"not a feed: {type(error).__name__}: {error}") from error
    if not feed.entries and not feed.get("version"):
        raise BrokenDocument(f"not a feed: begins {body.lstrip()[:40]!r}")
    return tuple(_iter_links(feed.entries, url, now))


def _drop_invalid_reference(reference: re.Match[bytes]) -> bytes:
    """Removes a reference to a surrogate or beyond Unicode, on which feedparser raises; returns
    any other one unchanged.
    """
    digits = reference[1].lower()
    number = int(digits[1:], 16) if digits.startswith(b"x") else int(digits)
    return reference[0] if 0 < number < 0xD800 or 0xDFFF < number < 0x110000 else b""


def _iter_links(entries: list[Any], base: str, now: datetime | None) -> Iterator[DiscoveredLink]:
    for entry in entries:
        link = entry.get("link") or (
            entry.get("id", "") if entry.get("id", "").startswith("http") else ""
        )
        if link:
            dates = [
                parse_date_hint(entry.get(field) if field in entry else None, now)
                for field in ("published", "updated")
            ]
            yield DiscoveredLink(
                urls.resolve_link(base, link),
                "feed",
                title=entry.get("title"),
                published=dates[0],
                modified=dates[1],
            )
