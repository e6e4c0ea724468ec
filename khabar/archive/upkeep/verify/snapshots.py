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
    condition = f"s.body is not null{context.restrict('snapshots', 's.id')}"
    rows = context.iter_rows(
        "snapshots",
        f"""select s.id, s.url, s.sha256, s.size, s.dictionary_id, s.body, d.body from snapshots s
        left join dictionaries d on d.id = s.dictionary_id where {condition}""",  # noqa: S608
    )
    for snapshot_id, url, sha256, size, dictionary_id, body, dictionary in rows:
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
    condition = f"o.same_as is not null{context.restrict('snapshots', 's.id')}"
    rows = context.db.execute(
        f"""select s.id, s.url, o.same_as from snapshots s join snapshots o on o.id = s.same_as
        where {condition}"""  # noqa: S608
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
    is_whole = context.sample is None
    with month_files.open_month(month_files.get_month_path(context.db, month)) as month_db:
        integrity = month_db.execute("pragma integrity_check").fetchone()[0] if is_whole else "ok"
        if integrity != "ok":
            yield Finding("sealed", month, integrity)
        query = "select value from meta where name = 'archive'"
        if context.db.execute(query).fetchone() != month_db.execute(query).fetchone():
            yield Finding("sealed", month, "was sealed by another archive")
            return
        condition = f"sealed = ?{context.restrict('snapshots', 'id')}"
        for snapshot_id, url, sha256, same_as in context.iter_rows(
            "snapshots",
            f"select id, url, sha256, same_as from snapshots where {condition}",  # noqa: S608
            month,
        ):
            where = f"snapshot {snapshot_id} of {url}"
            row = month_db.execute(
                """select s.body, d.body from snapshots s
                left join dictionaries d on d.id = s.dictionary_id where s.id = ?""",
                [snapshot_id],
            ).fetchone()
            if row is None:
                yield Finding("sealed", where, f"is not in {month}.db", None, _REFETCH_REMEDY)
                continue
            body, dictionary = row
            is_damaged = body is None or not seal.is_intact(body, dictionary, sha256)
            if same_as is None and is_damaged:
                yield Finding("sealed", where, _DAMAGED, None, _REFETCH_REMEDY)
    if is_whole and seal.is_stale(context.db, month):
        yield Finding(
            "sealed",
            month,
            "has snapshots or dictionaries that the archive deleted",
            partial(_rewrite_month, month),
        )


def _delete_leftover(leftover: Path, _: CheckContext) -> None:
    leftover.unlink(missing_ok=True)


def _rewrite_month(month: str, context: CheckContext) -> None:
    seal.write_month(context.db, month, include_live=False)
