"""Sealing: moves whole months of snapshots from the live file to a file per month, and frees space.

The month's file is written and checked before anything is removed from the live file, which is then
done in batches. A run that is killed in between is completed by the next.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from khabar.archive.database import (
    Archive,
    ArchiveError,
    archive_id,
    create_private_file,
    move_into_place,
    transaction,
)
from khabar.archive.errors import explain_error
from khabar.archive.store import month_files, snapshots
from khabar.archive.upkeep import space
from khabar.archive.upkeep.space import hold_upkeep_lock
from khabar.model.clock import format_utc

PART_SUFFIX = ".part"
_TABLES = (
    """create table dictionaries (id integer primary key, source text not null,
      body blob not null) strict""",
    """create table snapshots (
      id integer primary key, url text not null, fetched_at text not null, status integer not null,
      headers text not null, sha256 text not null, size integer not null,
      dictionary_id integer references dictionaries (id), body blob) strict""",
    "create table meta (name text primary key, value text not null) strict, without rowid",
)
_SNAPSHOT_COLUMNS = (
    "s.id, s.url, s.fetched_at, s.status, s.headers, s.sha256, s.size, s.dictionary_id, s.body"
)
_INSERT_SNAPSHOT = "insert into snapshots values (?, ?, ?, ?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class MonthRow:
    """A row of table snapshots in a month's file. `body` None: the same as another snapshot's."""

    id: int
    url: str
    fetched_at: str
    status: int
    headers: str
    sha256: str
    size: int
    dictionary_id: int | None
    body: bytes | None


def write_month(db: Database, month: str, *, include_live: bool) -> int:
    """Writes the month's file anew, with all snapshots that the archive still refers to.

    `include_live`: also with those in the live file, except one that does not match its hash, which
    is left for `khabar verify` to report. Returns the number of snapshots; for 0 no file remains.
    Raises ArchiveError when the file cannot be written.
    """
    month_path = month_files.get_month_path(db, month)
    part_path = month_path.with_name(month_path.name + PART_SUFFIX)
    try:
        month_path.parent.mkdir(exist_ok=True)
        part_path.unlink(missing_ok=True)
        count = _write_month_db(db, part_path, month, include_live=include_live)
        if not count:
            month_path.unlink(missing_ok=True)
            part_path.unlink()
            return 0
        move_into_place(part_path, month_path)  # the live file is reduced only after this
    except (OSError, sqlite3.Error) as error:
        with suppress(OSError):
            part_path.unlink(missing_ok=True)
        what = f"{part_path}: cannot be written"
        raise explain_error(error, what, part_path.parent) from error
    return count


def _write_month_db(db: Database, part_path: Path, month: str, *, include_live: bool) -> int:
    with closing(
        sqlite3.connect(create_private_file(part_path), isolation_level=None)
    ) as connection:
        month_db = Database(connection, execute_plugins=False)
        # Not needed: nothing reads the file before it is complete.
        for pragma in ("pragma journal_mode = off", "pragma synchronous = off"):
            month_db.execute(pragma)
        month_db.execute("begin")
        for table in _TABLES:
            month_db.execute(table)
        for month_row in _iter_sealed_rows(db, month):
            month_db.execute(_INSERT_SNAPSHOT, _build_row(db, month_db, month_row))
        if include_live:
            for month_row in _iter_live_rows(db, month):
                month_db.execute(
                    f"{_INSERT_SNAPSHOT} on conflict (id) do nothing",
                    _build_row(db, month_db, month_row),
                )
        month_db.execute(
            "insert into meta values ('month', ?), ('archive', ?)", [month, archive_id(db)]
        )
        month_db.execute("commit")
        integrity = month_db.execute("pragma integrity_check").fetchone()[0]
        if integrity != "ok":
            raise ArchiveError(f"{part_path}: damaged after writing, check the disk: {integrity}")
        return int(month_db.execute("select count(*) from snapshots").fetchone()[0])


def _build_row(db: Database, month_db: Database, month_row: MonthRow) -> list[object]:
    """Returns the snapshot's values, after its dictionary was inserted into the month's file."""
    if month_row.dictionary_id is not None:
        source, body = db.execute(
            "select source, body from dictionaries where id = ?", [month_row.dictionary_id]
        ).fetchone()
        month_db.execute(
            "insert into dictionaries values (?, ?, ?) on conflict do nothing",
            [month_row.dictionary_id, source, body],
        )
    return [
        month_row.id,
        month_row.url,
        month_row.fetched_at,
        month_row.status,
        month_row.headers,
        month_row.sha256,
        month_row.size,
        month_row.dictionary_id,
        month_row.body,
    ]


# --- rows of a month's file ---


def _iter_sealed_rows(db: Database, month: str) -> Iterator[MonthRow]:
    """Yields the rows of the old file that the archive still refers to.

    A body whose dictionary was deleted is compressed again.
    """
    path = month_files.get_month_path(db, month)
    if not path.exists():
        return
    with month_files.open_month(path) as month_db:
        check_owner(db, month_db, path)
        for row in month_db.execute(
            f"select {_SNAPSHOT_COLUMNS}, d.body from snapshots s left join dictionaries d "  # noqa: S608
            "on d.id = s.dictionary_id order by s.id"
        ):
            month_row, dictionary = MonthRow(*row[:-1]), row[-1]
            if db.execute(
                "select 1 from snapshots where id = ? and sealed = ?", [month_row.id, month]
            ).fetchone():
                yield _replace_dictionary(db, month_row, dictionary)


def check_owner(db: Database, month_db: Database, path: Path) -> None:
    """Raises ArchiveError for a month's file of another archive."""
    row = month_db.execute("select value from meta where name = 'archive'").fetchone()
    if row is None or row[0] != archive_id(db):
        raise ArchiveError(
            f"{path}: sealed by another archive in this folder; use a folder of its own for each"
        )


def _replace_dictionary(db: Database, month_row: MonthRow, dictionary: bytes | None) -> MonthRow:
    has_dictionary = db.execute(
        "select 1 from dictionaries where id = ?", [month_row.dictionary_id]
    ).fetchone()
    if month_row.body is None or month_row.dictionary_id is None or has_dictionary:
        return month_row
    row = db.execute(
        """select d.id, d.body from snapshots s join pages p on p.id = s.page_id join dictionaries d
        on d.source = p.source where s.id = ? order by d.id desc limit 1""",
        [month_row.id],
    ).fetchone()
    raw = snapshots.decompress_body(month_row.body, dictionary)
    new_body = snapshots.compress_body(
        raw, snapshots.build_zstd_dictionary(row[1]) if row else None
    )
    return replace(month_row, body=new_body, dictionary_id=row[0] if row else None)


def _iter_live_rows(db: Database, month: str) -> Iterator[MonthRow]:
    """Yields the month's intact rows in the live file."""
    ids = db.execute(
        "select id from snapshots where sealed is null and fetched_at like ? order by id",
        [f"{month}-%"],
    )
    for (snapshot_id,) in ids.fetchall():
        *row, dictionary = db.execute(
            f"select {_SNAPSHOT_COLUMNS}, d.body from snapshots s left join dictionaries d "  # noqa: S608
            "on d.id = s.dictionary_id where s.id = ?",
            [snapshot_id],
        ).fetchone()
        month_row = MonthRow(*row)
        if month_row.body is None or is_intact(month_row.body, dictionary, month_row.sha256):
            yield month_row


def is_intact(body: bytes, dictionary: bytes | None, sha256: str) -> bool:
    """Returns whether a stored body decompresses to bytes of this hash."""
    try:
        return hashlib.sha256(snapshots.decompress_body(body, dictionary)).hexdigest() == sha256
    except snapshots.ZstdError:
        return False


def is_stale(db: Database, month: str) -> bool:
    """Returns whether the month's file has snapshots or dictionaries that the archive deleted."""
    with month_files.open_month(month_files.get_month_path(db, month)) as month_db:
        return any(
            db.execute(sql, [row_id, *params]).fetchone() is None
            for table, sql, params in (
                ("snapshots", "select 1 from snapshots where id = ? and sealed = ?", [month]),
                ("dictionaries", "select 1 from dictionaries where id = ?", []),
            )
            for (row_id,) in month_db.execute(f"select id from {table}")  # noqa: S608  (one of two)
        )


def _select_ids(db: Database, sql: str, *params: str) -> set[int]:
    return {row_id for (row_id,) in db.execute(sql, list(params))}


# --- sealing ---


# Snapshots removed from the live file in one transaction. Chosen by hand, not measured.
BATCH_SIZE = 500
_SEALED_COLUMNS = frozenset({"headers", "body", "dictionary_id", "sealed"})


@dataclass(frozen=True, slots=True)
class SealResult:
    """A month that was sealed. `freed_bytes`: how much smaller the live file became."""

    month: str
    snapshots: int
    bytes: int
    freed_bytes: int


def list_due_months(db: Database, older_than: timedelta, now: datetime) -> list[str]:
    """Returns the months (YYYY-MM, UTC) to be sealed, oldest first.

    These have snapshots in the live file and ended at least `older_than` ago.
    """
    rows = db.execute(
        """select distinct substr(fetched_at, 1, 7) as month from snapshots where sealed is null
        and strftime('%Y-%m-%dT%H:%M:%SZ', substr(fetched_at, 1, 7) || '-01', '+1 month') <= ?
        order by month""",
        [format_utc(now - older_than)],
    )
    return [month for (month,) in rows]


def seal_months(
    archive: Archive, older_than: timedelta, now: datetime, on_step: Callable[[str], None]
) -> list[SealResult]:
    """Seals every month that is due. `archive` is open for writing.

    `on_step` is called with each month before it is sealed. Raises ArchiveError when a month's file
    cannot be written; the live file is then unchanged.
    """
    results = []
    with hold_upkeep_lock(archive.path, "khabar seal"):
        space.vacuum_incrementally(archive.db)  # pages that a killed run had freed
        for month in list_due_months(archive.db, older_than, now):
            on_step(month)
            results.append(_seal_month(archive, month))
    return results


def _seal_month(archive: Archive, month: str) -> SealResult:
    db, size_before, count = archive.db, space.get_file_size(archive.db), 0
    write_month(db, month, include_live=True)
    for batch in _iter_batches(db, month):
        _release_batch(db, month, batch)
        count += len(batch)
        space.vacuum_incrementally(db)
    size = month_files.get_month_path(db, month).stat().st_size if count else 0
    return SealResult(month, count, size, size_before - space.get_file_size(db))


def _release_batch(db: Database, month: str, batch: list[int]) -> None:
    """Replaces the rows of a batch by rows without the sealed columns.

    They are deleted and inserted again, because rows that are made smaller in place leave gaps.
    """
    names = ", ".join(
        column.name for column in db["snapshots"].columns if column.name not in _SEALED_COLUMNS
    )
    params = {"some": json.dumps(batch)}
    query = f"select {names} from snapshots where id in (select value from json_each(:some))"  # noqa: S608
    with transaction(db):
        db.execute("pragma defer_foreign_keys = on")  # until the commit, when every row is back
        db.execute(f"create temp table let_go as {query}", params)
        db.execute("delete from snapshots where id in (select id from temp.let_go)")
        db.execute(
            f"insert into snapshots ({names}, sealed) select {names}, ? from temp.let_go",  # noqa: S608
            [month],
        )
        db.execute("drop table temp.let_go")


def _iter_batches(db: Database, month: str) -> Iterator[list[int]]:
    """Yields batches of ids that are in the month's file and still in the live file."""
    path = month_files.get_month_path(db, month)
    if not path.exists():
        return
    with month_files.open_month(path) as month_db:
        sealed_ids = _select_ids(month_db, "select id from snapshots")
    live = db.execute(
        "select id from snapshots where sealed is null and fetched_at like ? order by id",
        [f"{month}-%"],
    )
    ids = [snapshot_id for (snapshot_id,) in live.fetchall() if snapshot_id in sealed_ids]
    for start in range(0, len(ids), BATCH_SIZE):
        yield ids[start : start + BATCH_SIZE]
