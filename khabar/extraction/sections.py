"""The section of an article, by the name that readers see: JSON-LD, meta tags, the breadcrumb."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from khabar.extraction import jsonld
from khabar.extraction.boilerplate import class_and_id, comparison_key
from khabar.extraction.document import HtmlDocument
from khabar.extraction.headline import title_similarity
from khabar.extraction.jsonld import Node, text_values
from khabar.hindi.text import clean_text

# All chosen by hand, not measured.
_MAX_CRUMB = 40  # characters of a link in a breadcrumb
_MAX_CRUMBS = 20
_MIN_TITLE_LENGTH = 10  # characters of a crumb that is the beginning of the headline
_MIN_SLUG_WORDS = 4  # words of a slug that names a page, not a section
_SLUG = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)+", re.A)
_PAGE_SLUG = re.compile(rf"[a-z0-9]+(?:[-_ ][a-z0-9]+){{{_MIN_SLUG_WORDS - 1},}}", re.A | re.I)
_FILE_ENDING = re.compile(r"\.\w{2,5}$")


@dataclass(frozen=True, slots=True)
class _Crumb:
    name: str
    path: str = ""  # of its address; "" if it has none

    @property
    def slug(self) -> str:
        return self.path.rstrip("/").rpartition("/")[2]


def find_section(doc: HtmlDocument, article: Node, headline: str) -> tuple[str | None, str]:
    """Returns (section or None, origin): JSON-LD articleSection, a meta tag, or the last crumb
    before the page itself. An address or a slug is replaced by the name of the crumb that leads
    there.
    """
    claims = [("jsonld", section) for section in text_values(article.get("articleSection"))[:1]]
    claims += [
        ("meta", value)
        for value in (doc.get_meta("article:section", "og:article:section", "articlesection"),)
        if value
    ]
    claims = [(origin, " ".join(clean_text(text).split())) for origin, text in claims]
    claims = [claim for claim in claims if claim[1].strip("/")]
    if (
        len(claims) > 1
        and claims[0][1].isupper()
        and claims[0][1].casefold() == claims[1][1].casefold()
    ):
        claims.pop(0)  # all upper case in JSON-LD, normal in the meta tag
    crumbs = _find_crumbs(doc, headline)
    for origin, text in claims:
        slug = _extract_slug(text)
        named = next((crumb for crumb in crumbs if slug and crumb.slug == slug.lower()), None)
        if named is not None:
            return named.name, "breadcrumb"
        if not slug or (slug == text and not _SLUG.fullmatch(text)):
            return text, origin
    if crumbs:
        return crumbs[-1].name, "breadcrumb"
    return (_extract_slug(claims[0][1]), claims[0][0]) if claims else (None, "")


def _extract_slug(text: str) -> str:
    """Returns the last path segment of an address (`/news/education`), a Latin word in lower case
    or a slug as it is, "" for any other name.
    """
    if text.startswith(("/", "http://", "https://")):
        return _path_of(text).rstrip("/").rpartition("/")[2]
    return text if text.isascii() and text.islower() and " " not in text else ""


def _path_of(address: str) -> str:
    try:
        return urlsplit(address.strip()).path.lower()
    except ValueError:
        return ""


def _find_crumbs(doc: HtmlDocument, headline: str) -> list[_Crumb]:
    """Returns the breadcrumb between the home page and the page itself."""
    crumbs = next((crumbs for crumbs in _iter_breadcrumbs(doc) if crumbs), [])
    crumbs = [crumb for crumb in crumbs[1:] if crumb.name]
    while crumbs and _is_page(crumbs[-1], doc, headline):
        crumbs.pop()
    return crumbs


def _iter_breadcrumbs(doc: HtmlDocument) -> Iterator[list[_Crumb]]:
    """Yields the breadcrumbs of a page: JSON-LD, then the first element that is one."""
    for node in jsonld.nodes_of_type(doc.nodes, frozenset({"BreadcrumbList"}))[:1]:
        items = node.get("itemListElement")
        items = (
            [item for item in items[:_MAX_CRUMBS] if isinstance(item, dict)]
            if (isinstance(items, list))
            else []
        )
        yield [_parse_item(item) for item in sorted(items, key=_position)]
        return
    for element in doc.root.iter("ul", "ol", "div", "nav"):
        names = f"{class_and_id(element)} {element.get('aria-label') or ''}".lower()
        if "crumb" in names:
            links = list(element.iter("a"))[:_MAX_CRUMBS]
            crumbs = [
                _Crumb(
                    " ".join(clean_text(link.text_content()).split()),
                    _path_of(link.get("href") or ""),
                )
                for link in links
            ]
            yield (
                [crumbs[0], *(crumb for crumb in crumbs[1:] if len(crumb.name) < _MAX_CRUMB)]
                if (crumbs)
                else []
            )
            return


def _position(item: Node) -> float:
    try:
        return float(item.get("position") or 0)
    except (TypeError, ValueError):
        return 0.0


def _parse_item(item: Node) -> _Crumb:
    target = item.get("item")
    address = target.get("@id") or target.get("url") if isinstance(target, dict) else target
    name = jsonld.text_value(item.get("name"))
    name = name or (jsonld.text_value(target) if isinstance(target, dict) else None)
    return _Crumb(name or "", _path_of(address) if isinstance(address, str) else "")


def _is_page(crumb: _Crumb, doc: HtmlDocument, headline: str) -> bool:
    """Whether the last crumb is the page itself: by its address, its headline or its slug."""
    path = urlsplit(doc.url).path.lower()
    if crumb.path.strip("/") and crumb.path.rstrip("/") == path.rstrip("/"):
        return True
    titles = filter(None, (headline, doc.get_meta("og:title"), doc.root.findtext(".//title")))
    key = comparison_key(crumb.name)
    if any(
        (len(crumb.name) > 25 and title_similarity(crumb.name, title) > 0.6)
        or (len(key) >= _MIN_TITLE_LENGTH and comparison_key(title).startswith(key))
        for title in titles
    ):
        return True
    own_slug = comparison_key(_FILE_ENDING.sub("", path.rstrip("/").rpartition("/")[2]))
    is_slug = bool(_SLUG.search(crumb.name)) and bool(_PAGE_SLUG.fullmatch(crumb.name))
    return is_slug or (len(key) >= _MIN_TITLE_LENGTH and key in own_slug)
