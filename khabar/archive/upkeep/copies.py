"""What left the archive: backups and exports, remembered so that a takedown can name those that still have it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from sqlite_utils import Database

from khabar.archive.database import transaction
from khabar.model.clock import stamp

Kind = Literal["backup", "export"]


@dataclass(frozen=True, slots=True)
class Copy:
    """A backup or an export: where, when, of what. `what` of an export: format, purpose, sources, since, until."""

    kind: Kind
    path: str
    at: str
    what: dict[str, Any]
    articles: int


def note(db: Database, kind: Kind, path: Path, now: datetime, what: dict[str, Any], articles: int) -> None:
    """Remembers a copy that was made."""
    with transaction(db):
        db.execute(
            "insert into copies (kind, path, at, what, articles) values (?, ?, ?, ?, ?)",
            [kind, str(path.absolute()), stamp(now), json.dumps(what, ensure_ascii=False), articles],
        )


def forget(db: Database, path: Path) -> None:
    """A copy that is no more."""
    with transaction(db):
        db.execute("delete from copies where path = ?", [str(path.absolute())])


def holding(db: Database, takedown: int) -> list[Copy]:
    """Copies made before a takedown that can have what it purged, newest first: known by then, and of their choice."""
    return _copies(
        db,
        """exists (select 1 from tombstones t join takedowns d on d.id = t.takedown_id
          where t.takedown_id = ? and t.known_since <= c.at and c.at <= d.at
          and (c.kind = 'backup' or t.article_id is not null)
          and (coalesce(json_array_length(c.what, '$.sources'), 0) = 0
            or t.source in (select value from json_each(c.what, '$.sources')))
          and (json_extract(c.what, '$.since') is null or t.published_on >= json_extract(c.what, '$.since'))
          and (json_extract(c.what, '$.until') is null or t.published_on <= json_extract(c.what, '$.until')))""",
        [takedown],
    )


def of_source(db: Database, source: str, since: str, until: str) -> list[Copy]:
    """Copies made between two moments that can have a source's articles, newest first."""
    return _copies(
        db,
        """c.at >= ? and c.at < ? and (coalesce(json_array_length(c.what, '$.sources'), 0) = 0
          or ? in (select value from json_each(c.what, '$.sources')))""",
        [since, until, source],
    )


def _copies(db: Database, which: str, told: list[Any]) -> list[Copy]:
    rows = db.execute(
        f"select c.kind, c.path, c.at, c.what, c.articles from copies c where {which} order by c.at desc, c.id desc",  # noqa: S608
        told,
    )
    return [Copy(kind, path, at, json.loads(what), count) for kind, path, at, what, count in rows]
