"""Forgetting: an address or a pattern, purged from the live file and every sealed month, and kept out from then on.

What is found by its rows goes in one transaction. Then the sealed months that had some of it are written anew, and the
live file too, so that no unused byte holds a word. A takedown is finished when all of that is done; one that was killed
in between is finished by the next.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from sqlite_utils import Database

from archive import copies, sealed
from archive.connect import Archive, ArchiveError, transaction
from archive.copies import Copy
from archive.upkeep import months, purge, space
from archive.upkeep.turns import turn
from crawler import urls
from crawler.clock import stamp

_HOST = re.compile(r"(?:\*\.)?[\w-]+(?:\.[\w-]+)+")


@dataclass(frozen=True, slots=True)
class Takedown:
    """One order to forget. `finished_at` None: a trace may be left. `copies`: those outside that still have it."""

    id: int
    pattern: str
    reason: str
    asked_by: str
    at: str
    articles: int
    snapshots: int
    finished_at: str | None
    copies: tuple[Copy, ...] = ()


def normal_pattern(told: str) -> str:
    """An address in its one spelling; in a pattern * stands for anything behind the host's name.

    Raises ArchiveError for what is no address, or would mean more than one site's own.
    """
    if why := urls.bad(told.replace("://*.", "://any.")):
        raise ArchiveError(f"{told}: no address to take down: {why}")
    if "*" in told and not _HOST.fullmatch(urlsplit(told).netloc):
        raise ArchiveError(f"{told}: a pattern names its host: https://www.example.in/news/*")
    return urls.normal(told)


def would(db: Database, pattern: str) -> list[str]:
    """The addresses a takedown would purge."""
    found = json.dumps(purge.find(db, pattern).pages)
    rows = db.execute("select url from pages where id in (select value from json_each(?)) order by url", [found])
    return [url for (url,) in rows]


def add(archive: Archive, pattern: str, reason: str, asked_by: str, now: datetime) -> Takedown:
    """Takes down an address or a pattern. Said again it purges what has come in since. `archive` is open for writing.

    Raises ArchiveError when the last traces cannot be removed yet; what was purged is purged, and stays out.
    """
    with turn(archive.path, "khabar takedown"):
        with transaction(archive.db):
            takedown = _enter(archive.db, pattern, reason, asked_by, now)
            gone = purge.purge(archive.db, takedown, purge.find(archive.db, pattern))
            archive.db.execute(
                "update takedowns set articles = articles + ?, snapshots = snapshots + ? where id = ?",
                [gone.articles, gone.snapshots, takedown],
            )
        archive.dictionaries.clear()
        _finish(archive, now)
    return next(one for one in listed(archive.db) if one.id == takedown)


def _enter(db: Database, pattern: str, reason: str, asked_by: str, now: datetime) -> int:
    takedown: int = db.execute(
        """insert into takedowns (pattern, reason, asked_by, at) values (?, ?, ?, ?)
        on conflict (pattern) do update set finished_at = null returning id""",
        [pattern, reason, asked_by, stamp(now)],
    ).fetchone()[0]
    return takedown


def finish(archive: Archive, now: datetime) -> int:
    """Removes what traces a killed or cramped takedown left. Returns how many takedowns it finished."""
    with turn(archive.path, "khabar takedown"):
        return _finish(archive, now)


def _finish(archive: Archive, now: datetime) -> int:
    db = archive.db
    if not db.execute("select 1 from takedowns where finished_at is null").fetchone():
        return 0
    for left in sealed.folder(db).glob(f"*{months.PART}"):  # of a run that was killed: it may hold anything
        left.unlink()
    for month in sealed.months(db):
        if months.is_stale(db, month):
            months.write(db, month, moving=False)
    space.rewrite(archive)
    with transaction(db):
        done = db.execute("update takedowns set finished_at = ? where finished_at is null", [stamp(now)])
    return int(done.rowcount)


def listed(db: Database) -> list[Takedown]:
    """Every takedown, newest first, with the copies that can still have what it purged."""
    rows = db.execute(
        """select id, pattern, reason, asked_by, at, articles, snapshots, finished_at from takedowns
        order by at desc, id desc"""
    ).fetchall()
    return [replace(Takedown(*row), copies=tuple(copies.holding(db, row[0]))) for row in rows]
