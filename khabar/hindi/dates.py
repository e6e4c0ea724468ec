"""Parses dates as Hindi pages write them: 7 नवंबर 2025, रात 10:15 बजे · Fri, 07 Nov 2025 10:15 PM
(IST) · 2 घंटे पहले.

The day precedes the month, unless only the month can be first (11/28/2026). IST is +05:30 (not
Israel). Devanagari digits are accepted. A time without a zone is in IST.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from khabar.hindi.india_time import IST
from khabar.hindi.text import simplify_text

Precision = Literal["second", "minute", "day"]


@dataclass(frozen=True, slots=True)
class ParsedDate:
    """A date in ISO 8601: with an offset if the text gives a time, otherwise a day only.

    `relative`: counted back from `now` (2 घंटे पहले). Its precision is "minute" for seconds,
    minutes and hours, "day" for larger units. `has_zone`: the text gives the zone of its time.
    """

    iso: str
    precision: Precision
    relative: bool = False
    has_zone: bool = field(default=False, compare=False)


_MONTHS = (
    "जनवरी जन january jan",
    "फरवरी फर february feb",
    "मार्च march mar",
    "अप्रैल अप्रेल अप्र april apr",
    "मई may",
    "जून june jun",
    "जुलाई जुल july jul",
    "अगस्त अग august aug",
    "सितंबर सितम्बर सितं सित september sept sep",
    "अक्टूबर अक्तूबर अक्टू अक्तू october oct",
    "नवंबर नवम्बर नवं नव november nov",
    "दिसंबर दिसम्बर दिसं दिस december dec",
)
_MONTH_NUMBERS = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
MONTH_NAMES = "|".join(sorted(_MONTH_NUMBERS, key=len, reverse=True))
_MONTH = rf"(?P<month>{MONTH_NAMES})(?![^\W\d_]|[\u0900-\u0963])[.॰]?"
_YEAR = r"(?P<year>(?:19|20)\d\d)(?!\d)"
_DAY = r"(?<![\d.:/])(?P<day>\d{1,2})"
_DATE_PATTERNS = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        r"(?<![\d/.-])(?P<year>(?:19|20)\d\d)(?P<mark>[-/.])(?P<number>\d{1,2})(?P=mark)"
        r"(?P<day>\d{1,2})(?!\d)",
        rf"{_DAY}(?:st|nd|rd|th)?[\s,\-]*(?:of\s+)?{_MONTH}[\s,\-]*{_YEAR}",
        rf"(?<![^\W\d_]){_MONTH}\s*(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s*[,\s]\s*{_YEAR}",
        rf"{_DAY}(?P<mark>[/.\-])(?P<number>\d{{1,2}})(?P=mark){_YEAR}",
    )
)
_DAY_PART = r"(?:(?:आज\s+)?(?:देर\s+)?(?P<part>सुबह|प्रातः?|तडके|दोपहर|शाम|सायं|रात|रात्रि))"
_AM_PM = r"(?P<half>[ap]\.?\s?m\b\.?|एएम|पीएम|पूर्वाह्न|अपराह्न)"
_CLOCK = r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d\d)(?:[:.](?P<second>\d\d)(?:[.,]\d+)?)?)?(?!\d)"
_ZONE = (
    r"(?P<zone>\(?\s*(?:IST\b|आईएसटी|Z(?![^\W_])"
    r"|(?:UTC|GMT)?\s*[+-](?:0?\d|1[0-4])[:.]?[0-5]\d(?!\d)|UTC\b|GMT\b)\s*\)?)"
)
_TIME = (
    rf"(?:{_DAY_PART}\s*(?:के|को)?\s*)?{_CLOCK}\s*(?:{_AM_PM})?\s*(?P<oclock>बजे|बजकर)?"
    rf"(?:\s*{_ZONE})?"
)
_TIME_AFTER = re.compile(rf"(?:[\s,|।()–:：-]|\bat\b|(?<=\d)T|को|समय)*?{_TIME}", re.I)
_TIME_BEFORE = re.compile(rf"(?<![\d:.]){_TIME}(?:[\s,|()–-]|\bon\b)*$", re.I)
_MAX_TIME_LENGTH = 40  # characters of a time and what separates it from its date; not measured


def parse_date(text: str, now: datetime | None = None) -> ParsedDate | None:
    """Returns the first date in a text, or None. Relative dates count back from `now`; without
    `now` they are ignored. कल is never a date, because it means both yesterday and tomorrow.
    """
    return next(iter(find_dates(text, now)), None)


def find_dates(text: str, now: datetime | None = None) -> list[ParsedDate]:
    """Returns all dates in a text, in order. Impossible dates (31 फरवरी) are ignored."""
    text = simplify_text(text)
    matches = [*_find_absolute_dates(text), *(_find_relative_dates(text, now) if now else ())]
    return [value for _, value in sorted(matches, key=lambda match: match[0])]


def _find_absolute_dates(text: str) -> list[tuple[int, ParsedDate]]:
    matches = sorted(
        (match for date_pattern in _DATE_PATTERNS for match in date_pattern.finditer(text)),
        key=lambda match: match.start(),
    )
    dates: list[tuple[int, ParsedDate]] = []
    end = 0
    for index, match in enumerate(matches):
        day = _build_day(match)
        if match.start() < end or day is None:
            continue
        next_start = next(
            (other.start() for other in matches[index + 1 :] if other.start() >= match.end()),
            len(text),
        )
        time = _find_time(text, end, match, next_start)
        end = match.end()
        dates.append((match.start(), _build_date(day, time)))
    return dates


def _build_day(match: re.Match[str]) -> date | None:
    parts = match.groupdict()
    day = int(parts["day"])
    month = int(parts["number"]) if parts.get("number") else _MONTH_NUMBERS[parts["month"].lower()]
    if month > 12 >= day:
        day, month = month, day
    try:
        return date(int(parts["year"]), month, day)
    except ValueError:
        return None


def _find_time(text: str, start: int, day: re.Match[str], end: int) -> re.Match[str] | None:
    """Returns the match of the time right after the date, else right before it."""
    behind = _TIME_AFTER.match(text[: min(end, day.end() + _MAX_TIME_LENGTH)], day.end())
    if behind and _is_time(behind):
        return behind
    before = _TIME_BEFORE.search(text[: day.start()], max(start, day.start() - _MAX_TIME_LENGTH))
    return before if before and _is_time(before) else None


def _is_time(match: re.Match[str]) -> bool:
    """Returns whether a match is a time: it needs minutes or a marker (रात 10 बजे, 10 PM) and a
    valid range.
    """
    is_explicit = match["half"] or match["oclock"]
    clock = [int(match[part] or 0) for part in ("hour", "minute", "second")]
    return bool((match["minute"] or is_explicit) and clock < [24] and max(clock[1:]) < 60)


def _build_date(day: date, time: re.Match[str] | None) -> ParsedDate:
    if time is None:
        return ParsedDate(day.isoformat(), "day")
    clock = f"{_resolve_hour(time):02}:{int(time['minute'] or 0):02}:{int(time['second'] or 0):02}"
    precision: Precision = "second" if time["second"] else "minute"
    iso = f"{day.isoformat()}T{clock}{_parse_offset(time['zone'] or 'IST')}"
    return ParsedDate(iso, precision, has_zone=bool(time["zone"]))


def _resolve_hour(time: re.Match[str]) -> int:
    """Returns the hour (0–24) by AM/PM, else by the part of the day: रात 1 बजे is 01:00, रात 10 बजे
    is 22:00.
    """
    hour = int(time["hour"])
    am_pm, day_part = (time["half"] or "").lower(), time["part"] or ""
    if am_pm:
        afternoon = am_pm.startswith(("p", "पीएम", "अप"))
    elif day_part in ("शाम", "सायं"):
        afternoon = True
    # Hours of these parts of the day as in common use; cases in tests/test_hindi_dates.py.
    elif day_part == "दोपहर":
        afternoon = hour < 10 or hour == 12
    elif day_part.startswith("रात"):
        afternoon = 6 <= hour < 12
    else:
        return hour % 12 if day_part and hour == 12 else hour
    return hour % 12 + 12 * afternoon if hour <= 12 else hour


def _parse_offset(zone: str) -> str:
    match = re.search(r"([+-])(\d{1,2})[:.]?(\d\d)", zone)
    if match:
        return f"{match[1]}{int(match[2]):02}:{match[3]}"
    return "+05:30" if re.search("IST|आईएसटी", zone, re.I) else "+00:00"


_RELATIVE_DATE = re.compile(
    r"(?:(?P<count>\d{1,3}|एक|दो|तीन|चार|पांच|an?|one|few|कुछ(?:\s+ही)?)\s*)"
    r"(?P<unit>सेकंड|सेकेंड|क्षण|पल|देर|मिनट|मि(?=\s)|घंटे|घंटा|घंटों|घण्टे|दिन|दिनों|हफ्ते|हफ्ता|सप्ताह|महीने|महीना|माह|साल|वर्ष"
    r"|sec(?:ond)?s?|min(?:ute)?s?|h(?:(?:ou)?rs?)?|days?|weeks?|months?|years?)\s+(?:पहले|पूर्व|\bago\b)",
    re.I,
)
_COUNTS = {"एक": 1, "a": 1, "an": 1, "one": 1, "दो": 2, "तीन": 3, "चार": 4, "पांच": 5}
_UNITS: tuple[tuple[str, timedelta], ...] = (
    ("सेक sec क्षण पल देर", timedelta(0)),
    ("मि min", timedelta(minutes=1)),
    ("घं घण् h", timedelta(hours=1)),
    ("दिन day", timedelta(days=1)),
    ("हफ् सप् week", timedelta(weeks=1)),
    ("मह माह month", timedelta(days=30)),
    ("साल वर् year", timedelta(days=365)),
)


def _find_relative_dates(text: str, now: datetime) -> list[tuple[int, ParsedDate]]:
    return [
        (match.start(), relative_date)
        for match in _RELATIVE_DATE.finditer(text)
        if (relative_date := _build_relative_date(match, now)) is not None
    ]


def _build_relative_date(match: re.Match[str], now: datetime) -> ParsedDate | None:
    """Returns None for an unknown amount (कुछ दिन पहले, few weeks ago), except of moments: these
    are now.
    """
    word, unit = match["count"].lower(), match["unit"].lower()
    step = next(length for starts, length in _UNITS if unit.startswith(tuple(starts.split())))
    count = int(word) if word.isdecimal() else _COUNTS.get(word)
    if count is None and step:
        return None
    when = now.astimezone(IST) - (count or 0) * step
    if step >= timedelta(days=1):
        return ParsedDate(when.date().isoformat(), "day", relative=True)
    return ParsedDate(
        when.isoformat(timespec="minutes")[:16] + ":00+05:30", "minute", relative=True
    )


_URL_DATES = (
    re.compile(r"/(?P<year>20\d\d)/(?P<month>\d{1,2})/(?P<day>\d{1,2})(?=/|$)"),
    re.compile(r"(?<!\d)(?P<year>20\d\d)[-_](?P<month>\d{1,2})[-_](?P<day>\d{1,2})(?!\d)"),
    re.compile(r"(?<!\d)(?P<day>\d\d)[-_](?P<month>\d\d)[-_](?P<year>20\d\d)(?!\d)"),
    re.compile(r"(?<!\d)(?P<year>20\d\d)(?P<month>\d\d)(?P<day>\d\d)(?!\d)"),
    re.compile(r"(?<!\d)(?P<day>\d\d)(?P<month>\d\d)(?P<year>20\d\d)(?!\d)"),
)


def date_from_url(url: str) -> ParsedDate | None:
    """Returns the day in a URL's path (/2025/11/07/, -2025-11-07, 20251107, 07112025). None if
    there is no valid one.
    """
    address = re.split("[?#]", url, maxsplit=1)[0].partition("://")[2]
    path = address[address.find("/") :] if "/" in address else ""
    for date_pattern in _URL_DATES:
        for match in date_pattern.finditer(path):
            try:
                return ParsedDate(
                    date(int(match["year"]), int(match["month"]), int(match["day"])).isoformat(),
                    "day",
                )
            except ValueError:
                continue
    return None
