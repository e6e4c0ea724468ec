"""The verdict on each source at a run's end: what broke, by what it usually is, and the first URL that shows it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from khabar.archive.health import baselines
from khabar.archive.health.baselines import broke, is_still_broken
from khabar.archive.health.coverage import FIELDS, FORGIVEN
from khabar.archive.health.samples import Memory, Verdict, remember
from khabar.model.clock import parse_stamp, stamp

UNKNOWN = 5  # pages, and not one of them as it should be, that condemn a source nothing is known of yet
RELEARN = timedelta(days=14)  # a fault this old is how the source is now; but for what no source can do without
VITAL = frozenset({"document", "access", "answer", "text"})


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as usual. `check`: a field, or "silent" or "few"."""

    check: str
    words: str
    url: str | None = None


def judge_run(db: Database, run: int, now: datetime, *, outage: bool) -> None:
    """Writes each source's verdict into its row of the run. In an outage, and unasked, it keeps the one it had."""
    for source, memory in remember(db, run, now).items():
        verdict = memory.before if outage or not memory.asked else _verdict(memory, now)
        db.execute(
            """update run_sources set broken = ?, faults = ?, broken_url = ?, broken_since = ?
            where run_id = ? and source = ?""",
            [verdict.broken, json.dumps(verdict.faults), verdict.url, verdict.since, run, source],
        )


def _verdict(memory: Memory, now: datetime) -> Verdict:
    found = [*_field_faults(memory, now), *_quiet_faults(memory, now)]
    if not found:
        return Verdict()
    first, *others = found
    also = f"; also {', '.join(fault.check for fault in others)}" if others else ""
    since = memory.before.since or stamp(now)
    return Verdict(first.words + also, tuple(fault.check for fault in found), first.url, since)


# --- fields ---


def _field_faults(memory: Memory, now: datetime) -> Iterator[Fault]:
    for field, words in FIELDS.items():
        if not _is_broken(memory, field, now):
            continue
        share = memory.now[field] if memory.now[field].of else memory.day[field]
        usual = memory.usual[field]
        told = f" (usually {usual.held / usual.of:.0%})" if usual.of else ""
        yield Fault(field, f"{field}: {share} {words}{told}", memory.first_without.get(field))


def _is_broken(memory: Memory, field: str, now: datetime) -> bool:
    share, day, usual = memory.now[field], memory.day[field], memory.usual[field]
    if field == "document" and share.of and not share.held:
        return _is_lost(memory)
    if field in memory.before.faults:
        return is_still_broken(share, memory.since[field], usual) and not (_is_old(memory, now) and field not in VITAL)
    if field in VITAL and not usual.of:
        return share.of >= UNKNOWN and not share.held
    is_first = field in FORGIVEN and field not in memory.lost_before
    return broke(share, day, usual, memory.chance) and not is_first


def _is_lost(memory: Memory) -> bool:
    """No document could be read. That is forgiven once, unless repeating will not mend it or it was never otherwise."""
    return memory.finally_lost or not memory.usual["document"].held or "document" in memory.lost_before


def _is_old(memory: Memory, now: datetime) -> bool:
    return memory.before.since is not None and parse_stamp(memory.before.since) < now - RELEARN


# --- numbers ---


def _quiet_faults(memory: Memory, now: datetime) -> Iterator[Fault]:
    """Nothing new, or too little. While pages wait to be asked for, that is our own doing."""
    if memory.waiting:
        return
    for check, words in baselines.faults(memory.looks, memory.press, now, memory.chance):
        yield Fault(check, words, memory.document)


# --- asked ---


def broken(db: Database, run: int) -> list[tuple[str, str]]:
    """(source, what is not as usual, with the first URL) of what was broken at a run's end, muted ones too."""
    rows = db.execute(
        """select source, broken || coalesce('; first ' || broken_url, '') from run_sources
        where run_id = ? and broken is not null order by source""",
        [run],
    )
    return [(source, reason) for source, reason in rows]


def newly_broken(db: Database, run: int) -> list[tuple[str, str]]:
    """What broke in this run: told of now, and not before."""
    rows = db.execute("select source, words from alerts where run_id = ? and state = 'broken' order by source", [run])
    return [(source, words) for source, words in rows]


def nothing_read(db: Database, run: int) -> bool:
    """Whether sources were asked and not one of them could be read."""
    asked, failed = db.execute(
        """select count(*), count(*) filter (where failed + documents_failed = asked) from run_sources
        where run_id = ? and asked > 0""",
        [run],
    ).fetchone()
    return bool(asked) and asked == failed
