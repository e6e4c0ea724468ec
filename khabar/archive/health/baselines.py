"""Is this less than usual, or only chance? Learned from a source's own days: no threshold to tune
per source. Pure.

Two things must hold before anything is called broken: the fall is large, and chance alone is no
likely reason. How unlikely it must be follows from how often we look: a source may be called broken
by chance in one fortnight of a hundred, whether it is looked at hourly or was looked at twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import exp, lgamma, log
from statistics import median

FALSE_ALARM_RATE = 0.01  # in a fortnight, for one source
MIN_DROP = 0.2  # of a share: a day must lie this far under the usual to be called a fall
MIN_SAMPLE = 20  # pages that speak for themselves
# the chance that a few good ones mean nothing yet, below which they mean a recovery
RECOVERY_CHANCE = 0.01


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many of how many have it."""

    count: int = 0
    total: int = 0

    @property
    def rate(self) -> float:
        """The share to expect: nothing known is one half, and a hundred of a hundred is not
        quite certainty.
        """
        return (self.count + 1) / (self.total + 2)

    def __add__(self, other: Ratio) -> Ratio:
        return Ratio(self.count + other.count, self.total + other.total)

    def __str__(self) -> str:
        return f"{self.count} of {self.total}"


def alarm_threshold(runs: int, checks: int) -> float:
    """What one check of one look may leave to chance, when a source is looked at so often in a
    fortnight.
    """
    return FALSE_ALARM_RATE / (max(1, runs) * checks)


def chance_of_so_few(now: Ratio, usual: Ratio) -> float:
    """The chance of at most `now.held` when each has it as often as `usual` makes likely
    (beta-binomial tail).
    """
    alpha, beta = usual.count + 1, usual.total - usual.count + 1
    log_norm = _log_beta(alpha, beta)
    terms = (
        _log_choose(now.total, count)
        + _log_beta(count + alpha, now.total - count + beta)
        - log_norm
        for count in range(now.count + 1)
    )
    return min(1.0, sum(exp(term) for term in terms))


def chance_of_so_quiet(new: int, days: float, usual_new: int, usual_days: float) -> float:
    """The chance of at most `new` articles in `days` after `usual_new` in `usual_days` (negative
    binomial tail).
    """
    shape, p = usual_new + 1, usual_days / (usual_days + days)
    terms = (
        _log_choose(shape + count - 1, count) + shape * log(p) + count * log(1 - p)
        for count in range(new + 1)
    )
    return min(1.0, sum(exp(term) for term in terms))


def is_anomaly(now: Ratio, day: Ratio, usual: Ratio, chance: float) -> bool:
    """Whether a field broke: in this run at a stroke (under half the usual), or little by little
    over the last day.
    """
    if now.total == 0:
        return False
    is_sudden = now.count / now.total < usual.rate / 2 and chance_of_so_few(now, usual) < chance
    return is_sudden or _is_gradual_drop(day, usual, chance)


def is_still_broken(now: Ratio, since: Ratio, usual: Ratio) -> bool:
    """Whether a broken field stays so. `since`: what was seen from the run that broke it up to the
    one before this.

    It is mended when this run looks usual and either leaves what was seen since no likely
    explanation, or so much was seen since that the whole of it looks usual.
    """
    if now.total == 0 or now.count / now.total < usual.rate - MIN_DROP:
        return True
    failure_ratios = (
        Ratio(now.total - now.count, now.total),
        Ratio(since.total - since.count, since.total),
    )
    if chance_of_so_few(*failure_ratios) < RECOVERY_CHANCE:
        return False
    total = now + since
    return total.total < MIN_SAMPLE or total.count / total.total < usual.rate - MIN_DROP


def _is_gradual_drop(day: Ratio, usual: Ratio, chance: float) -> bool:
    return (
        day.total > 0
        and usual.rate - day.count / day.total > MIN_DROP
        and chance_of_so_few(day, usual) < chance
    )


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def _log_choose(n: float, k: float) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


# --- is a source silent, or bringing too little? By its own days, and never because it is Sunday.
# Pure ---


DAY = timedelta(days=1)
WINDOW_DAYS = 14
MIN_DAYS = 8  # a whole week and its first day again: every weekday was seen
MIN_PEERS = 3  # other sources that say what kind of day it is


@dataclass(frozen=True, slots=True)
class RunSample:
    """One run that could look for something new: when, and how many new articles it brought."""

    started_at: datetime
    new: int
    was_broken: bool = False


def find_volume_anomalies(
    samples: Sequence[RunSample], peer_factor: float, now: datetime, chance: float
) -> Iterator[tuple[str, str]]:
    """("silent" or "few", in words). `peer_factor`: how the other sources do today against their
    usual.
    """
    peer_factor = min(1.0, peer_factor)
    if message := _check_silence(samples, peer_factor, now, chance):
        yield "silent", message
    elif message := _check_few(samples, peer_factor, now, chance):
        yield "few", message


def _check_silence(
    samples: Sequence[RunSample], peer_factor: float, now: datetime, chance: float
) -> str | None:
    """Nothing new for twice its longest silence of a fortnight, and not by chance."""
    productive_runs = [sample for sample in samples if sample.new]
    if not productive_runs:
        return _check_never_active(samples, now)
    last = productive_runs[-1].started_at
    past = [sample for sample in samples if last - WINDOW_DAYS * DAY < sample.started_at <= last]
    known_days = (last - past[0].started_at) / DAY
    if known_days < MIN_DAYS:
        return None
    times = [sample.started_at for sample in past if sample.new]
    longest = max((after - before for before, after in pairwise(times)), default=DAY)
    silence, usual = now - last, round(sum(sample.new for sample in past) * peer_factor)
    if silence < 2 * longest or chance_of_so_quiet(0, silence / DAY, usual, known_days) > chance:
        return None
    return f"silent: nothing new for {_format_duration(silence)} (never longer than {_format_duration(longest)} before)"


def _check_never_active(samples: Sequence[RunSample], now: datetime) -> str | None:
    """A source whose documents are read day after day and that never brought anything."""
    if not samples or now - samples[0].started_at < DAY:
        return None
    return f"silent: nothing new in {_format_duration(now - samples[0].started_at)}"


def _check_few(
    samples: Sequence[RunSample], peer_factor: float, now: datetime, chance: float
) -> str | None:
    """Under half of its poorest day, the whole press's kind of day allowed for, and not by
    chance.
    """
    today, *past = count_by_day(samples, now)
    daily_counts = [new for new in past if new is not None]
    if (
        today is None
        or len(daily_counts) < MIN_DAYS
        or today >= min(daily_counts) / 2 * peer_factor
    ):
        return None
    if (
        chance_of_so_quiet(today, 1, round(sum(daily_counts) * peer_factor), len(daily_counts))
        > chance
    ):
        return None
    return f"few: {today} new in a day (never fewer than {min(daily_counts)} before)"


def count_by_day(samples: Sequence[RunSample], now: datetime) -> list[int | None]:
    """New articles of the 24 hours before `now`, of those before them, and so on: 15 days, latest
    first.

    None: nobody looked on that day, or the source was broken; today's breakage does not hide
    today's count.
    """
    samples_by_day: dict[int, list[RunSample]] = defaultdict(list)
    for sample in samples:
        samples_by_day[int((now - sample.started_at) / DAY)].append(sample)
    days: list[int | None] = []
    for ago in range(WINDOW_DAYS + 1):
        is_known = samples_by_day[ago] and (
            ago == 0 or not any(sample.was_broken for sample in samples_by_day[ago])
        )
        days.append(sum(sample.new for sample in samples_by_day[ago]) if is_known else None)
    return days


def peer_factors(samples: Mapping[str, Sequence[RunSample]], now: datetime) -> dict[str, float]:
    """Source → how the *other* sources' last day compares with their usual one (1.0: as usual,
    or nobody knows).
    """
    ratios = {
        source: ratio
        for source, source_samples in samples.items()
        if (ratio := _compare_with_usual(source_samples, now)) is not None
    }
    factors: dict[str, float] = defaultdict(lambda: 1.0)
    for source in samples:
        others = [ratio for key, ratio in ratios.items() if key != source]
        if len(others) >= MIN_PEERS:
            factors[source] = median(others)
    return factors


def _compare_with_usual(samples: Sequence[RunSample], now: datetime) -> float | None:
    today, *past = count_by_day(samples, now)
    daily_counts = [new for new in past if new is not None]
    usual = median(daily_counts) if len(daily_counts) >= MIN_DAYS else 0
    return today / usual if today is not None and usual else None


def _format_duration(duration: timedelta) -> str:
    hours = round(duration / timedelta(hours=1))
    return f"{hours} h" if hours < 72 else f"{hours // 24} days"
