"""Maps the JSON records of other tools to the fields of `jsonl_import.ImportRecord`.

A tool is recognised by fields that only it has; any other record is taken to have our fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

JsonObject = Mapping[str, Any]
_EMPTY_VALUES = ("", "None", "null", None)  # news-please writes str(None)


def map_fields(row: JsonObject) -> JsonObject:
    """Returns the record with our field names; the record itself if it is not another tool's."""
    mapping = next((mapping for is_dialect, mapping in _TOOLS if is_dialect(row)), None)
    if mapping is None:
        return row
    return {
        name: None if value in _EMPTY_VALUES else value
        for name, value in mapping(row).items()
        if name == "text" or value not in _EMPTY_VALUES
    }


def _is_news_please(row: JsonObject) -> bool:
    return "maintext" in row and "date_publish" in row


def _map_news_please(row: JsonObject) -> dict[str, Any]:
    """https://github.com/fhamborg/news-please: one object for each article. Its dates are UTC
    without an offset.
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
    """Returns `2026-11-20 08:00:00` as ISO 8601 with a Z; an offset that is there stays."""
    if value in _EMPTY_VALUES:
        return None
    text = str(value).strip().replace(" ", "T", 1)
    return text if len(text) <= 10 or text.endswith("Z") or "+" in text else f"{text}Z"


def _is_fundus(row: JsonObject) -> bool:
    return "publishing_date" in row and ("body" in row or "plaintext" in row)


def _map_fundus(row: JsonObject) -> dict[str, Any]:
    """https://github.com/flairNLP/fundus: the output of its `to_json`. The URL may be in `html`, if
    that was asked for.
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
    """Converts `2026-11-20 10:00:00+05:30`, the form in which Python prints a datetime, to ISO
    8601.
    """
    return None if value in _EMPTY_VALUES else str(value).replace(" ", "T", 1)


def _section_blocks(sections: Iterable[JsonObject]) -> Iterable[dict[str, Any]]:
    """Yields a section's headline as a heading block and its paragraphs."""
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
    """Returns the widest version of an image."""
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
