"""Converts and formats ISO 8601 times in Indian Standard Time. A time without an offset is taken as
IST.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

IST = timezone(timedelta(hours=5, minutes=30))
_MONTHS = "जनवरी फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर".split()
_DATE_LENGTH = len("2025-11-07")


def parse_iso_india(text: str) -> datetime:
    """Parses an ISO 8601 time. Without an offset it is IST; a date alone is 00:00 IST. Raises
    ValueError.
    """
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=IST)


def to_india_time(text: str) -> datetime:
    """Parses an ISO 8601 time and converts it to IST. Raises ValueError."""
    return parse_iso_india(text).astimezone(IST)


def to_india_date(text: str | None) -> str | None:
    """Returns the day of a time in IST, as YYYY-MM-DD. A date alone, None and "" are returned
    unchanged.
    """
    return to_india_time(text).date().isoformat() if text and len(text) > _DATE_LENGTH else text


def format_english_time(text: str | None, *, short: bool = False) -> str:
    """Formats as '7 Nov 2025, 13:09 IST', or short '7 Nov 2025 13:09'. A date alone is unchanged;
    None is ''.
    """
    if not text or len(text) <= _DATE_LENGTH:
        return text or ""
    return (
        f"{to_india_time(text):%-d %b %Y %H:%M}"
        if short
        else f"{to_india_time(text):%-d %b %Y, %H:%M} IST"
    )


def format_hindi_time(text: str | None) -> str:
    """Formats a time as '7 नवंबर 2025, 22:15 IST', a date alone as '7 नवंबर 2025'. Other text is
    unchanged.
    """
    if not text:
        return ""
    try:
        if len(text) == _DATE_LENGTH:
            return format_hindi_date(date.fromisoformat(text))
        return f"{format_hindi_date(india_time := to_india_time(text))}, {india_time:%H:%M} IST"
    except ValueError:
        return text


def format_hindi_month(month: str) -> str:
    """Formats a month (YYYY-MM) as 'नवंबर 2025'."""
    year, _, number = month.partition("-")
    return f"{_MONTHS[int(number) - 1]} {year}"


def format_hindi_date(day: date) -> str:
    """Formats a date as '7 नवंबर 2025'."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
