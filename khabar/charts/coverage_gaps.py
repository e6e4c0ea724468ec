"""Detects the days that the crawl missed, which charts shade as gaps. No I/O.

A day is missed when no crawl ran on it and it has under half of the baseline's articles, or when it
is in a run of days with so few articles that chance is an improbable reason. A day's baseline is
the mean of the days around it that have articles.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby

from khabar.archive.health.baselines import chance_of_so_quiet
from khabar.charts.model import DAY

# All four were chosen by hand, not measured.
NEIGHBOUR_DAYS = 14  # days with articles, on each side of a day, that make its baseline
LOW_SHARE = 0.25  # days below this share of their baseline make up the runs
MAX_CHANCE = 0.001  # a run is a gap when so few articles are less probable than this
IDLE_SHARE = 0.5  # a day without a crawl is a gap below this share of its baseline


def find_gap_days(
    counts: Mapping[date, int], days: Sequence[date], crawl_days: Collection[date]
) -> frozenset[date]:
    """Returns those of the consecutive `days` that the crawl missed.

    `counts`: articles per day; `crawl_days`: days on which a crawl ran. Before the first crawl and
    after the last one, days are judged by their counts alone: articles of those days come from
    imports and old sitemaps.
    """
    baselines = {day: _local_baseline(counts, days, index) for index, day in enumerate(days)}
    low_days = [
        day
        for day in days
        if counts.get(day, 0) < LOW_SHARE * baselines[day][0] / baselines[day][1]
    ]
    gap_days: set[date] = set()
    for day_run in _consecutive_runs(low_days):
        run_total = sum(counts.get(day, 0) for day in day_run)
        if chance_of_so_quiet(run_total, len(day_run), *baselines[day_run[0]]) < MAX_CHANCE:
            gap_days.update(day_run)
    idle_days = [
        day
        for day in days
        if crawl_days and min(crawl_days) < day < max(crawl_days) and day not in crawl_days
    ]
    gap_days.update(
        day
        for day in idle_days
        if counts.get(day, 0) < IDLE_SHARE * baselines[day][0] / baselines[day][1]
    )
    return frozenset(gap_days)


def to_day_ranges(days: Collection[date]) -> list[tuple[date, date]]:
    """Joins consecutive days into ranges (first, last), both included."""
    return [(day_run[0], day_run[-1]) for day_run in _consecutive_runs(sorted(days))]


def _local_baseline(
    counts: Mapping[date, int], days: Sequence[date], index: int
) -> tuple[int, int]:
    """Returns (articles, days) of a day's neighbourhood on both sides; days is at least 1."""
    neighbours = [
        *_collect_neighbours(counts, reversed(days[:index])),
        *_collect_neighbours(counts, days[index + 1 :]),
    ]
    return sum(counts.get(day, 0) for day in neighbours), max(1, len(neighbours))


def _collect_neighbours(counts: Mapping[date, int], days: Iterable[date]) -> list[date]:
    """Returns the first of `days` until NEIGHBOUR_DAYS of them have articles.

    Days without articles are among them, except after the last day with articles.
    """
    neighbours: list[date] = []
    pending: list[date] = []
    day_count = 0
    for day in days:
        pending.append(day)
        if counts.get(day, 0):
            neighbours, pending, day_count = neighbours + pending, [], day_count + 1
        if day_count == NEIGHBOUR_DAYS:
            break
    return neighbours


def _consecutive_runs(days: Sequence[date]) -> list[list[date]]:
    """Groups ascending days into runs of consecutive days, which share day minus position."""
    offset_groups = groupby(enumerate(days), key=lambda pair: pair[1] - pair[0] * DAY)
    return [[day for _, day in group] for _, group in offset_groups]
