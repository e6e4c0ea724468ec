"""Records backups and exports, so that a takedown can list those that contain its articles."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from sqlite_utils import Database

from khabar.archive.database import transaction
from khabar.model.clock import format_utc

CopyKind = Literal["backup", "export"]


@dataclass(frozen=True, slots=True)
class ReleasedCopy:
    """A backup or an export: path, time, number of articles.

    `what` of an export: format, purpose, sources, since, until.
    """

    kind: CopyKind
    path: str
    at: str
    what: dict[str, Any]
    articles: int


def record_copy(
    db: Database, kind: CopyKind, path: Path, now: datetime, what: dict[str, Any], articles: int
) -> None:
    """Records a copy that was made."""
    with transaction(db):
        db.execute(
            "insert into copies (kind, path, at, what, articles) values (?, ?, ?, ?, ?)",
            [
                kind,
                str(path.absolute()),
                format_utc(now),
                json.dumps(what, ensure_ascii=False),
                articles,
            ],
        )


def remove_copy(db: Database, path: Path) -> None:
    """Deletes the record of a copy that was deleted."""
    with transaction(db):
        db.execute("delete from copies where path = ?", [str(path.absolute())])


def list_copies(db: Database) -> list[ReleasedCopy]:
    """Lists all copies that were made, newest first."""
    return _select_copies(db, "true", [])


def list_copies_of_takedown(db: Database, takedown: int) -> list[ReleasedCopy]:
    """Lists the copies, newest first, that may contain what a takedown purged.

    These are made after the page became known and before the takedown, with filters that include
    it.
    """
    return _select_copies(
        db,
        """exists (select 1 from tombstones t join takedowns d on d.id = t.takedown_id
          where t.takedown_id = ? and t.known_since <= c.at and c.at <= d.at
          and (c.kind = 'backup' or t.article_id is not null)
          and (coalesce(json_array_length(c.what, '$.sources'), 0) = 0
            or t.source in (select value from json_each(c.what, '$.sources')))
          and (json_extract(c.what, '$.since') is null
            or t.published_on >= json_extract(c.what, '$.since'))
          and (json_extract(c.what, '$.until') is null
            or t.published_on <= json_extract(c.what, '$.until')))""",
        [takedown],
    )


def list_copies_of_source(db: Database, source: str, since: str, until: str) -> list[ReleasedCopy]:
    """Lists the copies made in an interval that may contain a source's articles, newest first."""
    return _select_copies(
        db,
        """c.at >= ? and c.at < ? and (coalesce(json_array_length(c.what, '$.sources'), 0) = 0
          or ? in (select value from json_each(c.what, '$.sources')))""",
        [since, until, source],
    )


def _select_copies(db: Database, condition: str, params: list[Any]) -> list[ReleasedCopy]:
    rows = db.execute(
        f"""select c.kind, c.path, c.at, c.what, c.articles from copies c
        where {condition} order by c.at desc, c.id desc""",  # noqa: S608
        params,
    )
    return [
        ReleasedCopy(kind, path, made_at, json.loads(what), count)
        for kind, path, made_at, what, count in rows
    ]
