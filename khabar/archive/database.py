"""The open archive, its errors and its transactions."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Self

from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from khabar.archive.errors import ArchiveBusy, ArchiveError, explain_error

__all__ = [
    "Archive",
    "ArchiveBusy",
    "ArchiveError",
    "archive_id",
    "create_private_file",
    "follow_link",
    "get_file_state",
    "has_licenses",
    "may_write",
    "move_into_place",
    "require_archive",
    "require_sqlite_to_write",
    "sync_to_disk",
    "transaction",
]

# An older SQLite can corrupt a file in WAL mode that two connections write ("WAL-reset bug").
MIN_SQLITE_TO_WRITE = (3, 51, 3)


@dataclass
class Archive:
    """An open archive. `dictionaries`: cache of zstd dictionaries, source → (id, dictionary).

    `frozen_state`: size and time of a file that is read as if nobody wrote to it (see
    `check_unchanged`); None where SQLite itself keeps readers and writers apart.
    """

    path: Path
    db: Database
    lock: IO[str] | None = None
    dictionaries: dict[str, tuple[int, Any]] = field(default_factory=dict)
    frozen_state: tuple[int, int] | None = None

    def close(self) -> None:
        """Closes the database; a writer truncates the write-ahead log and releases the lock.

        Raises ArchiveError when the log could not be written into the file. What was committed
        stays in the log, from which the next command reads it.
        """
        try:
            if self.lock:
                self.db.execute("pragma wal_checkpoint(truncate)")
        except sqlite3.Error as error:
            what = f"{self.path}: stored in its log, which could not be written into the file"
            raise explain_error(error, what, self.path.parent) from error
        finally:
            self.db.close()
            if self.lock:
                self.lock.close()

    def check_unchanged(self) -> None:
        """Raises ArchiveError when somebody wrote to an archive that was read without a lock."""
        if self.frozen_state and self.frozen_state != get_file_state(self.path):
            raise ArchiveError(f"{self.path}: was written to meanwhile: run the command again")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Closes it. An error of the command is not replaced by one of closing."""
        try:
            self.close()
        except ArchiveError:
            if error is None:
                raise


def get_file_state(path: Path) -> tuple[int, int]:
    """Returns size and time of the last write, in nanoseconds."""
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


def may_write(path: Path) -> bool:
    """Whether this user may write to the archive at `path` and to its folder."""
    path = follow_link(path)
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def follow_link(path: Path) -> Path:
    """Returns the file that a symbolic link to an archive leads to; any other path unchanged.

    Locks, takedown log, token and sealed months are beside that file, so that they are the same
    ones under every path of the archive.
    """
    return path.resolve() if path.is_symlink() else path


def require_archive(path: Path) -> None:
    """Raises ArchiveError when there is no file at `path`."""
    if not path.exists():
        raise ArchiveError(
            f"no archive at {path}: `khabar crawl` creates one, --archive names another"
        )


def require_sqlite_to_write() -> None:
    """Raises ArchiveError when the process's SQLite can corrupt an archive that it writes."""
    if sqlite3.sqlite_version_info < MIN_SQLITE_TO_WRITE:
        needed = ".".join(map(str, MIN_SQLITE_TO_WRITE))
        raise ArchiveError(
            f"SQLite {sqlite3.sqlite_version} can corrupt an archive that it writes: {needed} or "
            "newer is needed, from package pysqlite3 or sqlite-rs (docs/platforms.md); commands "
            "that only read work"
        )


def create_private_file(path: Path) -> Path:
    """Creates an empty file of mode 600 for SQLite to fill. Raises FileExistsError.

    Only the owner may read it: an archive contains withheld texts and who requested takedowns.
    """
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    return path


def archive_id(db: Database) -> str:
    """Returns the archive's random id, created at the first call.

    Sealed months, backups and the takedown log refer to the archive by it.
    """
    row = db.execute("select value from meta where name = 'archive'").fetchone()
    if row is None:
        db.execute(
            """insert into meta values ('archive', lower(hex(randomblob(16))))
            on conflict (name) do nothing"""
        )
        row = db.execute("select value from meta where name = 'archive'").fetchone()
    return str(row[0])


def move_into_place(part: Path, target: Path) -> None:
    """Renames a complete file to `target`; flushes it and then the folder to the disk."""
    sync_to_disk(part)
    part.replace(target)
    sync_to_disk(target.parent)


def sync_to_disk(path: Path) -> None:
    """Flushes a file, or the names in a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def has_licenses(db: Database) -> bool:
    """Whether the archive has a table of licences: one of an older Khabar has none."""
    return bool(db.execute("select 1 from sqlite_schema where name = 'licenses'").fetchone())


@contextmanager
def transaction(db: Database) -> Iterator[None]:
    """BEGIN IMMEDIATE … COMMIT; rolls back on any exception. Do not await inside: other writers
    wait for the commit. Inside another transaction it is a part of that.

    Raises ArchiveError when SQLite cannot write (file damaged, locked for longer than the busy
    timeout), ArchiveDiskFull when the disk is full.
    """
    if db.conn.in_transaction:
        yield
        return
    try:
        db.execute("begin immediate")
        yield
        db.execute("commit")
    except sqlite3.OperationalError as error:
        _roll_back(db)
        folder = _get_folder(db)
        raise explain_error(error, "the archive could not be written", folder) from error
    except BaseException:
        _roll_back(db)
        raise


def _roll_back(db: Database) -> None:
    """Rolls back, unless SQLite did: when the disk is full. On a failing disk it cannot, and the
    transaction ends with the connection; the error that led here is the one to report.
    """
    with suppress(sqlite3.Error):
        if db.conn.in_transaction:
            db.execute("rollback")


def _get_folder(db: Database) -> Path | None:
    with suppress(sqlite3.Error):
        file = db.execute("select file from pragma_database_list where name = 'main'").fetchone()
        return Path(file[0]).parent if file and file[0] else None
    return None
