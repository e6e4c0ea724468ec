"""Backs up an archive during a crawl: a checked copy of the live file, and changed sealed months.

The folder gets archive-<time>.db for each backup kept, and one snapshots/ for all of them: a sealed
month only grows, unless a takedown purged it, and then it must be purged from the backups too.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from khabar.archive.connect import open_archive, open_without_lock
from khabar.archive.database import (
    Archive,
    ArchiveError,
    create_private_file,
    follow_link,
    may_write,
    move_into_place,
)
from khabar.archive.errors import explain_error
from khabar.archive.store import month_files
from khabar.archive.takedown_log import append_takedowns
from khabar.archive.upkeep import copies
from khabar.archive.upkeep.space import hold_upkeep_lock
from khabar.archive.upkeep.verify import CheckContext, file

PART_SUFFIX = ".part"
_BACKUP_GLOB = "archive-[0-9]*Z.db"


@dataclass(frozen=True, slots=True)
class BackupResult:
    """A backup that was made.

    `months`: the sealed months copied this time, of `month_count` in all; `removed_paths`: older
    backups that were deleted; `recorded`: the archive lists it (not one that may not be written).
    """

    path: Path
    bytes: int
    months: tuple[str, ...]
    month_count: int
    removed_paths: tuple[Path, ...]
    recorded: bool


def create_backup(
    path: Path, folder: Path, keep: int | None, now: datetime, on_step: Callable[[str], None]
) -> BackupResult:
    """Backs up the archive at `path` into `folder`, keeping the newest `keep` (None: all).

    The copy is checked before it gets its final name. The archive is only read, but for the record
    of the copy; it may lack migrations. Raises ArchiveError when the copy cannot be written or
    fails the checks.
    """
    path = follow_link(path)
    if folder.resolve() == path.parent.resolve():
        raise ArchiveError(
            f"{folder}: the archive's own folder; choose another for backups, best on another disk"
        )
    with (
        hold_upkeep_lock(path, "khabar backup", reading=True),
        open_archive(path, allow_older=True) as archive,
    ):
        try:
            return _write_backup(archive, folder, keep, now, on_step)
        except (OSError, sqlite3.Error) as error:
            what = f"{folder}: the backup could not be written"
            raise explain_error(error, what, folder) from error
        finally:
            with suppress(OSError):
                _remove_parts(folder)  # half a copy would only take up room


def _write_backup(
    archive: Archive, folder: Path, keep: int | None, now: datetime, on_step: Callable[[str], None]
) -> BackupResult:
    month_folder = folder / month_files.FOLDER_NAME
    month_folder.mkdir(parents=True, exist_ok=True)
    _remove_parts(folder)  # of a backup that was killed
    target = folder / f"archive-{now:%Y%m%dT%H%M%SZ}.db"
    part_path = target.with_name(target.name + PART_SUFFIX)
    on_step("copying")
    # Before the months: one that is sealed meanwhile has all that this copy still has of it.
    archive.db.execute("vacuum into ?", [str(create_private_file(part_path))])
    archive.check_unchanged()
    on_step("checking")
    articles = _check_copy(part_path, now)
    months = _copy_months(archive.db, month_folder, on_step)
    move_into_place(part_path, target)
    append_takedowns(archive.db, folder)
    removed_paths = tuple(sorted(folder.glob(_BACKUP_GLOB))[: -keep or None]) if keep else ()
    recorded = may_write(archive.path)
    if recorded:
        _record_backup(archive.path, target, removed_paths, now, articles)
    for old_path in removed_paths:
        old_path.unlink()
    month_count = len(month_files.list_months(archive.db))
    return BackupResult(target, target.stat().st_size, months, month_count, removed_paths, recorded)


def _record_backup(
    path: Path, target: Path, removed_paths: tuple[Path, ...], now: datetime, articles: int
) -> None:
    """Records a backup in the archive, and that older ones are deleted: their names sort by time.

    Raises ArchiveError when that cannot be written; the backup is complete nevertheless.
    """
    try:
        with open_without_lock(path, allow_older=True) as archive_beside:
            copies.record_copy(archive_beside.db, "backup", target, now, {}, articles)
            for old_path in removed_paths:
                copies.remove_copy(archive_beside.db, old_path)
    except ArchiveError as error:
        raise type(error)(
            f"{target}: complete, but not recorded in the archive: {error}"
        ) from error


def _remove_parts(folder: Path) -> None:
    """Deletes unfinished files of a backup; others are left alone."""
    month_folder = folder / month_files.FOLDER_NAME
    month_parts = month_folder.glob(month_files.FILE_GLOB + PART_SUFFIX)
    for leftover in (*folder.glob(_BACKUP_GLOB + PART_SUFFIX), *month_parts):
        leftover.unlink()


def _check_copy(part: Path, now: datetime) -> int:
    """Runs SQLite's own checks and checks every foreign key. Returns the number of articles.

    Raises ArchiveError, and deletes the copy, for any finding.
    """
    with closing(sqlite3.connect(part, isolation_level=None)) as connection:
        db = Database(connection, execute_plugins=False)
        context = CheckContext(Archive(part, db), now)
        for check in (file.check_integrity, file.check_references):
            for finding in check(context):
                part.unlink()
                raise ArchiveError(
                    f"not backed up: {finding.where} {finding.what}: see `khabar verify`"
                )
        return int(db.execute("select count(*) from articles").fetchone()[0])


# --- sealed months ---


def _copy_months(db: Database, folder: Path, on_step: Callable[[str], None]) -> tuple[str, ...]:
    """Copies sealed months that are new or changed, and deletes those that a takedown emptied.

    Returns the copied ones.
    """
    months = [
        month
        for (month,) in db.execute(
            "select distinct sealed from snapshots where sealed is not null order by 1"
        )
    ]
    copied_months = tuple(
        month for month in months if _copy_month(db, month, folder / f"{month}.db", on_step)
    )
    for path in folder.glob(month_files.FILE_GLOB):
        if path.stem not in months and _is_own_month(db, path):
            path.unlink()
    return copied_months


def _copy_month(db: Database, month: str, target: Path, on_step: Callable[[str], None]) -> bool:
    source = month_files.get_month_path(db, month)
    if not source.exists():
        raise ArchiveError(
            f"{source}: missing, with the pages sealed in it: restore it from {target}"
        )
    source_stat = source.stat()
    if target.exists():
        target_stat = target.stat()
        if (target_stat.st_size, target_stat.st_mtime_ns) == (
            source_stat.st_size,
            source_stat.st_mtime_ns,
        ):
            return False
        if not _is_own_month(db, target):
            raise ArchiveError(
                f"{target}: sealed by another archive; use a backup folder of its own for each"
            )
    on_step(f"copying {month}")
    part = target.with_name(target.name + PART_SUFFIX)
    shutil.copyfile(source, create_private_file(part))
    # By size and time the next backup knows that it has this month.
    os.utime(part, ns=(source_stat.st_atime_ns, source_stat.st_mtime_ns))
    if _hash_file(part) != _hash_file(source):
        raise ArchiveError(f"{part}: the copy differs from {source}: check the disk")
    move_into_place(part, target)
    return True


def _is_own_month(db: Database, path: Path) -> bool:
    query = "select value from meta where name = 'archive'"
    archive_row = db.execute(query).fetchone()
    with month_files.open_month(path) as month_db:
        return bool(archive_row and month_db.execute(query).fetchone() == archive_row)


def _hash_file(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
