"""Paused hosts: by Retry-After, or after a series of 403 responses."""

from __future__ import annotations

from datetime import datetime

from sqlite_utils import Database

from khabar.archive.database import transaction
from khabar.model import schedule
from khabar.model.clock import format_utc, parse_utc


def load_paused_hosts(db: Database, now: datetime) -> dict[str, datetime]:
    """Returns the paused hosts: host → end of the pause."""
    rows = db.execute("select host, rest_until from hosts where rest_until > ?", [format_utc(now)])
    return {host: parse_utc(until) for host, until in rows}


def list_refusing_hosts(db: Database) -> set[str]:
    """Returns the hosts whose last responses were 403."""
    return {host for (host,) in db.execute("select host from hosts where refusals > 0")}


def pause_host(db: Database, host: str, until: datetime, reason: str) -> None:
    """Pauses a host: no request is sent to it before `until`. The tries of its pages stay."""
    with transaction(db):
        _save_pause(db, host, until, reason)


def _save_pause(db: Database, host: str, until: datetime, reason: str) -> None:
    db.execute(
        """insert into hosts (host, rest_until, why) values (:host, :until, :why)
        on conflict (host) do update set
          rest_until = max(coalesce(rest_until, ''), :until), why = :why""",
        {"host": host, "until": format_utc(until), "why": reason},
    )


def record_forbidden(db: Database, host: str, now: datetime) -> datetime | None:
    """Counts a 403 response. Too many in a row pause the host for days: returns until when, else
    None. See `schedule.next_host_pause`.
    """
    with transaction(db):
        refusals: int = db.execute(
            """insert into hosts (host, refusals) values (?, 1)
            on conflict (host) do update set refusals = refusals + 1 returning refusals""",
            [host],
        ).fetchone()[0]
        pause = schedule.next_host_pause(refusals)
        if pause:
            _save_pause(db, host, now + pause, f"{refusals} requests in a row were forbidden")
    return now + pause if pause else None


def record_success(db: Database, host: str) -> None:
    """Resets the host's count of 403 responses in a row."""
    with transaction(db):
        db.execute("update hosts set refusals = 0 where host = ? and refusals > 0", [host])
