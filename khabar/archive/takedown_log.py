"""The takedown log: a copy of the takedowns outside the archive, so that restoring an older
backup cannot undo them.

`takedowns.jsonl` is stored beside the archive and in each backup folder, with mode 600. A line is
one takedown of one archive: its `archive` id (table meta), `pattern`, `reason`, `asked_by`, `at`.
Archives in one folder share the file. Lines are only appended.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
from sqlite_utils import Database

from khabar.archive.errors import ArchiveError, explain_error

FILE_NAME = "takedowns.jsonl"


class LoggedTakedown(msgspec.Struct, frozen=True):
    """One line of the log."""

    archive: str
    pattern: str
    reason: str
    asked_by: str
    at: str


def append_takedowns(db: Database, folder: Path) -> None:
    """Appends the archive's takedowns that are missing from the log in `folder`, and syncs it to
    disk. Raises ArchiveError when the log cannot be read or written.
    """
    log_patterns = {takedown.pattern for takedown in _read_log(db, folder)}
    lines = [
        msgspec.json.encode(takedown)
        for takedown in _read_table(db)
        if takedown.pattern not in log_patterns
    ]
    if not lines:
        return
    path = folder / FILE_NAME
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_RDWR, 0o600), "r+b") as log:
            log.seek(log.read().rfind(b"\n") + 1)  # overwrite a last line cut off by a crash
            log.truncate()
            log.write(b"".join(line + b"\n" for line in lines))
            log.flush()
            os.fsync(log.fileno())
    except OSError as error:
        what = f"{path}: the takedown log could not be written"
        raise explain_error(error, what, folder) from error


def find_missing_takedowns(db: Database, folder: Path) -> list[LoggedTakedown]:
    """Returns the takedowns of the log in `folder` that this archive lacks, oldest first.

    Any means that it was restored from an older backup. Raises ArchiveError when the log cannot be
    read.
    """
    table_patterns = {takedown.pattern for takedown in _read_table(db)}
    return [
        takedown for takedown in _read_log(db, folder) if takedown.pattern not in table_patterns
    ]


def check_restored(db: Database, path: Path) -> None:
    """Raises ArchiveError when the archive lacks takedowns of the log beside it."""
    if missing := find_missing_takedowns(db, path.parent):
        patterns = ", ".join(takedown.pattern for takedown in missing[:3]) + (
            " …" if len(missing) > 3 else ""
        )
        raise ArchiveError(
            f"{path}: restored from before {len(missing)} takedowns ({patterns}): "
            "`khabar takedown repeat` purges them again"
        )


def _read_table(db: Database) -> list[LoggedTakedown]:
    rows = db.execute(
        """select m.value, t.pattern, t.reason, t.asked_by, t.at
        from takedowns t join meta m on m.name = 'archive' order by t.id"""
    )
    return [LoggedTakedown(*row) for row in rows.fetchall()]


def _read_log(db: Database, folder: Path) -> list[LoggedTakedown]:
    """Returns the lines of this archive, or of all archives if it has no id yet. A last line
    without a newline was cut off by a crash and is ignored.
    """
    path = folder / FILE_NAME
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise explain_error(error, f"{path}: the takedown log cannot be read") from error
    takedowns = []
    for number, line in enumerate(content.split(b"\n")[:-1], 1):
        try:
            takedowns.append(msgspec.json.decode(line, type=LoggedTakedown))
        except msgspec.DecodeError as error:
            raise ArchiveError(
                f"{path}, line {number}: not a takedown: {error}; correct the line"
            ) from error
    row = db.execute("select value from meta where name = 'archive'").fetchone()
    # Without an id: an archive of an older release, or a new one, which has no pages yet.
    if row is None:
        return takedowns if db.execute("select 1 from pages").fetchone() else []
    return [takedown for takedown in takedowns if takedown.archive == row[0]]
