"""Anomaly tests that compare a source with its own last 14 days, without a threshold to tune per
source. Pure functions.

An anomaly must be both large and unlikely to be chance. The significance level depends on the
number of runs: FALSE_ALARM_RATE is the chance of a false alarm per source in a fortnight, whether
it is crawled 24 times a day or twice in the fortnight.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import exp, lgamma, log
from statistics import median

# False alarms allowed per source and fortnight: chosen by hand (docs/operate.md promises it);
# tests/test_baselines.py and tests/test_health.py simulate weeks against it.
FALSE_ALARM_RATE = 0.01
MIN_DROP = 0.2  # the smallest gradual drop of a field's rate; chosen by hand, not measured
# Pages after which a broken field is judged by its rate alone; chosen by hand, not measured.
MIN_SAMPLE = 20
# Significance level of a recovery: a field has recovered if at most as many failures as in this run
# are less probable than this at the failure rate since it broke; chosen by hand, not measured.
RECOVERY_LEVEL = 0.01


@dataclass(frozen=True, slots=True)
class Ratio:
    """`count` of `total` pages have a property."""

    count: int = 0
    total: int = 0

    @property
    def rate(self) -> float:
        """The expected rate (rule of succession): 0.5 if nothing is known, never 0 or 1."""
        return (self.count + 1) / (self.total + 2)

    def __add__(self, other: Ratio) -> Ratio:
        return Ratio(self.count + other.count, self.total + other.total)

    def __str__(self) -> str:
        return f"{self.count} of {self.total}"


def significance_level(runs: int, checks: int) -> float:
    """Returns the significance level of one check in one run: FALSE_ALARM_RATE divided by the
    number of tests in a fortnight (Bonferroni). `runs`: of the fortnight; `checks`: per run.
    """
    return FALSE_ALARM_RATE / (max(1, runs) * checks)


def probability_of_at_most(now: Ratio, usual: Ratio) -> float:
    """Returns the probability of at most `now.count` of `now.total`, given `usual` (lower tail of
    the beta-binomial distribution with a uniform prior).
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


def probability_of_at_most_articles(
    new: int, days: float, usual_new: int, usual_days: float
) -> float:
    """Returns the probability of at most `new` articles in `days`, given `usual_new` in
    `usual_days` (lower tail of the negative binomial distribution).
    """
    shape, p = usual_new + 1, usual_days / (usual_days + days)
    terms = (
        _log_choose(shape + count - 1, count) + shape * log(p) + count * log(1 - p)
        for count in range(new + 1)
    )
    return min(1.0, sum(exp(term) for term in terms))


def is_anomaly(now: Ratio, day: Ratio, usual: Ratio, chance: float) -> bool:
    """Whether a field is newly broken: suddenly in this run, or gradually over the last day.

    `now`, `day`, `usual`: pages with the field in this run, in the last day, in the fortnight
    before. `chance`: the significance level.
    """
    if now.total == 0:
        return False
    # Sudden: under half of the usual rate. Chosen by hand, not measured.
    if now.count / now.total < usual.rate / 2 and probability_of_at_most(now, usual) < chance:
        return True
    return (
        day.total > 0
        and usual.rate - day.count / day.total > MIN_DROP
        and probability_of_at_most(day, usual) < chance
    )


def is_still_broken(now: Ratio, since: Ratio, usual: Ratio) -> bool:
    """Whether a broken field is still broken. `since`: pages from the run that broke it up to the
    previous run.

    It has recovered when its rate in this run is near the usual one, and either this run is
    unlikely at the failure rate of `since`, or the rate of at least MIN_SAMPLE pages of `since` and
    this run is near the usual one as well.
    """
    if now.total == 0 or now.count / now.total < usual.rate - MIN_DROP:
        return True
    failure_ratios = (
        Ratio(now.total - now.count, now.total),
        Ratio(since.total - since.count, since.total),
    )
    if probability_of_at_most(*failure_ratios) < RECOVERY_LEVEL:
        return False
    total = now + since
    return total.total < MIN_SAMPLE or total.count / total.total < usual.rate - MIN_DROP


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def _log_choose(n: float, k: float) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


# --- volume: does a source publish nothing or too little, allowing for weekends? ---


DAY = timedelta(days=1)
# Days of history, and how many of them must be known before a source is judged: 8, so that each
# weekday was seen. Chosen by hand, not measured.
WINDOW_DAYS = 14
MIN_DAYS = 8
# Other sources needed to estimate how much is published today; chosen by hand, not measured.
MIN_PEERS = 3


@dataclass(frozen=True, slots=True)
class RunSample:
    """A run that could find new articles: its start and how many it found. `was_broken`: the source
    was broken at its end.
    """

    started_at: datetime
    new: int
    was_broken: bool = False


def find_volume_anomalies(
    samples: Sequence[RunSample], peer_factor: float, now: datetime, chance: float
) -> Iterator[tuple[str, str]]:
    """Yields ("silent" or "few", message) if a source publishes less than usual.

    `samples`: its runs, oldest first. `peer_factor`: today's volume of the other sources relative
    to their usual one; only values below 1 count. `chance`: the significance level.
    """
    peer_factor = min(1.0, peer_factor)
    if message := _check_silence(samples, peer_factor, now, chance):
        yield "silent", message
    elif message := _check_low_volume(samples, peer_factor, now, chance):
        yield "few", message


def _check_silence(
    samples: Sequence[RunSample], peer_factor: float, now: datetime, chance: float
) -> str | None:
    """Message if nothing new came for twice the longest gap of the fortnight (factor 2: chosen by
    hand, not measured) and that is unlikely to be chance.
    """
    productive_runs = [sample for sample in samples if sample.new]
    if not productive_runs:  # its documents were read, but never had an article
        if not samples or now - samples[0].started_at < DAY:
            return None
        return f"silent: nothing new in {_format_duration(now - samples[0].started_at)}"
    last = productive_runs[-1].started_at
    past = [sample for sample in samples if last - WINDOW_DAYS * DAY < sample.started_at <= last]
    known_days = (last - past[0].started_at) / DAY
    if known_days < MIN_DAYS:
        return None
    times = [sample.started_at for sample in past if sample.new]
    longest = max((after - before for before, after in pairwise(times)), default=DAY)
    silence, usual = now - last, round(sum(sample.new for sample in past) * peer_factor)
    if silence < 2 * longest:
        return None
    if probability_of_at_most_articles(0, silence / DAY, usual, known_days) > chance:
        return None
    duration, longest_text = _format_duration(silence), _format_duration(longest)
    return f"silent: nothing new for {duration} (never longer than {longest_text} before)"


def _check_low_volume(
    samples: Sequence[RunSample], peer_factor: float, now: datetime, chance: float
) -> str | None:
    """Message if the last day had under half of the lowest daily count before it (one half: chosen
    by hand, not measured), scaled by `peer_factor`, and that is unlikely to be chance.
    """
    today, *past = count_by_day(samples, now)
    daily_counts = [new for new in past if new is not None]
    if today is None or len(daily_counts) < MIN_DAYS:
        return None
    lowest, usual_new = min(daily_counts), round(sum(daily_counts) * peer_factor)
    if (
        today >= lowest / 2 * peer_factor
        or probability_of_at_most_articles(today, 1, usual_new, len(daily_counts)) > chance
    ):
        return None
    return f"few: {today} new in a day (never fewer than {lowest} before)"


def count_by_day(samples: Sequence[RunSample], now: datetime) -> list[int | None]:
    """Returns the new articles per 24 hours before `now`: WINDOW_DAYS + 1 counts, latest first.

    None for a day without runs, and for a past day on which the source was broken.
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
    """Returns source → median, over the other sources, of their last day's articles relative to
    their median day. 1.0 if fewer than MIN_PEERS of them are known.
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
