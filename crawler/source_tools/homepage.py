"""What a page says of the source that printed it: its names, its owner, its language, its feeds and links. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from khabar.extraction.document import Element, Unreadable, parse, read_meta
from khabar.extraction.jsonld import Node, of_type, read_jsonld, text_of
from khabar.model import urls
from khabar.model.items import Page
from khabar.parsing.discovery import BrokenDocument, read_listing

_FEEDS = {"application/rss+xml", "application/atom+xml", "application/rdf+xml"}
_HOUSES = frozenset({"NewsMediaOrganization", "Organization", "WebSite", "Corporation"})
_TERMS = re.compile(r"terms|conditions|शर्तें|उपयोग", re.I)
_TITLE_END = re.compile(r"\s+[|–—:-]\s+|\s*[|:]\s*")


@dataclass(frozen=True, slots=True)
class Masthead:
    """Whatever the page tells; empty where it tells nothing. Addresses are absolute and in one spelling."""

    name: str = ""
    name_en: str = ""
    owner: str = ""
    language: str = ""
    terms_url: str = ""
    feeds: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    amp: str = ""  # the page's own AMP twin


def read_masthead(page: Page) -> Masthead:
    """The masthead of a home page or an article. A page that cannot be read tells nothing."""
    try:
        root, _ = parse(page)
    except Unreadable:
        return Masthead()
    nodes, _ = read_jsonld(root)
    names = list(_names(root, nodes))
    links = _links(page)
    return Masthead(
        name=next((name for name in names if not name.isascii()), names[0] if names else ""),
        name_en=next((name for name in names if name.isascii()), ""),
        owner=_owner(nodes),
        language=_language(root),
        terms_url=next((url for url, words in links if _TERMS.search(f"{words} {url.rpartition('/')[2]}")), ""),
        feeds=tuple(dict.fromkeys(_alternates(root, page.url))),
        links=tuple(url for url, _ in links),
        amp=next((_href(link, page.url) for link in root.iter("link") if "amphtml" in _rel(link)), ""),
    )


def _names(root: Element, nodes: Iterable[Node]) -> Iterator[str]:
    """What it calls itself, surest first."""
    publishers = [text_of(node.get("publisher")) for node in nodes]
    told = [text_of(node.get(key)) for node in of_type(nodes, _HOUSES) for key in ("name", "alternateName")]
    title = _TITLE_END.split(root.findtext(".//title") or "")
    for name in (*told, *publishers, *read_meta(root).get("og:site_name", ()), title[-1] if title else ""):
        if name and name.strip():
            yield " ".join(name.split())[:80]


def _owner(nodes: Iterable[Node]) -> str:
    """The house behind it, where JSON-LD tells one apart from the paper."""
    told = (text_of(node.get(key)) for node in of_type(nodes, _HOUSES) for key in ("parentOrganization", "legalName"))
    return next((name[:80] for name in told if name), "")


def _language(root: Element) -> str:
    html = root if root.tag == "html" else next(root.iter("html"), root)
    told = re.match(r"[a-z]{2,3}(?=[-_]|$)", (html.get("lang") or "").strip().lower())
    return told[0] if told else ""


def _alternates(root: Element, base: str) -> Iterator[str]:
    for link in root.iter("link"):
        if "alternate" in _rel(link) and (link.get("type") or "").strip().lower() in _FEEDS:
            yield _href(link, base)


def _rel(link: Element) -> list[str]:
    return (link.get("rel") or "").lower().split()


def _href(link: Element, base: str) -> str:
    return urls.joined(base, (link.get("href") or "").strip())


def _links(page: Page) -> list[tuple[str, str]]:
    try:
        return [(link.url, link.title or "") for link in read_listing(page.body, page.url)]
    except BrokenDocument:
        return []
