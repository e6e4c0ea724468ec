"""When to come back, and how often at most. Pure: moments, counts and rates in, a moment or a number out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from khabar.model.items import PageKind

# Ages at which an article is read again: edits come early, removals late.
REVISIT_HOURS = (1.0, 6.0, 24.0, 72.0, 168.0, 720.0)
REVISIT_AGES = tuple(timedelta(hours=hours) for hours in REVISIT_HOURS)
EDITS_WANTED = 0.1  # the share of revisits that should find an edit: fewer, and we come less often
UNKNOWN = 20  # revisits' worth of doubt before a source's own edit rate counts
PACES = (0.5, 4.0)  # ages are stretched no further than this for an edit rate …
OVERLOADED = 16.0  # … and than this for a backlog

POLL_EVERY: dict[PageKind, timedelta] = {
    "feed": timedelta(minutes=15),
    "sitemap": timedelta(minutes=15),
    "listing": timedelta(hours=1),
}
MOST_OFTEN = {"feed": timedelta(minutes=5), "sitemap": timedelta(minutes=5), "listing": timedelta(minutes=30)}
LEAST_OFTEN = timedelta(hours=6)
DAILY = timedelta(days=1)
LINKS_A_POLL = 2  # a document is asked when about so many links are new on it
SLOWER = 1.5  # times the interval, after a poll that brought nothing

POLL_SHARE, REVISIT_SHARE, BACKFILL_SHARE = 0.25, 0.5, 0.25  # of the requests a host's delay allows

FIRST_RETRY = timedelta(minutes=5)
MAX_TRIES = 6
RETIRE_AFTER, RETIRED_AGAIN = timedelta(days=14), timedelta(days=30)
REFUSALS = 5  # 403s in a row that are no single page's affair
RESTS = tuple(timedelta(days=days) for days in (1, 3, 7))


# --- articles ---


def revisit(
    born: datetime, now: datetime, pace: float = 1.0, ages: Sequence[timedelta] = REVISIT_AGES
) -> datetime | None:
    """The next age of an article born then, ages stretched by `pace`; None when it is past the last, which stays."""
    last = ages[-1]
    stretched = (*(age * pace for age in ages[:-1] if age * pace < last), last)
    return next((born + age for age in stretched if born + age > now), None)


def age_fault(hours: Sequence[float]) -> str | None:
    """What is wrong with revisit ages, in hours; None when they can be used."""
    if not hours or not all(before < after for before, after in pairwise((0.0, *hours))) or hours[-1] > 24 * 3650:
        return f"{list(hours)} must be hours, at least one, each later than the one before it"
    return None


def pace(edited: int, revisits: int, backlog: int, allowance: float) -> float:
    """How far a source's revisit ages are stretched (1: as they stand).

    `edited` of `revisits` found another text lately; `backlog` revisits are due, of which a run may make `allowance`.
    """
    rate = (edited + EDITS_WANTED * UNKNOWN) / (revisits + UNKNOWN)
    bent = min(max(EDITS_WANTED / rate, PACES[0]), PACES[1])
    return min(bent * max(1.0, backlog / max(allowance, 1)), OVERLOADED)


def allowance(share: float, stretch: timedelta, delay: float) -> float:
    """How many requests of a run of that length a share of the host's pace comes to; at least one."""
    return max(1.0, math.floor(share * stretch.total_seconds() / delay)) if delay else math.inf


def retry(tries: int, now: datetime) -> datetime | None:
    """After the `tries`-th failure in a row (1 = first): 5 min, 20 min, 80 min … ; None when tries are used up."""
    return now + FIRST_RETRY * 4 ** (tries - 1) if tries < MAX_TRIES else None


def after_refusal(first_seen: datetime, now: datetime) -> datetime | None:
    """When a page that was forbidden is tried again: a day, three, seven after it was first seen, then no more."""
    return next((first_seen + rest for rest in RESTS if first_seen + rest > now), None)


# --- documents ---


def learned(kind: PageKind, every: timedelta, since: timedelta, brought: int, least: timedelta) -> timedelta:
    """A document's next interval, from what it brought in the time since its last reading.

    It moves half-way (in ratio) to the interval in which LINKS_A_POLL links come. `least` is the source's own floor.
    """
    wish = since * LINKS_A_POLL / brought if brought else every * SLOWER
    step = timedelta(seconds=math.sqrt(every.total_seconds() * wish.total_seconds())) if brought else wish
    return max(min(step, LEAST_OFTEN), MOST_OFTEN[kind], least)


def least_interval(documents: int, delay: float) -> timedelta:
    """So often at most each of so many documents may be asked, that together they take POLL_SHARE of the pace."""
    return timedelta(seconds=documents * delay / POLL_SHARE)


def is_over_and_done(failing_since: datetime, now: datetime) -> bool:
    """Whether a document has failed for so long that it is retired."""
    return now - failing_since >= RETIRE_AFTER


# --- hosts ---


def rest(refusals: int) -> timedelta | None:
    """How long a host rests after the `refusals`-th 403 in a row: a day, then three, then seven; None: not yet."""
    return RESTS[min(refusals - REFUSALS, len(RESTS) - 1)] if refusals >= REFUSALS else None
