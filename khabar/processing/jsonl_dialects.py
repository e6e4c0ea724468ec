"""Lines of other tools' dumps, spelt as ours: which of their fields is which of
`jsonl_import.Line`'s.

A tool is known by fields only it has; a line that nobody claims is taken for one in our own words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

JsonObject = Mapping[str, Any]
_EMPTY_VALUES = ("", "None", "null", None)  # news-please writes str(None)


def map_fields(row: JsonObject) -> JsonObject:
    """The line with our names for its fields; itself where it is no other tool's."""
    mapping = next((mapping for is_dialect, mapping in _TOOLS if is_dialect(row)), None)
    if mapping is None:
        return row
    return {name: value for name, value in mapping(row).items() if value not in _EMPTY_VALUES}


def _is_news_please(row: JsonObject) -> bool:
    return "maintext" in row and "date_publish" in row


def _map_news_please(row: JsonObject) -> dict[str, Any]:
    """https://github.com/fhamborg/news-please: an object for each article. Its dates are UTC
    without saying so.
    """
    image = row.get("image_url")
    return {
        "url": row.get("url"),
        "title": row.get("title"),
        "subtitle": row.get("description"),
        "text": row.get("maintext"),
        "authors": row.get("authors") or [],
        "published_at": _format_utc(row.get("date_publish")),
        "modified_at": _format_utc(row.get("date_modify")),
        "first_seen": _format_utc(row.get("date_download")),
        "language": row.get("language"),
        "lead_image": {"url": image} if image not in _EMPTY_VALUES else None,
    }


def _format_utc(value: Any) -> str | None:
    """`2026-11-20 08:00:00` with its zone said; one that says a zone keeps it."""
    if value in _EMPTY_VALUES:
        return None
    text = str(value).strip().replace(" ", "T", 1)
    return text if len(text) <= 10 or text.endswith("Z") or "+" in text else f"{text}Z"


def _is_fundus(row: JsonObject) -> bool:
    return "publishing_date" in row and ("body" in row or "plaintext" in row)


def _map_fundus(row: JsonObject) -> dict[str, Any]:
    """https://github.com/flairNLP/fundus: what its `to_json` writes; the address stands in
    `html`, when asked for.
    """
    page: JsonObject = row.get("html") or {}
    body: JsonObject = row["body"] if isinstance(row.get("body"), Mapping) else {}
    summary = _clean_lines(body.get("summary", ()))
    blocks = list(_section_blocks(body.get("sections", ())))
    return {
        "url": row.get("url") or page.get("responded_url") or page.get("requested_url"),
        "title": row.get("title"),
        "subtitle": " ".join(summary) or None,
        "text": "\n\n".join(block["text"] for block in blocks) or row.get("plaintext"),
        "blocks": blocks,
        "authors": row.get("authors") or [],
        "tags": row.get("topics") or [],
        "published_at": _format_iso(row.get("publishing_date")),
        "first_seen": _format_iso(page.get("crawl_date")),
        "language": row.get("lang"),
        "images": [image for image in map(_widest_image, row.get("images") or ()) if image],
    }


def _format_iso(value: Any) -> str | None:
    """`2026-11-20 10:00:00+05:30`, as Python prints a datetime."""
    return None if value in _EMPTY_VALUES else str(value).replace(" ", "T", 1)


def _section_blocks(sections: Iterable[JsonObject]) -> Iterable[dict[str, Any]]:
    """A section's headline as a heading, its paragraphs as they are."""
    for section in sections:
        yield from (
            {"type": "heading", "text": line, "level": 2}
            for line in _clean_lines(section.get("headline", ()))
        )
        yield from (
            {"type": "paragraph", "text": line}
            for line in _clean_lines(section.get("paragraphs", ()))
        )


def _clean_lines(lines: Iterable[str]) -> list[str]:
    return [text for text in (" ".join(line.split()) for line in lines) if text]


def _widest_image(image: JsonObject) -> dict[str, Any] | None:
    """Of an image's versions the widest."""
    versions = [version for version in image.get("versions") or () if version.get("url")]
    if not versions:
        return None
    widest = max(versions, key=lambda version: (version.get("size") or {}).get("width") or 0)
    return {
        "url": widest["url"],
        "caption": image.get("caption"),
        "credit": "; ".join(image.get("authors") or ()) or None,
    }


_TOOLS: tuple[tuple[Callable[[JsonObject], bool], Callable[[JsonObject], dict[str, Any]]], ...] = (
    (_is_news_please, _map_news_please),
    (_is_fundus, _map_fundus),
)
