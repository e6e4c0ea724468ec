"""When an article is read again: at set ages, bent to what its source's revisits have found."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlite_utils import Database

from khabar.archive.database import transaction
from khabar.hindi.india_time import parse_iso_india
from khabar.model import schedule
from khabar.model.clock import format_utc, parse_utc
from khabar.model.sources import Source

EDIT_WINDOW = timedelta(days=14)  # how long a source's edits speak for it


def next_visit(db: Database, article_id: int, source: Source, now: datetime) -> datetime | None:
    """The next age of an article of that source; None when it is past all of them."""
    first_seen, published_at, pace = db.execute(
        """select a.first_seen, a.published_at, s.revisit_pace from articles a join sources s on s.key = a.source
        where a.id = ?""",
        [article_id],
    ).fetchone()
    ages = [timedelta(hours=hours) for hours in source.revisit_hours]
    return schedule.next_revisit(
        _publication_time(parse_utc(first_seen), published_at), now, pace, ages
    )


def _publication_time(first_seen: datetime, published_at: str | None) -> datetime:
    """What its page says, where that is earlier: an archive's old article has had its edits."""
    if not published_at:
        return first_seen
    return min(first_seen, parse_iso_india(published_at))


def update_revisit_pace(db: Database, source: Source, now: datetime, allowance: float) -> None:
    """Sets the source's pace for the coming run, which may make `allowance` revisits."""
    edit_count, revisits = db.execute(
        """select coalesce(sum(edited), 0), coalesce(sum(edited + unchanged), 0) from run_sources r
        join runs u on u.id = r.run_id where r.source = ? and u.started_at >= ?""",
        [source.key, format_utc(now - EDIT_WINDOW)],
    ).fetchone()
    pace = schedule.compute_age_factor(
        edit_count, revisits, count_due_revisits(db, source, now), allowance
    )
    with transaction(db):
        db.execute("update sources set revisit_pace = ? where key = ?", [pace, source.key])


def count_due_revisits(db: Database, source: Source, now: datetime) -> int:
    """How many pages read before are due again."""
    counts = (
        db.execute(
            "select count(*) from pages where host = ? and tier = 2 and next_at <= ? and source = ?",
            [host, format_utc(now), source.key],
        ).fetchone()[0]
        for host in source.hosts
    )
    return sum(counts)
