"""Writing a sealed month: a new file beside the old one, checked page by page, then put in its place at once."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from archive import sealed, snapshots
from archive.connect import ArchiveError

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
    file = sealed.file_of(db, month)
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
    with closing(sqlite3.connect(part, isolation_level=None)) as connection:
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
        new.execute("insert into meta values ('month', ?), ('archive', ?)", [month, identity(db)])
        new.execute("commit")
        whole = new.execute("pragma integrity_check").fetchone()[0]
        if whole != "ok":
            raise ArchiveError(f"{part}: written, and not whole: {whole}")
        return int(new.execute("select count(*) from snapshots").fetchone()[0])


def identity(db: Database) -> str:
    """What tells this archive's sealed months from another's in the same folder."""
    db.execute("insert into meta values ('archive', lower(hex(randomblob(16)))) on conflict (name) do nothing")
    name: str = db.execute("select value from meta where name = 'archive'").fetchone()[0]
    return name


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
    path = sealed.file_of(db, month)
    if not path.exists():
        return
    with sealed.opened(path) as old:
        check_owner(db, old, path)
        for row in old.execute(f"select {_COLUMNS}, d.body from snapshots s left join dictionaries d "  # noqa: S608
                               "on d.id = s.dictionary_id order by s.id"):  # fmt: skip
            page, dictionary = Page(*row[:-1]), row[-1]
            if db.execute("select 1 from snapshots where id = ? and sealed = ?", [page.id, month]).fetchone():
                yield _without_forgotten(db, page, dictionary)


def check_owner(db: Database, file: Database, path: Path) -> None:
    """Raises ArchiveError for a month of another archive."""
    row = file.execute("select value from meta where name = 'archive'").fetchone()
    if row is None or row[0] != identity(db):
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
    with sealed.opened(sealed.file_of(db, month)) as file:
        ids = [found for (found,) in file.execute("select id from snapshots")]
        known = {found for (found,) in db.execute("select id from snapshots where sealed = ?", [month])}
        used = {found for (found,) in file.execute("select id from dictionaries")}
    return not known.issuperset(ids) or not {one for (one,) in db.execute("select id from dictionaries")} >= used
