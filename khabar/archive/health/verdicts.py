"""The verdict on each source at a run's end: what broke, by what it usually is, and the first
URL that shows it.
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

# pages, and not one of them as it should be, that condemn a source nothing is known of yet
MIN_PAGES_NEW_SOURCE = 5
# a fault this old is how the source is now; but for what no source can do without
RELEARN_AFTER = timedelta(days=14)
VITAL_FIELDS = frozenset({"document", "access", "answer", "text"})


@dataclass(frozen=True, slots=True)
class SourceAnomaly:
    """One thing that is not as usual. `check`: a field, or "silent" or "few"."""

    check: str
    message: str
    url: str | None = None


def assess_run(db: Database, run: int, now: datetime, *, outage: bool) -> None:
    """Writes each source's verdict into its row of the run. In an outage, and unasked, it keeps
    the one it had.
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
        return is_still_broken(ratio, samples.since[field], usual) and not (
            _is_old_fault(samples, now) and field not in VITAL_FIELDS
        )
    if field in VITAL_FIELDS and not usual.total:
        return ratio.total >= MIN_PAGES_NEW_SOURCE and not ratio.count
    is_first = field in TOLERATED_ONCE and field not in samples.low_before
    return is_anomaly(ratio, day, usual, samples.chance) and not is_first


def _is_document_failing(samples: SourceSamples) -> bool:
    """No document could be read. That is forgiven once, unless repeating will not mend it or it
    was never otherwise.
    """
    return (
        samples.has_permanent_failure
        or not samples.usual["document"].count
        or "document" in samples.low_before
    )


def _is_old_fault(samples: SourceSamples, now: datetime) -> bool:
    return (
        samples.previous.since is not None
        and parse_utc(samples.previous.since) < now - RELEARN_AFTER
    )


# --- numbers ---


def _volume_anomalies(samples: SourceSamples, now: datetime) -> Iterator[SourceAnomaly]:
    """Nothing new, or too little. While pages wait to be asked for, that is our own doing."""
    if samples.waiting:
        return
    for check, words in baselines.find_volume_anomalies(
        samples.run_samples, samples.peer_factor, now, samples.chance
    ):
        yield SourceAnomaly(check, words, samples.document)


# --- asked ---


def list_broken(db: Database, run: int) -> list[tuple[str, str]]:
    """(source, what is not as usual, with the first URL) of what was broken at a run's end,
    muted ones too.
    """
    rows = db.execute(
        """select source, broken || coalesce('; first ' || broken_url, '') from run_sources
        where run_id = ? and broken is not null order by source""",
        [run],
    )
    return [(source, reason) for source, reason in rows]


def list_newly_broken(db: Database, run: int) -> list[tuple[str, str]]:
    """What broke in this run: told of now, and not before."""
    rows = db.execute(
        "select source, words from alerts where run_id = ? and state = 'broken' order by source",
        [run],
    )
    return [(source, words) for source, words in rows]


def has_read_nothing(db: Database, run: int) -> bool:
    """Whether sources were asked and not one of them could be read."""
    source_count, failure_count = db.execute(
        """select count(*), count(*) filter (where failed + documents_failed = asked) from run_sources
        where run_id = ? and asked > 0""",
        [run],
    ).fetchone()
    return bool(source_count) and source_count == failure_count
