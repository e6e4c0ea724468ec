"""ISO 8601 times by India's clock and calendar, for comparing and for people; one without an
offset is Indian.
"""

from __future__ import annotations

from datetime import date, datetime

from khabar.hindi.dates import IST

_MONTHS = "जनवरी फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर".split()
_DATE_LENGTH = len("2025-11-07")


def parse_iso_india(text: str) -> datetime:
    """An ISO 8601 time with its offset; without one it is Indian, and a bare day is its first
    moment in India.
    """
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=IST)


def to_india_time(text: str) -> datetime:
    """The moment by India's clock."""
    return parse_iso_india(text).astimezone(IST)


def to_india_date(text: str | None) -> str | None:
    """The day in Asia/Kolkata of a moment; a bare day is one already."""
    return to_india_time(text).date().isoformat() if text and len(text) > _DATE_LENGTH else text


def format_english_time(text: str | None, *, short: bool = False) -> str:
    """'7 Nov 2025, 13:09 IST', or short '7 Nov 13:09'; a bare day stays as it is, nothing is ''."""
    if not text or len(text) <= _DATE_LENGTH:
        return text or ""
    return (
        f"{to_india_time(text):%-d %b %H:%M}"
        if short
        else f"{to_india_time(text):%-d %b %Y, %H:%M} IST"
    )


def format_hindi_time(text: str | None) -> str:
    """'7 नवंबर 2025, 22:15 IST' of a time, '7 नवंबर 2025' of a bare day; anything else as it
    stands.
    """
    if not text:
        return ""
    try:
        if len(text) == _DATE_LENGTH:
            return format_hindi_date(date.fromisoformat(text))
        return f"{format_hindi_date(india_time := to_india_time(text))}, {india_time:%H:%M} IST"
    except ValueError:
        return text


def format_hindi_date(day: date) -> str:
    """'7 नवंबर 2025'."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
