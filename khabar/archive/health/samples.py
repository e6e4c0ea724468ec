"""What a verdict is made from: one source's run, its last day, its last fortnight, and what was
said of it before.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from khabar.archive.health import baselines
from khabar.archive.health.baselines import Ratio, alarm_threshold
from khabar.archive.health.coverage import FIELDS
from khabar.model.clock import format_utc, parse_utc

DAY, FORTNIGHT, SAMPLE_WINDOW = timedelta(days=1), timedelta(days=14), timedelta(days=60)
CHECKS_PER_RUN = len(FIELDS) + 2  # and silent, and few
# A row's verdict at the end of the source's run before this one.
_BROKEN_SINCE = """select broken_since from run_sources e where e.source = f.source and e.run_id < :run
  order by e.run_id desc limit 1"""
FieldRatios = Mapping[str, Ratio]


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """What is said of a source: nothing, or what is not as usual: in words, by check, with a URL
    and since when.
    """

    broken: str | None = None
    faults: tuple[str, ...] = ()
    url: str | None = None
    since: str | None = None


@dataclass(frozen=True, slots=True)
class SourceSamples:
    """One source at a run's end. Shares are by field; a field never seen is a share of nothing."""

    visit_count: int
    waiting: int
    previous: SourceHealth
    current: FieldRatios
    day: FieldRatios  # with this run, without those in which the field was broken
    since: FieldRatios  # from the run that broke it, where it is broken, up to the one before this
    # the fortnight's runs before this one, without those in which the field was broken
    usual: FieldRatios
    first_without: Mapping[str, str]  # field → URL
    # fields that were low already when they were last seen, before this run
    low_before: frozenset[str]
    has_permanent_failure: bool  # a document ended in this run as repeating will not change
    document: str | None  # the URL of one of its documents
    # every run that could look for something new, oldest first
    run_samples: tuple[baselines.RunSample, ...]
    chance: float  # what one check may leave to chance
    # how the other sources' last day compares with their usual ones: 1.0 as usual
    peer_factor: float


def load_samples(db: Database, run: int, now: datetime) -> dict[str, SourceSamples]:
    """Every source of the run, with what is needed to judge it."""
    run_ratios = _field_ratios(db, "f.run_id = :run", run, now)
    day_ratios = _field_ratios(
        db, "r.started_at > :day and f.run_id <= :run and not was_broken", run, now
    )
    usual = _field_ratios(
        db, "r.started_at > :fortnight and f.run_id < :run and not was_broken", run, now
    )
    since = _field_ratios(db, f"f.run_id < :run and r.finished_at >= ({_BROKEN_SINCE})", run, now)
    without, documents, low_fields = (
        _urls_without_field(db, run, now),
        _document_urls(db),
        _low_fields_before(db, run),
    )
    permanent_failures, run_samples, before = (
        _sources_with_permanent_failure(db, run),
        _load_run_samples(db, run, now),
        _previous_health(db, run),
    )
    run_counts = _count_runs(db, now)
    peer_factors = baselines.peer_factors(run_samples, now)
    rows = db.execute("select source, asked, waiting from run_sources where run_id = ?", [run])
    return {
        source: SourceSamples(
            visit_count,
            waiting or 0,
            before.get(source, SourceHealth()),
            run_ratios[source],
            day_ratios[source],
            since[source],
            usual[source],
            without[source],
            frozenset(low_fields[source]),
            source in permanent_failures,
            documents.get(source),
            run_samples[source],
            alarm_threshold(run_counts.get(source, 0), CHECKS_PER_RUN),
            peer_factors[source],
        )
        for source, visit_count, waiting in list(rows)
    }


def _field_ratios(
    db: Database, condition: str, run: int, now: datetime
) -> dict[str, dict[str, Ratio]]:
    """Source → field → share, over the runs that `condition` chooses."""
    rows = db.execute(
        f"""select source, field, sum(held), sum(counted) from (
          select f.source, f.field, f.held, f.of as counted, f.run_id,
            exists (select 1 from json_each(s.faults) where value = f.field) as was_broken
          from run_fields f join run_sources s on s.run_id = f.run_id and s.source = f.source) f
        join runs r on r.id = f.run_id where {condition} group by 1, 2""",  # noqa: S608  (our own conditions, above)
        {"run": run, "day": format_utc(now - DAY), "fortnight": format_utc(now - FORTNIGHT)},
    )
    ratios: dict[str, dict[str, Ratio]] = defaultdict(lambda: defaultdict(Ratio))
    for source, field, count, total in rows:
        ratios[source][field] = Ratio(count, total)
    return ratios


def _urls_without_field(db: Database, run: int, now: datetime) -> dict[str, dict[str, str]]:
    """The first page without a field, of the newest run in the last day that met one."""
    rows = db.execute(
        """select f.source, f.field, p.url from run_fields f join runs r on r.id = f.run_id
        join pages p on p.id = f.first_without
        where f.run_id <= ? and r.started_at > ? order by f.run_id""",
        [run, format_utc(now - DAY)],
    )
    urls: dict[str, dict[str, str]] = defaultdict(dict)
    for source, field, url in rows:
        urls[source][field] = url
    return urls


def _previous_health(db: Database, run: int) -> dict[str, SourceHealth]:
    """Each source's verdict at the end of its run before this one."""
    rows = db.execute(
        """select b.source, b.broken, b.faults, b.broken_url, b.broken_since from run_sources s
        join run_sources b on b.source = s.source and b.run_id =
          (select max(run_id) from run_sources e where e.source = s.source and e.run_id < s.run_id)
        where s.run_id = ?""",
        [run],
    )
    return {
        source: SourceHealth(broken, tuple(json.loads(faults)), url, since)
        for source, broken, faults, url, since in rows
    }


def _count_runs(db: Database, now: datetime) -> dict[str, int]:
    """Source → its runs of the fortnight."""
    rows = db.execute(
        """select source, count(*) from run_sources s join runs r on r.id = s.run_id
        where r.started_at > ? and asked > 0 group by source""",
        [format_utc(now - FORTNIGHT)],
    )
    return dict(rows.fetchall())


def _document_urls(db: Database) -> dict[str, str]:
    return dict(
        db.execute(
            "select source, min(url) from pages where kind <> 'page' group by source"
        ).fetchall()
    )


def _low_fields_before(db: Database, run: int) -> dict[str, set[str]]:
    """Source → fields that less than half had, in the last run before this one that saw any."""
    rows = db.execute(
        """select source, field, held, of, max(run_id) from run_fields where run_id < ? group by source, field""",
        [run],
    )
    low_fields: dict[str, set[str]] = defaultdict(set)
    for source, field, count, total, _ in rows:
        if count * 2 < total:
            low_fields[source].add(field)
    return low_fields


def _sources_with_permanent_failure(db: Database, run: int) -> set[str]:
    """Sources with a document that ended, in this run, in an outcome that trying again will not
    mend soon.
    """
    rows = db.execute(
        """select distinct source from pages where kind <> 'page' and state = 'done'
        and outcome not in ('feed', 'alias') and last_asked >= (select started_at from runs where id = ?)""",
        [run],
    )
    return {source for (source,) in rows}


def _load_run_samples(
    db: Database, run: int, now: datetime
) -> dict[str, tuple[baselines.RunSample, ...]]:
    """Source → its runs that could look for something new. The very first is left out: it
    brought what had piled up.
    """
    rows = db.execute(
        """select k.key, r.started_at, s.new, s.broken is not null from sources k
        join run_sources s on s.source = k.key and s.run_id <= :run and s.run_id >
          (select run_id from run_sources e where e.source = k.key and e.asked > 0 order by run_id limit 1)
        join runs r on r.id = s.run_id
        where s.documents > s.documents_failed and r.started_at > :since order by s.run_id""",
        {"run": run, "since": format_utc(now - SAMPLE_WINDOW)},
    )
    samples: dict[str, list[baselines.RunSample]] = defaultdict(list)
    for source, started_at, new, was_broken in rows:
        samples[source].append(baselines.RunSample(parse_utc(started_at), new, bool(was_broken)))
    return defaultdict(
        tuple, {source: tuple(source_samples) for source, source_samples in samples.items()}
    )
