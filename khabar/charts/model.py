"""What a chart shows: periods of days on the x axis, series over them, gaps that are shaded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

PeriodUnit = Literal["day", "week", "month"]
DAY = timedelta(days=1)
_MAX_DAYS_DAILY, _MAX_DAYS_WEEKLY = 100, 800


@dataclass(frozen=True, slots=True)
class ChartPeriod:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    def days(self) -> list[date]:
        return date_range(self.first, self.last)


@dataclass(frozen=True, slots=True)
class Series:
    """A value per period; None where there is none, and a line breaks there."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """`subtitle`: the query and what narrows it. `note`: the date it was drawn. `open_from`: the
    first day not yet over.
    """

    title: str
    subtitle: str
    note: str
    unit: str
    kind: Literal["line", "bars"]
    periods: tuple[ChartPeriod, ...]
    series: tuple[Series, ...]
    gaps: tuple[tuple[date, date], ...] = ()
    open_from: date | None = None
    # the top of the y axis, when it is known (100 of a share)
    y_max: float | None = field(default=None)


def date_range(first: date, last: date) -> list[date]:
    """Every day from first to last, both included."""
    return [first + offset * DAY for offset in range((last - first).days + 1)]


def make_periods(
    first: date, last: date, unit: PeriodUnit | None = None
) -> tuple[ChartPeriod, ...]:
    """The range in days, weeks (Monday to Sunday) or months; without a word by its length. The
    ends may be cut.
    """
    length = (last - first).days
    unit = unit or (
        "day" if length <= _MAX_DAYS_DAILY else "week" if length <= _MAX_DAYS_WEEKLY else "month"
    )
    buckets: list[ChartPeriod] = []
    start = first
    while start <= last:
        end = min(last, _period_end(start, unit))
        buckets.append(ChartPeriod(start, end))
        start = end + DAY
    return tuple(buckets)


def _period_end(day: date, unit: PeriodUnit) -> date:
    if unit == "day":
        return day
    if unit == "week":
        return day + (6 - day.weekday()) * DAY
    return (day.replace(day=28) + 4 * DAY).replace(day=1) - DAY


def sum_by_period(
    counts: Mapping[date, int], buckets: Iterable[ChartPeriod], gaps: frozenset[date]
) -> tuple[float | None, ...]:
    """The sum of each period; None for one that lies wholly in a gap."""
    return tuple(
        None if gaps.issuperset(bucket.days()) else sum(counts.get(day, 0) for day in bucket.days())
        for bucket in buckets
    )


def per_thousand(
    hits: Mapping[date, int],
    totals: Mapping[date, int],
    buckets: Iterable[ChartPeriod],
    gaps: frozenset[date],
) -> tuple[float | None, ...]:
    """Hits in 1,000 articles held, by period. Days in a gap count on neither side; None where
    nothing is held.
    """
    rates: list[float | None] = []
    for bucket in buckets:
        crawled_days = [day for day in bucket.days() if day not in gaps]
        total = sum(totals.get(day, 0) for day in crawled_days)
        rates.append(
            1000 * sum(hits.get(day, 0) for day in crawled_days) / total if total else None
        )
    return tuple(rates)
