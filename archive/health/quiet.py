"""Is a source silent, or bringing too little? By its own days, and never because it is Sunday. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from archive.health.baselines import chance_of_so_quiet

DAY = timedelta(days=1)
DAYS = 14
ENOUGH_DAYS = 8  # a whole week and its first day again: every weekday was seen
ENOUGH_PRESS = 3  # other sources that say what kind of day it is


@dataclass(frozen=True, slots=True)
class Look:
    """One run that could look for something new: when, and how many new articles it brought."""

    at: datetime
    new: int
    was_broken: bool = False


def faults(looks: Sequence[Look], press: float, now: datetime, chance: float) -> Iterator[tuple[str, str]]:
    """("silent" or "few", in words). `press`: how the other sources do today against their usual."""
    press = min(1.0, press)
    if told := _silent(looks, press, now, chance):
        yield "silent", told
    elif told := _few(looks, press, now, chance):
        yield "few", told


def _silent(looks: Sequence[Look], press: float, now: datetime, chance: float) -> str | None:
    """Nothing new for twice its longest silence of a fortnight, and not by chance."""
    brought = [look for look in looks if look.new]
    if not brought:
        return _never(looks, now)
    last = brought[-1].at
    past = [look for look in looks if last - DAYS * DAY < look.at <= last]
    known = (last - past[0].at) / DAY
    if known < ENOUGH_DAYS:
        return None
    moments = [look.at for look in past if look.new]
    longest = max((after - before for before, after in pairwise(moments)), default=DAY)
    quiet, usual = now - last, round(sum(look.new for look in past) * press)
    if quiet < 2 * longest or chance_of_so_quiet(0, quiet / DAY, usual, known) > chance:
        return None
    return f"silent: nothing new for {_long(quiet)} (never longer than {_long(longest)} before)"


def _never(looks: Sequence[Look], now: datetime) -> str | None:
    """A source whose documents are read day after day and that never brought anything."""
    if not looks or now - looks[0].at < DAY:
        return None
    return f"silent: nothing new in {_long(now - looks[0].at)}"


def _few(looks: Sequence[Look], press: float, now: datetime, chance: float) -> str | None:
    """Under half of its poorest day, the whole press's kind of day allowed for, and not by chance."""
    today, *past = by_day(looks, now)
    known = [new for new in past if new is not None]
    if today is None or len(known) < ENOUGH_DAYS or today >= min(known) / 2 * press:
        return None
    if chance_of_so_quiet(today, 1, round(sum(known) * press), len(known)) > chance:
        return None
    return f"few: {today} new in a day (never fewer than {min(known)} before)"


def by_day(looks: Sequence[Look], now: datetime) -> list[int | None]:
    """New articles of the 24 hours before `now`, of those before them, and so on: 15 days, latest first.

    None: nobody looked on that day, or the source was broken; today's breakage does not hide today's count.
    """
    found: dict[int, list[Look]] = defaultdict(list)
    for look in looks:
        found[int((now - look.at) / DAY)].append(look)
    days: list[int | None] = []
    for ago in range(DAYS + 1):
        is_known = found[ago] and (ago == 0 or not any(look.was_broken for look in found[ago]))
        days.append(sum(look.new for look in found[ago]) if is_known else None)
    return days


def press_factors(looks: Mapping[str, Sequence[Look]], now: datetime) -> dict[str, float]:
    """Source → how the *other* sources' last day compares with their usual one (1.0: as usual, or nobody knows)."""
    ratios = {source: ratio for source, own in looks.items() if (ratio := _ratio(own, now)) is not None}
    factors: dict[str, float] = defaultdict(lambda: 1.0)
    for source in looks:
        others = [ratio for key, ratio in ratios.items() if key != source]
        if len(others) >= ENOUGH_PRESS:
            factors[source] = median(others)
    return factors


def _ratio(looks: Sequence[Look], now: datetime) -> float | None:
    today, *past = by_day(looks, now)
    known = [new for new in past if new is not None]
    usual = median(known) if len(known) >= ENOUGH_DAYS else 0
    return today / usual if today is not None and usual else None


def _long(stretch: timedelta) -> str:
    hours = round(stretch / timedelta(hours=1))
    return f"{hours} h" if hours < 72 else f"{hours // 24} days"
