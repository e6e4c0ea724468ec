"""Section pages, used if a site has no feed or sitemap: every link of the page, in order, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import lxml.html
from lxml import etree

from khabar.model import urls
from khabar.model.items import DiscoveredLink
from khabar.parsing.documents import BrokenDocument


def parse_listing(body: bytes, url: str, now: datetime | None = None) -> tuple[DiscoveredLink, ...]:
    """Returns all http(s) links of an HTML page, with their text as title.

    Raises BrokenDocument if there is none: not HTML, or a page that scripts fill in a browser.
    """
    try:
        root = lxml.html.document_fromstring(body, parser=lxml.html.HTMLParser(encoding="utf-8"))
    except (etree.ParserError, ValueError) as error:
        raise BrokenDocument(f"not a page: {error}") from error
    links: dict[str, DiscoveredLink] = {}
    for link in _iter_links(root, _find_base_url(root, url)):
        # the link around a picture comes first, the one with the headline after it
        if link.url not in links or not links[link.url].title:
            links[link.url] = link
    if not links:
        raise BrokenDocument(f"no link on it: begins {body.lstrip()[:40]!r}")
    return tuple(links.values())


def _find_base_url(root: lxml.html.HtmlElement, url: str) -> str:
    base = root.find(".//base[@href]")
    try:
        return urls.normalize_url(base.get("href"), url) if base is not None else url
    except ValueError:
        return url


def _iter_links(root: lxml.html.HtmlElement, base: str) -> Iterator[DiscoveredLink]:
    for anchor in root.iter("a"):
        href = (anchor.get("href") or "").strip()
        if not href or href.startswith(("#", "javascript:", "mailto:", "tel:", "whatsapp:")):
            continue
        try:
            address = urls.normalize_url(href, base)
        except ValueError:
            continue  # not a valid URL
        if address.startswith(("http://", "https://")):
            yield DiscoveredLink(
                address, "listing", title=" ".join(anchor.text_content().split())[:200] or None
            )
