"""Hosts that do not want us now: a pause they asked for, or a rest after refusing us again and again."""

from __future__ import annotations

from datetime import datetime

from sqlite_utils import Database

from khabar.archive.database import transaction
from khabar.model import schedule
from khabar.model.clock import parse_stamp, stamp


def resting(db: Database, now: datetime) -> dict[str, datetime]:
    """Each host that rests, and until when."""
    rows = db.execute("select host, rest_until from hosts where rest_until > ?", [stamp(now)])
    return {host: parse_stamp(until) for host, until in rows}


def rest(db: Database, host: str, until: datetime, why: str) -> None:
    """Nothing is asked of the host until then; the tries of its pages stay as they are."""
    with transaction(db):
        _rest(db, host, until, why)


def _rest(db: Database, host: str, until: datetime, why: str) -> None:
    db.execute(
        """insert into hosts (host, rest_until, why) values (:host, :until, :why)
        on conflict (host) do update set rest_until = max(coalesce(rest_until, ''), :until), why = :why""",
        {"host": host, "until": stamp(until), "why": why},
    )


def refused(db: Database, host: str, now: datetime) -> datetime | None:
    """One 403 more. When they last, the host rests for days: until when, else None."""
    with transaction(db):
        refusals: int = db.execute(
            """insert into hosts (host, refusals) values (?, 1)
            on conflict (host) do update set refusals = refusals + 1 returning refusals""",
            [host],
        ).fetchone()[0]
        days = schedule.rest(refusals)
        if days:
            _rest(db, host, now + days, f"{refusals} requests in a row were forbidden")
    return now + days if days else None


def welcomed(db: Database, host: str) -> None:
    """An answer that is no refusal: the count begins anew."""
    with transaction(db):
        db.execute("update hosts set refusals = 0 where host = ? and refusals > 0", [host])
