"""Opens an archive: read-only beside other processes, or for writing under its lock."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from khabar.archive import schema
from khabar.archive.database import (
    Archive,
    ArchiveError,
    archive_id,
    create_private_file,
    follow_link,
    get_file_state,
    require_archive,
    require_sqlite_to_write,
    transaction,
)
from khabar.archive.errors import explain_error
from khabar.archive.locks import acquire_lock
from khabar.archive.takedown_log import append_takedowns, check_restored
from khabar.hindi.normalize import FOLD_VERSION, fold_for_index

LOCKED_MESSAGE = "another run holds it (process {holder}); wait for it or stop it"
CACHED_STATEMENTS = 512  # compiled; a crawl uses about 150 different ones, SQLite's default is 128
BUSY_TIMEOUT_MS = 30_000  # how long to wait for another writer; chosen by hand, not measured
WRITE_CACHE_KB = 32_000  # most memory for pages of the file, of a process that writes
CHECKPOINT_PAGES = 4_000  # of the log, 16 MB, after which they are written to the file
# Must be set before the first table is created: lets free pages be returned to the disk later.
_INITIAL_PRAGMAS = ("pragma auto_vacuum = incremental",)
_WRITE_PRAGMAS = (
    f"pragma busy_timeout = {BUSY_TIMEOUT_MS}",
    "pragma journal_mode = wal",  # set at each opening: VACUUM INTO does not copy it
    "pragma synchronous = normal",
    "pragma foreign_keys = on",
    "pragma secure_delete = on",  # overwrites deleted content with zeros
    "pragma journal_size_limit = 67108864",  # 64 MB; chosen by hand, not measured
    # The changed pages of a transaction stay in memory until it ends, and checkpoints are rarer.
    # Storing articles 10,000 to 13,000 in transactions of 64 took 2.5 to 3.1 CPU ms each with 16 to
    # 64 MB, and 3.1 to 3.7 with SQLite's 2 MB and 1,000 pages; one by one with 4,000 pages 3.5 to
    # 4.0 instead of 3.5 to 4.2, on a busy machine. 32 MB is between the two, not the best of them.
    f"pragma cache_size = -{WRITE_CACHE_KB}",
    f"pragma wal_autocheckpoint = {CHECKPOINT_PAGES}",
)


def open_archive(
    path: Path,
    *,
    write: bool = False,
    allow_restored: bool = False,
    allow_older: bool = False,
    holder: str = "",
    patience: float = 0,
) -> Archive:
    """Opens the archive at `path`.

    `write` takes the lock, creates a missing archive and migrates its schema. `allow_restored`
    also opens an archive that lacks takedowns of the log beside it (restored from an older backup),
    `allow_older` one that lacks migrations, for reading. `holder`: the command that takes the lock,
    for others' messages; `patience`: seconds to wait for one that releases it soon.
    Raises ArchiveBusy when another run holds the lock, ArchiveError when it cannot be used.
    """
    if write:
        require_sqlite_to_write()
    else:
        require_archive(path)
    path = follow_link(path)
    process = f"{os.getpid()}, {holder}" if holder else str(os.getpid())
    lock = acquire_lock(path, "lock", process, LOCKED_MESSAGE, patience=patience) if write else None
    with ExitStack() as on_error:
        if lock:
            on_error.callback(lock.close)
        with _explaining(path):
            archive = _connect_for_writing(path) if write else _connect_for_reading(path)
            on_error.callback(archive.db.close)
            archive.lock = lock
            _check_schema(archive.db, path, write=write, allow_older=allow_older)
            if not allow_restored:
                check_restored(archive.db, path)
            if write:
                archive_id(archive.db)
                append_takedowns(archive.db, path.parent)
        on_error.pop_all()
    return archive


def open_without_lock(path: Path, *, allow_older: bool = False) -> Archive:
    """Opens an existing archive without its lock, for an operator's short write during a run.

    Creates and migrates nothing. Raises ArchiveError as `open_archive` does.
    """
    require_archive(path)
    require_sqlite_to_write()
    path = follow_link(path)
    with _explaining(path):
        archive = _connect_for_writing(path)
        _check_schema(archive.db, path, write=False, allow_older=allow_older, for_reading=False)
        check_restored(archive.db, path)
    return archive


@contextmanager
def _explaining(path: Path) -> Iterator[None]:
    """Raises errors of SQLite and of the disk as ArchiveError."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        if isinstance(error, sqlite3.Error) and "not a database" in str(error):
            what = "not an archive (not even a database); --archive names another file"
            raise ArchiveError(f"{path}: {what}") from error
        raise explain_error(error, f"{path}: cannot be opened", path.parent) from error


def _connect_for_writing(path: Path) -> Archive:
    if not path.exists():
        create_private_file(path)  # the write-ahead log gets the same mode
    db = _connect(path, "mode=rwc")
    if not db.execute("select count(*) from sqlite_schema").fetchone()[0]:
        for pragma in _INITIAL_PRAGMAS:
            db.execute(pragma)
    for pragma in _WRITE_PRAGMAS:
        db.execute(pragma)
    return Archive(path, db)


def _connect_for_reading(path: Path) -> Archive:
    """Opens the file for reading, which needs a small index of the log beside it. Where SQLite may
    not make one (read-only folder, full disk), the file is read as if nobody wrote to it, unless
    there is a log with what the file does not have yet.
    """
    db = _connect(path, "mode=ro")
    try:
        db.execute("select count(*) from sqlite_schema").fetchone()
    except sqlite3.OperationalError:
        db.close()
        log = path.with_name(f"{path.name}-wal")
        if log.exists() and log.stat().st_size:
            raise
        state = get_file_state(path)
        db = _connect(path, "mode=ro&immutable=1")
        db.execute("select count(*) from sqlite_schema").fetchone()
        return Archive(path, db, frozen_state=state)
    return Archive(path, db)


def _connect(path: Path, options: str) -> Database:
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?{options}",
        uri=True,
        isolation_level=None,
        cached_statements=CACHED_STATEMENTS,
    )
    db = Database(connection, execute_plugins=False)
    db.register_function(fold_for_index, name="hi_fold", deterministic=True)
    db.execute(_WRITE_PRAGMAS[0])
    return db


def _check_schema(
    db: Database, path: Path, *, write: bool, allow_older: bool, for_reading: bool = True
) -> None:
    """Raises ArchiveError unless this is an archive with a schema that this version knows. `write`
    migrates an older one, rebuilds the search index after a change of the folding rules, and the
    stories after a change of folding or fingerprint. `for_reading`: an older one is enough if it
    lacks nothing that readers need.
    """
    tables = set(db.table_names())
    if tables and schema.MIGRATIONS_TABLE not in tables:
        raise ArchiveError(f"{path}: a database, but not an archive of Khabar")
    if newer_migrations := schema.list_unknown_migrations(db):
        raise ArchiveError(
            f"{path}: written by a newer Khabar ({newer_migrations[-1]}): update this one"
        )
    if write:
        from khabar.archive import stories  # here, as only writers need it

        schema.apply_migrations(db)
        _update_search_index(db)
        stories.ensure_version(db)
    elif not tables:
        raise ArchiveError(f"{path}: empty: `khabar crawl` fills it, --archive names another file")
    elif not allow_older and schema.has_pending_migrations(db, for_reading=for_reading):
        raise ArchiveError(
            f"{path}: written by an older Khabar: `khabar backup` copies it, then `khabar crawl` "
            "brings it up to date"
        )


def _update_search_index(db: Database) -> None:
    """Rebuilds the search index if it was built with another FOLD_VERSION: FTS5 deletes a row by
    its folded text, so index and deletes must fold alike.
    """
    row = db.execute("select value from meta where name = 'fold_version'").fetchone()
    if row and row[0] == str(FOLD_VERSION):
        return
    from khabar.archive import search  # here, as the index is rarely rebuilt

    with transaction(db):
        if row:
            search.rebuild_index(db)
        db.execute("insert or replace into meta values ('fold_version', ?)", [str(FOLD_VERSION)])
