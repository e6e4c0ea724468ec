"""RSS and Atom feeds, parsed with feedparser, which tolerates invalid XML and entities; JSON Feed.
Dates are parsed by khabar.extraction, because some are in Hindi.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from html import unescape
from typing import Any

from khabar.model.items import DiscoveredLink
from khabar.parsing.documents import (
    MAX_TITLE,
    BrokenDocument,
    decompress_chunks,
    is_same_site,
    parse_date_hint,
    resolve_address,
)
from khabar.parsing.markup import decode_chunks, find_attribute, scan_markup

# Bytes that are parsed: the newest entries come first, and feedparser needs a second or more per
# megabyte. JSON that is cut is not JSON, and is parsed faster.
MAX_BYTES = 2 << 20
MAX_JSON_BYTES = 8 << 20
_CHARACTER_REFERENCE = re.compile(rb"&#(x[0-9a-f]{1,8}|[0-9]{1,20});?", re.I)
# A tag that loses its attributes, as they take feedparser time by their number squared. The length
# is chosen by hand.
_LONG_TAG = re.compile(rb"(<[A-Za-z][\w:.-]{0,99})[^<>]{8192,}+>?")
# Names of an entry's values in feedparser, by their names in a document.
_SCANNED_VALUES = {
    "title": "title",
    "link": "link",
    "origlink": "origlink",
    "guid": "id",
    "id": "id",
    "pubdate": "published",
    "published": "published",
    "updated": "updated",
}


def parse_feed(body: bytes, url: str, now: datetime | None = None) -> tuple[DiscoveredLink, ...]:
    """Returns the entries of a feed's first two megabytes, in order; () for an empty feed. Dates
    over two days after `now` (default: the current time) are ignored.

    Raises BrokenDocument if the body is not a feed.
    """
    body = b"".join(decompress_chunks(body, MAX_JSON_BYTES))
    entries = _read_json_entries(body) if _begins_as_json(body) else _read_entries(body)
    return tuple(_iter_links(entries, url, now))


def _read_entries(body: bytes) -> list[Any]:
    import feedparser  # here, as it takes 90 ms and only the workers need it

    xml = _CHARACTER_REFERENCE.sub(_drop_invalid_reference, body[:MAX_BYTES])
    xml = _LONG_TAG.sub(rb"\1>", xml)
    try:
        # without the feed's address: a link stays as it is written, or as xml:base makes it
        feed = feedparser.parse(io.BytesIO(xml), sanitize_html=False, resolve_relative_uris=False)
    except Exception as error:
        # the border around feedparser: a value on which it raises costs the feed nothing else
        if entries := list(_scan_entries(body[:MAX_BYTES])):
            return entries
        raise BrokenDocument(f"not a feed: {type(error).__name__}: {error}") from error
    if not feed.entries and not feed.get("version"):
        raise BrokenDocument(f"not a feed: begins {body.lstrip()[:40]!r}")
    return list(feed.entries)


def _drop_invalid_reference(reference: re.Match[bytes]) -> bytes:
    """Removes a reference to a surrogate or beyond Unicode, on which feedparser raises; returns
    any other one unchanged.
    """
    digits = reference[1].lower()
    number = int(digits[1:], 16) if digits.startswith(b"x") else int(digits)
    return reference[0] if 0 < number < 0xD800 or 0xDFFF < number < 0x110000 else b""


def _scan_entries(body: bytes) -> Iterator[dict[str, str]]:
    """Yields the entries of a feed that feedparser cannot parse: their plain values only."""
    entry: dict[str, str] | None = None
    name = ""
    for text, tag, attributes in scan_markup(decode_chunks((body,))):
        if entry is not None and name and text:
            entry[name] = entry.get(name, "") + text
        if tag in ("item", "entry"):
            entry, name = {}, ""
        elif entry is None or not tag:
            continue
        elif tag in ("/item", "/entry"):
            yield entry
            entry = None
        else:
            name = _SCANNED_VALUES.get(tag, "")
            if tag == "link" and find_attribute(attributes, "rel") in ("", "alternate"):
                entry.setdefault("link", find_attribute(attributes, "href"))


# --- JSON Feed ---


def _begins_as_json(body: bytes) -> bool:
    return body[:100].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def _read_json_entries(body: bytes) -> list[Any]:
    """Returns the items of a JSON Feed under the names that feedparser uses."""
    try:
        feed = json.loads(body.decode("utf-8-sig", "replace"), strict=False)
        is_feed = "jsonfeed.org" in str(feed.get("version")) and isinstance(feed["items"], list)
    except Exception as error:
        # the border around the JSON reader, which raises by depth and by digits too
        raise BrokenDocument(f"not a feed: {type(error).__name__}: {error}") from error
    if not is_feed:
        raise BrokenDocument(f"not a feed: begins {body.lstrip()[:40]!r}")
    return [
        {
            "link": _get_text(item, "url") or _get_text(item, "external_url"),
            "id": item.get("id"),
            "title": item.get("title"),
            "published": item.get("date_published"),
            "updated": item.get("date_modified"),
        }
        for item in feed["items"]
        if isinstance(item, dict)
    ]


# --- entries ---


def _iter_links(
    entries: Iterable[Any], base: str, now: datetime | None
) -> Iterator[DiscoveredLink]:
    for entry in entries:
        if link := _find_link(entry, base):
            yield DiscoveredLink(
                resolve_address(base, link),
                "feed",
                title=_read_title(entry),
                published=parse_date_hint(_get_value(entry, "published"), now),
                modified=parse_date_hint(_get_value(entry, "updated"), now),
            )


def _find_link(entry: Any, base: str) -> str:
    """Returns the article's own address: what the entry calls its original link (feedburner's
    origLink and the like), else its link. An id of the feed's site precedes a link to another.
    """
    link, identifier = _get_text(entry, "link"), _get_text(entry, "id")
    if not identifier.lower().startswith(("http://", "https://")):
        identifier = ""
    for name in entry:
        if name.endswith("origlink") and (original := _get_text(entry, name)):
            return original
    if link and identifier and is_same_site(identifier, base):
        return link if is_same_site(resolve_address(base, link), base) else identifier
    return link or identifier


def _read_title(entry: Any) -> str | None:
    # decoded again, because some feeds encode the title twice
    return " ".join(unescape(_get_text(entry, "title")).split())[:MAX_TITLE] or None


def _get_value(entry: Any, name: str) -> Any:
    """Returns a value of an entry; None if it is missing. feedparser's get() gives `published` for
    `updated`.
    """
    return entry.get(name) if name in entry else None


def _get_text(entry: Any, name: str) -> str:
    value = _get_value(entry, name)
    return value.strip() if isinstance(value, str) else ""
