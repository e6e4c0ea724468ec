"""The open archive, its errors and its transactions."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Self

from sqlite_utils import Database
from sqlite_utils.utils import sqlite3


class ArchiveError(Exception):
    """The archive cannot be used. The message is one line that names the remedy."""


class ArchiveBusy(ArchiveError):
    """Another run holds the archive's lock."""


@dataclass
class Archive:
    """An open archive. `dictionaries`: cache of zstd dictionaries, source → (id, dictionary)."""

    path: Path
    db: Database
    lock: IO[str] | None = None
    dictionaries: dict[str, tuple[int, Any]] = field(default_factory=dict)

    def close(self) -> None:
        """Closes the database; a writer truncates the write-ahead log and releases the lock."""
        if self.lock:
            self.db.execute("pragma wal_checkpoint(truncate)")
        self.db.close()
        if self.lock:
            self.lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


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


@contextmanager
def transaction(db: Database) -> Iterator[None]:
    """BEGIN IMMEDIATE … COMMIT; rolls back on any exception. Do not await inside: other writers
    wait for the commit.

    Raises ArchiveError when SQLite cannot write (disk full, file damaged, locked for longer than
    the busy timeout).
    """
    try:
        db.execute("begin immediate")
        yield
        db.execute("commit")
    except sqlite3.OperationalError as error:
        _roll_back(db)
        raise ArchiveError(f"the archive could not be written: {error}") from error
    except BaseException:
        _roll_back(db)
        raise


def _roll_back(db: Database) -> None:
    if db.conn.in_transaction:  # SQLite itself rolls back when the disk is full
        db.execute("rollback")
