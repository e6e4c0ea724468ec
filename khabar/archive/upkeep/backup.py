"""A copy of the archive, whole and checked, taken while a crawl writes; of sealed months only what
changed is copied.

In the folder: archive-<moment>.db for each backup kept, and one snapshots/ that serves them all: a
sealed month only grows, unless a takedown purged it, and then it must go from the backups too.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from khabar.archive.connect import open_archive, open_without_lock
from khabar.archive.database import Archive, ArchiveError, create_private_file
from khabar.archive.store import month_files as sealed
from khabar.archive.takedown_log import append_takedowns
from khabar.archive.upkeep import copies
from khabar.archive.upkeep.space import hold_upkeep_lock
from khabar.archive.upkeep.verify import CheckContext, file

PART_SUFFIX = ".part"
_BACKUP_GLOB = "archive-[0-9]*Z.db"


@dataclass(frozen=True, slots=True)
class BackupResult:
    """One that was made. `months`: sealed months copied this time, of `month_count` in all;
    `removed_paths`: older backups.
    """

    path: Path
    bytes: int
    months: tuple[str, ...]
    month_count: int
    removed_paths: tuple[Path, ...]


def create_backup(
    path: Path, folder: Path, keep: int | None, now: datetime, on_step: Callable[[str], None]
) -> BackupResult:
    """Makes one of the archive at `path` in `folder`, and leaves the newest `keep` of them (None:
    all).

    Nothing takes its place before it was checked. Raises ArchiveError when it cannot be written or
    is not whole.
    """
    if folder.resolve() == path.parent.resolve():
        raise ArchiveError(
            f"{folder}: the archive's own folder; a backup wants another, best on another disk"
        )
    with hold_upkeep_lock(path, "khabar backup"), open_archive(path) as archive:
        try:
            return _write_backup(archive, folder, keep, now, on_step)
        except (OSError, sqlite3.Error) as error:
            raise ArchiveError(f"{folder}: the backup could not be written: {error}") from error


def _write_backup(
    archive: Archive, folder: Path, keep: int | None, now: datetime, on_step: Callable[[str], None]
) -> BackupResult:
    (folder / sealed.FOLDER_NAME).mkdir(parents=True, exist_ok=True)
    sealed_months = (folder / sealed.FOLDER_NAME).glob(sealed.FILE_GLOB + PART_SUFFIX)
    # of a run of ours that was killed
    for leftover in (*folder.glob(_BACKUP_GLOB + PART_SUFFIX), *sealed_months):
        leftover.unlink()
    target = folder / f"archive-{now:%Y%m%dT%H%M%SZ}.db"
    part_path = target.with_name(target.name + PART_SUFFIX)
    on_step("copying")
    archive.db.execute(
        "vacuum into ?", [str(create_private_file(part_path))]
    )  # first: a month sealed meanwhile has what this copy has
    on_step("checking")
    articles = _check_copy(part_path, now)
    months = _copy_months(archive.db, folder / sealed.FOLDER_NAME, on_step)
    _move_into_place(part_path, target)
    append_takedowns(archive.db, folder)
    with open_without_lock(archive.path) as archive_beside:
        copies.record_copy(archive_beside.db, "backup", target, now, {}, articles)
        removed_paths = _remove_old_backups(archive_beside.db, folder, keep)
    return BackupResult(
        target, target.stat().st_size, months, len(sealed.list_months(archive.db)), removed_paths
    )


def _check_copy(part: Path, now: datetime) -> int:
    """SQLite's own checks and every foreign key. Returns how many articles there are. Raises
    ArchiveError.
    """
    with closing(sqlite3.connect(part, isolation_level=None)) as connection:
        db = Database(connection)
        context = CheckContext(Archive(part, db), now)
        for check in (file.check_integrity, file.check_references):
            for finding in check(context):
                part.unlink()
                raise ArchiveError(
                    f"not backed up: {finding.where} {finding.what}: see `khabar verify`"
                )
        return int(db.execute("select count(*) from articles").fetchone()[0])


def _move_into_place(part: Path, target: Path) -> None:
    """On the disk, then in its place."""
    with part.open("rb") as stream:
        os.fsync(stream.fileno())
    part.replace(target)


# --- sealed months ---


def _copy_months(db: Database, folder: Path, on_step: Callable[[str], None]) -> tuple[str, ...]:
    """Those that are new or were written anew; one that a takedown emptied goes."""
    months = [
        month
        for (month,) in db.execute(
            "select distinct sealed from snapshots where sealed is not null order by 1"
        )
    ]
    copied_months = tuple(
        month for month in months if _copy_month(db, month, folder / f"{month}.db", on_step)
    )
    for path in folder.glob(sealed.FILE_GLOB):
        if path.stem not in months and _is_own_month(db, path):
            path.unlink()
    return copied_months


def _copy_month(db: Database, month: str, target: Path, on_step: Callable[[str], None]) -> bool:
    source = sealed.get_month_path(db, month)
    if not source.exists():
        raise ArchiveError(
            f"{source}: missing, with the pages sealed in it: bring it back from {target}"
        )
    source_stat, target_stat = source.stat(), target.stat() if target.exists() else None
    if target_stat and (target_stat.st_size, target_stat.st_mtime_ns) == (
        source_stat.st_size,
        source_stat.st_mtime_ns,
    ):
        return False
    if target_stat and not _is_own_month(db, target):
        raise ArchiveError(
            f"{target}: sealed by another archive; each wants a folder of its own for its backups"
        )
    on_step(f"copying {month}")
    part = target.with_name(target.name + PART_SUFFIX)
    shutil.copyfile(source, create_private_file(part))
    os.utime(
        part, ns=(source_stat.st_atime_ns, source_stat.st_mtime_ns)
    )  # how the next backup knows that it has this month
    if _hash_file(part) != _hash_file(source):
        raise ArchiveError(f"{part}: was not written as it is read from {source}")
    _move_into_place(part, target)
    return True


def _is_own_month(db: Database, path: Path) -> bool:
    archive_row = db.execute("select value from meta where name = 'archive'").fetchone()
    with sealed.open_month(path) as month:
        return bool(
            archive_row
            and month.execute("select value from meta where name = 'archive'").fetchone()
            == archive_row
        )


def _hash_file(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


# --- how many are kept ---


def _remove_old_backups(db: Database, folder: Path, keep: int | None) -> tuple[Path, ...]:
    """The moment stands in the name, so the names are in its order."""
    old_paths = sorted(folder.glob(_BACKUP_GLOB))[: -keep or None] if keep else []
    for path in old_paths:
        path.unlink()
        copies.remove_copy(db, path)
    return tuple(old_paths)
