"""Timestamp parsing: converts a date in any format found on pages to ISO 8601 with its offset."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from khabar.hindi.dates import parse_date
from khabar.hindi.india_time import IST, parse_iso_india

Precision = Literal["second", "minute", "day"]
# The limits below were chosen by hand, not measured.
MAX_DATE_LINE = 160  # characters: longer text merely mentions dates
_MIN_YEAR = 1990  # before the web
_MAX_AHEAD = timedelta(days=2)  # a page fetched now may carry a date this far in the future
# Seconds or milliseconds since 1970: bare, in /Date(…)/, in new Date(…) or after @.
_EPOCH = re.compile(
    r"(?:\\?/?(?:new\s)?Date\(|@)?[\"']?(?P<number>\d{9,10}|\d{12,13})(?:\.\d{1,9})?[\"']?"
    r"(?:[+-]\d{4})?\)?\\?/?"
)
_BASIC_DATE = re.compile(  # 20261128T181500+0530, 20261128181500
    r"(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)"
    r"(?:[T\s]?(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?)?(?P<rest>\D.{0,20})?"
)
_ZONE = r"\(?(?:Z|UTC|GMT|IST|(?:UTC|GMT)?[+-]\d{1,2}(?:[:.]?\d{2})?)\)?"
_ISO_DATE = re.compile(
    r"(?P<year>\d{4})(?P<mark>[-/._])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})"
    r"(?:[T\s_,|;/-]{1,5}(?P<hour>\d{1,2})(?P<colon>[:.-])(?P<minute>\d{2})"
    r"(?:(?P=colon)(?P<second>\d{2})(?P<fraction>[.,:]\d{1,9})?)?"
    rf"\s{{0,3}}(?P<zone>{_ZONE})?(?:\[[\w/]{{1,40}}\])?)?",
    re.I,
)
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—−"), "-")
# Java's Date.toString() and C's ctime(): Fri Apr 28 19:20:36 IST 2023
_JAVA_DATE = re.compile(
    r"\w{3} (?P<month>\w{3}) {1,2}(?P<day>\d{1,2}) (?P<clock>\d\d:\d\d:\d\d)"
    r"(?P<zone> (?:IST|(?:GMT|UTC)?(?:[+-]\d\d:?\d\d)?))? (?P<year>\d{4})"
)
# A year of two digits, beside the name of a month and a time: Saturday, 28-Nov-26 18:15:00 IST
_SHORT_YEAR = re.compile(r"\b(\d{1,2})([- ])([A-Za-z]{3,9})\2(\d\d)(?=[T ]\d{1,2}:\d\d)")
_NAMED_OFFSET = re.compile(r"\b(?:GMT|UTC)\s{0,3}([+-])(\d{1,2})(?:[:.]?(\d{2}))?\b", re.I)


@dataclass(frozen=True, slots=True)
class Timestamp:
    """A date or time from a page: ISO 8601 (`YYYY-MM-DD` for precision `day`), the kind of source
    it comes from, whether a label on the page says what it is, and whether the page gives the zone
    of the time (otherwise it is taken as Indian).
    """

    iso: str
    precision: Precision
    origin: str
    has_label: bool = False
    has_zone: bool = False

    @property
    def instant(self) -> datetime:
        """The time as an aware datetime, for comparing; for a day its midnight in India."""
        return parse_iso_india(self.iso)


def parse_timestamp(text: str | None, origin: str, now: datetime) -> Timestamp | None:
    """Parses a date in ISO 8601, as seconds or milliseconds since 1970, or as Java, JavaScript,
    PHP, e-mail or Hindi pages write it; a time without an offset is Indian (+05:30). None if it
    cannot be parsed or is not plausible.
    """
    text = (text or "")[:MAX_DATE_LINE].translate(_DASHES).strip()
    if not text:
        return None
    if epoch := _EPOCH.fullmatch(text):
        timestamp = _parse_epoch(epoch["number"], origin)
        if is_plausible(timestamp, now):
            return timestamp  # else it may be a date in ISO 8601's basic format
    match = _ISO_DATE.fullmatch(_expand_basic_date(text))
    parsed = _parse_iso(match, origin) if match else _parse_text_date(text, origin, now)
    return parsed if parsed and is_plausible(parsed, now) else None


def _parse_epoch(number: str, origin: str) -> Timestamp:
    seconds = int(number) // (1000 if len(number) > 10 else 1)
    return Timestamp(
        datetime.fromtimestamp(seconds, IST).isoformat(), "second", origin, has_zone=True
    )


def _expand_basic_date(text: str) -> str:
    """Adds the separators to ISO 8601's basic format; returns any other text unchanged. Eight
    digits without a time can be any number.
    """
    match = _BASIC_DATE.fullmatch(text)
    if not match or match.end("day") == len(text):
        return text
    clock = ":".join(filter(None, match.group("hour", "minute", "second")))
    day = "-".join(match.group("year", "month", "day"))
    return f"{day}{'T' if clock else ''}{clock}{match['rest'] or ''}"


def _parse_iso(match: re.Match[str], origin: str) -> Timestamp:
    day = f"{match['year']}-{int(match['month']):02}-{int(match['day']):02}"
    if match["hour"] is None:
        return Timestamp(day, "day", origin)
    fraction = f".{match['fraction'][1:]}" if match["fraction"] else ""
    clock = f"{int(match['hour']):02}:{match['minute']}:{match['second'] or '00'}{fraction}"
    return Timestamp(
        f"{day}T{clock}{_format_zone(match['zone'] or 'IST')}",
        "second" if match["second"] else "minute",
        origin,
        has_zone=match["zone"] is not None,
    )


def _format_zone(zone: str) -> str:
    """Formats a zone as ISO 8601 does: Z, +05:30."""
    if offset := re.search(r"([+-])(\d{1,2})[:.]?(\d{2})?\b", zone):
        return f"{offset[1]}{int(offset[2]):02}:{offset[3] or '00'}"
    return "+05:30" if "IST" in zone.upper() else "Z"


def _parse_text_date(text: str, origin: str, now: datetime) -> Timestamp | None:
    if match := _JAVA_DATE.fullmatch(text):
        text = "{day} {month} {year} {clock}{zone}".format(**match.groupdict(default=""))
    text = _NAMED_OFFSET.sub(
        lambda offset: f" {offset[1]}{int(offset[2]):02}{offset[3] or '00'}",
        _SHORT_YEAR.sub(r"\1 \3 20\4", text),
    )
    result = parse_date(text, now)
    if result is None or result.relative:
        return None
    return Timestamp(result.iso, result.precision, origin, has_zone=result.has_zone)


def is_plausible(timestamp: Timestamp, now: datetime) -> bool:
    """Whether a page can have this date: not before 1990, not over two days after `now`."""
    try:
        date_time = timestamp.instant
    except ValueError:
        return False
    return date_time.year >= _MIN_YEAR and date_time <= now + _MAX_AHEAD
