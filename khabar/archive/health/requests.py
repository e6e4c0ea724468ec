"""The request log, and the history of each host's robots.txt and tdmrep.json."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlite_utils import Database

from khabar.archive.database import transaction
from khabar.model import urls
from khabar.model.clock import format_utc, format_utc_ms, parse_utc

SiteFileTable = Literal["robots", "tdmreps"]  # the tables of robots.txt and tdmrep.json


def last_site_file(
    db: Database, table: SiteFileTable, origin: str
) -> tuple[int, bytes, datetime] | None:
    """Returns (status, body, time) of an origin's last response to a request for its robots.txt or
    tdmrep.json; status 0: no response. None if it was never requested.
    """
    row = db.execute(
        f"""select status, body, last_asked from {table} where origin = ?
        order by last_asked desc, id desc limit 1""",  # noqa: S608
        [origin],
    ).fetchone()
    return (row[0], row[1], parse_utc(row[2])) if row else None


def save_site_file(
    db: Database, table: SiteFileTable, origin: str, status: int, body: bytes, now: datetime
) -> None:
    """Stores a response; one row per distinct response, with its first and last time."""
    with transaction(db):
        db.execute(
            f"""insert into {table} (origin, status, body, sha256, first_seen, last_asked)
            values (?, ?, ?, ?, ?, ?)
            on conflict (origin, status, sha256)
            do update set last_asked = excluded.last_asked""",  # noqa: S608
            [
                origin,
                status,
                body,
                hashlib.sha256(body).hexdigest(),
                format_utc(now),
                format_utc(now),
            ],
        )


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """A request and its response. `status` 0: no response, for the reason in `error`; `sent_at` is
    then the time of the failure.
    """

    run: int | None
    url: str
    sent_at: datetime
    status: int
    size: int
    reason: str
    user_agent: str
    error: str | None = None


def record_fetches(db: Database, fetches: Iterable[LoggedRequest]) -> None:
    """Logs requests with their responses, and with the robots.txt in force."""
    with transaction(db):
        db.conn.executemany(
            """insert into fetches
              (run_id, at, host, url, status, bytes, reason, user_agent, error, robots_id)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?,
              (select id from robots where origin = ?
                order by last_asked desc, id desc limit 1))""",
            [
                (
                    *(fetch.run, format_utc_ms(fetch.sent_at), urls.get_host(fetch.url), fetch.url),
                    *(fetch.status, fetch.size, fetch.reason, fetch.user_agent, fetch.error),
                    urls.get_origin(fetch.url),
                )
                for fetch in fetches
            ],
        )


def reset_unreachable(db: Database, run: int) -> None:
    """Discards the failed requests of a run for robots.txt, tdmrep.json and licences, after an
    outage of our own network: the last response before them applies again, and they are requested
    again.
    """
    # `fetches` refers to the rows, so they are backdated instead of deleted.
    with transaction(db):
        for table in ("robots", "tdmreps", "licenses"):
            db.execute(
                f"""update {table} set last_asked = '1970-01-01T00:00:00Z'
                where status = 0 and last_asked >= (select started_at from runs where id = ?)""",  # noqa: S608
                [run],
            )


def robots_changes(db: Database) -> dict[str, str]:
    """Returns origin → when its robots.txt last changed, for the origins whose robots.txt ever
    did.
    """
    rows = db.execute(
        """select origin, max(first_seen) from robots where status > 0
        group by origin having count(*) > 1"""
    )
    return dict(rows.fetchall())
