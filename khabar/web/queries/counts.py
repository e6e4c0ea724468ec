"""Counts per day for charts: articles, search hits, crawl results, latency, and fields per source.

Days are days in India; ranges include both ends. Empty `sources` means all sources.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from statistics import median, quantiles
from typing import Any

from sqlite_utils import Database

DayCounts = dict[date, int]
# Where clause for a range of days and sources; an index on both answers it without the table.
_DAYS_AND_SOURCES = """published_on between :since and :until
  and (:every or source in (select value from json_each(:sources)))"""


def _query_params(sources: Sequence[str], since: date, until: date, **extra: str) -> dict[str, Any]:
    return {
        "every": not sources,
        "sources": json.dumps(list(sources)),
        "since": str(since),
        "until": str(until),
        **extra,
    }


def _day_counts(rows: Iterable[Sequence[Any]]) -> DayCounts:
    return {date.fromisoformat(day): number for day, number in rows}


def published_range(db: Database, sources: Sequence[str] = ()) -> tuple[date, date] | None:
    """Returns the first and last day of publication, or None if no article has one."""
    # Each on its own, so that SQLite reads one end of the index.
    some = "" if not sources else "and source in (select value from json_each(:sources))"
    first, last = db.execute(
        f"""select (select min(published_on) from articles where published_on is not null {some}),
          (select max(published_on) from articles where published_on is not null {some})""",  # noqa: S608  (constants)
        {"sources": json.dumps(list(sources))},
    ).fetchone()
    return (date.fromisoformat(first), date.fromisoformat(last)) if first else None


def count_by_day(db: Database, since: date, until: date, sources: Sequence[str] = ()) -> DayCounts:
    """Counts articles by day of publication."""
    return _day_counts(
        db.execute(
            f"""select published_on, count(*) from articles
            where {_DAYS_AND_SOURCES} group by published_on""",  # noqa: S608
            _query_params(sources, since, until),
        )
    )


def count_by_source(
    db: Database, since: date, until: date, sources: Sequence[str] = ()
) -> dict[str, DayCounts]:
    """Counts articles by source and day of publication."""
    by_source: dict[str, DayCounts] = defaultdict(dict)
    rows = db.execute(
        f"""select source, published_on, count(*) from articles
        where {_DAYS_AND_SOURCES} group by published_on, source""",  # noqa: S608
        _query_params(sources, since, until),
    )
    for source, day, number in rows:
        by_source[source][date.fromisoformat(day)] = number
    return dict(by_source)


def count_hits(
    db: Database, match: str, since: date, until: date, sources: Sequence[str] = ()
) -> DayCounts:
    """Counts articles that match an FTS5 expression, by day of publication."""
    return _day_counts(
        db.execute(
            f"""select published_on, count(*) from articles indexed by articles_day
            where {_DAYS_AND_SOURCES}
              and id in (select rowid from articles_fts where articles_fts match :match)
            group by published_on""",  # noqa: S608
            _query_params(sources, since, until, match=match),
        )
    )


def iter_source_days(
    db: Database, match: str | None, since: date, until: date, sources: Sequence[str] = ()
) -> Iterator[tuple[str, str, int]]:
    """Yields (source, day, articles) of all articles, or of those that match an FTS5 expression."""
    matching = "and id in (select rowid from articles_fts where articles_fts match :match)"
    params = _query_params(sources, since, until)
    yield from db.execute(
        f"""select source, published_on, count(*) from articles indexed by articles_day
        where {_DAYS_AND_SOURCES} {matching if match is not None else ""}
        group by published_on, source""",  # noqa: S608
        params if match is None else {**params, "match": match},
    )


def find_requests(
    db: Database, candidates: Iterable[tuple[str, date, date]]
) -> dict[tuple[str, date, date], bool]:
    """Returns of each (source, first, last day) whether a run requested a page of the source then.
    Those before its first request or after its last are left out: no crawl missed them.
    """
    runs = db.execute(
        "select date(started_at, '+330 minutes'), id from runs order by started_at"
    ).fetchall()
    days, ids = [day for day, _ in runs], [run_id for _, run_id in runs]
    found = {}
    for source, first, last in candidates:
        start, end = bisect_left(days, str(first)), bisect_right(days, str(last))
        # The runs before, in and after the period: each a range of ids.
        ranges = (ids[:start], ids[start:end], ids[end:])
        before, within, after = (_has_requests(db, source, ids_of) for ids_of in ranges)
        if within or (before and after):
            found[source, first, last] = within
    return found


def _has_requests(db: Database, source: str, run_ids: Sequence[int]) -> bool:
    """Whether one of these runs, which are in the order of their ids, requested a page."""
    if not run_ids:
        return False
    (found,) = db.execute(
        """select exists (select 1 from run_sources
        where source = ? and run_id between ? and ? and asked > 0)""",
        [source, run_ids[0], run_ids[-1]],
    ).fetchone()
    return bool(found)


def steady_sources(db: Database, since: date, until: date) -> list[str]:
    """Returns the sources that have articles throughout the range, that is within six days of its
    first and of its last day (chosen by hand, not measured).
    """
    rows = db.execute(
        f"""select source from articles where {_DAYS_AND_SOURCES} group by source
        having min(published_on) <= date(:since, '+6 days')
          and max(published_on) >= date(:until, '-6 days')
        order by source""",  # noqa: S608
        _query_params((), since, until),
    )
    return [source for (source,) in rows]


def days_crawled(db: Database) -> frozenset[date]:
    """Returns the days on which a crawl started or finished."""
    rows = db.execute(
        """select distinct date(started_at, '+330 minutes') from runs
        union select distinct date(finished_at, '+330 minutes') from runs
        where finished_at is not null"""
    )
    return frozenset(date.fromisoformat(day) for (day,) in rows)


def list_crawls(
    db: Database, since: date, until: date, sources: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Returns one row per day on which a crawl started, with the sums over its sources: day, runs,
    asked (requests), failed, new, edited, documents_failed, bytes.
    """
    return list(
        db.query(
            """select date(r.started_at, '+330 minutes') as day, count(distinct r.id) as runs,
              sum(s.asked) as asked, sum(s.failed) as failed, sum(s.new) as new,
              sum(s.edited) as edited,
              sum(s.documents_failed) as documents_failed, sum(s.bytes) as bytes
            from runs r left join run_sources s on s.run_id = r.id
              and (:every or s.source in (select value from json_each(:sources)))
            where date(r.started_at, '+330 minutes') between :since and :until
            group by 1 order by 1""",
            _query_params(sources, since, until),
        )
    )


def latency_by_day(
    db: Database, since: date, until: date, sources: Sequence[str] = ()
) -> dict[date, tuple[float, float]]:
    """Returns (median, ninth decile) of the minutes from publication to archiving, by day of
    publication.

    Counts only articles that a crawl found as news (not imported or backfilled) and whose
    publication time is known to the minute.
    """
    minutes_by_day: dict[date, list[float]] = defaultdict(list)
    rows = db.execute(
        f"""select a.published_on, (julianday(a.first_seen) - julianday(a.published_at)) * 1440
        from articles a join pages p on p.article_id = a.id and p.url = a.url
          and p.backfill = 0 and p.how <> 'import'
        where {_DAYS_AND_SOURCES.replace("source in", "a.source in")}
          and a.published_precision in ('second', 'minute')""",  # noqa: S608
        _query_params(sources, since, until),
    )
    for day, delay in rows:
        minutes_by_day[date.fromisoformat(day)].append(max(0.0, delay))
    return {
        day: (median(minutes), quantiles(minutes, n=10)[8] if len(minutes) > 1 else minutes[0])
        for day, minutes in sorted(minutes_by_day.items())
    }


def count_fields(db: Database, since: date, until: date) -> list[dict[str, Any]]:
    """Returns one row per source: how many of its articles (`of` in total) have each field."""
    return list(
        db.query(
            f"""select a.source, s.name as source_name, count(*) as of,
              sum(a.title is not null) as title, sum(a.subtitle is not null) as subtitle,
              sum(exists (select 1 from article_authors x where x.article_id = a.id)) as authors,
              sum(coalesce(a.published_precision, 'day') <> 'day') as minute,
              sum(a.section is not null) as section,
              sum(exists (select 1 from article_tags x where x.article_id = a.id)) as tags,
              sum(a.place is not null) as place,
              sum(a.lead_image is not null
                or exists (select 1 from images x where x.article_id = a.id)) as images,
              sum(exists (select 1 from article_embeds x where x.article_id = a.id
                and x.revision = a.revision and x.place <> 'page')) as embeds
            from articles a join sources s on s.key = a.source
            where a.withheld is null and {_DAYS_AND_SOURCES.replace("source in", "a.source in")}
            group by a.source order by of desc""",  # noqa: S608
            _query_params((), since, until),
        )
    )
