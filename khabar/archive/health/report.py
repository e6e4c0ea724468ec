"""The state of each source, as `khabar status` prints it."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlite_utils import Database

from khabar.archive.frontier.documents import DOCUMENT_PAGES
from khabar.archive.health.alerts import load_mutes
from khabar.archive.health.coverage import HOST_FIELDS
from khabar.archive.health.requests import robots_changes
from khabar.archive.health.verdicts import DAY, FORTNIGHT
from khabar.hindi.india_time import IST
from khabar.model import urls
from khabar.model.clock import format_utc, parse_utc
from khabar.model.items import Outcome

HEALTHY_OUTCOMES = frozenset(
    {Outcome.ARTICLE, Outcome.ALIAS, Outcome.PART, Outcome.FEED, Outcome.LISTING, "not-modified"}
)
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class ArchiveGrowth:
    """Growth in MB a day, and the day (ISO 8601, India) on which the disk is full. Both None with
    less than a day of history; `full_on` None also if that day is not in sight.
    """

    mb_a_day: float | None
    full_on: str | None


def report_sources(db: Database, now: datetime) -> list[dict[str, Any]]:
    """Returns a row per source: its counts, today's articles against its usual ones, and its
    faults.
    """
    today, coverage = _articles_today(db, now), _field_coverage(db, now)
    extractors = _load_extractors(db, now)
    refusals, traffic = _count_refusals(db, now), _traffic_per_day(db, now)
    due_rows = db.execute(
        "select source, count(*) from pages not indexed where next_at <= ? group by 1",
        [format_utc(now)],
    )
    due: dict[str, int] = dict(due_rows.fetchall())
    robots_updates = _last_robots_change(db)
    active_mutes = load_mutes(db, now)
    reports = []
    for row in _load_sources(db):
        key = row["source"]
        mute = active_mutes.get(key)
        new_today, usual = today.get(key, (0, None))
        reports.append(
            {
                **row,
                "new_today": new_today,
                "usual_by_now": usual,
                "coverage": coverage.get(key, {}),
                "baseline_since": extractors[key][1] if key in extractors else None,
                "extractor": extractors[key][0] if key in extractors else None,
                "refused": refusals.get(key, {}),
                "due": due.get(key, 0),
                "mb_a_day": traffic.get(key),
                "robots_changed": robots_updates.get(key),
                "muted_until": mute and mute.until,
                "muted_for": mute and mute.reason,
            }
        )
    return reports


def _load_sources(db: Database) -> list[dict[str, Any]]:
    names = (
        "source", "name", "articles", "embeds", "newest", "last_run", "new", "edited", "waiting",
        "broken", "broken_url", "broken_since", "last_tried", "last_success", "last_new",
    )  # fmt: skip
    rows = db.execute(
        # Each table is read once: of the articles only an index, of the URLs all rows in order,
        # which is several times as fast as in the order of an index.
        """with of_articles (source, count, newest) as (
          select source, count(*), max(published_on) from articles indexed by articles_facts
          group by 1),
        of_embeds (source, count) as (
          select a.source, count(*) from article_embeds x
          join articles a on a.id = x.article_id
          where x.place <> 'page'
            and x.revision = (select max(revision) from revisions where article_id = x.article_id)
          group by 1),
        of_pages (source, waiting) as (
          select source, count(*) from pages not indexed
          where kind = 'page' and state <> 'done' group by 1)
        select s.key, s.name, coalesce(t.count, 0), coalesce(e.count, 0), t.newest,
          u.started_at, r.new, r.edited, coalesce(p.waiting, 0),
          r.broken, r.broken_url, r.broken_since,
          (select started_at from runs where id = (select max(run_id) from run_sources e
            where e.source = s.key and e.asked > 0)),
          (select started_at from runs where id = (select max(run_id) from run_sources e
            where e.source = s.key and e.asked > e.failed + e.documents_failed)),
          (select started_at from runs where id = (select max(run_id) from run_sources e
            where e.source = s.key and e.new > 0))
        from sources s
        left join run_sources r on r.source = s.key and r.run_id =
          (select max(run_id) from run_sources e where e.source = s.key)
        left join runs u on u.id = r.run_id
        left join of_articles t on t.source = s.key left join of_embeds e on e.source = s.key
        left join of_pages p on p.source = s.key order by s.key"""
    )
    return [dict(zip(names, row, strict=True)) for row in rows]


def count_outcomes(db: Database) -> list[dict[str, Any]]:
    """Returns the number of pages per outcome, largest first; "waiting" for those without one."""
    rows = db.execute(
        """select coalesce(outcome, 'waiting') as outcome, count(*) as pages
        from pages where kind = 'page' group by 1 order by 2 desc, 1"""
    )
    return [{"outcome": outcome, "pages": pages} for outcome, pages in rows]


# --- today against the last fortnight ---


def _articles_today(db: Database, now: datetime) -> dict[str, tuple[int, float | None]]:
    """Returns source → (new articles since midnight in India, the median of its last fourteen days
    up to the same hour).
    """
    rows = db.execute(
        """select k.key, r.started_at, s.new, s.run_id = (
          select run_id from run_sources e where e.source = k.key and e.asked > 0
          order by run_id limit 1)
        from sources k
        join run_sources s on s.source = k.key and s.asked > 0 join runs r on r.id = s.run_id
        where r.started_at > ? order by s.run_id""",
        [format_utc(now - FORTNIGHT - DAY)],
    )
    local, first = now.astimezone(IST), dict[str, int]()
    counts: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for source, started_at, new, is_first in rows:
        local_start = parse_utc(started_at).astimezone(IST)
        if local_start.hour <= local.hour:
            counts[source][(local.date() - local_start.date()).days] += new
        if is_first and local_start.date() < local.date():
            first[source] = (local.date() - local_start.date()).days
    return {
        source: (days[0], _median_new(days, first.get(source))) for source, days in counts.items()
    }


def _median_new(days: dict[int, int], first: int | None) -> float | None:
    """Returns the median of the past days, without the source's first day, whose articles
    accumulated over an unknown time.
    """
    past = [new for ago, new in days.items() if 0 < ago <= FORTNIGHT.days and ago != first]
    return median(past) if past else None


def _field_coverage(db: Database, now: datetime) -> dict[str, dict[str, dict[str, Any]]]:
    """Returns source → field → its count of the last day, and its rate in the fortnight before.

    Of a field that the extractor can change, only runs with the extractor of the last one count.
    """
    same_extractor = (
        """s.extractor_version is (select extractor_version from run_sources l
          where l.source = s.source and l.asked > 0 order by l.run_id desc limit 1)"""
        if _has_extractors(db)
        else "true"
    )
    rows = db.execute(
        f"""select f.source, f.field,
          sum(f.held) filter (where r.started_at > :day),
          sum(f.of) filter (where r.started_at > :day),
          sum(f.held) filter (where r.started_at <= :day),
          sum(f.of) filter (where r.started_at <= :day)
        from run_fields f join runs r on r.id = f.run_id
        join run_sources s on s.run_id = f.run_id and s.source = f.source
        where r.started_at > :fortnight
          and (f.field in (select value from json_each(:host_fields)) or {same_extractor})
        group by 1, 2""",  # noqa: S608  (one of two constants)
        {
            "day": format_utc(now - DAY),
            "fortnight": format_utc(now - FORTNIGHT),
            "host_fields": json.dumps(sorted(HOST_FIELDS)),
        },
    )
    coverage: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for source, field, count, total, usual_count, usual_total in rows:
        ratio = {
            "held": count or 0,
            "of": total or 0,
            "usual": round(usual_count / usual_total, 3) if usual_total else None,
        }
        coverage[source][field] = ratio
    return coverage


def _load_extractors(db: Database, now: datetime) -> dict[str, tuple[str | None, str | None]]:
    """Returns source → (the extractor version of its last run, when its first run with it started;
    None if all runs of the fortnight had it). Nothing for an archive of an older Khabar.
    """
    if not _has_extractors(db):
        return {}
    rows = db.execute(
        """select s.source, s.extractor_version, min(r.started_at), count(*) over (
          partition by s.source) from run_sources s join runs r on r.id = s.run_id
        where r.started_at > ? and s.asked > 0 group by 1, 2 order by max(s.run_id)""",
        [format_utc(now - FORTNIGHT)],
    )
    return {
        source: (version, since if versions > 1 else None)
        for source, version, since, versions in rows
    }


def _has_extractors(db: Database) -> bool:
    return "extractor_version" in db["run_sources"].columns_dict


def _count_refusals(db: Database, now: datetime) -> dict[str, dict[str, int]]:
    """Returns source → outcome → visits of the last day, for outcomes not in HEALTHY_OUTCOMES."""
    rows = db.execute(
        """select o.source, o.outcome, sum(o.pages)
        from run_outcomes o join runs r on r.id = o.run_id
        where r.started_at > ? group by 1, 2 order by 3 desc""",
        [format_utc(now - DAY)],
    )
    refusals: dict[str, dict[str, int]] = defaultdict(dict)
    for source, outcome, pages in rows:
        if outcome not in HEALTHY_OUTCOMES:
            refusals[source][outcome] = pages
    return refusals


# --- load ---


def _traffic_per_day(db: Database, now: datetime) -> dict[str, float]:
    """Returns source → MB fetched a day, over the last week or the part of it with runs."""
    rows = db.execute(
        """select s.source, sum(s.bytes), min(r.started_at)
        from run_sources s join runs r on r.id = s.run_id
        where r.started_at > ? group by 1""",
        [format_utc(now - WEEK)],
    )
    return {
        source: round(size / 1e6 / max(1.0, (now - parse_utc(first)) / DAY), 2)
        for source, size, first in rows
    }


def _last_robots_change(db: Database) -> dict[str, str]:
    """Returns source → when the robots.txt of one of its hosts last changed."""
    changes = {
        urls.get_host(origin): changed_at for origin, changed_at in robots_changes(db).items()
    }
    sql = f"select distinct p.source, p.host from {DOCUMENT_PAGES}"  # noqa: S608  (constant)
    rows = db.execute(sql).fetchall()
    last_change: dict[str, str] = {}
    for source, host in rows:
        if host in changes:
            last_change[source] = max(last_change.get(source, ""), changes[host])
    return last_change


def estimate_growth(db: Database, now: datetime, free: int) -> ArchiveGrowth:
    """Estimates growth from the archive's size at the ends of the last fortnight's runs. `free`:
    free bytes on its disk.
    """
    rows = db.execute(
        """select finished_at, archive_bytes from runs
        where archive_bytes is not null and started_at > ? order by id""",
        [format_utc(now - FORTNIGHT)],
    ).fetchall()
    days = (parse_utc(rows[-1][0]) - parse_utc(rows[0][0])) / DAY if rows else 0
    if days < 1:
        return ArchiveGrowth(None, None)
    bytes_per_day = (rows[-1][1] - rows[0][1]) / days
    days_left = free / bytes_per_day if bytes_per_day > 0 else None
    full_on = (
        (now + timedelta(days=days_left)).astimezone(IST).date().isoformat()
        if days_left and days_left < 36500  # a hundred years: dates must stay in datetime's range
        else None
    )
    return ArchiveGrowth(round(bytes_per_day / 1e6, 2), full_on)
