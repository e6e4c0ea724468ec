"""Sitemaps and sitemap indexes, plain or gzipped, with Google News dates; indexes that are served
as <urlset>; addresses in lines of text, and feeds, which the protocol allows as sitemaps.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from html import unescape
from itertools import chain, islice

from khabar.model.items import DiscoveredLink
from khabar.parsing.documents import (
    MAX_TITLE,
    BrokenDocument,
    decompress_chunks,
    parse_date_hint,
    resolve_address,
)
from khabar.parsing.feeds import parse_feed
from khabar.parsing.markup import decode_chunks, scan_markup

# The limits of the sitemap protocol: bytes after decompression, and links.
MAX_BYTES = 50 << 20
MAX_LINKS = 50_000
MAX_DEPTH = 100  # of elements inside one entry; chosen by hand, not measured
_MAX_VALUE = 10_000  # characters of one value; chosen by hand, not measured
# Elements that tell what a document is. What stands before (a script's warning) may be anything.
_ROOTS = frozenset("urlset sitemapindex rss rdf feed html head body".split())
_ADDRESS = re.compile(r"https?://\S+", re.I)
_CHILD = re.compile(r"\.xml(\.gz)?(\?|$)")
_ENTRIES = frozenset({"url", "sitemap"})
_REPEATED = "repeated"  # replaces a name in the path of an entry
# Values of an entry by their path in it; "" is the entry's own text.
_VALUES = frozenset({"", "loc", "lastmod", "news/title", "news/publication_date"})


def parse_sitemap(body: bytes, url: str, now: datetime | None = None) -> tuple[DiscoveredLink, ...]:
    """Returns the first 50,000 links in the first 50 MB of a sitemap, in order; those to other
    sitemaps have the kind `sitemap`. Invalid XML and a gzip that is cut are read as far as they go.

    Raises BrokenDocument if the body is not a sitemap.
    """
    texts = decode_chunks(decompress_chunks(body, MAX_BYTES))
    head = ""
    while len(head) < 1000 and (text := next(texts, None)) is not None:
        head = (head + text).lstrip("\ufeff \t\r\n")
    is_json = head[:1] in ("{", "[")
    root = next((tag for _, tag, _ in scan_markup((head,)) if tag in _ROOTS and not is_json), "")
    texts = chain((head,), texts)
    if root in ("urlset", "sitemapindex"):
        links = _iter_links(texts, url, now, is_index=root == "sitemapindex")
    elif root in ("rss", "rdf", "feed"):
        links = (replace(link, how="sitemap") for link in parse_feed(body, url, now))
    elif not root and _ADDRESS.match(head):
        links = _iter_lines(texts, url)
    else:
        name = f"<{root}>" if root else f"begins {head[:40].encode()!r}"
        raise BrokenDocument(f"not a sitemap: {name}")
    return tuple(islice(links, MAX_LINKS))


def _iter_lines(texts: Iterable[str], base: str) -> Iterator[DiscoveredLink]:
    """Yields the addresses of a text sitemap, one a line; other lines are ignored."""
    rest = ""
    for text in chain(texts, ("\n",)):
        *lines, rest = re.split(r"[\r\n]+", rest + text)
        rest = rest[:_MAX_VALUE]
        for line in lines:
            if _ADDRESS.fullmatch(address := line.strip("\ufeff \t\r\n\0")):
                yield _make_link({"loc": address}, base, None, is_child=False, is_news=False)


def _iter_links(
    texts: Iterable[str], base: str, now: datetime | None, *, is_index: bool
) -> Iterator[DiscoveredLink]:
    for entry in _iter_entries(texts):
        if location := entry.find_location():
            entry.values["loc"] = location
            is_child = is_index or entry.name == "sitemap"
            yield _make_link(entry.values, base, now, is_child=is_child, is_news=entry.is_news)


def _iter_entries(texts: Iterable[str]) -> Iterator[_Entry]:
    """Yields each <url> and <sitemap>. It ends with its own end, with the start of the next or with
    the document.
    """
    entry: _Entry | None = None
    for text, tag, _ in scan_markup(texts):
        if entry is None:
            entry = _Entry(tag) if tag in _ENTRIES else None
            continue
        if text:
            entry.add_text(text)
        if tag in _ENTRIES and not entry.path:
            yield entry
            entry = _Entry(tag)
        elif tag[1:] == entry.name and tag[0] == "/" and entry.name not in entry.path:
            yield entry
            entry = None
        elif tag:
            entry.follow_tag(tag)
    if entry:
        yield entry


class _Entry:
    """One <url> or <sitemap> while it is read: its values, and the elements that are open in it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.values: dict[str, str] = {}
        self.is_news = False
        self.path: list[str] = []

    def add_text(self, text: str) -> None:
        key = "/".join(self.path)
        if key in _VALUES and len(value := self.values.get(key, "")) < _MAX_VALUE:
            self.values[key] = (value + text)[:_MAX_VALUE]

    def follow_tag(self, tag: str) -> None:
        """Opens an element, or closes it with those left open in it. An end without a start closes
        nothing. Raises BrokenDocument for more than MAX_DEPTH elements in each other.
        """
        path = self.path
        if tag[0] != "/":
            if len(path) >= MAX_DEPTH:
                raise BrokenDocument(f"an entry with over {MAX_DEPTH} elements in each other")
            self.is_news = self.is_news or (tag == "news" and not path)
            path.append(tag)
            if self.values.get("/".join(path), "").strip():
                path[-1] = _REPEATED  # of several values the first counts
        elif path and path[-1] in (tag[1:], _REPEATED):
            path.pop()
        elif tag[1:] in path:
            del path[path.index(tag[1:]) :]

    def find_location(self) -> str:
        """Returns the address: of <loc>, or the entry's own text if it is one word."""
        location = self.values.get("loc", "").strip()
        own_words = self.values.get("", "").split()
        return location or (own_words[0] if len(own_words) == 1 else "")


def _make_link(
    values: dict[str, str], base: str, now: datetime | None, *, is_child: bool, is_news: bool
) -> DiscoveredLink:
    address = resolve_address(base, values["loc"])
    modified_at = parse_date_hint(values.get("lastmod"), now)
    if is_child or _CHILD.search(address):
        return DiscoveredLink(address, "sitemap-index", "sitemap", modified=modified_at)
    return DiscoveredLink(
        address,
        "news-sitemap" if is_news else "sitemap",
        title=unescape(values.get("news/title", "")).strip()[:MAX_TITLE] or None,
        published=parse_date_hint(values.get("news/publication_date"), now),
        modified=modified_at,
    )
