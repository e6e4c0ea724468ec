"""Lines of other tools' dumps, spelt as ours: which of their fields is which of `jsonl_import.Line`'s.

A tool is known by fields only it has; a line that nobody claims is taken for one in our own words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Told = Mapping[str, Any]
_NOTHING = ("", "None", "null", None)  # news-please writes str(None)


def ours(told: Told) -> Told:
    """The line with our names for its fields; itself where it is no other tool's."""
    mapping = next((mapping for is_its, mapping in _TOOLS if is_its(told)), None)
    if mapping is None:
        return told
    return {name: value for name, value in mapping(told).items() if value not in _NOTHING}


def _is_news_please(told: Told) -> bool:
    return "maintext" in told and "date_publish" in told


def _news_please(told: Told) -> dict[str, Any]:
    """https://github.com/fhamborg/news-please: an object for each article. Its dates are UTC without saying so."""
    image = told.get("image_url")
    return {
        "url": told.get("url"),
        "title": told.get("title"),
        "subtitle": told.get("description"),
        "text": told.get("maintext"),
        "authors": told.get("authors") or [],
        "published_at": _utc(told.get("date_publish")),
        "modified_at": _utc(told.get("date_modify")),
        "first_seen": _utc(told.get("date_download")),
        "language": told.get("language"),
        "lead_image": {"url": image} if image not in _NOTHING else None,
    }


def _utc(moment: Any) -> str | None:
    """`2026-11-20 08:00:00` with its zone said; one that says a zone keeps it."""
    if moment in _NOTHING:
        return None
    told = str(moment).strip().replace(" ", "T", 1)
    return told if len(told) <= 10 or told.endswith("Z") or "+" in told else f"{told}Z"


def _is_fundus(told: Told) -> bool:
    return "publishing_date" in told and ("body" in told or "plaintext" in told)


def _fundus(told: Told) -> dict[str, Any]:
    """https://github.com/flairNLP/fundus: what its `to_json` writes; the address stands in `html`, when asked for."""
    page: Told = told.get("html") or {}
    body: Told = told["body"] if isinstance(told.get("body"), Mapping) else {}
    summary = _lines(body.get("summary", ()))
    blocks = list(_blocks(body.get("sections", ())))
    return {
        "url": told.get("url") or page.get("responded_url") or page.get("requested_url"),
        "title": told.get("title"),
        "subtitle": " ".join(summary) or None,
        "text": "\n\n".join(block["text"] for block in blocks) or told.get("plaintext"),
        "blocks": blocks,
        "authors": told.get("authors") or [],
        "tags": told.get("topics") or [],
        "published_at": _iso(told.get("publishing_date")),
        "first_seen": _iso(page.get("crawl_date")),
        "language": told.get("lang"),
        "images": [image for image in map(_image, told.get("images") or ()) if image],
    }


def _iso(moment: Any) -> str | None:
    """`2026-11-20 10:00:00+05:30`, as Python prints a datetime."""
    return None if moment in _NOTHING else str(moment).replace(" ", "T", 1)


def _blocks(sections: Iterable[Told]) -> Iterable[dict[str, Any]]:
    """A section's headline as a heading, its paragraphs as they are."""
    for section in sections:
        yield from ({"type": "heading", "text": line, "level": 2} for line in _lines(section.get("headline", ())))
        yield from ({"type": "paragraph", "text": line} for line in _lines(section.get("paragraphs", ())))


def _lines(lines: Iterable[str]) -> list[str]:
    return [told for told in (" ".join(line.split()) for line in lines) if told]


def _image(told: Told) -> dict[str, Any] | None:
    """Of an image's versions the widest."""
    versions = [one for one in told.get("versions") or () if one.get("url")]
    if not versions:
        return None
    widest = max(versions, key=lambda one: (one.get("size") or {}).get("width") or 0)
    return {
        "url": widest["url"],
        "caption": told.get("caption"),
        "credit": "; ".join(told.get("authors") or ()) or None,
    }


_TOOLS: tuple[tuple[Callable[[Told], bool], Callable[[Told], dict[str, Any]]], ...] = (
    (_is_news_please, _news_please),
    (_is_fundus, _fundus),
)
