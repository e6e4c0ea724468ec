"""Posts that two archives know: of each, what is known better, whichever archive is asked first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlite_utils import Database

_PLAIN = ("kind", "native_id", "url", "author_name", "author_handle", "title", "duration")


def put(db: Database, row: Mapping[str, Any]) -> int:
    """The number of the post in the archive, brought together with what the archive knew of it."""
    held = next(iter(db.query("select * from main.embeds where key = ?", [row["key"]])), None)
    told = {**(better(held, row) if held else row)}
    told.pop("id", None)
    if held is None:
        names = ", ".join(told)
        sql = f"insert into main.embeds ({names}) values ({', '.join(f':{name}' for name in told)})"  # noqa: S608
        return int(db.execute(sql, told).lastrowid or 0)
    if told != {name: value for name, value in held.items() if name != "id"}:
        names = ", ".join(f"{name} = :{name}" for name in told)
        db.execute(f"update main.embeds set {names} where id = :id", {**told, "id": held["id"]})  # noqa: S608
    return int(held["id"])


def better(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """The same whatever comes first: a whole text before a cut one, then the longer, then the later in the alphabet."""
    said = max((one, other), key=_said)
    dated = max((one, other), key=_dated)
    return {
        **one,
        **{name: max(one[name], other[name], key=_known) for name in _PLAIN},
        **{name: said[name] for name in ("text", "text_complete")},
        **{name: dated[name] for name in ("published_at", "published_src")},
        "media": max(one["media"], other["media"], key=_known),
        "first_seen": min(one["first_seen"], other["first_seen"]),
        "last_seen": max(one["last_seen"], other["last_seen"]),
    }


def _known(value: Any) -> tuple[bool, int, str]:
    return (value is not None, len(str(value)), str(value))


def _said(row: Mapping[str, Any]) -> tuple[bool, int, int, str]:
    return (row["text"] is not None, row["text_complete"] or 0, len(row["text"] or ""), row["text"] or "")


def _dated(row: Mapping[str, Any]) -> tuple[bool, bool, str]:
    """An id's own clock before a date the page prints."""
    return (row["published_at"] is not None, row["published_src"] == "id", str(row["published_at"]))
