"""A copy of the archive, whole and checked, taken while a crawl writes; of sealed months only what changed is copied.

In the folder: archive-<moment>.db for each backup kept, and one snapshots/ that serves them all: a sealed month only
grows, unless a takedown purged it, and then it must go from the backups too.
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

from khabar.archive.connect import open_archive, open_beside
from khabar.archive.database import Archive, ArchiveError, create_private
from khabar.archive.store import month_files as sealed
from khabar.archive.takedown_log import append_takedowns
from khabar.archive.upkeep import copies
from khabar.archive.upkeep.space import turn
from khabar.archive.upkeep.verify import Case, file

PART = ".part"
_NAMES = "archive-[0-9]*Z.db"


@dataclass(frozen=True, slots=True)
class Backup:
    """One that was made. `months`: sealed months copied this time, of `sealed` in all; `removed`: older backups."""

    path: Path
    bytes: int
    months: tuple[str, ...]
    sealed: int
    removed: tuple[Path, ...]


def backup(path: Path, folder: Path, keep: int | None, now: datetime, step: Callable[[str], None]) -> Backup:
    """Makes one of the archive at `path` in `folder`, and leaves the newest `keep` of them (None: all).

    Nothing takes its place before it was checked. Raises ArchiveError when it cannot be written or is not whole.
    """
    if folder.resolve() == path.parent.resolve():
        raise ArchiveError(f"{folder}: the archive's own folder; a backup wants another, best on another disk")
    with turn(path, "khabar backup"), open_archive(path) as archive:
        try:
            return _make(archive, folder, keep, now, step)
        except (OSError, sqlite3.Error) as error:
            raise ArchiveError(f"{folder}: the backup could not be written: {error}") from error


def _make(archive: Archive, folder: Path, keep: int | None, now: datetime, step: Callable[[str], None]) -> Backup:
    (folder / sealed.FOLDER).mkdir(parents=True, exist_ok=True)
    sealed_months = (folder / sealed.FOLDER).glob(sealed.NAMES + PART)
    for left in (*folder.glob(_NAMES + PART), *sealed_months):  # of a run of ours that was killed
        left.unlink()
    target = folder / f"archive-{now:%Y%m%dT%H%M%SZ}.db"
    part = target.with_name(target.name + PART)
    step("copying")
    archive.db.execute(
        "vacuum into ?", [str(create_private(part))]
    )  # first: a month sealed meanwhile has what this copy has
    step("checking")
    articles = _check(part, now)
    months = _copy_months(archive.db, folder / sealed.FOLDER, step)
    _settle(part, target)
    append_takedowns(archive.db, folder)
    with open_beside(archive.path) as beside:
        copies.note(beside.db, "backup", target, now, {}, articles)
        removed = _remove_older(beside.db, folder, keep)
    return Backup(target, target.stat().st_size, months, len(sealed.months(archive.db)), removed)


def _check(part: Path, now: datetime) -> int:
    """SQLite's own checks and every foreign key. Returns how many articles there are. Raises ArchiveError."""
    with closing(sqlite3.connect(part, isolation_level=None)) as connection:
        db = Database(connection)
        case = Case(Archive(part, db), now)
        for check in (file.integrity, file.references):
            for fault in check(case):
                part.unlink()
                raise ArchiveError(f"not backed up: {fault.where} {fault.what}: see `khabar verify`")
        return int(db.execute("select count(*) from articles").fetchone()[0])


def _settle(part: Path, target: Path) -> None:
    """On the disk, then in its place."""
    with part.open("rb") as written:
        os.fsync(written.fileno())
    part.replace(target)


# --- sealed months ---


def _copy_months(db: Database, folder: Path, step: Callable[[str], None]) -> tuple[str, ...]:
    """Those that are new or were written anew; one that a takedown emptied goes."""
    used = [
        month for (month,) in db.execute("select distinct sealed from snapshots where sealed is not null order by 1")
    ]
    changed = tuple(month for month in used if _copy_month(db, month, folder / f"{month}.db", step))
    for path in folder.glob(sealed.NAMES):
        if path.stem not in used and _is_ours(db, path):
            path.unlink()
    return changed


def _copy_month(db: Database, month: str, target: Path, step: Callable[[str], None]) -> bool:
    source = sealed.file_of(db, month)
    if not source.exists():
        raise ArchiveError(f"{source}: missing, with the pages sealed in it: bring it back from {target}")
    told, held = source.stat(), target.stat() if target.exists() else None
    if held and (held.st_size, held.st_mtime_ns) == (told.st_size, told.st_mtime_ns):
        return False
    if held and not _is_ours(db, target):
        raise ArchiveError(f"{target}: sealed by another archive; each wants a folder of its own for its backups")
    step(f"copying {month}")
    part = target.with_name(target.name + PART)
    shutil.copyfile(source, create_private(part))
    os.utime(part, ns=(told.st_atime_ns, told.st_mtime_ns))  # how the next backup knows that it has this month
    if _digest(part) != _digest(source):
        raise ArchiveError(f"{part}: was not written as it is read from {source}")
    _settle(part, target)
    return True


def _is_ours(db: Database, path: Path) -> bool:
    own = db.execute("select value from meta where name = 'archive'").fetchone()
    with sealed.opened(path) as month:
        return bool(own and month.execute("select value from meta where name = 'archive'").fetchone() == own)


def _digest(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


# --- how many are kept ---


def _remove_older(db: Database, folder: Path, keep: int | None) -> tuple[Path, ...]:
    """The moment stands in the name, so the names are in its order."""
    old = sorted(folder.glob(_NAMES))[: -keep or None] if keep else []
    for path in old:
        path.unlink()
        copies.forget(db, path)
    return tuple(old)
