"""Dates in URLs: date templates of archive sitemaps (`news-{year}-{month:02}-{day:02}.xml`) and the
publication date in an article's URL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from string import Formatter

from khabar.hindi.india_time import IST

_PARTS = ("year", "month", "day")  # a template has the first one, two or three of them, or none
_WIDTHS = {"year": ("",), "month": ("", "02"), "day": ("", "02")}


def expand_template(template: str, from_: date, to: date) -> Iterator[str]:
    """Yields the URLs of the years, months or days that overlap `from_`…`to` (both included),
    oldest first.

    A template without date fields is yielded once, as it is.
    """
    parts = template_fields(template)
    if not parts:
        yield template
        return
    for day in _period_starts(parts[-1], from_, to):
        yield template.format(year=day.year, month=day.month, day=day.day)


def template_fields(template: str) -> tuple[str, ...]:
    """Returns the date fields of a template, largest unit first. Raises ValueError for an invalid
    template.
    """
    fields = [
        (name, spec or "") for _, name, spec, _ in Formatter().parse(template) if name is not None
    ]
    for name, spec in fields:
        if spec not in _WIDTHS.get(name, ()):
            known_forms = "{year} {month} {day}, the last two also as {month:02} {day:02}"
            raise ValueError(f"{{{name}{':' * bool(spec)}{spec}}} is none of {known_forms}")
    names = {name for name, _ in fields}
    parts = tuple(part for part in _PARTS if part in names)
    if parts != _PARTS[: len(parts)]:
        missing = " and ".join(f"{{{part}}}" for part in _PARTS if part not in parts)
        raise ValueError(f"{{{parts[-1]}}} needs {missing} too")
    return parts


def _period_starts(part: str, from_: date, to: date) -> Iterator[date]:
    """Yields the first days of the years or months, or the days, that overlap the range."""
    day = {"year": from_.replace(month=1, day=1), "month": from_.replace(day=1), "day": from_}[part]
    while day <= to:
        yield day
        if part == "year":
            day = day.replace(year=day.year + 1)
        elif part == "month":
            day = (day + timedelta(days=31)).replace(day=1)
        else:
            day += timedelta(days=1)


# --- the publication date in a URL, by a pattern of the source whose named groups are its parts ---

DAY_GROUPS, EPOCH_GROUPS = frozenset({"year", "month", "day"}), frozenset({"epoch_ms"})


def date_from_url(rule: str, url: str) -> date | None:
    """Returns the date (India) that the pattern `rule` finds in a URL; None if it finds none or an
    invalid date.
    """
    match = re.search(rule, url)
    groups = {name: text for name, text in match.groupdict().items() if text} if match else {}
    try:
        if groups.keys() >= EPOCH_GROUPS:
            return datetime.fromtimestamp(int(groups["epoch_ms"]) / 1000, IST).date()
        if groups.keys() >= DAY_GROUPS:
            year, month, day = (int(groups[name]) for name in ("year", "month", "day"))
            return date(year + (2000 if year < 100 else 0), month, day)
    except (ValueError, OverflowError, OSError):
        pass  # month 13, or a timestamp out of range: the digits are no date
    return None


def check_date_rule(rule: str) -> str | None:
    """Returns what is wrong with the groups of a valid pattern; None if they form a date or a
    timestamp.
    """
    groups = frozenset(re.compile(rule).groupindex)
    return (
        None
        if groups in (DAY_GROUPS, EPOCH_GROUPS)
        else "must name (?P<year>) (?P<month>) (?P<day>), or (?P<epoch_ms>)"
    )
