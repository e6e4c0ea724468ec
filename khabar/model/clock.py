"""The one clock. Rooms take `now` as an argument; only the outermost layer asks here."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta

_STARTED = time.monotonic()


def now() -> datetime:
    """The present moment, UTC. KHABAR_NOW (ISO 8601) moves it: time then runs on from there."""
    override = os.environ.get("KHABAR_NOW")
    if not override:
        return datetime.now(UTC)
    return parse_iso(override) + timedelta(seconds=time.monotonic() - _STARTED)


def parse_iso(text: str) -> datetime:
    """ISO 8601 with its offset as a moment in UTC; ValueError for anything else: whose midnight
    would it be?
    """
    dt = datetime.fromisoformat(text)
    if dt.tzinfo is None:
        raise ValueError(f"{text!r} has no offset from UTC")
    return dt.astimezone(UTC)


def format_utc(dt: datetime) -> str:
    """A moment as the archive writes it: UTC to the second, sortable as text
    (2026-11-24T09:00:00Z).
    """
    return dt.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def format_utc_ms(dt: datetime) -> str:
    """The same to the millisecond (2026-11-24T09:00:00.123Z), for what is proven by it: the gaps
    between requests.
    """
    return dt.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def parse_utc(text: str) -> datetime:
    """Back from `format_utc`; raises ValueError on anything else."""
    # ten times as fast as strptime; health reads thousands of them a run
    dt = datetime.fromisoformat(text)
    if format_utc(dt) != text:
        raise ValueError(f"{text!r} is no stamp of the archive's")
    return dt
