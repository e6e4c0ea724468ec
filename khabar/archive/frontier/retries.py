"""Retries of pages whose answers gave no article: when, how many, and which pages wait for the end
of their host's incident.
"""

from __future__ import annotations

from datetime import datetime

from sqlite_utils import Database

from khabar.model import schedule
from khabar.model.clock import format_utc, parse_utc
from khabar.model.items import TRANSIENT, Outcome

# Values of `how` of pages that are not retried themselves: the page that redirects there is, and
# an import requests nothing.
_UNRETRIED_HOWS = frozenset({"redirect", "import", "verify"})


def plan_retry(
    row: dict[str, object], outcome: Outcome, now: datetime
) -> tuple[datetime | None, datetime | None]:
    """Returns (time of the next retry, since when the page has failed) of a page that ended as
    `outcome` without an article; (None, None) for a page that is not retried.

    `row`: its row of `pages` before the visit: how, failing_since, named_at.
    """
    if row["how"] in _UNRETRIED_HOWS:
        return None, None
    failing_since = _parse(row["failing_since"]) or (
        now - schedule.TRIES_DURATION if outcome in TRANSIENT else now
    )
    named_at = _parse(row["named_at"])
    is_named = named_at is not None and named_at >= now - schedule.NAMED_WITHIN
    return schedule.next_page_retry(failing_since, now, is_named=is_named), failing_since


def plan_second_look(
    row: dict[str, object], next_visit: datetime | None, now: datetime
) -> tuple[datetime | None, datetime]:
    """Returns the same for the page of a known article: its next revisit, but a first one within a
    day of the failure.
    """
    failing_since = _parse(row["failing_since"]) or now
    second_look = failing_since + schedule.DAILY
    times = [time for time in (next_visit, second_look) if time and time > now]
    return min(times, default=None), failing_since


def _parse(value: object) -> datetime | None:
    return parse_utc(str(value)) if value else None


def count_allowed_retries(db: Database, source: str, now: datetime) -> float:
    """Returns how many retries a source may make in the coming run."""
    requests, retries = db.execute(
        """select coalesce(sum(s.asked), 0), coalesce(sum(s.retries), 0)
        from run_sources s join runs r on r.id = s.run_id
        where s.source = ? and r.started_at >= ?""",
        [source, format_utc(now - schedule.RETRY_WINDOW)],
    ).fetchone()
    return schedule.count_allowed_retries(requests, retries)


def release_host(db: Database, host: str, now: datetime) -> None:
    """Makes all pages due that wait for the end of their host's incident: one of them has given an
    article. Call it inside the visit's transaction.
    """
    db.execute(
        """update pages set next_at = ?, tries = 0
        where host = ? and state = 'new' and failing_since is not null""",
        [format_utc(now), host],
    )
