"""Stores posts, one row for each: of what pages show of a post, the more complete values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlite_utils import Database

_PLAIN_COLUMNS = (
    *("kind", "native_id", "url", "author_name", "author_handle", "title", "duration"),
    *("language", "poll", "quoted", "thread"),
)
# Columns that an archive of an older Khabar lacks → what they are there.
_DETAIL_COLUMNS = {
    "language": "null",
    "alts": "'[]'",
    "poll": "'[]'",
    "quoted": "null",
    "thread": "null",
}


def has_details(db: Database) -> bool:
    """Whether the archive has the columns for language, alternative texts, poll, quoted post and
    thread.
    """
    sql = "select 1 from pragma_table_info('embeds') where name = 'thread'"
    return db.execute(sql).fetchone() is not None


def absent_details_sql() -> str:
    """Returns the SQL of the columns for an archive that lacks them."""
    return ", ".join(f"{value} as {name}" for name, value in _DETAIL_COLUMNS.items())


def upsert_embed(db: Database, row: Mapping[str, Any]) -> int:
    """Inserts a post, or completes the archive's row of the same key. Returns the row's id."""
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
    media_row = max((first, second), key=_media_rank)
    return {
        **first,
        **{name: max(first[name], second[name], key=_value_rank) for name in _PLAIN_COLUMNS},
        **{name: text_row[name] for name in ("text", "text_complete")},
        **{name: date_row[name] for name in ("published_at", "published_src")},
        **{name: media_row[name] for name in ("media", "alts")},
        "first_seen": min(first["first_seen"], second["first_seen"]),
        "last_seen": max(first["last_seen"], second["last_seen"]),
    }


def _value_rank(value: Any) -> tuple[bool, int, str]:
    return (value is not None, len(str(value)), str(value))


def _text_rank(row: Mapping[str, Any]) -> tuple[bool, int, int, str, bool]:
    return (
        row["text"] is not None,
        row["text_complete"] or 0,
        len(row["text"] or ""),
        row["text"] or "",
        row["text_complete"] is not None,
    )


def _media_rank(row: Mapping[str, Any]) -> tuple[int, str, int, str]:
    """Prefers more pictures; pictures and alternative texts stay together."""
    return (len(row["media"]), row["media"], len(row["alts"]), row["alts"])


def _date_rank(row: Mapping[str, Any]) -> tuple[bool, bool, int, str, str]:
    """Prefers a date from the post's id to one printed on the page, and a time to a day."""
    date = row["published_at"] or ""
    source = row["published_src"] or ""
    return (row["published_at"] is not None, source == "id", len(date), date, source)
