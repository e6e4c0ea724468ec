"""ISO 8601 times by India's clock and calendar, for comparing and for people; one without an offset is Indian."""

from __future__ import annotations

from datetime import date, datetime

from khabar.hindi.dates import IST

_MONTHS = "जनवरी फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर".split()
_DAY = len("2025-11-07")


def instant(text: str) -> datetime:
    """An ISO 8601 time with its offset; without one it is Indian, and a bare day is its first moment in India."""
    told = datetime.fromisoformat(text)
    return told if told.tzinfo else told.replace(tzinfo=IST)


def in_india(text: str) -> datetime:
    """The moment by India's clock."""
    return instant(text).astimezone(IST)


def day_in_india(text: str | None) -> str | None:
    """The day in Asia/Kolkata of a moment; a bare day is one already."""
    return in_india(text).date().isoformat() if text and len(text) > _DAY else text


def english_time(text: str | None, *, short: bool = False) -> str:
    """'7 Nov 2025, 13:09 IST', or short '7 Nov 13:09'; a bare day stays as it is, nothing is ''."""
    if not text or len(text) <= _DAY:
        return text or ""
    return f"{in_india(text):%-d %b %H:%M}" if short else f"{in_india(text):%-d %b %Y, %H:%M} IST"


def hindi_time(text: str | None) -> str:
    """'7 नवंबर 2025, 22:15 IST' of a time, '7 नवंबर 2025' of a bare day; anything else as it stands."""
    if not text:
        return ""
    try:
        if len(text) == _DAY:
            return hindi_day(date.fromisoformat(text))
        return f"{hindi_day(there := in_india(text))}, {there:%H:%M} IST"
    except ValueError:
        return text


def hindi_day(day: date) -> str:
    """'7 नवंबर 2025'."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
