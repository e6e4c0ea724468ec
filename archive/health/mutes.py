"""Sources an operator knows to be broken and does not want to hear of, each until a day and for a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from archive.connect import transaction
from crawler.clock import stamp


@dataclass(frozen=True, slots=True)
class Mute:
    """A source's silence. `until` is a moment as the archive writes it."""

    until: str
    reason: str


def mute(db: Database, source: str, until: datetime, reason: str, now: datetime) -> None:
    """Say nothing of that source until then; a second word on it replaces the first."""
    with transaction(db):
        db.execute(
            """insert into mutes (source, until, reason, muted_at) values (?, ?, ?, ?)
            on conflict (source) do update set until = excluded.until, reason = excluded.reason,
              muted_at = excluded.muted_at""",
            [source, stamp(until), reason, stamp(now)],
        )


def lift(db: Database, source: str) -> bool:
    """Hear of that source again. False when it was not muted."""
    with transaction(db):
        return db.execute("delete from mutes where source = ?", [source]).rowcount > 0


def mutes(db: Database, now: datetime) -> dict[str, Mute]:
    """The mutes in force: source → until when and why."""
    rows = db.execute("select source, until, reason from mutes where until > ?", [stamp(now)])
    return {source: Mute(until, reason) for source, until, reason in rows}
