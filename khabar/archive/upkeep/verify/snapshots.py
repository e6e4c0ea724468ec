"""Checks of raw pages: each body has its hash, in the live file or in its sealed month."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from khabar.archive.database import ArchiveError
from khabar.archive.store import month_files, snapshots
from khabar.archive.upkeep import seal
from khabar.archive.upkeep.verify.findings import (
    RESTORE_REMEDY,
    CheckContext,
    Finding,
    build_sql_repair,
)

_REFETCH_REMEDY = (
    "lost: restore it from a backup, or fetch the page as it is today with `khabar crawl --url`"
)
_DAMAGED = "its body does not match its hash"


def check_live_bodies(context: CheckContext) -> Iterator[Finding]:
    """Checks that bodies in the live file decompress to their hash and size."""
    ids = context.db.execute("select id from snapshots where body is not null").fetchall()
    for (snapshot_id,) in ids:
        url, sha256, size, dictionary_id, body, dictionary = context.db.execute(
            """select s.url, s.sha256, s.size, s.dictionary_id, s.body, d.body from snapshots s
            left join dictionaries d on d.id = s.dictionary_id where s.id = ?""",
            [snapshot_id],
        ).fetchone()
        where = f"snapshot {snapshot_id} of {url}"
        if dictionary_id and dictionary is None:
            what = f"its dictionary {dictionary_id} is missing"
            yield Finding("snapshots", where, what, None, _REFETCH_REMEDY)
        elif not seal.is_intact(body, dictionary, sha256):
            yield Finding("snapshots", where, _DAMAGED, None, _REFETCH_REMEDY)
        elif (raw_size := len(snapshots.decompress_body(body, dictionary))) != size:
            repair = build_sql_repair(
                "update snapshots set size = ? where id = ?", raw_size, snapshot_id
            )
            yield Finding("snapshots", where, f"has {raw_size} bytes, not {size}", repair)


def check_same_as(context: CheckContext) -> Iterator[Finding]:
    """Checks that each snapshot without a body refers to one with a body."""
    rows = context.db.execute(
        """select s.id, s.url, o.same_as from snapshots s join snapshots o on o.id = s.same_as
        where o.same_as is not null"""
    ).fetchall()
    for snapshot_id, url, next_id in rows:
        repair = build_sql_repair(
            "update snapshots set same_as = ? where id = ?", next_id, snapshot_id
        )
        yield Finding(
            "snapshots",
            f"snapshot {snapshot_id} of {url}",
            "refers to a snapshot without a body",
            repair if next_id != snapshot_id else None,
        )


def check_sealed_months(context: CheckContext) -> Iterator[Finding]:
    """Checks that each sealed month's file exists, is this archive's, and has all its snapshots."""
    months = [
        month
        for (month,) in context.db.execute(
            "select distinct sealed from snapshots where sealed is not null"
        )
    ]
    for month in months:
        try:
            yield from _check_month(context, month)
        except ArchiveError as error:
            yield Finding("sealed", month, str(error), None, RESTORE_REMEDY)
    for month in sorted({*month_files.list_months(context.db)} - {*months}):
        yield Finding(
            "sealed",
            month,
            "has no snapshot of the archive",
            partial(_rewrite_month, month),
        )
    for leftover in month_files.get_month_folder(context.db).glob(f"*{seal.PART_SUFFIX}"):
        yield Finding(
            "sealed",
            leftover.name,
            "left by a run that was killed",
            partial(_delete_leftover, leftover),
        )


def _check_month(context: CheckContext, month: str) -> Iterator[Finding]:
    with month_files.open_month(month_files.get_month_path(context.db, month)) as month_db:
        if (integrity := month_db.execute("pragma integrity_check").fetchone()[0]) != "ok":
            yield Finding("sealed", month, integrity)
        query = "select value from meta where name = 'archive'"
        if context.db.execute(query).fetchone() != month_db.execute(query).fetchone():
            yield Finding("sealed", month, "was sealed by another archive")
            return
        sealed_ids = {row_id for (row_id,) in month_db.execute("select id from snapshots")}
        for snapshot_id, url, sha256, same_as in context.db.execute(
            "select id, url, sha256, same_as from snapshots where sealed = ?", [month]
        ).fetchall():
            where = f"snapshot {snapshot_id} of {url}"
            if snapshot_id not in sealed_ids:
                yield Finding("sealed", where, f"is not in {month}.db", None, _REFETCH_REMEDY)
            elif same_as is None and not _is_intact_in_month(context, month, snapshot_id, sha256):
                yield Finding("sealed", where, _DAMAGED, None, _REFETCH_REMEDY)
    if seal.is_stale(context.db, month):
        yield Finding(
            "sealed",
            month,
            "has snapshots or dictionaries that the archive deleted",
            partial(_rewrite_month, month),
        )


def _is_intact_in_month(context: CheckContext, month: str, snapshot_id: int, sha256: str) -> bool:
    archived_page = month_files.read_snapshot(context.db, month, snapshot_id)
    return archived_page.body is not None and seal.is_intact(
        archived_page.body, archived_page.dictionary, sha256
    )


def _delete_leftover(leftover: Path, _: CheckContext) -> None:
    leftover.unlink(missing_ok=True)


def _rewrite_month(month: str, context: CheckContext) -> None:
    seal.write_month(context.db, month, include_live=False)
