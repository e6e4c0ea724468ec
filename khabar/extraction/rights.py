"""Usage rights that a page declares in meta tags, links and HTTP headers. robots.txt is evaluated
elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from khabar.extraction.document import HtmlDocument

_ROBOTS_NAMES = ("robots", "googlebot", "googlebot-news", "bingbot", "khabar")
# A directive for another crawler: `otherbot: noindex`
_OTHER_CRAWLER = re.compile(r"^\s*(?!max-|unavailable_after)[\w-]+\s*:\s*(?=[a-z])", re.I)
_RSL_TYPE = "application/rsl+xml"
MAX_LICENSES = 5  # RSL licences of one page that are kept; chosen by hand, not measured
MAX_LINK_HEADER = 16_384  # characters that are parsed; chosen by hand, not measured
_LINK_VALUE = re.compile(
    r'<([^<>]*+)>((?:\s*+;\s*+[\w*-]++(?:\s*+=\s*+(?:"[^"]*+"|[^\s",;<]++))?)*+)'
)
_LINK_PARAMETER = re.compile(r'([\w*-]++)\s*+=\s*+("[^"]*+"|[^\s",;<]++)')


def extract_rights(doc: HtmlDocument) -> dict[str, Any]:
    """Returns the directives as written (`meta_robots`, `x_robots_tag`), the flags they imply
    (`noarchive` …), `max_snippet`, TDM reservation, content usage and license.
    """
    meta_directives = _split_directives(
        value for name in _ROBOTS_NAMES for value in doc.meta.get(name, ())
    )
    header = doc.headers.get("x-robots-tag", "")
    header_directives = _split_directives(
        part
        for part in re.split(r"[\n;]", header)
        if not _OTHER_CRAWLER.match(part) or part.lower().startswith("khabar")
    )
    rights: dict[str, Any] = {}
    if meta_directives:
        rights["meta_robots"] = meta_directives
    if header_directives:
        rights["x_robots_tag"] = header_directives
    directives = {*meta_directives, *header_directives}
    if "none" in directives:  # Google: noindex and nofollow
        directives |= {"noindex", "nofollow"}
    if "nocache" in directives:  # Bing's older name for noarchive
        directives.add("noarchive")
    rights |= {
        flag: True
        for flag in ("noindex", "noarchive", "nosnippet", "noai", "noimageai")
        if flag in directives
    }
    return (
        rights
        | _parse_max_snippet((*meta_directives, *header_directives))
        | _extract_reservation(doc)
    )


def _split_directives(values: Any) -> list[str]:
    """Splits values at commas into lower-case directives, in order, without duplicates."""
    parts = [part.strip().lower() for value in values for part in value.split(",")]
    return list(dict.fromkeys(part for part in parts if part))


def _parse_max_snippet(directives: tuple[str, ...]) -> dict[str, Any]:
    match = next(
        (
            re.match(r"max-snippet:\s*(-?\d+)", directive)
            for directive in directives
            if directive.startswith("max-snippet")
        ),
        None,
    )
    return {"max_snippet": int(match[1])} if match and int(match[1]) >= 0 else {}


def _extract_reservation(doc: HtmlDocument) -> dict[str, Any]:
    """Extracts TDMRep and related statements: the meta tag overrides the header; a reservation
    other than 0 or 1 is ignored.
    """
    rights: dict[str, Any] = {}
    values = [
        value.strip()
        for value in (doc.get_meta("tdm-reservation") or "", doc.headers.get("tdm-reservation", ""))
    ]
    if value := next((flag for flag in values if flag in ("0", "1")), None):
        rights["tdm_reservation"] = value
    if policy := doc.get_meta("tdm-policy") or doc.headers.get("tdm-policy"):
        rights["tdm_policy"] = policy
    for name in ("content-usage", "content-signal"):
        key = name.replace("-", "_")
        if value := doc.headers.get(name):
            rights[key] = value
        if value := doc.get_meta(name):
            rights[f"meta_{key}"] = value
    return rights | _extract_licenses(doc)


def _extract_licenses(doc: HtmlDocument) -> dict[str, Any]:
    """Extracts `license`, the first link to any licence, `rsl`, the addresses of RSL licences, and
    whether one is inside the page (`rsl_inline`).

    A Link header that names a licence without its type is taken to be RSL's.
    """
    links = [
        (link.get("href"), link.get("type") or "", False)
        for link, rel in doc.rel_links
        if "license" in rel.lower().split()
    ]
    links += [
        (target, kind, True)
        for target, relation, kind in _parse_link_header(doc.headers.get("link", ""))
        if "license" in relation.split()
    ]
    resolved = [(doc.absolute_url(target), kind, is_header) for target, kind, is_header in links]
    rsl_urls = [
        url or "unreadable"
        for url, kind, is_header in resolved
        if kind.strip().lower().startswith(_RSL_TYPE) or (is_header and not kind)
    ]
    rights: dict[str, Any] = {}
    if url := next((url for url, _, _ in resolved if url), None):
        rights["license"] = url
    if rsl_urls:
        rights["rsl"] = list(dict.fromkeys(rsl_urls))[:MAX_LICENSES]
    if any(
        (script.get("type") or "").strip().lower().startswith(_RSL_TYPE)
        for script in doc.root.iter("script")
    ):
        rights["rsl_inline"] = True
    return rights


def _parse_link_header(value: str) -> Iterator[tuple[str, str, str]]:
    """Yields (target, rel in lower case, type) of each link of a Link header (RFC 8288)."""
    for match in _LINK_VALUE.finditer(value[:MAX_LINK_HEADER]):
        parameters = {
            name.lower(): text.strip('"') for name, text in _LINK_PARAMETER.findall(match[2])
        }
        yield match[1], parameters.get("rel", "").lower(), parameters.get("type", "")
