"""Current time and time formats. Most functions take `now` as an argument; only entry points call
`now()` here.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta

_STARTED = time.monotonic()
_setting = ""  # `clock` of khabar.toml


def now() -> datetime:
    """Returns the current time in UTC. KHABAR_NOW, else `clock` of khabar.toml (ISO 8601) moves it:
    time then advances from there.
    """
    override = os.environ.get("KHABAR_NOW") or _setting
    if not override:
        return datetime.now(UTC)
    return parse_iso(override) + timedelta(seconds=time.monotonic() - _STARTED)


def set_clock(moment: str) -> None:
    """Moves the clock to a time (ISO 8601), unless KHABAR_NOW does; "": back to the machine's."""
    global _setting
    _setting = moment


def is_moved() -> bool:
    """Whether the clock is not the machine's."""
    return bool(os.environ.get("KHABAR_NOW") or _setting)


def parse_iso(text: str) -> datetime:
    """Parses ISO 8601 with an offset and returns it in UTC. Raises ValueError for anything else, a
    time without offset included, since its time zone would be a guess.
    """
    dt = datetime.fromisoformat(text)
    if dt.tzinfo is None:
        raise ValueError(f"{text!r} has no offset from UTC")
    return dt.astimezone(UTC)


def format_utc(dt: datetime) -> str:
    """Formats a time as stored in the archive: UTC, to the second, sortable as text
    (2026-11-24T09:00:00Z).
    """
    return dt.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def format_utc_ms(dt: datetime) -> str:
    """Formats a time in UTC to the millisecond (2026-11-24T09:00:00.123Z), for measuring the gaps
    between requests.
    """
    return dt.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def parse_utc(text: str) -> datetime:
    """Parses the output of `format_utc`. Raises ValueError on anything else."""
    # ten times as fast as strptime; the health check parses thousands in a run
    dt = datetime.fromisoformat(text)
    if format_utc(dt) != text:
        raise ValueError(f"{text!r} is not a timestamp of the archive")
    return dt


def parse_http_date(text: str) -> datetime | None:
    """Parses the date of an HTTP header (RFC 9110, 5.6.7), in UTC if it has no zone; None for what
    is no date.
    """
    from email.utils import parsedate_to_datetime  # here: it takes 5 ms, and few commands need it

    try:
        date = parsedate_to_datetime(text)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except Exception:  # noqa: BLE001  email.utils raises whatever is wrong with a date
        return None
