"""Raw pages: each gives the bytes that came, from the live file or its sealed month."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from khabar.archive.database import ArchiveError
from khabar.archive.store import month_files, snapshots
from khabar.archive.upkeep import seal
from khabar.archive.upkeep.verify.faults import RESTORE, Case, Fault, by_sql

_FETCH_AGAIN = "lost: `khabar crawl --url` fetches the page as it is today, a backup has it as it was"


def live(case: Case) -> Iterator[Fault]:
    """Bodies in the live file unpack to their hash and size."""
    ids = [found for (found,) in case.db.execute("select id from snapshots where body is not null")]
    for snapshot_id in ids:
        url, sha256, size, needs, body, dictionary = case.db.execute(
            """select s.url, s.sha256, s.size, s.dictionary_id, s.body, d.body from snapshots s
            left join dictionaries d on d.id = s.dictionary_id where s.id = ?""",
            [snapshot_id],
        ).fetchone()
        where = f"snapshot {snapshot_id} of {url}"
        if needs and dictionary is None:
            yield Fault("snapshots", where, f"its dictionary {needs} is missing", None, _FETCH_AGAIN)
        elif not seal.is_whole(body, dictionary, sha256):
            yield Fault("snapshots", where, "does not give the bytes that came", None, _FETCH_AGAIN)
        elif len(snapshots.unpacked(body, dictionary)) != size:
            mend = by_sql(
                "update snapshots set size = ? where id = ?", len(snapshots.unpacked(body, dictionary)), snapshot_id
            )
            yield Fault("snapshots", where, "has another size", mend)


def pointers(case: Case) -> Iterator[Fault]:
    """What read the same as another points at one with a body."""
    rows = case.db.execute(
        """select s.id, s.url, o.same_as from snapshots s join snapshots o on o.id = s.same_as
        where o.same_as is not null"""
    ).fetchall()
    for snapshot_id, url, beyond in rows:
        mend = (
            None
            if beyond == snapshot_id
            else by_sql("update snapshots set same_as = ? where id = ?", beyond, snapshot_id)
        )
        yield Fault("snapshots", f"snapshot {snapshot_id} of {url}", "points at one without a body", mend)


def sealed_months(case: Case) -> Iterator[Fault]:
    """Each sealed month is there, is ours, and has every page that was sealed in it."""
    wanted = [month for (month,) in case.db.execute("select distinct sealed from snapshots where sealed is not null")]
    for month in wanted:
        try:
            yield from _month(case, month)
        except ArchiveError as error:
            yield Fault("sealed", month, str(error), None, RESTORE)
    for month in sorted({*month_files.months(case.db)} - {*wanted}):
        yield Fault("sealed", month, "nothing of the archive is sealed in it", partial(_write, month))
    for left in month_files.folder(case.db).glob(f"*{seal.PART}"):
        yield Fault("sealed", left.name, "left by a run that was killed", partial(_unlink, left))


def _month(case: Case, month: str) -> Iterator[Fault]:
    with month_files.opened(month_files.file_of(case.db, month)) as file:
        if (whole := file.execute("pragma integrity_check").fetchone()[0]) != "ok":
            yield Fault("sealed", month, whole)
        own = case.db.execute("select value from meta where name = 'archive'").fetchone()
        if own != file.execute("select value from meta where name = 'archive'").fetchone():
            yield Fault("sealed", month, "was sealed by another archive")
            return
        held = {found for (found,) in file.execute("select id from snapshots")}
        for snapshot_id, url, sha256, same_as in case.db.execute(
            "select id, url, sha256, same_as from snapshots where sealed = ?", [month]
        ).fetchall():
            where = f"snapshot {snapshot_id} of {url}"
            if snapshot_id not in held:
                yield Fault("sealed", where, f"is not in {month}.db", None, _FETCH_AGAIN)
            elif same_as is None and not _is_whole(case, month, snapshot_id, sha256):
                yield Fault("sealed", where, "does not give the bytes that came", None, _FETCH_AGAIN)
    if seal.is_stale(case.db, month):
        yield Fault("sealed", month, "has pages that the archive does not point at", partial(_write, month))


def _is_whole(case: Case, month: str, snapshot_id: int, sha256: str) -> bool:
    leaf = month_files.read(case.db, month, snapshot_id)
    return leaf.body is not None and seal.is_whole(leaf.body, leaf.dictionary, sha256)


def _unlink(left: Path, _: Case) -> None:
    left.unlink(missing_ok=True)


def _write(month: str, case: Case) -> None:
    seal.write(case.db, month, moving=False)
