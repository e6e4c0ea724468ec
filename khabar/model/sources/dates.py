"""Archive sitemaps named by their day: `news-{year}-{month:02}-{day:02}.xml` spelt out for a
range of days. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from string import Formatter

from khabar.hindi.dates import IST

_PARTS = ("year", "month", "day")  # a template names the first one, two or three of them, or none
_WIDTHS = {"year": ("",), "month": ("", "02"), "day": ("", "02")}


def expand_template(template: str, from_: date, to: date) -> Iterator[str]:
    """The addresses of the years, months or days that touch `from_`…`to` (both included), oldest
    first.

    A template without parts stands for itself, once, whatever the range.
    """
    parts = template_fields(template)
    if not parts:
        yield template
        return
    for day in _period_starts(parts[-1], from_, to):
        yield template.format(year=day.year, month=day.month, day=day.day)


def template_fields(template: str) -> tuple[str, ...]:
    """The parts of a date a template names, greatest first; ValueError where it is no template."""
    fields = [
        (name, spec or "") for _, name, spec, _ in Formatter().parse(template) if name is not None
    ]
    for name, spec in fields:
        if spec not in _WIDTHS.get(name, ()):
            known_forms = "{year} {month} {day}, the last two also as {month:02} {day:02}"
            raise ValueError(f"{{{name}{':' * bool(spec)}{spec}}} is none of {known_forms}")
    return _check_fields(tuple(part for part in _PARTS if part in {name for name, _ in fields}))


def _check_fields(parts: tuple[str, ...]) -> tuple[str, ...]:
    if parts != _PARTS[: len(parts)]:
        raise ValueError(
            f"{{{parts[-1]}}} needs {' and '.join(f'{{{part}}}' for part in _PARTS if part not in parts)} too"
        )
    return parts


def _period_starts(part: str, from_: date, to: date) -> Iterator[date]:
    """The first days of the years or months, or the days themselves, that touch the range."""
    day = {"year": from_.replace(month=1, day=1), "month": from_.replace(day=1), "day": from_}[part]
    while day <= to:
        yield day
        day = _next_period(part, day)


def _next_period(part: str, day: date) -> date:
    if part == "year":
        return day.replace(year=day.year + 1)
    if part == "month":
        return (day + timedelta(days=31)).replace(day=1)
    return day + timedelta(days=1)


# --- the day an address tells: a source's own rule, a pattern whose named groups are the parts of a
# date. Pure ---


DAY_GROUPS, EPOCH_GROUPS = frozenset({"year", "month", "day"}), frozenset({"epoch_ms"})


def date_from_url(rule: str, url: str) -> date | None:
    """The Indian day `rule` finds in a URL; None when it finds none, or one no calendar has."""
    match = re.search(rule, url)
    groups = {name: text for name, text in match.groupdict().items() if text} if match else {}
    try:
        if groups.keys() >= EPOCH_GROUPS:
            return datetime.fromtimestamp(int(groups["epoch_ms"]) / 1000, IST).date()
        if groups.keys() >= DAY_GROUPS:
            year, month, day = (int(groups[name]) for name in ("year", "month", "day"))
            return date(year + (2000 if year < 100 else 0), month, day)
    except (ValueError, OverflowError, OSError):
        pass  # a month 13, a moment beyond the calendar: numbers like any other
    return None


def check_date_rule(rule: str) -> str | None:
    """What is wrong with a rule that compiles: its groups must be those of a day, or of a
    moment.
    """
    groups = frozenset(re.compile(rule).groupindex)
    return (
        None
        if groups in (DAY_GROUPS, EPOCH_GROUPS)
        else "must name (?P<year>) (?P<month>) (?P<day>), or (?P<epoch_ms>)"
    )
