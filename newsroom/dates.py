"""Dates as Hindi pages print them, in Indian time."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

IST = timezone(timedelta(hours=5, minutes=30))
EDITION_ONE = datetime(2026, 11, 2, 21, 30, tzinfo=IST)
EDITION_TWO = datetime(2026, 11, 3, 21, 30, tzinfo=IST)
MONTHS = "जनवरी फरवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर".split()
WEEKDAYS = "सोम मंगल बुध गुरु शुक्र शनि रवि".split()
# (hour before which it ends, part of the day)
_ENDS = ((4, "रात"), (12, "सुबह"), (16, "दोपहर"), (20, "शाम"), (24, "रात"))


def format_day(dt: datetime) -> str:
    """`29 अक्टूबर 2026`."""
    local = dt.astimezone(IST)
    return f"{local.day} {MONTHS[local.month - 1]} {local.year}"


def format_clock(dt: datetime) -> str:
    """`शाम 5:20 बजे`."""
    local = dt.astimezone(IST)
    part = next(name for end, name in _ENDS if local.hour < end)
    return f"{part} {local.hour % 12 or 12}:{local.minute:02} बजे"


def format_age(dt: datetime, now: datetime) -> str:
    """Returns the age relative to `now`: `3 दिन पहले`."""
    minutes = int((now - dt).total_seconds() // 60)
    if minutes < 60:
        return f"{max(minutes, 1)} मिनट पहले"
    return f"{minutes // 60} घंटे पहले" if minutes < 1440 else f"{minutes // 1440} दिन पहले"


def format_hindi_rfc(dt: datetime) -> str:
    """Returns a feed date as a Hindi CMS writes it: `गुरु, 29 अक्टूबर 2026 10:25:00 +0530`."""
    local = dt.astimezone(IST)
    return f"{WEEKDAYS[local.weekday()]}, {format_day(dt)} {local:%H:%M:%S} +0530"


def format_english_day(dt: datetime) -> str:
    """Returns `October 29, 2026`, as X prints it in its embed code, in UTC."""
    return f"{dt:%B} {dt.day}, {dt.year}"
