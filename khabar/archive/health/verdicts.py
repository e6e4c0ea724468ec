"""Judges each source at the end of a run: which checks fail against its baseline, and the first
URL that shows the fault.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlite_utils import Database

from khabar.archive.frontier.documents import DOCUMENT_PAGES
from khabar.archive.frontier.incidents import HostIncident
from khabar.archive.health import baselines
from khabar.archive.health.baselines import Ratio, is_anomaly, is_still_broken, significance_level
from khabar.archive.health.coverage import FIELDS, HOST_FIELDS, TOLERATED_ONCE
from khabar.model.clock import format_utc, parse_utc

# SAMPLE_WINDOW: the history for the volume checks; chosen by hand, not measured.
DAY, FORTNIGHT, SAMPLE_WINDOW = timedelta(days=1), timedelta(days=14), timedelta(days=60)
CHECKS_PER_RUN = len(FIELDS) + 2  # with "silent" and "few"
FieldRatios = Mapping[str, Ratio]
# A source without history is broken if so many pages all lack a vital field; chosen by hand, not
# measured.
MIN_PAGES_NEW_SOURCE = 5
# A fault of this age becomes the new baseline, except for vital fields; chosen by hand, not
# measured (docs/operate.md promises it).
RELEARN_AFTER = timedelta(days=14)
VITAL_FIELDS = frozenset({"document", "access", "answer", "page", "text"})
# The usual ratio of a source with less than MIN_SAMPLE pages of history. Measured over 5,406 real
# articles, of which 22 had the text of another article of their source.
KNOWN_RATIOS = {"own text": Ratio(5384, 5406)}


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """A verdict on a source: the message (None: not broken), the checks that failed, a URL that
    shows the fault, and since when.
    """

    broken: str | None = None
    faults: tuple[str, ...] = ()
    url: str | None = None
    since: str | None = None


@dataclass(frozen=True, slots=True)
class RunIncidents:
    """The incidents that a run found, and the sources with a page that ended well in it."""

    found: Sequence[HostIncident] = ()
    good_sources: frozenset[str] | set[str] = frozenset()

    def get_incident(self, source: str) -> HostIncident | None:
        return next(
            (item for item in self.found if item.endings[0].source == source),
            None,
        )


@dataclass(frozen=True, slots=True)
class SourceSamples:
    """A source at the end of a run. Ratios are by field; 0 of 0 for a field that was never seen."""

    visit_count: int
    waiting: int
    previous: SourceHealth
    current: FieldRatios  # of this run
    day: FieldRatios  # of the last day, this run included, without runs that had the field broken
    # Of the runs from the one that broke the source up to the previous one; empty if not broken.
    since: FieldRatios
    # Of the fortnight before this run, without runs that had the field broken. `day` and `usual` of
    # a field that the extractor can change: only of runs with the extractor of this run.
    usual: FieldRatios
    usual_of_any: FieldRatios  # the same with any extractor
    first_without: Mapping[str, str]  # field → URL
    low_before: frozenset[str]  # fields under one half in the last earlier run that saw them
    has_permanent_failure: bool  # a document has an outcome in this run that no retry will change
    document: str | None  # the URL of one of its documents
    run_samples: tuple[baselines.RunSample, ...]  # the runs that could find articles, oldest first
    chance: float  # the significance level of one check
    peer_factor: float  # the other sources' last day relative to their usual one; 1.0: as usual
    incident: HostIncident | None  # that this run found
    incident_url: str | None  # its first page
    has_good_page: bool  # a page ended well in this run


@dataclass(frozen=True, slots=True)
class SourceAnomaly:
    """A check that failed. `check`: a field, or "silent" or "few"."""

    check: str
    message: str
    url: str | None = None


def assess_run(
    db: Database, run: int, now: datetime, *, outage: bool, incidents: RunIncidents
) -> None:
    """Stores each source's verdict in its row of the run. In an outage, and for a source without
    visits, the previous verdict is kept.
    """
    for source, samples in _load_samples(db, run, now, incidents).items():
        health = (
            samples.previous if outage or not samples.visit_count else _assess_source(samples, now)
        )
        db.execute(
            """update run_sources set broken = ?, faults = ?, broken_url = ?, broken_since = ?
            where run_id = ? and source = ?""",
            [health.broken, json.dumps(health.faults), health.url, health.since, run, source],
        )


def _assess_source(samples: SourceSamples, now: datetime) -> SourceHealth:
    anomalies = [
        *_incident_anomalies(samples),
        *_field_anomalies(samples, now),
        *_volume_anomalies(samples, now),
    ]
    if not anomalies:
        return SourceHealth()
    first, *others = anomalies
    also = f"; also {', '.join(anomaly.check for anomaly in others)}" if others else ""
    since = samples.previous.since or format_utc(now)
    return SourceHealth(
        first.message + also, tuple(anomaly.check for anomaly in anomalies), first.url, since
    )


def _incident_anomalies(samples: SourceSamples) -> Iterator[SourceAnomaly]:
    """Yields the incident of this run, or an earlier one after which no page has ended well."""
    if samples.incident:
        yield SourceAnomaly("incident", str(samples.incident), samples.incident_url)
    elif "incident" in samples.previous.faults and not samples.has_good_page:
        yield SourceAnomaly(
            "incident", "incident: no page has ended well since", samples.previous.url
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
    # a fault that began before an upgrade ends when the field is as it was before the fault
    if field in samples.previous.faults and usual.total < baselines.MIN_SAMPLE:
        usual = samples.usual_of_any[field]
    if field in KNOWN_RATIOS and usual.total < baselines.MIN_SAMPLE:
        usual = KNOWN_RATIOS[field]
    if field == "document" and ratio.total and not ratio.count:
        return _is_document_failing(samples)
    if not usual.count and field not in VITAL_FIELDS:  # what a source never had it does not lose
        return False
    if field in samples.previous.faults:
        since = samples.previous.since
        is_old_fault = since is not None and parse_utc(since) < now - RELEARN_AFTER
        return is_still_broken(ratio, samples.since[field], usual) and not (
            is_old_fault and field not in VITAL_FIELDS
        )
    if field in VITAL_FIELDS and not usual.total:
        return ratio.total >= MIN_PAGES_NEW_SOURCE and not ratio.count
    if field == "own text":
        return _is_text_shared(samples, usual)
    is_first = field in TOLERATED_ONCE and field not in samples.low_before
    return is_anomaly(ratio, day, usual, samples.chance) and not is_first


def _is_text_shared(samples: SourceSamples, usual: Ratio) -> bool:
    """Whether articles of this run or of the last day have one text, more than is usual.

    The first article with a text has it for its own, so of eight articles with one text one is
    good. Therefore the drop that is too large for a day is too large for one run as well.
    """
    ratio, day = samples.current["own text"], samples.day["own text"]
    return day.total >= MIN_PAGES_NEW_SOURCE and (
        is_anomaly(ratio, day, usual, samples.chance)
        or is_anomaly(ratio, ratio, usual, samples.chance)
    )


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


# --- the data of a verdict ---


def _load_samples(
    db: Database, run: int, now: datetime, incidents: RunIncidents
) -> dict[str, SourceSamples]:
    """Returns the samples of each source of the run. `now`: the end of the run."""
    ratios = _load_field_ratios(db, run, now)
    first_without = _urls_without_field(db, run, now)
    documents: dict[str, str] = dict(
        db.execute(
            f"select p.source, min(p.url) from {DOCUMENT_PAGES} group by 1"  # noqa: S608  (constant)
        ).fetchall()
    )
    low_fields = _low_fields_before(db, run)
    permanent_failures = _sources_with_permanent_failure(db, run)
    run_samples = _load_run_samples(db, run, now)
    previous = _previous_health(db, run)
    run_counts: dict[str, int] = dict(
        db.execute(
            """select source, count(*) from run_sources s join runs r on r.id = s.run_id
            where r.started_at > ? and asked > 0 group by source""",
            [format_utc(now - FORTNIGHT)],
        ).fetchall()
    )
    peer_factors = baselines.peer_factors(run_samples, now)
    rows = db.execute("select source, asked, waiting from run_sources where run_id = ?", [run])
    return {
        source: SourceSamples(
            visit_count=visit_count,
            waiting=waiting or 0,
            previous=previous.get(source, SourceHealth()),
            current=ratios["current"][source],
            day=ratios["day"][source],
            since=ratios["since"][source],
            usual=ratios["usual"][source],
            usual_of_any=ratios["usual_of_any"][source],
            first_without=first_without[source],
            low_before=frozenset(low_fields[source]),
            has_permanent_failure=source in permanent_failures,
            document=documents.get(source),
            run_samples=run_samples[source],
            chance=significance_level(run_counts.get(source, 0), CHECKS_PER_RUN),
            peer_factor=peer_factors[source],
            incident=incidents.get_incident(source),
            incident_url=_load_incident_url(db, incidents.get_incident(source)),
            has_good_page=source in incidents.good_sources,
        )
        for source, visit_count, waiting in list(rows)
    }


def _load_incident_url(db: Database, incident: HostIncident | None) -> str | None:
    """Returns the URL of an incident's first page."""
    if incident is None:
        return None
    page_id = incident.endings[0].page_id
    url: str = db.execute("select url from pages where id = ?", [page_id]).fetchone()[0]
    return url


def _load_field_ratios(
    db: Database, run: int, now: datetime
) -> dict[str, dict[str, dict[str, Ratio]]]:
    """Returns period → source → field → ratio, for the sources of the run. The periods are those
    of `SourceSamples`: current, day, since, usual, usual_of_any.
    """
    host_fields = ", ".join(f"'{field}'" for field in sorted(HOST_FIELDS))
    rows = db.execute(
        f"""with sources_of_run as materialized (
          select s.source, s.extractor_version,
            (select broken_since from run_sources p where p.source = s.source and p.run_id < :run
              order by p.run_id desc limit 1) as broken_since
          from run_sources s where s.run_id = :run),
        source_runs as materialized (
          select s.run_id, s.source, s.faults, r.started_at > :day as in_day,
            s.run_id < :run and r.started_at > :fortnight as in_usual,
            s.run_id < :run and r.finished_at >= c.broken_since as in_since,
            s.extractor_version is c.extractor_version as same_extractor
          from sources_of_run c join run_sources s on s.source = c.source and s.run_id <= :run
          join runs r on r.id = s.run_id
          where s.run_id = :run or r.started_at > :fortnight or r.finished_at >= c.broken_since),
        fields as (
          select f.source, f.field, f.held, f.of as counted, f.run_id = :run as in_current,
            in_day, in_usual, in_since,
            same_extractor or f.field in ({host_fields}) as comparable,
            faults = '[]' or not exists (select 1 from json_each(faults) where value = f.field)
              as was_healthy
          from source_runs s join run_fields f on f.run_id = s.run_id and f.source = s.source)
        select source, field,
          sum(held) filter (where in_current), sum(counted) filter (where in_current),
          sum(held) filter (where in_day and was_healthy and comparable),
          sum(counted) filter (where in_day and was_healthy and comparable),
          sum(held) filter (where in_since), sum(counted) filter (where in_since),
          sum(held) filter (where in_usual and was_healthy and comparable),
          sum(counted) filter (where in_usual and was_healthy and comparable),
          sum(held) filter (where in_usual and was_healthy),
          sum(counted) filter (where in_usual and was_healthy)
        from fields group by source, field""",  # noqa: S608  (constants)
        {"run": run, "day": format_utc(now - DAY), "fortnight": format_utc(now - FORTNIGHT)},
    )
    periods = ("current", "day", "since", "usual", "usual_of_any")
    ratios: dict[str, dict[str, dict[str, Ratio]]] = {
        period: defaultdict(lambda: defaultdict(Ratio)) for period in periods
    }
    for source, field, *counts in rows:
        for period, count, total in zip(periods, counts[::2], counts[1::2], strict=True):
            if total is not None:
                ratios[period][source][field] = Ratio(count, total)
    return ratios


def _urls_without_field(db: Database, run: int, now: datetime) -> dict[str, dict[str, str]]:
    """Returns source → field → URL of the first page without the field, in the newest run of the
    last day that had one.
    """
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
    """Returns source → its verdict at the end of its previous run."""
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


def _low_fields_before(db: Database, run: int) -> dict[str, set[str]]:
    """Returns source → fields that under one half of the pages had, in the last earlier run with
    such pages. One half: chosen by hand, not measured.
    """
    rows = db.execute(
        """select source, field, held, of, max(run_id) from run_fields
        where run_id < ? group by source, field""",
        [run],
    )
    low_fields: dict[str, set[str]] = defaultdict(set)
    for source, field, count, total, _ in rows:
        if count * 2 < total:
            low_fields[source].add(field)
    return low_fields


def _sources_with_permanent_failure(db: Database, run: int) -> set[str]:
    """Returns the sources with a document that got a final outcome other than success in this run
    (those of transient failures are not final).
    """
    rows = db.execute(
        f"""select distinct p.source from {DOCUMENT_PAGES}
        where p.state = 'done' and p.outcome not in ('feed', 'alias')
        and p.last_asked >= (select started_at from runs where id = ?)""",  # noqa: S608  (constant)
        [run],
    )
    return {source for (source,) in rows}


def _load_run_samples(
    db: Database, run: int, now: datetime
) -> dict[str, tuple[baselines.RunSample, ...]]:
    """Returns source → its runs that read a document, oldest first. A source's first run is left
    out: it found the articles of an unknown time.
    """
    rows = db.execute(
        """select k.key, r.started_at, s.new, s.broken is not null from sources k
        join run_sources s on s.source = k.key and s.run_id <= :run and s.run_id > (
          select run_id from run_sources e where e.source = k.key and e.asked > 0
          order by run_id limit 1)
        join runs r on r.id = s.run_id
        where s.documents > s.documents_failed and r.started_at > :since order by s.run_id""",
        {"run": run, "since": format_utc(now - SAMPLE_WINDOW)},
    )
    parse_start = cache(parse_utc)  # a run has a row of each source
    samples: dict[str, list[baselines.RunSample]] = defaultdict(list)
    for source, started_at, new, was_broken in rows:
        samples[source].append(baselines.RunSample(parse_start(started_at), new, bool(was_broken)))
    return defaultdict(
        tuple, {source: tuple(source_samples) for source, source_samples in samples.items()}
    )


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
