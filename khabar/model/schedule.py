"""When to come back, and how often at most. Pure: moments, counts and rates in, a moment or a
number out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from khabar.model.items import PageKind

# Ages at which an article is read again: edits come early, removals late.
REVISIT_HOURS = (1.0, 6.0, 24.0, 72.0, 168.0, 720.0)
REVISIT_AGES = tuple(timedelta(hours=hours) for hours in REVISIT_HOURS)
# the share of revisits that should find an edit: fewer, and we come less often
TARGET_EDIT_RATE = 0.1
PRIOR_REVISITS = 20  # revisits' worth of doubt before a source's own edit rate counts
EDIT_FACTORS = (0.5, 4.0)  # ages are stretched no further than this for an edit rate …
MAX_AGE_FACTOR = 16.0  # … and than this for a backlog

FIRST_POLL_INTERVALS: dict[PageKind, timedelta] = {
    "feed": timedelta(minutes=15),
    "sitemap": timedelta(minutes=15),
    "listing": timedelta(hours=1),
}
MIN_POLL_INTERVALS = {
    "feed": timedelta(minutes=5),
    "sitemap": timedelta(minutes=5),
    "listing": timedelta(minutes=30),
}
MAX_POLL_INTERVAL = timedelta(hours=6)
DAILY = timedelta(days=1)
LINKS_PER_POLL = 2  # a document is asked when about so many links are new on it
EMPTY_POLL_FACTOR = 1.5  # times the interval, after a poll that brought nothing

POLL_SHARE, REVISIT_SHARE, BACKFILL_SHARE = 0.25, 0.5, 0.25  # of the requests a host's delay allows

FIRST_RETRY = timedelta(minutes=5)
MAX_TRIES = 6
RETIRE_AFTER, RETIRED_INTERVAL = timedelta(days=14), timedelta(days=30)
FORBIDDEN_LIMIT = 5  # 403s in a row that are no single page's affair
FORBIDDEN_PAUSES = tuple(timedelta(days=days) for days in (1, 3, 7))


# --- articles ---


def next_revisit(
    first_seen: datetime,
    now: datetime,
    age_factor: float = 1.0,
    ages: Sequence[timedelta] = REVISIT_AGES,
) -> datetime | None:
    """The next age of an article born then, ages stretched by `age_factor`; None when it is past
    the last, which stays.
    """
    last = ages[-1]
    scaled_ages = (*(age * age_factor for age in ages[:-1] if age * age_factor < last), last)
    return next((first_seen + age for age in scaled_ages if first_seen + age > now), None)


def check_revisit_hours(hours: Sequence[float]) -> str | None:
    """What is wrong with revisit ages, in hours; None when they can be used."""
    if (
        not hours
        or not all(before < after for before, after in pairwise((0.0, *hours)))
        or hours[-1] > 24 * 3650
    ):
        return f"{list(hours)} must be hours, at least one, each later than the one before it"
    return None


def compute_age_factor(edits: int, revisits: int, backlog: int, allowance: float) -> float:
    """How far a source's revisit ages are stretched (1: as they stand).

    `edits` of `revisits` found another text lately; `backlog` revisits are due, of which a run may
    make `allowance`.
    """
    rate = (edits + TARGET_EDIT_RATE * PRIOR_REVISITS) / (revisits + PRIOR_REVISITS)
    edit_factor = min(max(TARGET_EDIT_RATE / rate, EDIT_FACTORS[0]), EDIT_FACTORS[1])
    return min(edit_factor * max(1.0, backlog / max(allowance, 1)), MAX_AGE_FACTOR)


def count_allowed_requests(share: float, duration: timedelta, delay: float) -> float:
    """How many requests of a run of that length a share of the host's pace comes to; at least
    one.
    """
    return max(1.0, math.floor(share * duration.total_seconds() / delay)) if delay else math.inf


def next_retry(tries: int, now: datetime) -> datetime | None:
    """After the `tries`-th failure in a row (1 = first): 5 min, 20 min, 80 min … ; None when
    tries are used up.
    """
    return now + FIRST_RETRY * 4 ** (tries - 1) if tries < MAX_TRIES else None


def next_forbidden_retry(first_seen: datetime, now: datetime) -> datetime | None:
    """When a page that was forbidden is tried again: a day, three, seven after it was first
    seen, then no more.
    """
    return next(
        (first_seen + pause for pause in FORBIDDEN_PAUSES if first_seen + pause > now), None
    )


# --- documents ---


def next_poll_interval(
    kind: PageKind, interval: timedelta, elapsed_time: timedelta, new_links: int, minimum: timedelta
) -> timedelta:
    """A document's next interval, from what it brought in the time since its last reading.

    It moves half-way (in ratio) to the interval in which LINKS_A_POLL links come. `minimum` is the
    source's own floor.
    """
    target = (
        elapsed_time * LINKS_PER_POLL / new_links if new_links else interval * EMPTY_POLL_FACTOR
    )
    step = (
        timedelta(seconds=math.sqrt(interval.total_seconds() * target.total_seconds()))
        if new_links
        else target
    )
    return max(min(step, MAX_POLL_INTERVAL), MIN_POLL_INTERVALS[kind], minimum)


def min_poll_interval(documents: int, delay: float) -> timedelta:
    """So often at most each of so many documents may be asked, that together they take
    POLL_SHARE of the pace.
    """
    return timedelta(seconds=documents * delay / POLL_SHARE)


def is_retired(failing_since: datetime, now: datetime) -> bool:
    """Whether a document has failed for so long that it is retired."""
    return now - failing_since >= RETIRE_AFTER


# --- hosts ---


def next_host_pause(refusals: int) -> timedelta | None:
    """How long a host rests after the `refusals`-th 403 in a row: a day, then three, then seven;
    None: not yet.
    """
    return (
        FORBIDDEN_PAUSES[min(refusals - FORBIDDEN_LIMIT, len(FORBIDDEN_PAUSES) - 1)]
        if refusals >= FORBIDDEN_LIMIT
        else None
    )
