"""What hosts said: every robots.txt and tdmrep.json they ever gave, and every request they
answered or did not.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Literal

from sqlite_utils import Database

from khabar.archive.database import transaction
from khabar.model import urls
from khabar.model.clock import format_utc, format_utc_ms, parse_utc

SiteFileTable = Literal["robots", "tdmreps"]  # the tables of what a site says for all its pages


def last_site_file(
    db: Database, table: SiteFileTable, origin: str
) -> tuple[int, bytes, datetime] | None:
    """The last answer of an origin asked for its robots.txt or tdmrep.json: status (0: none
    came), body, when.
    """
    row = db.execute(
        f"select status, body, last_asked from {table} where origin = ? order by last_asked desc, id desc limit 1",  # noqa: S608
        [origin],
    ).fetchone()
    return (row[0], row[1], parse_utc(row[2])) if row else None


def save_site_file(
    db: Database, table: SiteFileTable, origin: str, status: int, body: bytes, now: datetime
) -> None:
    """Every distinct answer is kept, with the time it was first and last given."""
    with transaction(db):
        db.execute(
            f"""insert into {table} (origin, status, body, sha256, first_seen, last_asked) values (?, ?, ?, ?, ?, ?)
            on conflict (origin, status, sha256) do update set last_asked = excluded.last_asked""",  # noqa: S608
            [
                origin,
                status,
                body,
                hashlib.sha256(body).hexdigest(),
                format_utc(now),
                format_utc(now),
            ],
        )


def last_robots(db: Database, origin: str) -> tuple[int, bytes, datetime] | None:
    """The last answer of an origin asked for its robots.txt, as `last_site_file` gives it."""
    return last_site_file(db, "robots", origin)


def save_robots(db: Database, origin: str, status: int, body: bytes, now: datetime) -> None:
    """Keeps a robots.txt, as `save_site_file` does."""
    save_site_file(db, "robots", origin, status, body, now)


def record_fetch(
    db: Database,
    *,
    run: int | None,
    url: str,
    sent_at: datetime,
    status: int,
    size: int,
    reason: str,
    user_agent: str,
    error: str | None = None,
) -> None:
    """One request sent `sent_at` and its answer, with the robots.txt in force when it was asked.

    status 0: none came, `error` says why; `sent_at` is then when that was known.
    """
    with transaction(db):
        db.execute(
            """insert into fetches (run_id, at, host, url, status, bytes, reason, user_agent, error, robots_id)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?,
              (select id from robots where origin = ? order by last_asked desc, id desc limit 1))""",
            [
                run,
                format_utc_ms(sent_at),
                urls.get_host(url),
                url,
                status,
                size,
                reason,
                user_agent,
                error,
                urls.get_origin(url),
            ],
        )


def reset_unreachable(db: Database, run: int) -> None:
    """Hosts that gave no robots.txt while nothing could be reached: our silence, not theirs.
    They are asked anew.
    """
    # the row stays, fetches point at it; what it said before is the last word again
    with transaction(db):
        db.execute(
            """update robots set last_asked = '1970-01-01T00:00:00Z'
            where status = 0 and last_asked >= (select started_at from runs where id = ?)""",
            [run],
        )


def robots_changes(db: Database) -> dict[str, str]:
    """origin → when its robots.txt last began to say something else, for those where it ever
    did.
    """
    rows = db.execute(
        "select origin, max(first_seen) from robots where status > 0 group by origin having count(*) > 1"
    )
    return dict(rows.fetchall())
