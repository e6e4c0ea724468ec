"""Sitemaps and sitemap indexes, plain or gzipped, with Google News dates; also indexes that are
served as <urlset>.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from lxml import etree

from khabar.model import urls
from khabar.model.items import DiscoveredLink
from khabar.parsing.documents import BrokenDocument, parse_date_hint

# Bytes after decompression: twice the limit of a plain response; parsing more would block the
# crawl. Chosen by hand, not measured.
MAX_BYTES = 16 << 20
MAX_LINKS = 50_000  # the limit of the sitemap protocol
NEWS = "{*}news/{*}"


def parse_sitemap(body: bytes, url: str, now: datetime | None = None) -> list[DiscoveredLink]:
    """Returns the first 50,000 links of a sitemap in order; those to other sitemaps have the kind
    `sitemap`. Invalid XML is parsed as far as possible.

    Raises BrokenDocument if the body is not a sitemap, or exceeds MAX_BYTES when decompressed.
    """
    root = _parse_xml(_decompress_body(body))
    name = str(root.tag).rpartition("}")[2] if root is not None else ""
    if root is None or name not in ("urlset", "sitemapindex"):
        raise BrokenDocument(
            f"not a sitemap: <{name}>" if name else f"not a sitemap: begins {body.lstrip()[:40]!r}"
        )
    return list(islice(_iter_links(root, url, now, is_index=name == "sitemapindex"), MAX_LINKS))


def _decompress_body(body: bytes) -> bytes:
    if body[:2] != b"\x1f\x8b":
        return body
    try:
        # limited output, against decompression bombs
        text = zlib.decompressobj(wbits=31).decompress(body, MAX_BYTES + 1)
    except zlib.error as error:
        raise BrokenDocument(f"gzip: {error}") from error
    if len(text) > MAX_BYTES:
        raise BrokenDocument(f"gzip: over {MAX_BYTES >> 20} MB unzipped")
    return text


def _parse_xml(body: bytes) -> etree._Element | None:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, load_dtd=False)
    try:
        return etree.fromstring(body.lstrip(), parser)
    except etree.XMLSyntaxError:
        return None


def _iter_links(
    root: etree._Element, base: str, now: datetime | None, *, is_index: bool
) -> Iterator[DiscoveredLink]:
    for node in root.iterchildren("{*}sitemap", "{*}url"):
        location = _child_text(node, "{*}loc")
        if not location:
            continue
        location = urls.resolve_link(base, location)
        is_child = is_index or bool(re.search(r"\.xml(\.gz)?(\?|$)", location))
        yield _make_link(node, location, now, is_child=is_child)


def _make_link(
    node: etree._Element, location: str, now: datetime | None, *, is_child: bool
) -> DiscoveredLink:
    modified_at = parse_date_hint(_child_text(node, "{*}lastmod"), now)
    if is_child:
        return DiscoveredLink(location, "sitemap-index", "sitemap", modified=modified_at)
    return DiscoveredLink(
        location,
        "news-sitemap" if node.find("{*}news") is not None else "sitemap",
        title=_child_text(node, NEWS + "title"),
        published=parse_date_hint(_child_text(node, NEWS + "publication_date"), now),
        modified=modified_at,
    )


def _child_text(node: etree._Element, path: str) -> str | None:
    value = node.findtext(path)
    return value.strip() or None if value else None
