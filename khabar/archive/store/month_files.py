"""Sealed months: raw pages that moved to snapshots/YYYY-MM.db beside the archive. Such a file is
replaced whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from khabar.archive.database import ArchiveError

FOLDER_NAME = "snapshots"
# what we write there; anything else is somebody's own
FILE_GLOB = "[0-9][0-9][0-9][0-9]-[0-9][0-9].db"


@dataclass(frozen=True, slots=True)
class ArchivedPage:
    """A snapshot as it lies in its month's file. `body` None: it read the same as another;
    `dictionary`: its bytes.
    """

    headers: str
    body: bytes | None
    dictionary: bytes | None


def get_month_folder(db: Database) -> Path:
    """Where the archive's sealed months are."""
    archive_file: str = db.execute(
        "select file from pragma_database_list where name = 'main'"
    ).fetchone()[0]
    return Path(archive_file).parent / FOLDER_NAME


def get_month_path(db: Database, month: str) -> Path:
    """A month's file, whether there is one or not. `month`: YYYY-MM."""
    return get_month_folder(db) / f"{month}.db"


def list_months(db: Database) -> list[str]:
    """The months that have a file, oldest first."""
    return sorted(path.stem for path in get_month_folder(db).glob(FILE_GLOB))


@contextmanager
def open_month(path: Path) -> Iterator[Database]:
    """A month's file for reading. Raises ArchiveError when it is missing or no such file."""
    if not path.exists():
        raise ArchiveError(
            f"{path}: missing, with the pages sealed in it: bring it back from a backup"
        )
    # Immutable: it is never written in place, so there is nothing to lock and no folder to write
    # to.
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True, isolation_level=None
    )
    try:
        yield Database(connection)
    except sqlite3.DatabaseError as error:
        raise ArchiveError(f"{path}: {error}") from error
    finally:
        connection.close()


def read_snapshot(db: Database, month: str, snapshot_id: int) -> ArchivedPage:
    """A sealed snapshot. Raises ArchiveError when its file has lost it."""
    path = get_month_path(db, month)
    with open_month(path) as month_db:
        row = month_db.execute(
            """select s.headers, s.body, d.body from snapshots s left join dictionaries d on d.id = s.dictionary_id
            where s.id = ?""",
            [snapshot_id],
        ).fetchone()
    if row is None:
        raise ArchiveError(f"{path}: snapshot {snapshot_id} is not in it")
    return ArchivedPage(*row)
