"""Posts that two archives know: of each, what is known better, whichever archive is asked first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlite_utils import Database

_PLAIN_COLUMNS = ("kind", "native_id", "url", "author_name", "author_handle", "title", "duration")


def upsert_embed(db: Database, row: Mapping[str, Any]) -> int:
    """The number of the post in the archive, brought together with what the archive knew of it."""
    existing = next(iter(db.query("select * from main.embeds where key = ?", [row["key"]])), None)
    values = {**(merge_embeds(existing, row) if existing else row)}
    values.pop("id", None)
    if existing is None:
        names = ", ".join(values)
        sql = (
            f"insert into main.embeds ({names}) values ({', '.join(f':{name}' for name in values)})"  # noqa: S608
        )
        return int(db.execute(sql, values).lastrowid or 0)
    if values != {name: value for name, value in existing.items() if name != "id"}:
        names = ", ".join(f"{name} = :{name}" for name in values)
        db.execute(
            f"update main.embeds set {names} where id = :id",
            {**values, "id": existing["id"]},  # noqa: S608
        )
    return int(existing["id"])


def merge_embeds(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """The same whatever comes first: a whole text before a cut one, then the longer, then the
    later in the alphabet.
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
    """An id's own clock before a date the page prints."""
    return (row["published_at"] is not None, row["published_src"] == "id", str(row["published_at"]))
