"""One archive, opened: for reading beside anybody, for writing under its lock. Errors say in a
line what to do.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO
from urllib.parse import quote

from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from khabar.archive import schema, search, stories
from khabar.archive.database import (
    Archive,
    ArchiveError,
    archive_id,
    create_private_file,
    require_archive,
    transaction,
)
from khabar.archive.locks import acquire_lock
from khabar.archive.takedown_log import append_takedowns, check_restored
from khabar.hindi.normalize import FOLD_VERSION, fold_for_index

LOCKED_MESSAGE = "another run holds it (process {holder}); wait for it or stop it"
BUSY_TIMEOUT_MS = 10_000  # milliseconds to wait for another writer
# Before the first table: whole pages go back to the disk, and what is deleted is overwritten.
_INITIAL_PRAGMAS = ("pragma auto_vacuum = incremental",)
_WRITE_PRAGMAS = (
    f"pragma busy_timeout = {BUSY_TIMEOUT_MS}",
    "pragma journal_mode = wal",  # a copy made by VACUUM INTO comes back without
    "pragma synchronous = normal",
    "pragma foreign_keys = on",
    "pragma secure_delete = on",
    "pragma journal_size_limit = 67108864",
)


def open_archive(path: Path, *, write: bool = False, allow_restored: bool = False) -> Archive:
    """The archive at `path`. `write` takes its lock, makes it when there is none and brings its
    schema up to date.

    `allow_restored` opens one, too, that was restored from before takedowns of the log beside it.
    Raises ArchiveBusy when another run holds the lock, ArchiveError when it cannot be used.
    """
    if not write:
        require_archive(path)
    lock = acquire_lock(path, "lock", str(os.getpid()), LOCKED_MESSAGE) if write else None
    try:
        db = _open_connection(path, write=write)
        _check_schema(db, path, write=write)
        if not allow_restored:
            check_restored(db, path)
        if write:
            archive_id(db)
            append_takedowns(db, path.parent)
    except sqlite3.Error as error:
        _close_lock(lock)
        raise ArchiveError(f"{path}: {_describe_error(error)}") from error
    except ArchiveError:
        _close_lock(lock)
        raise
    return Archive(path, db, lock)


def open_without_lock(path: Path) -> Archive:
    """The archive for a short write of an operator's beside a run, without its lock and without
    making anything.

    Raises ArchiveError as `open_archive` does.
    """
    require_archive(path)
    try:
        db = _open_connection(path, write=True)
        _check_schema(db, path, write=False)
        check_restored(db, path)
    except sqlite3.Error as error:
        raise ArchiveError(f"{path}: {_describe_error(error)}") from error
    return Archive(path, db)


def _close_lock(lock: IO[str] | None) -> None:
    if lock:
        lock.close()


def _open_connection(path: Path, *, write: bool) -> Database:
    mode = "rwc" if write else "ro"
    if write and not path.exists():
        create_private_file(path)  # its write-ahead log takes the mode of the file
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode={mode}", uri=True, isolation_level=None
    )
    db = Database(connection)
    db.register_function(fold_for_index, name="hi_fold", deterministic=True)
    if write and not db.execute("select count(*) from sqlite_schema").fetchone()[0]:
        for pragma in _INITIAL_PRAGMAS:
            db.execute(pragma)
    for pragma in _WRITE_PRAGMAS if write else _WRITE_PRAGMAS[:1]:
        db.execute(pragma)
    return db


def _check_schema(db: Database, path: Path, *, write: bool) -> None:
    """That it is an archive, of a schema we know, folded as we fold."""
    tables = set(db.table_names())
    if tables and schema.MIGRATIONS_TABLE not in tables:
        raise ArchiveError(f"{path}: a database, but not an archive of Khabar's")
    if newer_migrations := schema.list_unknown_migrations(db):
        raise ArchiveError(
            f"{path}: written by a newer Khabar ({newer_migrations[-1]}): update this one"
        )
    if write:
        schema.apply_migrations(db)
        _update_search_index(db)
        _update_stories(db)
    elif schema.has_pending_migrations(db):
        raise ArchiveError(
            f"{path}: written by an older Khabar: `khabar crawl` brings it up to date"
        )


def _update_search_index(db: Database) -> None:
    """The search index and every delete in it must be folded alike: after a change of folding it
    is made anew.
    """
    row = db.execute("select value from meta where name = 'fold_version'").fetchone()
    if row and row[0] == str(FOLD_VERSION):
        return
    with transaction(db):
        if row:
            search.rebuild_index(db)
        db.execute("insert or replace into meta values ('fold_version', ?)", [str(FOLD_VERSION)])


def _update_stories(db: Database) -> None:
    """Stories made with another folding or fingerprint are made anew, too."""
    stories.ensure_version(db)


def _describe_error(error: sqlite3.Error) -> str:
    text = str(error)
    if "not a database" in text:
        return "not an archive (not even a database); --archive names another file"
    if "unable to open" in text:
        return "cannot be opened there; is the folder there, and may we write to it?"
    return text
