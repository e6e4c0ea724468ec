"""Timestamp parsing: converts a date in any format found on pages to ISO 8601 with its offset."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal

from khabar.hindi.dates import parse_date
from khabar.hindi.india_time import parse_iso_india

Precision = Literal["second", "minute", "day"]
# The limits below were chosen by hand, not measured.
MAX_DATE_LINE = 160  # characters: longer text merely mentions dates
_MIN_YEAR = 1990  # before the web
_MAX_AHEAD = timedelta(days=2)  # a page fetched now may carry a date this far in the future
_ISO_DATE = re.compile(
    r"\s*(\d{4}-\d{2}-\d{2})(?:[T\s]+(\d{1,2}):(\d{2})(?::(\d{2})(\.\d+)?)?"
    r"\s*(Z|UTC|GMT|IST|[+-]\d{2}:?\d{2})?)?\s*$",
    re.I,
)
_JAVA_DATE = re.compile(
    r"\w{3} (?P<month>\w{3}) (?P<day>\d{1,2}) (?P<clock>\d\d:\d\d:\d\d)"
    r" (?P<zone>IST|GMT|UTC) (?P<year>\d{4})$"
)


@dataclass(frozen=True, slots=True)
class Timestamp:
    """A date or time from a page: ISO 8601 (`YYYY-MM-DD` for precision `day`), the kind of source
    it comes from, and whether a label on the page says what it is.
    """

    iso: str
    precision: Precision
    origin: str
    has_label: bool = False

    @property
    def instant(self) -> datetime:
        """The time as an aware datetime, for comparing; for a day its midnight in India."""
        return parse_iso_india(self.iso)


def parse_timestamp(text: str | None, origin: str, now: datetime) -> Timestamp | None:
    """Parses a date in ISO 8601, Java, RFC 2822 or Hindi notation; a time without an offset is
    Indian (+05:30). None if it cannot be parsed or is not plausible.
    """
    if not text:
        return None
    match = _ISO_DATE.match(text)
    timestamp = (
        _parse_iso(match, origin)
        if match
        else _parse_java(text, origin)
        or _parse_rfc2822(text, origin)
        or _parse_text_date(text, origin, now)
    )
    return timestamp if timestamp and is_plausible(timestamp, now) else None


def _parse_iso(match: re.Match[str], origin: str) -> Timestamp:
    day, hour, minute, second, fraction, zone = match.groups()
    if hour is None:
        return Timestamp(day, "day", origin)
    zone = {"UTC": "Z", "GMT": "Z", "IST": "+05:30", None: "+05:30"}.get(
        zone and zone.upper(), zone or ""
    )
    if len(zone) == 5:
        zone = f"{zone[:3]}:{zone[3:]}"
    clock = f"{int(hour):02}:{minute}:{second or '00'}{fraction or ''}"
    return Timestamp(f"{day}T{clock}{zone}", "second" if second else "minute", origin)


def _parse_java(text: str, origin: str) -> Timestamp | None:
    """Parses `Fri Apr 28 19:20:36 IST 2023`, the format of Java's Date.toString()."""
    if not (match := _JAVA_DATE.match(text.strip())):
        return None
    day = _parse_text_date(
        f"{match['day']} {match['month']} {match['year']}", origin, datetime.max.replace(tzinfo=UTC)
    )
    zone = "+05:30" if match["zone"] == "IST" else "Z"
    return Timestamp(f"{day.iso[:10]}T{match['clock']}{zone}", "second", origin) if day else None


def _parse_rfc2822(text: str, origin: str) -> Timestamp | None:
    try:
        date_time = parsedate_to_datetime(text)
    except Exception:  # noqa: BLE001  # it raises by what its arithmetic meets: OverflowError …
        return None
    if not re.search(r"[+-]\d{4}|GMT|UTC|Z\b", text) or not re.search(r"\d:\d\d", text):
        return None
    return Timestamp(
        date_time.replace(tzinfo=date_time.tzinfo or UTC).isoformat(), "second", origin
    )


def _parse_text_date(text: str, origin: str, now: datetime) -> Timestamp | None:
    result = parse_date(text[:MAX_DATE_LINE], now)
    return (
        None
        if result is None or result.relative
        else Timestamp(result.iso, result.precision, origin)
    )


def is_plausible(timestamp: Timestamp, now: datetime) -> bool:
    """Whether a page can have this date: not before 1990, not over two days after `now`."""
    try:
        date_time = timestamp.instant
    except ValueError:
        return False
    return date_time.year >= _MIN_YEAR and date_time <= now + _MAX_AHEAD
