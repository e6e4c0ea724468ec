"""Judges each source at the end of a run: which checks fail against its baseline, and the first
URL that shows the fault.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from khabar.archive.health import baselines
from khabar.archive.health.baselines import is_anomaly, is_still_broken
from khabar.archive.health.coverage import FIELDS, TOLERATED_ONCE
from khabar.archive.health.samples import SourceHealth, SourceSamples, load_samples
from khabar.model.clock import format_utc, parse_utc

# A source without history is broken if so many pages all lack a vital field; chosen by hand, not
# measured.
MIN_PAGES_NEW_SOURCE = 5
# A fault of this age becomes the new baseline, except for vital fields; chosen by hand, not
# measured (docs/operate.md promises it).
RELEARN_AFTER = timedelta(days=14)
VITAL_FIELDS = frozenset({"document", "access", "answer", "text"})


@dataclass(frozen=True, slots=True)
class SourceAnomaly:
    """A check that failed. `check`: a field, or "silent" or "few"."""

    check: str
    message: str
    url: str | None = None


def assess_run(db: Database, run: int, now: datetime, *, outage: bool) -> None:
    """Stores each source's verdict in its row of the run. In an outage, and for a source without
    visits, the previous verdict is kept.
    """
    for source, samples in load_samples(db, run, now).items():
        health = (
            samples.previous if outage or not samples.visit_count else _assess_source(samples, now)
        )
        db.execute(
            """update run_sources set broken = ?, faults = ?, broken_url = ?, broken_since = ?
            where run_id = ? and source = ?""",
            [health.broken, json.dumps(health.faults), health.url, health.since, run, source],
        )


def _assess_source(samples: SourceSamples, now: datetime) -> SourceHealth:
    anomalies = [*_field_anomalies(samples, now), *_volume_anomalies(samples, now)]
    if not anomalies:
        return SourceHealth()
    first, *others = anomalies
    also = f"; also {', '.join(anomaly.check for anomaly in others)}" if others else ""
    since = samples.previous.since or format_utc(now)
    return SourceHealth(
        first.message + also, tuple(anomaly.check for anomaly in anomalies), first.url, since
    )


# --- fields ---


def _field_anomalies(samples: SourceSamples, now: datetime) -> Iterator[SourceAnomaly]:
    for field, words in FIELDS.items():
        if not _is_field_broken(samples, field, now):
            continue
        ratio = samples.current[field] if samples.current[field].total else samples.day[field]
        usual = samples.usual[field]
        usual_text = f" (usually {usual.count / usual.total:.0%})" if usual.total else ""
        yield SourceAnomaly(
            field, f"{field}: {ratio} {words}{usual_text}", samples.first_without.get(field)
        )


def _is_field_broken(samples: SourceSamples, field: str, now: datetime) -> bool:
    ratio, day, usual = samples.current[field], samples.day[field], samples.usual[field]
    if field == "document" and ratio.total and not ratio.count:
        return _is_document_failing(samples)
    if field in samples.previous.faults:
        since = samples.previous.since
        is_old_fault = since is not None and parse_utc(since) < now - RELEARN_AFTER
        return is_still_broken(ratio, samples.since[field], usual) and not (
            is_old_fault and field not in VITAL_FIELDS
        )
    if field in VITAL_FIELDS and not usual.total:
        return ratio.total >= MIN_PAGES_NEW_SOURCE and not ratio.count
    is_first = field in TOLERATED_ONCE and field not in samples.low_before
    return is_anomaly(ratio, day, usual, samples.chance) and not is_first


def _is_document_failing(samples: SourceSamples) -> bool:
    """Whether it is a fault that no document could be read in this run: not the first time, unless
    an outcome is final or no document was ever read.
    """
    return (
        samples.has_permanent_failure
        or not samples.usual["document"].count
        or "document" in samples.low_before
    )


# --- volume ---


def _volume_anomalies(samples: SourceSamples, now: datetime) -> Iterator[SourceAnomaly]:
    if samples.waiting:  # pages that are due and not yet fetched may be new articles
        return
    for check, words in baselines.find_volume_anomalies(
        samples.run_samples, samples.peer_factor, now, samples.chance
    ):
        yield SourceAnomaly(check, words, samples.document)


# --- queries ---


def list_broken(db: Database, run: int) -> list[tuple[str, str]]:
    """Returns (source, message with the first URL) of each source that was broken at the end of a
    run, muted ones included.
    """
    rows = db.execute(
        """select source, broken || coalesce('; first ' || broken_url, '') from run_sources
        where run_id = ? and broken is not null order by source""",
        [run],
    )
    return [(source, reason) for source, reason in rows]


def list_newly_broken(db: Database, run: int) -> list[tuple[str, str]]:
    """Returns (source, message) of each source that broke in this run and was not broken before."""
    rows = db.execute(
        "select source, words from alerts where run_id = ? and state = 'broken' order by source",
        [run],
    )
    return [(source, words) for source, words in rows]


def has_read_nothing(db: Database, run: int) -> bool:
    """Whether sources were visited in the run and every request failed."""
    source_count, failure_count = db.execute(
        """select count(*), count(*) filter (where failed + documents_failed = asked)
        from run_sources where run_id = ? and asked > 0""",
        [run],
    ).fetchone()
    return bool(source_count) and source_count == failure_count
