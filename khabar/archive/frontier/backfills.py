"""Older days of a source, fetched from its archive sitemaps after everything else, and which days need it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any, Literal

from sqlite_utils import Database

from khabar.archive.database import transaction
from khabar.archive.frontier import ledger
from khabar.hindi.dates import IST
from khabar.model.clock import stamp
from khabar.model.items import Found, Outcome
from khabar.model.sources import Source

LOOK_BACK = timedelta(days=30)  # days further back are left as they are
SETTLED = timedelta(days=2)  # a day is judged when its late articles are in
HALF = 0.5  # of what is usual: a day with fewer promises was not listened to
A_DAY = timedelta(days=1)
# 2026-10-05, 202610, 2026_1 or a year alone in a sitemap's address.
_DATED = re.compile(
    r"(?<!\d)((?:19|20)\d\d)(?:[-_/]?(0[1-9]|1[0-2])(?:[-_/]?(0[1-9]|[12]\d|3[01]))?(?!\d)|[-_/]([1-9])(?!\d)|(?!\d))"
)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a source's backfills are: archive sitemaps and pages by what became of them."""

    sitemaps_read: int
    sitemaps_lost: int
    articles: int
    others: int
    waiting: int


# --- a range of days ---


def begin(
    db: Database, source: Source, since: date, until: date, now: datetime,
    why: Literal["operator", "missing"] = "operator",
) -> bool:  # fmt: skip
    """Puts the archive sitemaps of those days on the ledger; a range under way goes on where it was.

    Returns whether it begins anew. ValueError when the source names no archive sitemap for them.
    """
    links = [Found(url, "archive-sitemap", kind) for kind, url in source.archive_urls(since, until)]
    if not links:
        raise ValueError(f"{source.key} names no archive sitemaps")
    told = {"source": source.key, "since": since.isoformat(), "until": until.isoformat(), "now": stamp(now)}
    with transaction(db):
        is_under_way = db.execute(
            """select 1 from backfills where (source, since, until) = (:source, :since, :until)
            and finished_at is null""",
            told,
        ).fetchone()
        if is_under_way:
            _ask_lost_again(db, source, now)
            return False
        db.execute(
            """insert into backfills (source, since, until, why, begun_at) values (:source, :since, :until, :why, :now)
            on conflict (source, since, until) do update set begun_at = excluded.begun_at, finished_at = null""",
            {**told, "why": why},
        )
        ledger.note(db, source, links, now, None, backfill=True)
    return True


def _ask_lost_again(db: Database, source: Source, now: datetime) -> None:
    """Archive sitemaps that could not be had the last time."""
    db.execute(
        """update pages set state = 'new', next_at = ?, tries = 0
        where source = ? and backfill and kind <> 'page' and state = 'done' and outcome <> ?""",
        [stamp(now), source.key, Outcome.FEED],
    )


def note(db: Database, source: Source, links: Iterable[Found], now: datetime, found_on: int) -> None:
    """Of an archive sitemap's links, those that may lie in a range under way. Inside the visit's transaction."""
    ranges = [
        (date.fromisoformat(since), date.fromisoformat(until))
        for since, until in db.execute(
            "select since, until from backfills where source = ? and finished_at is null", [source.key]
        )
    ]
    wanted = [link for link in links if any(may_touch(link, source, *days) for days in ranges)]
    ledger.note(db, source, wanted, now, found_on, backfill=True)


def finish(db: Database, source: Source, now: datetime) -> None:
    """Closes the source's ranges once nothing of them waits any more."""
    with transaction(db):
        db.execute(
            """update backfills set finished_at = :now where source = :source and finished_at is null
            and not exists (select 1 from pages where source = :source and backfill and state in ('new', 'fetched'))""",
            {"source": source.key, "now": stamp(now)},
        )


def progress(db: Database, source: Source) -> Progress:
    """What the source's backfills have brought so far."""
    row = db.execute(
        """select coalesce(sum(kind <> 'page' and state = 'done' and outcome = 'feed'), 0),
          coalesce(sum(kind <> 'page' and state = 'done' and outcome <> 'feed'), 0),
          coalesce(sum(kind = 'page' and article_id is not null), 0),
          coalesce(sum(kind = 'page' and state = 'done' and article_id is null), 0),
          coalesce(sum(state <> 'done'), 0) from pages where source = ? and backfill""",
        [source.key],
    ).fetchone()
    return Progress(*row)


def lost(db: Database, source: Source) -> list[tuple[str, str]]:
    """(address, evidence) of each archive sitemap that could not be had."""
    rows = db.execute(
        """select url, outcome || ' ' || evidence from pages
        where source = ? and backfill and kind <> 'page' and state = 'done' and outcome <> 'feed' order by url""",
        [source.key],
    )
    return list(rows)


def days(db: Database, source: str, now: datetime) -> list[dict[str, Any]]:
    """What sitemaps promised of each day of the last month, newest first, and what became of it: `completeness`."""
    return list(
        db.query(
            """select day, expected, held, waiting, lost, no_article from completeness
            where source = ? and day >= ? order by day desc""",
            [source, (now - LOOK_BACK).astimezone(IST).date().isoformat()],
        )
    )


# --- which days a link may be of ---


def may_touch(link: Found, source: Source, since: date, until: date) -> bool:
    """Whether a sitemap or a page may be of these days in India; a day's slack, since sitemaps count in any zone."""
    first, last = _span(link, source)
    return (first is None or first - A_DAY <= until) and (last is None or last + A_DAY >= since)


def _span(link: Found, source: Source) -> tuple[date | None, date | None]:
    """The first and last day a link can be of, as far as it tells: nothing is older than its latest change."""
    modified = _day(link.modified)
    if link.kind != "page":
        return _named_days(link.url) or (None, modified)
    day = source.url_date(link.url) or _day(link.published)
    return (day, day) if day else (None, modified)


def _day(moment: str | None) -> date | None:
    try:
        told = datetime.fromisoformat(moment) if moment else None
    except ValueError:
        return None
    return told.astimezone(IST).date() if told and told.tzinfo else told.date() if told else None


def _named_days(url: str) -> tuple[date, date] | None:
    """The year, month or day a sitemap's address names, as its first and last day."""
    told = _DATED.search(url)
    if told is None:
        return None
    year, month, day = int(told[1]), told[2] or told[4], told[3]
    if month is None:
        return date(year, 1, 1), date(year, 12, 31)
    first = date(year, int(month), 1)
    last = (first + timedelta(days=31)).replace(day=1) - A_DAY
    if day is None or int(day) > last.day:
        return first, last
    return first.replace(day=int(day)), first.replace(day=int(day))


# --- days that were missed ---


def queue_missing(db: Database, source: Source, now: datetime) -> list[date]:
    """Days of the last month that brought less than half of what is usual, or lost pages: they are walked by and by.

    Returns those queued just now. Each day is walked once; a source without archive sitemaps cannot catch up.
    """
    if not source.archive_sitemaps:
        return []
    found = list(_missing(db, source, now))
    for day in found:
        begin(db, source, day, day, now, "missing")
        _try_again(db, source, day, now)
    return found


def _missing(db: Database, source: Source, now: datetime) -> Iterator[date]:
    promised, lost = _promises(db, source, now)
    usual = median(promised.values()) if promised else 0
    known = {day for (day,) in db.execute("select since from backfills where source = ?", [source.key])}
    first = db.execute("select first_seen from sources where key = ?", [source.key]).fetchone()[0]
    day = max(_day(first) or now.date(), (now - LOOK_BACK).astimezone(IST).date()) + A_DAY
    while day <= (now - SETTLED).astimezone(IST).date():
        told = day.isoformat()
        if told not in known and (promised.get(told, 0) <= usual * HALF or told in lost):
            yield day
        day += A_DAY


def _promises(db: Database, source: Source, now: datetime) -> tuple[dict[str, int], set[str]]:
    """By day in India of the last month: how many pages sitemaps named; and the days that lost some for good."""
    rows = db.execute(
        """select date(coalesce(hint_published, hint_modified, first_seen), '+330 minutes') as day, count(*),
          sum(outcome in ('server-error', 'unreachable') and article_id is null)
        from pages where source = ? and sitemap_at >= ? and kind = 'page' and outcome is not 'denied' group by 1""",
        [source.key, stamp(now - LOOK_BACK)],
    ).fetchall()
    return {day: count for day, count, _ in rows if day}, {day for day, _, lost in rows if day and lost}


def _try_again(db: Database, source: Source, day: date, now: datetime) -> None:
    """The day's pages that could not be had, once more, after everything else."""
    with transaction(db):
        db.execute(
            """update pages set state = 'new', tries = 0, next_at = :now, backfill = 1
            where source = :source and kind = 'page' and article_id is null and sitemap_at is not null
              and outcome in ('server-error', 'unreachable')
              and date(coalesce(hint_published, hint_modified, first_seen), '+330 minutes') = :day""",
            {"source": source.key, "day": day.isoformat(), "now": stamp(now)},
        )
