"""Times in the archive that are later than now: a run had a wrong clock, and what it scheduled
would not be due for years. They are reported, and set to now by the next run.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlite_utils import Database

from khabar.archive.database import transaction
from khabar.model import schedule
from khabar.model.clock import format_utc

# Clocks that are set right by NTP jump by less; chosen by hand, not measured.
TOLERANCE = timedelta(minutes=5)
# Times of our own events that later runs compare with now. `articles`, `revisions` and `snapshots`
# keep the times they were stored with, as ids and revisions refer to them.
_COLUMNS = {
    "pages": ("first_seen", "last_asked", "sitemap_at", "named_at", "failing_since"),
    "documents": ("read_at", "last_new", "failing_since", "retired_at", "full_at"),
    "runs": ("started_at", "finished_at"),
    "run_sources": ("broken_since",),
    "alerts": ("at", "told_at", "posted_at"),
    "backfills": ("begun_at", "finished_at"),
}


def find_future_time(db: Database, now: datetime) -> str | None:
    """Returns the latest time of a run or of a document's reading that is later than `now`; None
    when there is none.
    """
    (latest,) = db.execute(
        """select max(at) from (
          select max(started_at) as at from runs union all select max(finished_at) from runs
          union all select max(read_at) from documents
          union all select max(p.last_asked) from documents d join pages p on p.id = d.page_id)"""
    ).fetchone()
    return latest if latest and latest > format_utc(now + TOLERANCE) else None


def clamp_future_times(db: Database, now: datetime) -> str | None:
    """Sets all times later than `now` to now, if `find_future_time` finds one; returns that one.

    URLs that were requested in the future are due now. robots.txt, tdmrep.json and licences are
    requested again, and pauses of hosts that are longer than any that is given end.
    """
    latest = find_future_time(db, now)
    if latest is None:
        return None
    params = {"now": format_utc(now), "limit": format_utc(now + TOLERANCE)}
    with transaction(db):
        # also a page whose retries or revisits would have been over in that future
        db.execute(
            """update pages set next_at = :now where last_asked > :limit
              and (next_at > :now or failing_since is not null or article_id is not null)""",
            params,
        )
        for table, columns in _COLUMNS.items():
            for column in columns:
                db.execute(
                    f"update {table} set {column} = :now where {column} > :limit",  # noqa: S608
                    params,
                )
        for table in ("robots", "tdmreps", "licenses"):
            db.execute(
                f"""update {table} set first_seen = min(first_seen, :now),
                  last_asked = '1970-01-01T00:00:00Z' where last_asked > :limit""",  # noqa: S608
                params,
            )
        db.execute(
            "update hosts set rest_until = null where rest_until > ?",
            [format_utc(now + schedule.FORBIDDEN_PAUSES[-1])],
        )
    return latest
