"""Sealing: whole months of raw pages leave the live file for one of their own, and its space goes back to the disk.

The month's file is written and checked first; only then the live file lets go, some pages at a time. Killed in between,
the next run finds both and goes on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from archive import sealed
from archive.connect import Archive, transaction
from archive.upkeep import months, space
from archive.upkeep.turns import turn
from crawler.clock import stamp

SOME = 500  # snapshots the live file lets go of in one transaction
_SEALED_WITH = frozenset({"headers", "body", "dictionary_id", "sealed"})


@dataclass(frozen=True, slots=True)
class Sealed:
    """A month that was sealed. `freed`: bytes the live file is smaller by."""

    month: str
    snapshots: int
    bytes: int
    freed: int


def due(db: Database, older_than: timedelta, now: datetime) -> list[str]:
    """Months (YYYY-MM, UTC) with live snapshots whose last day is longer ago than that, oldest first."""
    rows = db.execute(
        """select distinct substr(fetched_at, 1, 7) as month from snapshots where sealed is null
        and strftime('%Y-%m-%dT%H:%M:%SZ', substr(fetched_at, 1, 7) || '-01', '+1 month') <= ? order by month""",
        [stamp(now - older_than)],
    )
    return [month for (month,) in rows]


def seal(archive: Archive, older_than: timedelta, now: datetime, step: Callable[[str], None]) -> list[Sealed]:
    """Seals every month that is due. `step` hears each before it begins. `archive` is open for writing.

    Raises ArchiveError when a month's file cannot be written; the live file has then lost nothing.
    """
    done = []
    with turn(archive.path, "khabar seal"):
        space.give_back(archive.db)  # what a killed run let go of
        for month in due(archive.db, older_than, now):
            step(month)
            done.append(_seal(archive, month))
    return done


def _seal(archive: Archive, month: str) -> Sealed:
    db, before, count = archive.db, space.size(archive.db), 0
    months.write(db, month, moving=True)
    for some in _written(db, month):
        _let_go(db, month, some)
        count += len(some)
        space.give_back(db)
    size = sealed.file_of(db, month).stat().st_size if count else 0
    return Sealed(month, count, size, before - space.size(db))


def _let_go(db: Database, month: str, some: list[int]) -> None:
    """Rows without what was sealed. They are deleted and written again: rows made smaller in place leave gaps."""
    names = ", ".join(one.name for one in db["snapshots"].columns if one.name not in _SEALED_WITH)
    told = {"some": json.dumps(some)}
    which = f"select {names} from snapshots where id in (select value from json_each(:some))"  # noqa: S608
    with transaction(db):
        db.execute("pragma defer_foreign_keys = on")  # until the commit, when every row is back
        db.execute(f"create temp table let_go as {which}", told)
        db.execute("delete from snapshots where id in (select id from temp.let_go)")
        db.execute(f"insert into snapshots ({names}, sealed) select {names}, ? from temp.let_go", [month])  # noqa: S608
        db.execute("drop table temp.let_go")


def _written(db: Database, month: str) -> Iterator[list[int]]:
    """What the month's file has and the live file has not let go of, some at a time."""
    path = sealed.file_of(db, month)
    if not path.exists():
        return
    with sealed.opened(path) as file:
        held = {found for (found,) in file.execute("select id from snapshots")}
    live = db.execute("select id from snapshots where sealed is null and fetched_at like ? order by id", [f"{month}-%"])
    ids = [found for (found,) in live.fetchall() if found in held]
    for at in range(0, len(ids), SOME):
        yield ids[at : at + SOME]
