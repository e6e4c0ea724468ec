"""The day an address tells: a source's own rule, a pattern whose named groups are the parts of a date. Pure."""

from __future__ import annotations

import re
from datetime import date, datetime

from hindi.dates import IST

DAY, MOMENT = frozenset({"year", "month", "day"}), frozenset({"epoch_ms"})


def day_in(rule: str, url: str) -> date | None:
    """The Indian day `rule` finds in a URL; None when it finds none, or one no calendar has."""
    found = re.search(rule, url)
    told = {name: text for name, text in found.groupdict().items() if text} if found else {}
    try:
        if told.keys() >= MOMENT:
            return datetime.fromtimestamp(int(told["epoch_ms"]) / 1000, IST).date()
        if told.keys() >= DAY:
            year, month, day = (int(told[name]) for name in ("year", "month", "day"))
            return date(year + (2000 if year < 100 else 0), month, day)
    except (ValueError, OverflowError, OSError):
        pass  # a month 13, a moment beyond the calendar: numbers like any other
    return None


def fault(rule: str) -> str | None:
    """What is wrong with a rule that compiles: its groups must be those of a day, or of a moment."""
    groups = frozenset(re.compile(rule).groupindex)
    return None if groups in (DAY, MOMENT) else "must name (?P<year>) (?P<month>) (?P<day>), or (?P<epoch_ms>)"
