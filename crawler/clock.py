"""The one clock. Rooms take `now` as an argument; only the outermost layer asks here."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta

_STARTED = time.monotonic()


def now() -> datetime:
    """The present moment, UTC. KHABAR_NOW (ISO 8601) moves it: time then runs on from there."""
    told = os.environ.get("KHABAR_NOW")
    if not told:
        return datetime.now(UTC)
    moment = datetime.fromisoformat(told)
    return moment.astimezone(UTC) + timedelta(seconds=time.monotonic() - _STARTED)


def stamp(moment: datetime) -> str:
    """A moment as the archive writes it: UTC to the second, sortable as text (2026-11-24T09:00:00Z)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_stamp(text: str) -> datetime:
    """Back from `stamp`; raises ValueError on anything else."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
