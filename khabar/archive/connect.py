"""Opens an archive: read-only beside other processes, or for writing under its lock."""

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
    follow_link,
    require_archive,
    transaction,
)
from khabar.archive.locks import acquire_lock
from khabar.archive.takedown_log import append_takedowns, check_restored
from khabar.hindi.normalize import FOLD_VERSION, fold_for_index

LOCKED_MESSAGE = "another run holds it (process {holder}); wait for it or stop it"
BUSY_TIMEOUT_MS = 30_000  # how long to wait for another writer; chosen by hand, not measured
# Must be set before the first table is created: lets free pages be returned to the disk later.
_INITIAL_PRAGMAS = ("pragma auto_vacuum = incremental",)
_WRITE_PRAGMAS = (
    f"pragma busy_timeout = {BUSY_TIMEOUT_MS}",
    "pragma journal_mode = wal",  # set at each opening: VACUUM INTO does not copy it
    "pragma synchronous = normal",
    "pragma foreign_keys = on",
    "pragma secure_delete = on",  # overwrites deleted content with zeros
    "pragma journal_size_limit = 67108864",  # 64 MB; chosen by hand, not measured
)


def open_archive(path: Path, *, write: bool = False, allow_restored: bool = False) -> Archive:
    """Opens the archive at `path`.

    `write` takes the lock, creates a missing archive and migrates its schema. `allow_restored`
    also opens an archive that lacks takedowns of the log beside it (restored from an older backup).
    Raises ArchiveBusy when another run holds the lock, ArchiveError when it cannot be used.
    """
    if not write:
        require_archive(path)
    path = follow_link(path)
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
    """Opens an existing archive without its lock, for an operator's short write during a run.

    Creates and migrates nothing. Raises ArchiveError as `open_archive` does.
    """
    require_archive(path)
    path = follow_link(path)
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
        create_private_file(path)  # the write-ahead log gets the same mode
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
    """Raises ArchiveError unless this is an archive with a schema that this version knows. `write`
    migrates an older one, rebuilds the search index after a change of the folding rules, and the
    stories after a change of folding or fingerprint.
    """
    tables = set(db.table_names())
    if tables and schema.MIGRATIONS_TABLE not in tables:
        raise ArchiveError(f"{path}: a database, but not an archive of Khabar")
    if newer_migrations := schema.list_unknown_migrations(db):
        raise ArchiveError(
            f"{path}: written by a newer Khabar ({newer_migrations[-1]}): update this one"
        )
    if write:
        schema.apply_migrations(db)
        _update_search_index(db)
        stories.ensure_version(db)
    elif schema.has_pending_migrations(db):
        raise ArchiveError(
            f"{path}: written by an older Khabar: `khabar crawl` brings it up to date"
        )


def _update_search_index(db: Database) -> None:
    """Rebuilds the search index if it was built with another FOLD_VERSION: FTS5 deletes a row by
    its folded text, so index and deletes must fold alike.
    """
    row = db.execute("select value from meta where name = 'fold_version'").fetchone()
    if row and row[0] == str(FOLD_VERSION):
        return
    with transaction(db):
        if row:
            search.rebuild_index(db)
        db.execute("insert or replace into meta values ('fold_version', ?)", [str(FOLD_VERSION)])


def _describe_error(error: sqlite3.Error) -> str:
    text = str(error)
    if "not a database" in text:
        return "not an archive (not even a database); --archive names another file"
    if "unable to open" in text:
        return "cannot be opened; check that the folder exists and is writable"
    return text
