"""What a chart shows: periods of days on the x axis, series over them, gaps that are shaded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

By = Literal["day", "week", "month"]
DAY = timedelta(days=1)
_DAYS_BY_DAY, _DAYS_BY_WEEK = 100, 800


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    def days(self) -> list[date]:
        return days(self.first, self.last)


@dataclass(frozen=True, slots=True)
class Series:
    """A value per period; None where there is none, and a line breaks there."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """`told`: the query and what narrows it. `note`: the date it was drawn. `open_from`: the first day not yet over."""

    title: str
    told: str
    note: str
    unit: str
    kind: Literal["line", "bars"]
    periods: tuple[Period, ...]
    series: tuple[Series, ...]
    gaps: tuple[tuple[date, date], ...] = ()
    open_from: date | None = None
    most: float | None = field(default=None)  # the top of the y axis, when it is known (100 of a share)


def days(first: date, last: date) -> list[date]:
    """Every day from first to last, both included."""
    return [first + number * DAY for number in range((last - first).days + 1)]


def periods(first: date, last: date, by: By | None = None) -> tuple[Period, ...]:
    """The range in days, weeks (Monday to Sunday) or months; without a word by its length. The ends may be cut."""
    length = (last - first).days
    by = by or ("day" if length <= _DAYS_BY_DAY else "week" if length <= _DAYS_BY_WEEK else "month")
    found: list[Period] = []
    start = first
    while start <= last:
        end = min(last, _end(start, by))
        found.append(Period(start, end))
        start = end + DAY
    return tuple(found)


def _end(day: date, by: By) -> date:
    if by == "day":
        return day
    if by == "week":
        return day + (6 - day.weekday()) * DAY
    return (day.replace(day=28) + 4 * DAY).replace(day=1) - DAY


def counted(held: Mapping[date, int], cut: Iterable[Period], gaps: frozenset[date]) -> tuple[float | None, ...]:
    """The sum of each period; None for one that lies wholly in a gap."""
    return tuple(None if gaps.issuperset(one.days()) else sum(held.get(day, 0) for day in one.days()) for one in cut)


def per_thousand(
    hits: Mapping[date, int], held: Mapping[date, int], cut: Iterable[Period], gaps: frozenset[date]
) -> tuple[float | None, ...]:
    """Hits in 1,000 articles held, by period. Days in a gap count on neither side; None where nothing is held."""
    found: list[float | None] = []
    for one in cut:
        seen = [day for day in one.days() if day not in gaps]
        base = sum(held.get(day, 0) for day in seen)
        found.append(1000 * sum(hits.get(day, 0) for day in seen) / base if base else None)
    return tuple(found)
