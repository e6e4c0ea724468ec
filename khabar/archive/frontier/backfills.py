"""Backfills: fetches older days from a source's archive sitemaps, and finds days with gaps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any, Literal

from sqlite_utils import Database

from khabar.archive.database import transaction
from khabar.archive.frontier import url_store
from khabar.hindi.india_time import IST
from khabar.model.clock import format_utc
from khabar.model.items import DiscoveredLink, Outcome
from khabar.model.sources import Source

# Which days are searched for gaps; all three chosen by hand, not measured.
LOOK_BACK = timedelta(days=30)  # older days are not checked
SETTLE_TIME = timedelta(days=2)  # younger days are not checked: sitemaps may still add to them
LOW_RATIO = 0.5  # a day has a gap if sitemaps named at most this share of the median day's pages
ONE_DAY = timedelta(days=1)
# 2026-10-05, 202610, 2026_1 or a year alone in a sitemap's URL.
_URL_DATE = re.compile(
    r"(?<!\d)((?:19|20)\d\d)"
    r"(?:[-_/]?(0[1-9]|1[0-2])(?:[-_/]?(0[1-9]|[12]\d|3[01]))?(?!\d)|[-_/]([1-9])(?!\d)|(?!\d))"
)
# The day in India (UTC+5:30) that a row of `pages` counts for.
_DAY_SQL = "date(coalesce(hint_published, hint_modified, first_seen), '+330 minutes')"


@dataclass(frozen=True, slots=True)
class BackfillProgress:
    """Counts of a source's backfills: archive sitemaps read and failed; pages that gave an article,
    pages that gave none; sitemaps and pages still waiting.
    """

    sitemaps_read: int
    sitemaps_lost: int
    articles: int
    others: int
    waiting: int


# --- a range of days ---


def begin_backfill(
    db: Database, source: Source, since: date, until: date, now: datetime,
    reason: Literal["operator", "missing"] = "operator",
) -> bool:  # fmt: skip
    """Queues the archive sitemaps of a range of days, both inclusive.

    Returns False if the same range is under way already; its failed sitemaps are then retried.
    Raises ValueError when the source has no archive sitemap for these days.
    """
    links = [
        DiscoveredLink(url, "archive-sitemap", kind)
        for kind, url in source.iter_archive_urls(since, until)
    ]
    if not links:
        raise ValueError(f"{source.key} has no archive sitemaps for these days")
    params = {
        "source": source.key,
        "since": since.isoformat(),
        "until": until.isoformat(),
        "now": format_utc(now),
    }
    with transaction(db):
        is_under_way = db.execute(
            """select 1 from backfills where (source, since, until) = (:source, :since, :until)
            and finished_at is null""",
            params,
        ).fetchone()
        if is_under_way:
            db.execute(
                """update pages set state = 'new', next_at = ?, tries = 0
                where source = ? and backfill and kind <> 'page' and state = 'done'
                  and outcome <> ?""",
                [format_utc(now), source.key, Outcome.FEED],
            )
            return False
        db.execute(
            """insert into backfills (source, since, until, why, begun_at)
            values (:source, :since, :until, :why, :now)
            on conflict (source, since, until) do update set
              begun_at = excluded.begun_at, finished_at = null""",
            {**params, "why": reason},
        )
        url_store.upsert_urls(db, source, links, now, None, backfill=True)
    return True


def add_links(
    db: Database, source: Source, links: Iterable[DiscoveredLink], now: datetime, found_on: int
) -> None:
    """Queues those links of an archive sitemap that may be of a range under way. Call it inside the
    visit's transaction.
    """
    ranges = [
        (date.fromisoformat(since), date.fromisoformat(until))
        for since, until in db.execute(
            "select since, until from backfills where source = ? and finished_at is null",
            [source.key],
        )
    ]
    links_in_range = [
        link for link in links if any(can_overlap(link, source, *days) for days in ranges)
    ]
    url_store.upsert_urls(db, source, links_in_range, now, found_on, backfill=True)


def finish_backfills(db: Database, source: Source, now: datetime) -> None:
    """Marks the source's ranges as finished once no URL of a backfill is waiting."""
    with transaction(db):
        db.execute(
            """update backfills set finished_at = :now
            where source = :source and finished_at is null and not exists (
              select 1 from pages
              where source = :source and backfill and state in ('new', 'fetched'))""",
            {"source": source.key, "now": format_utc(now)},
        )


def load_progress(db: Database, source: Source) -> BackfillProgress:
    """Counts what the source's backfills have fetched so far."""
    row = db.execute(
        """select coalesce(sum(kind <> 'page' and state = 'done' and outcome = 'feed'), 0),
          coalesce(sum(kind <> 'page' and state = 'done' and outcome <> 'feed'), 0),
          coalesce(sum(kind = 'page' and article_id is not null), 0),
          coalesce(sum(kind = 'page' and state = 'done' and article_id is null), 0),
          coalesce(sum(state <> 'done'), 0) from pages where source = ? and backfill""",
        [source.key],
    ).fetchone()
    return BackfillProgress(*row)


def list_failed_sitemaps(db: Database, source: Source) -> list[tuple[str, str]]:
    """Returns (URL, outcome with evidence) of each archive sitemap that could not be read."""
    rows = db.execute(
        """select url, outcome || ' ' || evidence from pages
        where source = ? and backfill and kind <> 'page' and state = 'done' and outcome <> 'feed'
        order by url""",
        [source.key],
    )
    return list(rows)


def list_completeness(db: Database, source: str, now: datetime) -> list[dict[str, Any]]:
    """Returns the rows of the view `completeness` for the last LOOK_BACK days, newest first: how
    many pages sitemaps named per day, and how many became what.
    """
    return list(
        db.query(
            """select day, expected, held, waiting, lost, no_article from completeness
            where source = ? and day >= ? order by day desc""",
            [source, (now - LOOK_BACK).astimezone(IST).date().isoformat()],
        )
    )


# --- the days a link may be of ---


def can_overlap(link: DiscoveredLink, source: Source, since: date, until: date) -> bool:
    """Whether a sitemap or page may be of these days in India. Allows a day on either side, since
    the dates of sitemaps may be in any time zone.
    """
    first, last = _possible_days(link, source)
    return (first is None or first - ONE_DAY <= until) and (last is None or last + ONE_DAY >= since)


def _possible_days(link: DiscoveredLink, source: Source) -> tuple[date | None, date | None]:
    """Returns the first and last day a link may be of, None where unknown: from the date in its
    URL, its publication date, else nothing later than its last modification.
    """
    modified_on = _day_in_india(link.modified)
    if link.kind != "page":
        return _days_in_url(link.url) or (None, modified_on)
    day = source.find_url_date(link.url) or _day_in_india(link.published)
    return (day, day) if day else (None, modified_on)


def _day_in_india(text: str | None) -> date | None:
    try:
        timestamp = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    if timestamp is None:
        return None
    return timestamp.astimezone(IST).date() if timestamp.tzinfo else timestamp.date()


def _days_in_url(url: str) -> tuple[date, date] | None:
    """Returns the first and last day of the year, month or day named in a sitemap's URL."""
    match = _URL_DATE.search(url)
    if match is None:
        return None
    year, month, day = int(match[1]), match[2] or match[4], match[3]
    if month is None:
        return date(year, 1, 1), date(year, 12, 31)
    first = date(year, int(month), 1)
    last = (first + timedelta(days=31)).replace(day=1) - ONE_DAY
    if day is None or int(day) > last.day:
        return first, last
    return first.replace(day=int(day)), first.replace(day=int(day))


# --- days with gaps ---


def schedule_missing_days(db: Database, source: Source, now: datetime) -> list[date]:
    """Queues a backfill for each day of the last month with a gap: a day for which sitemaps named
    at most half of the median day's pages, or whose pages failed for good.

    Returns the days queued by this call. A day is queued only once. Returns nothing for a source
    without archive sitemaps.
    """
    if not source.archive_sitemaps:
        return []
    missing_days = list(_find_missing_days(db, source, now))
    for day in missing_days:
        begin_backfill(db, source, day, day, now, "missing")
        with transaction(db):
            db.execute(
                f"""update pages set state = 'new', tries = 0, failing_since = null, next_at = :now,
                  backfill = 1
                where source = :source and kind = 'page' and article_id is null
                  and sitemap_at is not null and outcome in ('server-error', 'unreachable')
                  and {_DAY_SQL} = :day""",  # noqa: S608  (constants)
                {"source": source.key, "day": day.isoformat(), "now": format_utc(now)},
            )
    return missing_days


def _find_missing_days(db: Database, source: Source, now: datetime) -> Iterator[date]:
    expected_counts, failed_days = _count_expected(db, source, now)
    usual = median(expected_counts.values()) if expected_counts else 0
    backfill_days = {
        day for (day,) in db.execute("select since from backfills where source = ?", [source.key])
    }
    first = db.execute("select first_seen from sources where key = ?", [source.key]).fetchone()[0]
    day = (
        max(_day_in_india(first) or now.date(), (now - LOOK_BACK).astimezone(IST).date()) + ONE_DAY
    )
    while day <= (now - SETTLE_TIME).astimezone(IST).date():
        iso_day = day.isoformat()
        if iso_day not in backfill_days and (
            expected_counts.get(iso_day, 0) <= usual * LOW_RATIO or iso_day in failed_days
        ):
            yield day
        day += ONE_DAY


def _count_expected(db: Database, source: Source, now: datetime) -> tuple[dict[str, int], set[str]]:
    """Returns, for the last LOOK_BACK days in India: day → how many pages sitemaps named, and the
    days on which pages failed without ever giving an article.
    """
    rows = db.execute(
        f"""select {_DAY_SQL} as day, count(*),
          sum(outcome in ('server-error', 'unreachable') and article_id is null)
        from pages where source = ? and sitemap_at >= ? and kind = 'page'
          and outcome is not 'denied' group by 1""",  # noqa: S608  (constants)
        [source.key, format_utc(now - LOOK_BACK)],
    ).fetchall()
    counts = {day: count for day, count, _ in rows if day}
    return counts, {day for day, _, failures in rows if day and failures}
