"""Section pages, used if a site has no feed or sitemap: every link of the page, in order, once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from lxml import etree

from khabar.model import urls
from khabar.model.items import DiscoveredLink
from khabar.parsing.documents import BrokenDocument, decompress_chunks

# Limits of a page that is parsed; the rest is ignored. Chosen by hand, not measured.
MAX_BYTES = 8 << 20  # as for pages of articles
MAX_LINKS = 10_000
MAX_TITLE = 200  # characters
_NO_PAGE = ("#", "javascript:", "mailto:", "tel:", "whatsapp:")
_NO_TEXT = frozenset({"script", "style"})


def parse_listing(body: bytes, url: str, now: datetime | None = None) -> tuple[DiscoveredLink, ...]:
    """Returns the http(s) links of an HTML page, with their text as title.

    Raises BrokenDocument if there is none: not HTML, or a page that scripts fill in a browser.
    """
    collector = _AnchorCollector()
    parser = etree.HTMLParser(target=collector, encoding="utf-8", huge_tree=True)
    try:
        for chunk in decompress_chunks(body, MAX_BYTES):
            parser.feed(chunk)
            if len(collector.anchors) >= MAX_LINKS:
                break
        parser.close()
    except etree.LxmlError as error:
        raise BrokenDocument(f"not a page: {error}") from error
    base = urls.resolve_base(collector.base, url)
    links: dict[str, DiscoveredLink] = {}
    for href, text in collector.anchors[:MAX_LINKS]:
        address = _resolve_href(href, base)
        # the link around a picture comes first, the one with the headline after it
        if address and (address not in links or not links[address].title):
            title = " ".join(text.split())[:MAX_TITLE] or None
            links[address] = DiscoveredLink(address, "listing", title=title)
    if not links:
        raise BrokenDocument(f"no link on it: begins {body.lstrip()[:40]!r}")
    return tuple(links.values())


class _AnchorCollector:
    """Receives the tags of a page and keeps its links with their text; it builds no tree, which
    takes a time of the number of an element's attributes squared.
    """

    def __init__(self) -> None:
        self.base: str | None = None
        self.anchors: list[tuple[str, str]] = []
        self._href: str | None = None
        self._texts: list[str] = []
        self._hidden_depth = 0

    def start(self, tag: str, attributes: Any) -> None:
        if tag == "a":
            self._finish_anchor()
            self._href = attributes.get("href")
        elif tag == "base" and self.base is None:
            self.base = attributes.get("href")
        self._hidden_depth += tag in _NO_TEXT

    def end(self, tag: str) -> None:
        if tag == "a":
            self._finish_anchor()
        self._hidden_depth -= tag in _NO_TEXT

    def data(self, text: str) -> None:
        if self._href is not None and not self._hidden_depth:
            self._texts.append(text)

    def close(self) -> None:
        self._finish_anchor()

    def _finish_anchor(self) -> None:
        if self._href is not None:
            self.anchors.append((self._href, "".join(self._texts)))
        self._href, self._texts = None, []


def _resolve_href(href: str, base: str) -> str | None:
    """Returns the http(s) address of a link; None for any other."""
    href = href.strip()
    if not href or href.lower().startswith(_NO_PAGE):
        return None
    try:
        address = urls.normalize_url(href, base)
    except ValueError:
        return None
    return address if address.startswith(("http://", "https://")) else None
