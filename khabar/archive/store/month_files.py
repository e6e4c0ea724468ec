"""Reads sealed months: snapshots that were moved to snapshots/YYYY-MM.db beside the archive.

Such a file is never changed in place, only replaced.
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
# Names of the files written here; others in the folder are left alone.
FILE_GLOB = "[0-9][0-9][0-9][0-9]-[0-9][0-9].db"


@dataclass(frozen=True, slots=True)
class ArchivedPage:
    """A snapshot in its month's file.

    `body` None: the same as another snapshot's. `dictionary`: what `body` was compressed with.
    """

    headers: str
    body: bytes | None
    dictionary: bytes | None


def get_month_folder(db: Database) -> Path:
    """Returns the folder of the archive's sealed months."""
    archive_file: str = db.execute(
        "select file from pragma_database_list where name = 'main'"
    ).fetchone()[0]
    return Path(archive_file).parent / FOLDER_NAME


def get_month_path(db: Database, month: str) -> Path:
    """Returns the path of a month's file, which need not exist. `month`: YYYY-MM."""
    return get_month_folder(db) / f"{month}.db"


def list_months(db: Database) -> list[str]:
    """Returns the months that have a file, oldest first."""
    return sorted(path.stem for path in get_month_folder(db).glob(FILE_GLOB))


@contextmanager
def open_month(path: Path) -> Iterator[Database]:
    """Opens a month's file for reading. Raises ArchiveError when it is missing or no database."""
    if not path.exists():
        raise ArchiveError(
            f"{path}: missing, with the pages sealed in it: restore it from a backup"
        )
    # Immutable: the file is never written in place, so no lock and no writable folder are needed.
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True, isolation_level=None
    )
    try:
        yield Database(connection, execute_plugins=False)
    except sqlite3.DatabaseError as error:
        raise ArchiveError(f"{path}: {error}") from error
    finally:
        connection.close()


def read_snapshot(db: Database, month: str, snapshot_id: int) -> ArchivedPage:
    """Reads a snapshot from its month's file. Raises ArchiveError when it is not there."""
    path = get_month_path(db, month)
    with open_month(path) as month_db:
        row = month_db.execute(
            """select s.headers, s.body, d.body from snapshots s
            left join dictionaries d on d.id = s.dictionary_id where s.id = ?""",
            [snapshot_id],
        ).fetchone()
    if row is None:
        raise ArchiveError(f"{path}: snapshot {snapshot_id} is not in it")
    return ArchivedPage(*row)
