"""Sealing: whole months of raw pages leave the live file for one of their own, and its space goes back to the disk.

The month's file is written and checked first; only then the live file lets go, some pages at a time. Killed in between,
the next run finds both and goes on.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from khabar.archive.database import Archive, ArchiveError, archive_id, create_private, transaction
from khabar.archive.store import month_files, snapshots
from khabar.archive.upkeep import space
from khabar.archive.upkeep.space import turn
from khabar.model.clock import stamp

PART = ".part"
_TABLES = (
    "create table dictionaries (id integer primary key, source text not null, body blob not null) strict",
    """create table snapshots (
      id integer primary key, url text not null, fetched_at text not null, status integer not null,
      headers text not null, sha256 text not null, size integer not null,
      dictionary_id integer references dictionaries (id), body blob) strict""",
    "create table meta (name text primary key, value text not null) strict, without rowid",
)
_COLUMNS = "s.id, s.url, s.fetched_at, s.status, s.headers, s.sha256, s.size, s.dictionary_id, s.body"
_INSERT = "insert into snapshots values (?, ?, ?, ?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Page:
    """A row of a month's file. `body` None: it read the same as another."""

    id: int
    url: str
    fetched_at: str
    status: int
    headers: str
    sha256: str
    size: int
    dictionary_id: int | None
    body: bytes | None


def write(db: Database, month: str, *, moving: bool) -> int:
    """Writes the month's file anew: what it held and the archive still points at; `moving`: also what is still live.

    A live page that does not match its hash stays where it is, for `verify` to name. Returns how many pages are in it;
    none: no file is left.
    """
    file = month_files.file_of(db, month)
    file.parent.mkdir(exist_ok=True)
    part = file.with_name(file.name + PART)
    part.unlink(missing_ok=True)
    try:
        count = _fill(db, part, month, moving=moving)
        if not count:
            file.unlink(missing_ok=True)
            part.unlink()
            return 0
        _put(part, file)
    except OSError as error:
        raise ArchiveError(f"{part}: cannot be written: {error.strerror}") from error
    return count


def _fill(db: Database, part: Path, month: str, *, moving: bool) -> int:
    with closing(sqlite3.connect(create_private(part), isolation_level=None)) as connection:
        new = Database(connection)
        for pragma in ("pragma journal_mode = off", "pragma synchronous = off"):  # nobody reads it before it is whole
            new.execute(pragma)
        new.execute("begin")
        for table in _TABLES:
            new.execute(table)
        for page in _kept(db, month):
            new.execute(_INSERT, _row(db, new, page))
        if moving:
            for page in _live(db, month):
                new.execute(f"{_INSERT} on conflict (id) do nothing", _row(db, new, page))
        new.execute("insert into meta values ('month', ?), ('archive', ?)", [month, archive_id(db)])
        new.execute("commit")
        whole = new.execute("pragma integrity_check").fetchone()[0]
        if whole != "ok":
            raise ArchiveError(f"{part}: written, and not whole: {whole}")
        return int(new.execute("select count(*) from snapshots").fetchone()[0])


def _put(part: Path, file: Path) -> None:
    """In place of the old one, and on the disk when the archive forgets its own copy."""
    for path in (part, part.parent):
        handle = os.open(path, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
        if path == part:
            part.replace(file)


def _row(db: Database, new: Database, page: Page) -> list[object]:
    """The page's row, its dictionary put into the file first."""
    if page.dictionary_id is not None:
        source, body = db.execute("select source, body from dictionaries where id = ?", [page.dictionary_id]).fetchone()
        new.execute(
            "insert into dictionaries values (?, ?, ?) on conflict do nothing", [page.dictionary_id, source, body]
        )
    return [page.id, page.url, page.fetched_at, page.status, page.headers, page.sha256, page.size,
            page.dictionary_id, page.body]  # fmt: skip


# --- what goes in ---


def _kept(db: Database, month: str) -> Iterator[Page]:
    """What the old file has and the archive still points at, packed anew where its dictionary was forgotten."""
    path = month_files.file_of(db, month)
    if not path.exists():
        return
    with month_files.opened(path) as old:
        check_owner(db, old, path)
        for row in old.execute(f"select {_COLUMNS}, d.body from snapshots s left join dictionaries d "  # noqa: S608
                               "on d.id = s.dictionary_id order by s.id"):  # fmt: skip
            page, dictionary = Page(*row[:-1]), row[-1]
            if db.execute("select 1 from snapshots where id = ? and sealed = ?", [page.id, month]).fetchone():
                yield _without_forgotten(db, page, dictionary)


def check_owner(db: Database, file: Database, path: Path) -> None:
    """Raises ArchiveError for a month of another archive."""
    row = file.execute("select value from meta where name = 'archive'").fetchone()
    if row is None or row[0] != archive_id(db):
        raise ArchiveError(f"{path}: sealed by another archive in this folder; each wants a folder of its own")


def _without_forgotten(db: Database, page: Page, dictionary: bytes | None) -> Page:
    known = db.execute("select 1 from dictionaries where id = ?", [page.dictionary_id]).fetchone()
    if page.body is None or page.dictionary_id is None or known:
        return page
    row = db.execute(
        """select d.id, d.body from snapshots s join pages p on p.id = s.page_id join dictionaries d
        on d.source = p.source where s.id = ? order by d.id desc limit 1""",
        [page.id],
    ).fetchone()
    raw = snapshots.unpacked(page.body, dictionary)
    packed = snapshots.packed(raw, snapshots.as_dictionary(row[1]) if row else None)
    return replace(page, body=packed, dictionary_id=row[0] if row else None)


def _live(db: Database, month: str) -> Iterator[Page]:
    """What the live file has of the month and is as it came."""
    ids = db.execute("select id from snapshots where sealed is null and fetched_at like ? order by id", [f"{month}-%"])
    for (snapshot_id,) in ids.fetchall():
        *row, dictionary = db.execute(
            f"select {_COLUMNS}, d.body from snapshots s left join dictionaries d on d.id = s.dictionary_id "  # noqa: S608
            "where s.id = ?", [snapshot_id],
        ).fetchone()  # fmt: skip
        page = Page(*row)
        if page.body is None or is_whole(page.body, dictionary, page.sha256):
            yield page


def is_whole(body: bytes, dictionary: bytes | None, sha256: str) -> bool:
    """Whether a kept body gives the bytes that came."""
    try:
        return hashlib.sha256(snapshots.unpacked(body, dictionary)).hexdigest() == sha256
    except snapshots.ZstdError:
        return False


# --- what is no longer right ---


def is_stale(db: Database, month: str) -> bool:
    """Whether the month's file has pages or dictionaries that the archive forgot."""
    with month_files.opened(month_files.file_of(db, month)) as file:
        ids = [found for (found,) in file.execute("select id from snapshots")]
        known = {found for (found,) in db.execute("select id from snapshots where sealed = ?", [month])}
        used = {found for (found,) in file.execute("select id from dictionaries")}
    return not known.issuperset(ids) or not {one for (one,) in db.execute("select id from dictionaries")} >= used


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
    write(db, month, moving=True)
    for some in _written(db, month):
        _let_go(db, month, some)
        count += len(some)
        space.give_back(db)
    size = month_files.file_of(db, month).stat().st_size if count else 0
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
    path = month_files.file_of(db, month)
    if not path.exists():
        return
    with month_files.opened(path) as file:
        held = {found for (found,) in file.execute("select id from snapshots")}
    live = db.execute("select id from snapshots where sealed is null and fetched_at like ? order by id", [f"{month}-%"])
    ids = [found for (found,) in live.fetchall() if found in held]
    for at in range(0, len(ids), SOME):
        yield ids[at : at + SOME]
