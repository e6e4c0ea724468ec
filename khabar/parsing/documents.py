"""Shared by the parsers of feeds, sitemaps and listings: the error they raise, decompression,
addresses and date hints.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain
from urllib.parse import urlsplit

from khabar.extraction.datetimes import Timestamp, parse_timestamp
from khabar.model import clock, urls

MAX_TITLE, MAX_DATE = 500, 200  # characters of a hint; chosen by hand, not measured
# Limits of a gzipped document: gzips inside each other, and members one after the other. Chosen by
# hand, not measured.
_MAX_LAYERS, _MAX_MEMBERS = 3, 1000
_CHUNK = 1 << 16  # bytes
_GZIP = b"\x1f\x8b"

_ABSOLUTE = re.compile(r"https?://[^/?#\s]", re.I)
_HOST = re.compile(r"(?:[a-z0-9-]+\.)+([a-z]{2,24})(?::\d{1,5})?", re.I)
# Endings of file names that no top-level domain has: index.php/a is a path.
_FILE_ENDINGS = frozenset("php html htm shtml xhtml asp aspx jsp cgi cfm xml json txt".split())

_MIDNIGHT = re.compile(r"(?<![\d:])24:00(:00(?:\.0+)?)?(?![\d:])")
_SLASHED_DATE = re.compile(r"\b(\d{1,2})/(\d{1,2})(/\d{4}\b)")


class BrokenDocument(ValueError):
    """The body is not a feed, sitemap or listing; the message describes what it is instead."""


# --- bodies ---


def decompress_chunks(body: bytes, max_bytes: int) -> Iterator[bytes]:
    """Yields at most `max_bytes` of a body in chunks, decompressed if it is gzip, in gzip, too. Of
    a gzip that is cut or damaged, what comes before.

    Raises BrokenDocument if a gzip has nothing readable.
    """
    size = 0
    chunks = (body[start : start + _CHUNK] for start in range(0, len(body), _CHUNK))
    for chunk in _decompress_layers(chunks, _MAX_LAYERS):
        yield chunk[: max_bytes - size]
        size += len(chunk)
        if size >= max_bytes:
            return


def _decompress_layers(chunks: Iterator[bytes], max_layers: int) -> Iterator[bytes]:
    start = b""
    while len(start) < len(_GZIP) and (chunk := next(chunks, b"")):
        start += chunk
    if not start:
        return
    chunks = chain((start,), chunks)
    if max_layers and start.startswith(_GZIP):
        yield from _decompress_layers(_decompress_gzip(chunks), max_layers - 1)
    else:
        yield from chunks


def _decompress_gzip(chunks: Iterator[bytes]) -> Iterator[bytes]:
    decompressor = zlib.decompressobj(wbits=31)
    is_empty, members = True, 1
    for chunk in chunks:
        tail, output = chunk, b""
        while tail or len(output) == _CHUNK:
            try:
                output = decompressor.decompress(tail, _CHUNK)  # limited, against bombs
            except zlib.error as error:
                if is_empty:
                    raise BrokenDocument(f"gzip: {error}") from error
                return
            if output:
                is_empty = False
                yield output
            tail = decompressor.unconsumed_tail
            if decompressor.eof:
                tail = decompressor.unused_data
                members += 1
                if members > _MAX_MEMBERS or (tail and not _GZIP.startswith(tail[:2])):
                    return
                decompressor = zlib.decompressobj(wbits=31)


# --- addresses ---


def resolve_address(base: str, link: str) -> str:
    """Returns the normalised address of a link in the document `base`. A link without a scheme that
    begins with a host (www.x.in/a) gets the document's scheme.
    """
    link = link.strip()
    if _ABSOLUTE.match(link):
        return urls.resolve_link("", link)  # joining takes a sixth of the time of a long sitemap
    if "://" not in link and link[:1] not in ("/", "?", "#") and _begins_with_host(link, base):
        link = f"{urlsplit(base).scheme or 'https'}://{link}"
    return urls.resolve_link(base, link)


def _begins_with_host(link: str, base: str) -> bool:
    host, slash, _ = link.partition("/")
    match = _HOST.fullmatch(host)
    if not match or match[1].lower() in _FILE_ENDINGS:
        return False
    return bool(slash) or host.lower().startswith("www.") or is_same_site(f"//{host}", base)


def is_same_site(url: str, other_url: str) -> bool:
    """Whether two addresses have one host, or one's host is a part of the other's: www.x.in and
    m.x.in are.
    """
    host, other_host = map(_strip_prefix, (url, other_url))
    return bool(host and other_host) and (
        f".{host}".endswith(f".{other_host}") or f".{other_host}".endswith(f".{host}")
    )


def _strip_prefix(url: str) -> str:
    return re.sub(r"^(www|m|amp)\.", "", urls.get_host(url))


# --- dates ---


def parse_date_hint(value: object, now: datetime | None = None) -> str | None:
    """Parses a date from a feed or sitemap; returns it in the format of `clock.format_utc`, or as
    YYYY-MM-DD if it has no time. A time without an offset is Indian; a number counts the seconds or
    milliseconds since 1970.

    None if there is no date, or it cannot be parsed, or is over two days after `now` (default: the
    current time). Only a hint: the date of an article is taken from its page.
    """
    if value is None or value == "":
        return None
    try:
        timestamp = _parse_hint(str(value)[:MAX_DATE].strip(), now or clock.now())
        if timestamp is None:
            return None
        if timestamp.precision == "day":
            return timestamp.iso
        return clock.format_utc(timestamp.instant)
    except Exception:  # noqa: BLE001  # the border of one date: whatever it raises costs this hint
        return None


def _parse_hint(text: str, now: datetime) -> Timestamp | None:
    if "24:00" in text and _MIDNIGHT.search(text):
        timestamp = parse_timestamp(_MIDNIGHT.sub(r"00:00\1", text), "hint", now)
        return timestamp and Timestamp(
            (timestamp.instant + timedelta(days=1)).isoformat(), timestamp.precision, "hint"
        )
    if timestamp := parse_timestamp(text, "hint", now):
        return timestamp
    # day/month cannot be: month/day, as some servers write
    swapped = _SLASHED_DATE.sub(r"\2/\1\3", text)
    return parse_timestamp(swapped, "hint", now) if swapped != text else None
