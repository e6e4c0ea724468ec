"""Hosts that do not want us now: a pause they asked for, or a rest after refusing us again and
again.
"""

from __future__ import annotations

from datetime import datetime

from sqlite_utils import Database

from khabar.archive.database import transaction
from khabar.model import schedule
from khabar.model.clock import format_utc, parse_utc


def load_paused_hosts(db: Database, now: datetime) -> dict[str, datetime]:
    """Each host that rests, and until when."""
    rows = db.execute("select host, rest_until from hosts where rest_until > ?", [format_utc(now)])
    return {host: parse_utc(until) for host, until in rows}


def pause_host(db: Database, host: str, until: datetime, reason: str) -> None:
    """Nothing is asked of the host until then; the tries of its pages stay as they are."""
    with transaction(db):
        _save_pause(db, host, until, reason)


def _save_pause(db: Database, host: str, until: datetime, reason: str) -> None:
    db.execute(
        """insert into hosts (host, rest_until, why) values (:host, :until, :why)
        on conflict (host) do update set rest_until = max(coalesce(rest_until, ''), :until), why = :why""",
        {"host": host, "until": format_utc(until), "why": reason},
    )


def record_forbidden(db: Database, host: str, now: datetime) -> datetime | None:
    """One 403 more. When they last, the host rests for days: until when, else None."""
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
    """An answer that is no refusal: the count begins anew."""
    with transaction(db):
        db.execute("update hosts set refusals = 0 where host = ? and refusals > 0", [host])
