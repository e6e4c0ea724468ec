"""The live file's own space: given back to the disk bit by bit, or written anew so that no trace
is left in it.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from khabar.archive.database import Archive, ArchiveError, create_private_file, require_archive
from khabar.archive.locks import acquire_lock

PAGES_PER_STEP = 2000  # moved at a time: 8 MB of write-ahead log
READER_TIMEOUT = 10.0  # seconds for a reader to let go of what it sees
MAX_ATTEMPTS = 5  # of writing the file anew while others write beside
_SQLITE_DONE = 101  # SQLITE_DONE


def get_file_size(db: Database) -> int:
    """The live file's bytes, its log counted in."""
    byte_count: int = db.execute(
        "select page_count * page_size from pragma_page_count, pragma_page_size"
    ).fetchone()[0]
    return byte_count


def vacuum_incrementally(db: Database) -> None:
    """Unused pages leave the file, a few at a time: neither a second copy nor a long log is
    made.
    """
    while db.execute("pragma freelist_count").fetchone()[0]:
        db.execute(f"pragma incremental_vacuum({PAGES_PER_STEP})").fetchall()
        db.execute("pragma wal_checkpoint(truncate)").fetchall()


def truncate_wal(db: Database, timeout: float = READER_TIMEOUT) -> bool:
    """Moves the write-ahead log into the file and leaves none. False when a reader kept it for
    all that time.
    """
    deadline = time.monotonic() + timeout
    while db.execute("pragma wal_checkpoint(truncate)").fetchone()[0]:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def rewrite_file(archive: Archive) -> None:
    """Writes the file anew from what is in use, so that nothing deleted can be read out of its
    unused bytes.

    Readers go on; killed in the middle, the file is as it was. Raises ArchiveError when the disk
    has no room for the copy and the log of it, or a reader will not let go.
    """
    path, db = archive.path, archive.db
    part_path = path.with_name(f".{path.name}.rewritten")
    part_path.unlink(missing_ok=True)
    bytes_needed = 2 * path.stat().st_size
    if (bytes_free := shutil.disk_usage(path.parent).free) < bytes_needed:
        raise ArchiveError(
            f"{path}: purged, but {bytes_needed >> 20} MB of room are wanted to write it anew without traces, and "
            f"{bytes_free >> 20} MB are free: make room, then `khabar takedown finish`"
        )
    for _ in range(MAX_ATTEMPTS):
        if _try_rewrite(archive, part_path):
            break
    else:
        raise ArchiveError(
            f"{path}: purged, but others keep writing: `khabar takedown finish` later"
        )
    if not truncate_wal(db):
        raise ArchiveError(
            f"{path}: purged, but a reader keeps its log: stop `khabar serve`, then `khabar takedown finish`"
        )


class _ConcurrentWriteError(Exception):
    """Somebody else committed while the copy was made: it must not take the file's place."""


def _try_rewrite(archive: Archive, part_path: Path) -> bool:
    """Copies what is in use and writes it back over the file; False, and nothing done, when others
    wrote meanwhile.

    The lock on what is written over is taken with the first pages, so from then on nobody can.
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
                copy.backup(archive.db.conn, pages=50, progress=check_unchanged)
        except _ConcurrentWriteError:
            return False
        finally:
            part_path.unlink(missing_ok=True)
    return True


# --- one upkeep at a time: sealing, takedown, backup and mending wait for none but each other,
# whoever crawls ---


@contextmanager
def hold_upkeep_lock(path: Path, command: str) -> Iterator[None]:
    """Holds the turn for the archive at `path`. It is over with the process, however that ends.

    Raises ArchiveBusy when another upkeep has it, ArchiveError without an archive or when its
    folder cannot be written.
    """
    require_archive(path)
    with acquire_lock(path, "upkeep", command, "`{holder}` is under way; wait for it"):
        yield
