"""Schedules revisits of articles: at fixed ages, stretched by a factor per source that depends on
how often its revisits find an edit.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlite_utils import Database

from khabar.archive.database import transaction
from khabar.hindi.india_time import parse_iso_india
from khabar.model import schedule
from khabar.model.clock import format_utc, parse_utc
from khabar.model.sources import Source

EDIT_WINDOW = timedelta(days=14)  # the runs that count for the edit rate; not measured


def next_visit(db: Database, article_id: int, source: Source, now: datetime) -> datetime | None:
    """Returns when to revisit an article; None when it is past the last revisit age."""
    first_seen, published_at, age_factor = db.execute(
        """select a.first_seen, a.published_at, s.revisit_pace
        from articles a join sources s on s.key = a.source where a.id = ?""",
        [article_id],
    ).fetchone()
    # An article found long after its publication has had its early edits already.
    publication_time = min(parse_utc(first_seen), now)
    if published_at:
        publication_time = min(publication_time, parse_iso_india(published_at))
    ages = [timedelta(hours=hours) for hours in source.revisit_hours]
    return schedule.next_revisit(publication_time, now, age_factor, ages)


def update_revisit_pace(db: Database, source: Source, now: datetime, allowance: float) -> None:
    """Sets the factor for the source's revisit ages. `allowance`: how many revisits the coming run
    may make.
    """
    edit_count, revisits = db.execute(
        """select coalesce(sum(edited), 0), coalesce(sum(edited + unchanged), 0) from run_sources r
        join runs u on u.id = r.run_id where r.source = ? and u.started_at >= ?""",
        [source.key, format_utc(now - EDIT_WINDOW)],
    ).fetchone()
    backlog = count_due_revisits(db, source, now)
    age_factor = schedule.compute_age_factor(edit_count, revisits, backlog, allowance)
    with transaction(db):
        db.execute("update sources set revisit_pace = ? where key = ?", [age_factor, source.key])


def count_due_revisits(db: Database, source: Source, now: datetime) -> int:
    """Counts the source's revisits that are due."""
    # One query per host: the index on `pages` starts with the host.
    counts = (
        db.execute(
            """select count(*) from pages
            where host = ? and tier = 3 and next_at <= ? and source = ?""",
            [host, format_utc(now), source.key],
        ).fetchone()[0]
        for host in source.hosts
    )
    return sum(counts)


def is_lastmod_trusted(db: Database, source: str) -> bool:
    """Whether a lastmod of the source is a reason to visit an article again."""
    row = db.execute(
        "select lastmod_finds, lastmod_visits from sources where key = ?", [source]
    ).fetchone()
    return row is None or schedule.is_lastmod_trusted(*row)


def count_lastmod_visit(db: Database, source: str, *, is_edited: bool) -> None:
    """Counts a visit of an article whose lastmod was later than the visit before. Call it inside
    the visit's transaction.
    """
    db.execute(
        """update sources set
          lastmod_visits = (lastmod_visits + 1) / iif(lastmod_visits >= :memory, 2, 1),
          lastmod_finds = (lastmod_finds + :edited) / iif(lastmod_visits >= :memory, 2, 1)
        where key = :source""",
        {"source": source, "edited": int(is_edited), "memory": schedule.LASTMOD_MEMORY},
    )
