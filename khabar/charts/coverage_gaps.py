"""Detects the days that the crawl missed, which charts shade as gaps. No I/O.

A day is missed when no crawl ran on it and it has under half of its baseline's articles, or when it
is in a series of consecutive days with so few articles that chance is unlikely (below MAX_CHANCE).
A day's baseline is the mean over the days around it, up to NEIGHBOUR_DAYS days with articles on
each side; empty days between them count. A series is tested as a whole against the baseline of its
first day.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby

from khabar.archive.health.baselines import probability_of_at_most_articles
from khabar.charts.model import DAY

# All four were chosen by hand, not measured.
NEIGHBOUR_DAYS = 14  # most days with articles on each side of a day in its baseline
LOW_SHARE = 0.25  # days below this share of their baseline make up the series
MAX_CHANCE = 0.001  # a series is a gap if so few articles are less probable than this
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
    for series in _group_consecutive(low_days):
        article_count = sum(counts.get(day, 0) for day in series)
        probability = probability_of_at_most_articles(
            article_count, len(series), *baselines[series[0]]
        )
        if probability < MAX_CHANCE:
            gap_days.update(series)
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
    return [(series[0], series[-1]) for series in _group_consecutive(sorted(days))]


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
    """Returns `days` up to the NEIGHBOUR_DAYS-th day with articles, or the last one if fewer.

    Days without articles before that day are included, those after it are not.
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


def _group_consecutive(days: Sequence[date]) -> list[list[date]]:
    """Groups ascending days into series of consecutive days, which share day minus position."""
    offset_groups = groupby(enumerate(days), key=lambda pair: pair[1] - pair[0] * DAY)
    return [[day for _, day in group] for _, group in offset_groups]
