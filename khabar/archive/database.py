"""An archive as an open database: its errors, its transactions."""

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
    """The archive cannot be used; the message is one line that says what to do."""


class ArchiveBusy(ArchiveError):
    """Another run holds the archive's lock."""


@dataclass
class Archive:
    """An open archive. `dictionaries` keeps what compresses each source's pages: source → (id,
    dictionary).
    """

    path: Path
    db: Database
    lock: IO[str] | None = None
    dictionaries: dict[str, tuple[int, Any]] = field(default_factory=dict)

    def close(self) -> None:
        """Closes it; a writer leaves no write-ahead log behind."""
        if self.lock:
            self.db.execute("pragma wal_checkpoint(truncate)")
        self.db.close()
        if self.lock:
            self.lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def require_archive(path: Path) -> None:
    """Raises ArchiveError, which names the next step, where there is no archive."""
    if not path.exists():
        raise ArchiveError(
            f"no archive at {path}: `khabar crawl` makes one, --archive names another"
        )


def create_private_file(path: Path) -> Path:
    """Creates an empty file for its owner only (mode 600), which SQLite then fills; raises
    FileExistsError.

    An archive and its copies hold what is withheld, and who asked for what to be forgotten.
    """
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    return path


def archive_id(db: Database) -> str:
    """The id that sealed months, backups and the takedown log know this archive by; created at
    the first call.
    """
    row = db.execute("select value from meta where name = 'archive'").fetchone()
    if row is None:
        db.execute(
            "insert into meta values ('archive', lower(hex(randomblob(16)))) on conflict (name) do nothing"
        )
        row = db.execute("select value from meta where name = 'archive'").fetchone()
    return str(row[0])


@contextmanager
def transaction(db: Database) -> Iterator[None]:
    """BEGIN IMMEDIATE … COMMIT, all or nothing. Await nothing inside: it is one writer's turn.

    Raises ArchiveError when the file cannot take it (full disk, broken file, another writer for too
    long).
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
    if db.conn.in_transaction:  # a full disk has rolled back already
        db.execute("rollback")
