"""Raw pages: each gives the bytes that came, from the live file or its sealed month."""

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
    "lost: `khabar crawl --url` fetches the page as it is today, a backup has it as it was"
)


def check_live_bodies(context: CheckContext) -> Iterator[Finding]:
    """Bodies in the live file unpack to their hash and size."""
    ids = [
        row_id
        for (row_id,) in context.db.execute("select id from snapshots where body is not null")
    ]
    for snapshot_id in ids:
        url, sha256, size, dictionary_id, body, dictionary = context.db.execute(
            """select s.url, s.sha256, s.size, s.dictionary_id, s.body, d.body from snapshots s
            left join dictionaries d on d.id = s.dictionary_id where s.id = ?""",
            [snapshot_id],
        ).fetchone()
        where = f"snapshot {snapshot_id} of {url}"
        if dictionary_id and dictionary is None:
            yield Finding(
                "snapshots",
                where,
                f"its dictionary {dictionary_id} is missing",
                None,
                _REFETCH_REMEDY,
            )
        elif not seal.is_intact(body, dictionary, sha256):
            yield Finding(
                "snapshots", where, "does not give the bytes that came", None, _REFETCH_REMEDY
            )
        elif len(snapshots.decompress_body(body, dictionary)) != size:
            repair = build_sql_repair(
                "update snapshots set size = ? where id = ?",
                len(snapshots.decompress_body(body, dictionary)),
                snapshot_id,
            )
            yield Finding("snapshots", where, "has another size", repair)


def check_same_as(context: CheckContext) -> Iterator[Finding]:
    """What read the same as another points at one with a body."""
    rows = context.db.execute(
        """select s.id, s.url, o.same_as from snapshots s join snapshots o on o.id = s.same_as
        where o.same_as is not null"""
    ).fetchall()
    for snapshot_id, url, next_id in rows:
        repair = (
            None
            if next_id == snapshot_id
            else build_sql_repair(
                "update snapshots set same_as = ? where id = ?", next_id, snapshot_id
            )
        )
        yield Finding(
            "snapshots", f"snapshot {snapshot_id} of {url}", "points at one without a body", repair
        )


def check_sealed_months(context: CheckContext) -> Iterator[Finding]:
    """Each sealed month is there, is ours, and has every page that was sealed in it."""
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
            "nothing of the archive is sealed in it",
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
        archive_row = context.db.execute("select value from meta where name = 'archive'").fetchone()
        if (
            archive_row
            != month_db.execute("select value from meta where name = 'archive'").fetchone()
        ):
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
                yield Finding(
                    "sealed", where, "does not give the bytes that came", None, _REFETCH_REMEDY
                )
    if seal.is_stale(context.db, month):
        yield Finding(
            "sealed",
            month,
            "has pages that the archive does not point at",
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
