"""The data of a chart: periods of days on the x axis, series of values over them, shaded gaps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

PeriodUnit = Literal["day", "week", "month"]
DAY = timedelta(days=1)
# Days between the ends of a range up to which its periods are days, or weeks. Chosen by hand, not
# measured.
_MAX_DAYS_DAILY, _MAX_DAYS_WEEKLY = 100, 800


# What a gap is; an imported archive has simply no data there.
CRAWL_GAP, NO_DATA = "क्रॉल में अंतराल · gap in the crawl", "कोई लेख नहीं · no data"
MAX_COMPARED = 6  # series of a comparison, each of which has a colour


@dataclass(frozen=True, slots=True)
class ChartPeriod:
    """The days from `first` to `last`, both included."""

    first: date
    last: date

    def days(self) -> list[date]:
        return date_range(self.first, self.last)


@dataclass(frozen=True, slots=True)
class Series:
    """One value for each period; at None a line is interrupted."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart, ready to be drawn.

    `subtitle`: the query and its filters; `note`: the date it was drawn; `gaps`: (first, last) day
    of each; `open_from`: the first day that is not over yet.
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
    gap_name: str = CRAWL_GAP
    # the top of the y axis where it is fixed (100 for a percentage); None: from the values
    y_max: float | None = field(default=None)


def date_range(first: date, last: date) -> list[date]:
    """Returns every day from first to last, both included."""
    return [first + offset * DAY for offset in range((last - first).days + 1)]


def make_periods(
    first: date, last: date, unit: PeriodUnit | None = None
) -> tuple[ChartPeriod, ...]:
    """Divides a range into days, weeks (Monday to Sunday) or months; by default by its length.

    The first and the last period may be shorter.
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
    """The last day of the day's period. The 28th plus 4 days is always in the next month."""
    if unit == "day":
        return day
    if unit == "week":
        return day + (6 - day.weekday()) * DAY
    return (day.replace(day=28) + 4 * DAY).replace(day=1) - DAY


def sum_by_period(
    counts: Mapping[date, int], buckets: Iterable[ChartPeriod], gaps: frozenset[date]
) -> tuple[float | None, ...]:
    """Returns the sum of each period; None for one that is entirely in a gap."""
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
    """Returns hits per 1,000 articles for each period; None for one without articles.

    Days in a gap are left out of both hits and totals.
    """
    rates: list[float | None] = []
    for bucket in buckets:
        crawled_days = [day for day in bucket.days() if day not in gaps]
        total = sum(totals.get(day, 0) for day in crawled_days)
        rates.append(
            1000 * sum(hits.get(day, 0) for day in crawled_days) / total if total else None
        )
    return tuple(rates)
