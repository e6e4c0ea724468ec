"""Is this less than usual, or only chance? Learned from a source's own days: no threshold to tune per source. Pure.

Two things must hold before anything is called broken: the fall is large, and chance alone is no likely reason. How
unlikely it must be follows from how often we look: a source may be called broken by chance in one fortnight of a
hundred, whether it is looked at hourly or was looked at twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import exp, lgamma, log
from statistics import median

FALSE_WORDS = 0.01  # in a fortnight, for one source
FALL = 0.2  # of a share: a day must lie this far under the usual to be called a fall
ENOUGH = 20  # pages that speak for themselves
RECOVERY = 0.01  # the chance that a few good ones mean nothing yet, below which they mean a recovery


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many have it."""

    held: int = 0
    of: int = 0

    @property
    def rate(self) -> float:
        """The share to expect: nothing known is one half, and a hundred of a hundred is not quite certainty."""
        return (self.held + 1) / (self.of + 2)

    def __add__(self, other: Share) -> Share:
        return Share(self.held + other.held, self.of + other.of)

    def __str__(self) -> str:
        return f"{self.held} of {self.of}"


def chance_allowed(looks: int, checks: int) -> float:
    """What one check of one look may leave to chance, when a source is looked at so often in a fortnight."""
    return FALSE_WORDS / (max(1, looks) * checks)


def chance_of_so_few(now: Share, usual: Share) -> float:
    """The chance of at most `now.held` when each has it as often as `usual` makes likely (beta-binomial tail)."""
    have, lack = usual.held + 1, usual.of - usual.held + 1
    whole = _log_beta(have, lack)
    terms = (
        _log_choose(now.of, held) + _log_beta(held + have, now.of - held + lack) - whole for held in range(now.held + 1)
    )
    return min(1.0, sum(exp(term) for term in terms))


def chance_of_so_quiet(new: int, days: float, usual_new: int, usual_days: float) -> float:
    """The chance of at most `new` articles in `days` after `usual_new` in `usual_days` (negative binomial tail)."""
    shape, stay = usual_new + 1, usual_days / (usual_days + days)
    terms = (
        _log_choose(shape + count - 1, count) + shape * log(stay) + count * log(1 - stay) for count in range(new + 1)
    )
    return min(1.0, sum(exp(term) for term in terms))


def broke(now: Share, day: Share, usual: Share, chance: float) -> bool:
    """Whether a field broke: in this run at a stroke (under half the usual), or little by little over the last day."""
    if now.of == 0:
        return False
    at_a_stroke = now.held / now.of < usual.rate / 2 and chance_of_so_few(now, usual) < chance
    return at_a_stroke or _crumbled(day, usual, chance)


def is_still_broken(now: Share, since: Share, usual: Share) -> bool:
    """Whether a broken field stays so. `since`: what was seen from the run that broke it up to the one before this.

    It is mended when this run looks usual and either leaves what was seen since no likely explanation, or so much was
    seen since that the whole of it looks usual.
    """
    if now.of == 0 or now.held / now.of < usual.rate - FALL:
        return True
    flipped = Share(now.of - now.held, now.of), Share(since.of - since.held, since.of)
    if chance_of_so_few(*flipped) < RECOVERY:
        return False
    whole = now + since
    return whole.of < ENOUGH or whole.held / whole.of < usual.rate - FALL


def _crumbled(day: Share, usual: Share, chance: float) -> bool:
    return day.of > 0 and usual.rate - day.held / day.of > FALL and chance_of_so_few(day, usual) < chance


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def _log_choose(n: float, k: float) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


# --- is a source silent, or bringing too little? By its own days, and never because it is Sunday. Pure ---


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
