"""What the page itself says about keeping and using it: meta tags and headers. Robots.txt is not its concern."""

from __future__ import annotations

import re
from typing import Any

from khabar.extraction.document import Document

_ROBOTS = ("robots", "googlebot", "googlebot-news", "bingbot", "khabar")
# A directive for one named crawler that is not ours: `otherbot: noindex`
_NAMED = re.compile(r"^\s*(?!max-|unavailable_after)[\w-]+\s*:\s*(?=[a-z])", re.I)


def read_rights(doc: Document) -> dict[str, Any]:
    """Directives as given (`meta_robots`, `x_robots_tag`), TDM reservation, content usage, and what they mean."""
    meta = _directives(value for name in _ROBOTS for value in doc.meta.get(name, ()))
    header = doc.headers.get("x-robots-tag", "")
    tag = _directives(
        part for part in re.split(r"[\n;]", header) if not _NAMED.match(part) or part.lower().startswith("khabar")
    )
    found: dict[str, Any] = {}
    if meta:
        found["meta_robots"] = meta
    if tag:
        found["x_robots_tag"] = tag
    said = {*meta, *tag}
    if "none" in said:  # Google's short form
        said |= {"noindex", "nofollow"}
    if "nocache" in said:  # Bing's old name for it
        said.add("noarchive")
    found |= {flag: True for flag in ("noindex", "noarchive", "nosnippet", "noai", "noimageai") if flag in said}
    return found | _snippet((*meta, *tag)) | _reserved(doc)


def _directives(values: Any) -> list[str]:
    """Single lower-case directives in order, each once."""
    parts = [part.strip().lower() for value in values for part in value.split(",")]
    return list(dict.fromkeys(part for part in parts if part))


def _snippet(directives: tuple[str, ...]) -> dict[str, Any]:
    found = next(
        (re.match(r"max-snippet:\s*(-?\d+)", one) for one in directives if one.startswith("max-snippet")), None
    )
    return {"max_snippet": int(found[1])} if found and int(found[1]) >= 0 else {}


def _reserved(doc: Document) -> dict[str, Any]:
    """TDMRep: the meta tag overrides the header; values other than 0 and 1 are no statement."""
    found: dict[str, Any] = {}
    said = [value.strip() for value in (doc.first("tdm-reservation") or "", doc.headers.get("tdm-reservation", ""))]
    if value := next((one for one in said if one in ("0", "1")), None):
        found["tdm_reservation"] = value
    if policy := doc.first("tdm-policy") or doc.headers.get("tdm-policy"):
        found["tdm_policy"] = policy
    if usage := doc.headers.get("content-usage"):
        found["content_usage"] = usage
    license_link = next(
        (a.get("href") for a in doc.root.iter("link", "a") if "license" in (a.get("rel") or "").split()), None
    )
    if url := doc.absolute(license_link):
        found["license"] = url
    return found
