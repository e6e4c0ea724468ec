"""One claim of a moment as ISO 8601 with the offset it gives, whatever the page wrote it like."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Literal

from khabar.hindi.dates import read_date
from khabar.hindi.india_time import instant

IST = timezone(timedelta(hours=5, minutes=30))
Precision = Literal["second", "minute", "day"]
LINE = 160  # characters: longer blocks are text that mentions dates
_ISO = re.compile(
    r"\s*(\d{4}-\d{2}-\d{2})(?:[T\s]+(\d{1,2}):(\d{2})(?::(\d{2})(\.\d+)?)?\s*(Z|UTC|GMT|IST|[+-]\d{2}:?\d{2})?)?\s*$",
    re.I,
)
_JAVA = re.compile(
    r"\w{3} (?P<month>\w{3}) (?P<day>\d{1,2}) (?P<clock>\d\d:\d\d:\d\d) (?P<zone>IST|GMT|UTC) (?P<year>\d{4})$"
)


@dataclass(frozen=True, slots=True)
class Moment:
    iso: str
    precision: Precision
    how: str
    labelled: bool = False

    @property
    def instant(self) -> datetime:
        """For comparing; a day is its first moment in India."""
        return instant(self.iso)


def normal_time(text: str | None, how: str, now: datetime) -> Moment | None:
    """A claim as ISO 8601 with the offset it gives; naive times are Indian. None: unreadable or impossible."""
    if not text:
        return None
    match = _ISO.match(text)
    moment = _iso(match, how) if match else _java(text, how) or _rfc2822(text, how) or _spoken(text, how, now)
    return moment if moment and possible(moment, now) else None


def _iso(match: re.Match[str], how: str) -> Moment:
    day, hour, minute, second, fraction, zone = match.groups()
    if hour is None:
        return Moment(day, "day", how)
    zone = {"UTC": "Z", "GMT": "Z", "IST": "+05:30", None: "+05:30"}.get(zone and zone.upper(), zone or "")
    if len(zone) == 5:
        zone = f"{zone[:3]}:{zone[3:]}"
    clock = f"{int(hour):02}:{minute}:{second or '00'}{fraction or ''}"
    return Moment(f"{day}T{clock}{zone}", "second" if second else "minute", how)


def _java(text: str, how: str) -> Moment | None:
    """`Fri Apr 28 19:20:36 IST 2023`, as Java prints a Date."""
    if not (found := _JAVA.match(text.strip())):
        return None
    day = _spoken(f"{found['day']} {found['month']} {found['year']}", how, datetime.max.replace(tzinfo=UTC))
    zone = "+05:30" if found["zone"] == "IST" else "Z"
    return Moment(f"{day.iso[:10]}T{found['clock']}{zone}", "second", how) if day else None


def _rfc2822(text: str, how: str) -> Moment | None:
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    if not re.search(r"[+-]\d{4}|GMT|UTC|Z\b", text) or not re.search(r"\d:\d\d", text):
        return None
    return Moment(when.replace(tzinfo=when.tzinfo or UTC).isoformat(), "second", how)


def _spoken(text: str, how: str, now: datetime) -> Moment | None:
    found = read_date(text[:LINE], now)
    return None if found is None or found.relative else Moment(found.iso, found.precision, how)


def possible(moment: Moment, now: datetime) -> bool:
    """Whether a page can be from then: not before the web, not past the day after tomorrow."""
    try:
        when = moment.instant
    except ValueError:
        return False
    return when.year >= 1990 and when <= now + timedelta(days=2)
