"""The live file's own space: given back to the disk bit by bit, or written anew so that no trace is left in it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from khabar.archive.database import Archive, ArchiveError, create_private, must_exist
from khabar.archive.locks import take_lock

PAGES = 2000  # moved at a time: 8 MB of write-ahead log
WAIT = 10.0  # seconds for a reader to let go of what it sees
TRIES = 5  # of writing the file anew while others write beside
_DONE = 101  # SQLITE_DONE


def size(db: Database) -> int:
    """The live file's bytes, its log counted in."""
    pages: int = db.execute("select page_count * page_size from pragma_page_count, pragma_page_size").fetchone()[0]
    return pages


def give_back(db: Database) -> None:
    """Unused pages leave the file, a few at a time: neither a second copy nor a long log is made."""
    while db.execute("pragma freelist_count").fetchone()[0]:
        db.execute(f"pragma incremental_vacuum({PAGES})").fetchall()
        db.execute("pragma wal_checkpoint(truncate)").fetchall()


def empty_log(db: Database, wait: float = WAIT) -> bool:
    """Moves the write-ahead log into the file and leaves none. False when a reader kept it for all that time."""
    until = time.monotonic() + wait
    while db.execute("pragma wal_checkpoint(truncate)").fetchone()[0]:
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True


def rewrite(archive: Archive) -> None:
    """Writes the file anew from what is in use, so that nothing deleted can be read out of its unused bytes.

    Readers go on; killed in the middle, the file is as it was. Raises ArchiveError when the disk has no room for the
    copy and the log of it, or a reader will not let go.
    """
    path, db = archive.path, archive.db
    part = path.with_name(f".{path.name}.rewritten")
    part.unlink(missing_ok=True)
    needed = 2 * path.stat().st_size
    if (free := shutil.disk_usage(path.parent).free) < needed:
        raise ArchiveError(
            f"{path}: purged, but {needed >> 20} MB of room are wanted to write it anew without traces, and "
            f"{free >> 20} MB are free: make room, then `khabar takedown finish`"
        )
    for _ in range(TRIES):
        if _is_rewritten(archive, part):
            break
    else:
        raise ArchiveError(f"{path}: purged, but others keep writing: `khabar takedown finish` later")
    if not empty_log(db):
        raise ArchiveError(
            f"{path}: purged, but a reader keeps its log: stop `khabar serve`, then `khabar takedown finish`"
        )


class _WrittenBesideError(Exception):
    """Somebody else committed while the copy was made: it must not take the file's place."""


def _is_rewritten(archive: Archive, part: Path) -> bool:
    """Copies what is in use and writes it back over the file; False, and nothing done, when others wrote meanwhile.

    The lock on what is written over is taken with the first pages, so from then on nobody can.
    """
    with closing(sqlite3.connect(archive.path)) as watch:
        before = watch.execute("pragma data_version").fetchone()

        def check(status: int, remaining: int, total: int) -> None:
            if status != _DONE and watch.execute("pragma data_version").fetchone() != before:
                raise _WrittenBesideError

        try:
            archive.db.execute("vacuum into ?", [str(create_private(part))])
            with closing(sqlite3.connect(part)) as copy:
                copy.backup(archive.db.conn, pages=50, progress=check)
        except _WrittenBesideError:
            return False
        finally:
            part.unlink(missing_ok=True)
    return True


# --- one upkeep at a time: sealing, takedown, backup and mending wait for none but each other, whoever crawls ---


@contextmanager
def turn(path: Path, what: str) -> Iterator[None]:
    """Holds the turn for the archive at `path`. It is over with the process, however that ends.

    Raises ArchiveBusy when another upkeep has it, ArchiveError without an archive or when its folder cannot be written.
    """
    must_exist(path)
    with take_lock(path, "upkeep", what, "`{holder}` is under way; wait for it"):
        yield
