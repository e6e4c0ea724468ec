"""Which days the crawl missed. A gap is shaded in a chart and never drawn as a fall. Pure.

A day is missed when no crawl ran on it and it holds under half of what is usual, or when it lies in a stretch of days
so far under the usual that chance is no likely reason. Usual is learned from the days around that hold something.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby

from khabar.archive.health.baselines import chance_of_so_quiet

AROUND = 14  # days with articles on each side that tell what is usual
LOW = 0.25  # of the usual: a day above it is no part of a stretch
CHANCE = 0.001
DAY = timedelta(days=1)


def missed(held: Mapping[date, int], days: Sequence[date], ran: Collection[date]) -> frozenset[date]:
    """The missed ones of consecutive `days`. `held`: articles per day; `ran`: days on which a crawl ran.

    Before the first crawl and after the last nothing is known of crawls (imports, old sitemaps): only counts speak.
    """
    usual = {day: _usual(held, days, number) for number, day in enumerate(days)}
    low = [day for day in days if held.get(day, 0) < LOW * usual[day][0] / usual[day][1]]
    found = {day for stretch in _stretches(low) if _unlikely(stretch, held, usual[stretch[0]]) for day in stretch}
    idle = [day for day in days if ran and min(ran) < day < max(ran) and day not in ran]
    return frozenset(found | {day for day in idle if held.get(day, 0) < usual[day][0] / usual[day][1] / 2})


def spans(days: Collection[date]) -> list[tuple[date, date]]:
    """Days as stretches (first, last), both included."""
    return [(stretch[0], stretch[-1]) for stretch in _stretches(sorted(days))]


def _usual(held: Mapping[date, int], days: Sequence[date], number: int) -> tuple[int, int]:
    """(articles, days) around a day: as many days as it takes to meet AROUND with articles on each side."""
    before, after = _reach(held, reversed(days[:number])), _reach(held, days[number + 1 :])
    around = [*before, *after]
    return sum(held.get(day, 0) for day in around), max(1, len(around))


def _reach(held: Mapping[date, int], days: Iterable[date]) -> list[date]:
    """The days up to the AROUNDth with articles; the silent ones after the last with any do not count."""
    around: list[date] = []
    waiting: list[date] = []
    full = 0
    for day in days:
        waiting.append(day)
        if held.get(day, 0):
            around, waiting, full = around + waiting, [], full + 1
        if full == AROUND:
            break
    return around


def _stretches(days: Sequence[date]) -> list[list[date]]:
    numbered = groupby(enumerate(days), key=lambda one: one[1] - one[0] * DAY)
    return [[day for _, day in group] for _, group in numbered]


def _unlikely(stretch: Sequence[date], held: Mapping[date, int], usual: tuple[int, int]) -> bool:
    return chance_of_so_quiet(sum(held.get(day, 0) for day in stretch), len(stretch), *usual) < CHANCE
