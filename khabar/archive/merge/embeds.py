"""Merges embeds (posts) known to two archives: of each field, the more complete value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlite_utils import Database

_PLAIN_COLUMNS = ("kind", "native_id", "url", "author_name", "author_handle", "title", "duration")


def upsert_embed(db: Database, row: Mapping[str, Any]) -> int:
    """Inserts an embed, or merges it with the archive's of the same key. Returns its id in the
    archive.
    """
    existing = next(iter(db.query("select * from main.embeds where key = ?", [row["key"]])), None)
    values = {**(merge_embeds(existing, row) if existing else row)}
    values.pop("id", None)
    if existing is None:
        names, params = ", ".join(values), ", ".join(f":{name}" for name in values)
        sql = f"insert into main.embeds ({names}) values ({params})"  # noqa: S608
        return int(db.execute(sql, values).lastrowid or 0)
    if values != {name: value for name, value in existing.items() if name != "id"}:
        assignments = ", ".join(f"{name} = :{name}" for name in values)
        sql = f"update main.embeds set {assignments} where id = :id"  # noqa: S608
        db.execute(sql, {**values, "id": existing["id"]})
    return int(existing["id"])


def merge_embeds(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Merges two rows of `embeds`; the result does not depend on their order. Prefers a complete
    text to a truncated one, then the longer value, then the alphabetically later one.
    """
    text_row = max((first, second), key=_text_rank)
    date_row = max((first, second), key=_date_rank)
    return {
        **first,
        **{name: max(first[name], second[name], key=_value_rank) for name in _PLAIN_COLUMNS},
        **{name: text_row[name] for name in ("text", "text_complete")},
        **{name: date_row[name] for name in ("published_at", "published_src")},
        "media": max(first["media"], second["media"], key=_value_rank),
        "first_seen": min(first["first_seen"], second["first_seen"]),
        "last_seen": max(first["last_seen"], second["last_seen"]),
    }


def _value_rank(value: Any) -> tuple[bool, int, str]:
    return (value is not None, len(str(value)), str(value))


def _text_rank(row: Mapping[str, Any]) -> tuple[bool, int, int, str]:
    return (
        row["text"] is not None,
        row["text_complete"] or 0,
        len(row["text"] or ""),
        row["text"] or "",
    )


def _date_rank(row: Mapping[str, Any]) -> tuple[bool, bool, str]:
    """Prefers a date from the post's id to one printed on the page."""
    return (row["published_at"] is not None, row["published_src"] == "id", str(row["published_at"]))
