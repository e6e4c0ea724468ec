"""Reads a site's metadata from a page: names, owner, language, feeds and links. Pure: no I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from khabar.extraction.document import Element, UnreadablePage, parse_meta_tags, parse_page
from khabar.extraction.jsonld import Node, nodes_of_type, parse_jsonld, text_value
from khabar.model import urls
from khabar.model.items import Page
from khabar.parsing.discovery import BrokenDocument, parse_document

_FEEDS = {"application/rss+xml", "application/atom+xml", "application/rdf+xml"}
_ORGANIZATION_TYPES = frozenset({"NewsMediaOrganization", "Organization", "WebSite", "Corporation"})
_TERMS = re.compile(r"terms|conditions|शर्तें|उपयोग", re.I)
_MAX_NAME = 80  # characters of a name; chosen by hand, not measured
_TITLE_END = re.compile(r"\s+[|–—:-]\s+|\s*[|:]\s*")


@dataclass(frozen=True, slots=True)
class SiteMetadata:
    """Metadata of a site; fields are empty if not found. URLs are absolute and normalized."""

    name: str = ""
    name_en: str = ""
    owner: str = ""
    language: str = ""
    terms_url: str = ""
    feeds: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    amp: str = ""  # the AMP version of the page


def read_site_metadata(page: Page) -> SiteMetadata:
    """Reads the metadata from a home page or an article; empty if the page cannot be parsed."""
    try:
        root = parse_page(page).root
    except UnreadablePage:
        return SiteMetadata()
    nodes, _ = parse_jsonld(root)
    names = list(_iter_names(root, nodes))
    try:
        links = [
            (link.url, link.title or "") for link in parse_document("listing", page.body, page.url)
        ]
    except BrokenDocument:
        links = []
    return SiteMetadata(
        name=next((name for name in names if not name.isascii()), names[0] if names else ""),
        name_en=next((name for name in names if name.isascii()), ""),
        owner=_find_owner(nodes),
        language=_read_language(root),
        terms_url=next(
            (url for url, words in links if _TERMS.search(f"{words} {url.rpartition('/')[2]}")), ""
        ),
        feeds=tuple(dict.fromkeys(_iter_feeds(root, page.url))),
        links=tuple(url for url, _ in links),
        amp=next(
            (
                _absolute_href(link, page.url)
                for link in root.iter("link")
                if "amphtml" in _rel_tokens(link)
            ),
            "",
        ),
    )


def _iter_names(root: Element, nodes: Iterable[Node]) -> Iterator[str]:
    """Yields the site's names, the most reliable first: JSON-LD, og:site_name, end of <title>."""
    publishers = [text_value(node.get("publisher")) for node in nodes]
    organization_names = [
        text_value(node.get(key))
        for node in nodes_of_type(nodes, _ORGANIZATION_TYPES)
        for key in ("name", "alternateName")
    ]
    title = _TITLE_END.split(root.findtext(".//title") or "")
    for name in (
        *organization_names,
        *publishers,
        *parse_meta_tags(root).get("og:site_name", ()),
        title[-1] if title else "",
    ):
        if name and name.strip():
            yield " ".join(name.split())[:_MAX_NAME]


def _find_owner(nodes: Iterable[Node]) -> str:
    """Returns the company behind the site, if JSON-LD names one besides the site itself."""
    owners = (
        text_value(node.get(key))
        for node in nodes_of_type(nodes, _ORGANIZATION_TYPES)
        for key in ("parentOrganization", "legalName")
    )
    return next((name[:_MAX_NAME] for name in owners if name), "")


def _read_language(root: Element) -> str:
    html = root if root.tag == "html" else next(root.iter("html"), root)
    match = re.match(r"[a-z]{2,3}(?=[-_]|$)", (html.get("lang") or "").strip().lower())
    return match[0] if match else ""


def _iter_feeds(root: Element, base: str) -> Iterator[str]:
    for link in root.iter("link"):
        if "alternate" in _rel_tokens(link) and (link.get("type") or "").strip().lower() in _FEEDS:
            yield _absolute_href(link, base)


def _rel_tokens(link: Element) -> list[str]:
    return (link.get("rel") or "").lower().split()


def _absolute_href(link: Element, base: str) -> str:
    return urls.resolve_link(base, (link.get("href") or "").strip())
