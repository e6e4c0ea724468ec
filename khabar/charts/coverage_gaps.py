"""Which days the crawl missed. A gap is shaded in a chart and never drawn as a fall. Pure.

A day is missed when no crawl ran on it and it holds under half of what is usual, or when it lies in
a stretch of days so far under the usual that chance is no likely reason. Usual is learned from the
days around that hold something.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby

from khabar.archive.health.baselines import chance_of_so_quiet

NEIGHBOUR_DAYS = 14  # days with articles on each side that tell what is usual
LOW_SHARE = 0.25  # of the usual: a day above it is no part of a stretch
MAX_CHANCE = 0.001
DAY = timedelta(days=1)


def find_gap_days(
    counts: Mapping[date, int], days: Sequence[date], crawl_days: Collection[date]
) -> frozenset[date]:
    """The missed ones of consecutive `days`. `counts`: articles per day; `crawl_days`: days on
    which a crawl ran.

    Before the first crawl and after the last nothing is known of crawls (imports, old sitemaps):
    only counts speak.
    """
    baselines = {day: _local_baseline(counts, days, index) for index, day in enumerate(days)}
    low_days = [
        day
        for day in days
        if counts.get(day, 0) < LOW_SHARE * baselines[day][0] / baselines[day][1]
    ]
    outlier_days = {
        day
        for day_run in _consecutive_runs(low_days)
        if _is_improbable(day_run, counts, baselines[day_run[0]])
        for day in day_run
    }
    idle_days = [
        day
        for day in days
        if crawl_days and min(crawl_days) < day < max(crawl_days) and day not in crawl_days
    ]
    return frozenset(
        outlier_days
        | {
            day
            for day in idle_days
            if counts.get(day, 0) < baselines[day][0] / baselines[day][1] / 2
        }
    )


def to_day_ranges(days: Collection[date]) -> list[tuple[date, date]]:
    """Days as stretches (first, last), both included."""
    return [(day_run[0], day_run[-1]) for day_run in _consecutive_runs(sorted(days))]


def _local_baseline(
    counts: Mapping[date, int], days: Sequence[date], index: int
) -> tuple[int, int]:
    """(articles, days) around a day: as many days as it takes to meet AROUND with articles on
    each side.
    """
    before, after = (
        _collect_neighbours(counts, reversed(days[:index])),
        _collect_neighbours(counts, days[index + 1 :]),
    )
    neighbours = [*before, *after]
    return sum(counts.get(day, 0) for day in neighbours), max(1, len(neighbours))


def _collect_neighbours(counts: Mapping[date, int], days: Iterable[date]) -> list[date]:
    """The days up to the AROUNDth with articles; the silent ones after the last with any do not
    count.
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
    offset_groups = groupby(enumerate(days), key=lambda pair: pair[1] - pair[0] * DAY)
    return [[day for _, day in group] for _, group in offset_groups]


def _is_improbable(
    day_run: Sequence[date], counts: Mapping[date, int], baseline: tuple[int, int]
) -> bool:
    return (
        chance_of_so_quiet(sum(counts.get(day, 0) for day in day_run), len(day_run), *baseline)
        < MAX_CHANCE
    )
