"""Frees space in the live file: returns unused pages to the disk, or rewrites it without traces."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import IO

from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from khabar.archive.database import (
    Archive,
    ArchiveBusy,
    ArchiveError,
    create_private_file,
    require_archive,
)
from khabar.archive.errors import ArchiveDiskFull
from khabar.archive.locks import acquire_lock, acquire_lock_for_reading

# The four numbers below were chosen by hand, not measured.
PAGES_PER_STEP = 2000  # pages vacuumed in a step: 8 MB of write-ahead log
READER_TIMEOUT = 10.0  # seconds to wait for readers of an older state
MAX_ATTEMPTS = 5  # of rewriting the file while other processes write
_PAGES_PER_COPY_STEP = 50  # pages written back between two looks at other writers
_SQLITE_DONE = 101  # SQLite's result code at the end of a copy


def get_file_size(db: Database) -> int:
    """Returns the size of the live file in bytes, pages in its write-ahead log included."""
    byte_count: int = db.execute(
        "select page_count * page_size from pragma_page_count, pragma_page_size"
    ).fetchone()[0]
    return byte_count


def vacuum_incrementally(db: Database) -> None:
    """Removes unused pages from the file in steps, which needs neither a copy nor a long log."""
    while db.execute("pragma freelist_count").fetchone()[0]:
        db.execute(f"pragma incremental_vacuum({PAGES_PER_STEP})").fetchall()
        db.execute("pragma wal_checkpoint(truncate)").fetchall()


def truncate_wal(db: Database, timeout: float = READER_TIMEOUT) -> bool:
    """Moves the write-ahead log into the file and empties it.

    Returns False when a reader prevented that for `timeout` seconds.
    """
    deadline = time.monotonic() + timeout
    while db.execute("pragma wal_checkpoint(truncate)").fetchone()[0]:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def rewrite_file(archive: Archive) -> None:
    """Rewrites the file from what is in use, so that deleted data cannot be read from unused bytes.

    Readers are not interrupted; if it is killed, the file is unchanged. Raises ArchiveError when
    the disk has no room for the copy and its log, or when readers or writers do not pause.
    """
    path, db = archive.path, archive.db
    part_path = path.with_name(f".{path.name}.rewritten")
    part_path.unlink(missing_ok=True)
    bytes_needed = 2 * path.stat().st_size
    if (bytes_free := shutil.disk_usage(path.parent).free) < bytes_needed:
        raise ArchiveDiskFull(
            f"{path}: purged, but rewriting it without traces needs {bytes_needed >> 20} MB and "
            f"{bytes_free >> 20} MB are free: free some, then run `khabar takedown finish`"
        )
    for _ in range(MAX_ATTEMPTS):
        if _try_rewrite(archive, part_path):
            break
    else:
        raise ArchiveError(
            f"{path}: purged, but other commands keep writing: run `khabar takedown finish` later"
        )
    if not truncate_wal(db):
        raise ArchiveError(
            f"{path}: purged, but a reader keeps its log: stop `khabar serve`, then run "
            "`khabar takedown finish`"
        )


class _ConcurrentWriteError(Exception):
    """Another process committed while the copy was made, so the copy is outdated."""


def _try_rewrite(archive: Archive, part_path: Path) -> bool:
    """Copies what is in use and writes it back over the file.

    Returns False, and changes nothing, when others wrote meanwhile. The lock on the file is taken
    with the first pages written back, so no one can write after that.
    """
    with closing(sqlite3.connect(archive.path)) as watcher:
        version_before = watcher.execute("pragma data_version").fetchone()

        def check_unchanged(status: int, remaining: int, total: int) -> None:
            if (
                status != _SQLITE_DONE
                and watcher.execute("pragma data_version").fetchone() != version_before
            ):
                raise _ConcurrentWriteError

        try:
            archive.db.execute("vacuum into ?", [str(create_private_file(part_path))])
            with closing(sqlite3.connect(part_path)) as copy:
                copy.backup(archive.db.conn, pages=_PAGES_PER_COPY_STEP, progress=check_unchanged)
        except _ConcurrentWriteError:
            return False
        finally:
            part_path.unlink(missing_ok=True)
    return True


# --- one maintenance command at a time: seal, takedown, backup and repair exclude each other, but
# not a crawl ---


_BUSY_MESSAGE = "`{holder}` is running; wait until it ends"


@contextmanager
def hold_upkeep_lock(path: Path, command: str, *, reading: bool = False) -> Iterator[None]:
    """Holds the maintenance lock of the archive at `path`; the system releases it with the process.

    `reading`: for a command that only reads the archive, which goes on where no lock file can be
    made. Raises ArchiveBusy when another maintenance command holds it, ArchiveError when there is
    no archive or its folder cannot be written.
    """
    require_archive(path)
    lock: IO[str] | None = None
    try:
        lock = acquire_lock(path, "upkeep", command, _BUSY_MESSAGE)
    except ArchiveBusy:
        raise
    except ArchiveError:
        if not reading:
            raise
        lock = acquire_lock_for_reading(path, "upkeep", _BUSY_MESSAGE)
    with lock or nullcontext():
        yield
