"""Sealed months: raw pages that moved to snapshots/YYYY-MM.db beside the archive. Such a file is replaced whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from khabar.archive.database import ArchiveError

FOLDER = "snapshots"
NAMES = "[0-9][0-9][0-9][0-9]-[0-9][0-9].db"  # what we write there; anything else is somebody's own


@dataclass(frozen=True, slots=True)
class Leaf:
    """A snapshot as it lies in its month's file. `body` None: it read the same as another; `dictionary`: its bytes."""

    headers: str
    body: bytes | None
    dictionary: bytes | None


def folder(db: Database) -> Path:
    """Where the archive's sealed months are."""
    file: str = db.execute("select file from pragma_database_list where name = 'main'").fetchone()[0]
    return Path(file).parent / FOLDER


def file_of(db: Database, month: str) -> Path:
    """A month's file, whether there is one or not. `month`: YYYY-MM."""
    return folder(db) / f"{month}.db"


def months(db: Database) -> list[str]:
    """The months that have a file, oldest first."""
    return sorted(path.stem for path in folder(db).glob(NAMES))


@contextmanager
def opened(path: Path) -> Iterator[Database]:
    """A month's file for reading. Raises ArchiveError when it is missing or no such file."""
    if not path.exists():
        raise ArchiveError(f"{path}: missing, with the pages sealed in it: bring it back from a backup")
    # Immutable: it is never written in place, so there is nothing to lock and no folder to write to.
    connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True, isolation_level=None)
    try:
        yield Database(connection)
    except sqlite3.DatabaseError as error:
        raise ArchiveError(f"{path}: {error}") from error
    finally:
        connection.close()


def read(db: Database, month: str, snapshot_id: int) -> Leaf:
    """A sealed snapshot. Raises ArchiveError when its file has lost it."""
    path = file_of(db, month)
    with opened(path) as file:
        row = file.execute(
            """select s.headers, s.body, d.body from snapshots s left join dictionaries d on d.id = s.dictionary_id
            where s.id = ?""",
            [snapshot_id],
        ).fetchone()
    if row is None:
        raise ArchiveError(f"{path}: snapshot {snapshot_id} is not in it")
    return Leaf(*row)
