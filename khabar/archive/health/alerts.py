"""Alerts: a source broke or was mended, the network connection failed or is back. Each is reported
once.

An alert is stored in the transaction that finds the change, and marked when it was printed and
posted; if a run is killed in between, the next run reports it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlite_utils import Database

from khabar.archive.database import transaction
from khabar.model.clock import format_utc


@dataclass(frozen=True, slots=True)
class Mute:
    """Until when (UTC, in the archive's format) and why a source raises no alerts."""

    until: str
    reason: str


def mute_source(db: Database, source: str, until: datetime, reason: str, now: datetime) -> None:
    """Suppresses the source's alerts until then. Replaces an earlier mute."""
    with transaction(db):
        db.execute(
            """insert into mutes (source, until, reason, muted_at) values (?, ?, ?, ?)
            on conflict (source) do update set until = excluded.until, reason = excluded.reason,
              muted_at = excluded.muted_at""",
            [source, format_utc(until), reason, format_utc(now)],
        )


def unmute_source(db: Database, source: str) -> bool:
    """Ends a mute. Returns False when the source was not muted."""
    with transaction(db):
        return db.execute("delete from mutes where source = ?", [source]).rowcount > 0


def load_mutes(db: Database, now: datetime) -> dict[str, Mute]:
    """Returns the mutes in force: source → Mute."""
    rows = db.execute("select source, until, reason from mutes where until > ?", [format_utc(now)])
    return {source: Mute(until, reason) for source, until, reason in rows}


AlertState = Literal["broken", "mended", "outage", "back"]
POST_RETRY_WINDOW = timedelta(days=3)  # for posts that failed; chosen by hand, not measured


@dataclass(frozen=True, slots=True)
class Alert:
    """A change of state, in `words`. `source` None: of our own network connection."""

    id: int
    run: int
    at: str
    source: str | None
    state: AlertState
    words: str
    told: bool
    posted: bool
    mailed: bool


def raise_alerts(db: Database, run: int, now: datetime) -> None:
    """Stores an alert for each change of state in this run, except for muted sources. Call it
    inside the transaction that stored the verdicts.
    """
    for source, state, words in (*_connection_alerts(db, run), *_source_alerts(db, run, now)):
        db.execute(
            "insert into alerts (run_id, at, source, state, words) values (?, ?, ?, ?, ?)",
            [run, format_utc(now), source, state, words],
        )


def _connection_alerts(db: Database, run: int) -> Iterator[tuple[None, AlertState, str]]:
    reason, source_count = db.execute(
        """select finish_reason,
          (select count(*) from run_sources where run_id = runs.id and asked > 0)
        from runs where id = ?""",
        [run],
    ).fetchone()
    last_alert = db.execute(
        "select state, at from alerts where source is null order by id desc limit 1"
    ).fetchone()
    was_down = last_alert is not None and last_alert[0] == "outage"
    if reason == "outage" and not was_down:
        yield None, "outage", "no source could be reached; all verdicts are kept"
    elif reason != "outage" and was_down and source_count:
        yield None, "back", f"sources can be reached again, after the outage of {last_alert[1]}"


def _source_alerts(db: Database, run: int, now: datetime) -> Iterator[tuple[str, AlertState, str]]:
    rows = db.execute(
        """select r.source, r.broken, r.broken_url,
          (select state from alerts a where a.source = r.source order by a.id desc limit 1)
        from run_sources r where run_id = ? order by r.source""",
        [run],
    )
    active_mutes = load_mutes(db, now)
    for source, broken, url, last_state in list(rows):
        if source in active_mutes:
            continue
        if broken and last_state != "broken":
            yield source, "broken", f"{broken}; first {url}" if url else broken
        elif not broken and last_state == "broken":
            yield source, "mended", "as usual again"


# --- delivery ---


def list_pending_alerts(db: Database, now: datetime) -> list[Alert]:
    """Returns the alerts not printed yet, and those not posted or not mailed within
    POST_RETRY_WINDOW, oldest first.
    """
    rows = db.execute(
        """select id, run_id, at, source, state, words,
          told_at is not null, posted_at is not null, mailed_at is not null
        from alerts
        where told_at is null or ((posted_at is null or mailed_at is null) and at > ?)
        order by id""",
        [format_utc(now - POST_RETRY_WINDOW)],
    )
    return [Alert(*row) for row in rows]


def mark_printed(db: Database, alerts: Iterable[Alert], now: datetime) -> None:
    """Marks alerts as printed."""
    _mark_alerts(
        db,
        "update alerts set told_at = ? where id in (select value from json_each(?))",
        alerts,
        now,
    )


def mark_posted(db: Database, alerts: Iterable[Alert], now: datetime) -> None:
    """Marks alerts as accepted by the alert URL."""
    _mark_alerts(
        db,
        "update alerts set posted_at = ? where id in (select value from json_each(?))",
        alerts,
        now,
    )


def mark_mailed(db: Database, alerts: Iterable[Alert], now: datetime) -> None:
    """Marks alerts as accepted by the mail server."""
    _mark_alerts(
        db,
        "update alerts set mailed_at = ? where id in (select value from json_each(?))",
        alerts,
        now,
    )


def _mark_alerts(db: Database, sql: str, alerts: Iterable[Alert], now: datetime) -> None:
    with transaction(db):
        db.execute(sql, [format_utc(now), json.dumps([alert.id for alert in alerts])])
