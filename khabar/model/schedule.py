"""Scheduling rules: when to fetch an article, document or host again. Pure functions of times and
counts.

The values below were chosen by hand and not measured, unless a comment says otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from khabar.model.items import PageKind

# Ages at which an article is fetched again: most edits come early, removals late.
REVISIT_HOURS = (1.0, 6.0, 24.0, 72.0, 168.0, 720.0)
REVISIT_AGES = tuple(timedelta(hours=hours) for hours in REVISIT_HOURS)
# Share of revisits that should find an edit; at a lower share the ages are stretched.
TARGET_EDIT_RATE = 0.1
# TARGET_EDIT_RATE is assumed of a source at first: with the weight of this many revisits.
PRIOR_REVISITS = 20
EDIT_FACTOR_LIMITS = (0.5, 4.0)  # limits of the factor on ages that comes from the edit rate
# A source's lastmods cause visits while at least this share of such visits is expected to find an
# edit; with the weight of one find in LASTMOD_PRIOR visits. Beyond LASTMOD_MEMORY, old visits count
# half.
MIN_LASTMOD_RATE, LASTMOD_PRIOR, LASTMOD_MEMORY = 0.05, 10, 200
MAX_AGE_FACTOR = 16.0  # upper limit of the factor with a backlog of due revisits

# Poll intervals of documents: of a new one, and the limits of what `next_poll_interval` returns.
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
LINKS_PER_POLL = 2  # new links per poll that the interval is adjusted to
EMPTY_POLL_FACTOR = 1.5  # factor on the interval after a poll without new links

# Shares of the requests that a host's delay allows in a run.
POLL_SHARE, REVISIT_SHARE, BACKFILL_SHARE = 0.25, 0.5, 0.25

# Retries after 5 min × 4^n: the last of 6 tries comes about 28 hours after the first.
FIRST_RETRY = timedelta(minutes=5)
MAX_TRIES = 6
# A document that has failed for RETIRE_AFTER is polled only every RETIRED_INTERVAL.
RETIRE_AFTER = timedelta(days=14)
RETIRED_INTERVAL = timedelta(days=30)
# A page whose answer gave no article is requested again at these ages of its first such answer,
# then every RETRY_INTERVAL up to RETRY_LIMIT while a feed or news sitemap names it. A retry that
# would come within RETRY_MIN_GAP of a request is left out.
RETRY_AGES = tuple(timedelta(hours=hours) for hours in (1 / 6, 1, 6, 24, 72))
RETRY_INTERVAL = timedelta(days=7)
RETRY_LIMIT = timedelta(days=90)
RETRY_MIN_GAP = timedelta(minutes=5)
NAMED_WITHIN = timedelta(days=7)  # a page named so recently still counts as named
# Retries of a source may be this share of its requests of RETRY_WINDOW, and RETRY_BASE more.
RETRY_SHARE, RETRY_BASE, RETRY_WINDOW = 0.05, 10, timedelta(days=30)
# How long the MAX_TRIES tries of a page take that could not be fetched: 5 min × (1 + 4 + … + 256).
TRIES_DURATION = sum((FIRST_RETRY * 4**n for n in range(MAX_TRIES - 1)), timedelta())
# Ages of a document's first failure at which it is polled again; then DAILY, until it is retired.
DOCUMENT_RETRY_AGES = tuple(timedelta(minutes=minutes) for minutes in (5, 25, 105))
DOCUMENT_RETRY_MIN_GAP = timedelta(minutes=2)
# A document that answers only "not modified" is requested without conditions after so long.
FULL_READ_INTERVAL = timedelta(days=1)
FORBIDDEN_LIMIT = 5  # 403s in a row after which the whole host is paused
# Pauses of a host after repeated 403s.
FORBIDDEN_PAUSES = tuple(timedelta(days=days) for days in (1, 3, 7))


# --- articles ---


def next_revisit(
    first_seen: datetime,
    now: datetime,
    age_factor: float = 1.0,
    ages: Sequence[timedelta] = REVISIT_AGES,
) -> datetime | None:
    """Returns the time of the next revisit of an article, at its ages stretched by `age_factor`;
    None after the last age, which is never stretched.
    """
    last = ages[-1]
    scaled_ages = (*(age * age_factor for age in ages[:-1] if age * age_factor < last), last)
    return next((first_seen + age for age in scaled_ages if first_seen + age > now), None)


def check_revisit_hours(hours: Sequence[float]) -> str | None:
    """Returns what is wrong with revisit ages in hours; None if they are valid."""
    if (
        not hours
        or not all(before < after for before, after in pairwise((0.0, *hours)))
        or hours[-1] > 24 * 3650
    ):
        return f"{list(hours)} must be hours, at least one, each later than the one before it"
    return None


def compute_age_factor(edits: int, revisits: int, backlog: int, allowance: float) -> float:
    """Returns the factor on a source's revisit ages (1: unchanged).

    `edits` of `revisits` found a changed text recently; `backlog` revisits are due, of which a run
    may make `allowance`.
    """
    rate = (edits + TARGET_EDIT_RATE * PRIOR_REVISITS) / (revisits + PRIOR_REVISITS)
    edit_factor = min(max(TARGET_EDIT_RATE / rate, EDIT_FACTOR_LIMITS[0]), EDIT_FACTOR_LIMITS[1])
    return min(edit_factor * max(1.0, backlog / max(allowance, 1)), MAX_AGE_FACTOR)


def is_lastmod_trusted(finds: int, visits: int) -> bool:
    """Whether a lastmod later than the last visit is a reason for a visit, after `visits` of that
    kind of which `finds` found an edit.
    """
    return (finds + 1) / (visits + LASTMOD_PRIOR) >= MIN_LASTMOD_RATE


def count_allowed_requests(share: float, duration: timedelta, delay: float) -> float:
    """Returns how many requests a share of the host's rate allows in a run of `duration`, at least
    one; infinite without a delay (seconds).
    """
    return max(1.0, math.floor(share * duration.total_seconds() / delay)) if delay else math.inf


def next_retry(tries: int, now: datetime) -> datetime | None:
    """Returns the time of the next try after the `tries`-th failure in a row (1: first): 5 min, 20
    min, 80 min …; None when the tries are used up.
    """
    return now + FIRST_RETRY * 4 ** (tries - 1) if tries < MAX_TRIES else None


def next_page_retry(failing_since: datetime, now: datetime, *, is_named: bool) -> datetime | None:
    """Returns when to request a page again whose answers since `failing_since` gave no article.

    None at the age of RETRY_LIMIT, and after RETRY_AGES for a page that no document names.
    """
    age = now - failing_since + RETRY_MIN_GAP
    if next_age := next((later for later in RETRY_AGES if later > age), None):
        return failing_since + next_age
    weeks = (age - RETRY_AGES[-1]) // RETRY_INTERVAL + 1
    next_age = RETRY_AGES[-1] + weeks * RETRY_INTERVAL
    return failing_since + next_age if is_named and next_age <= RETRY_LIMIT else None


def count_allowed_retries(requests: int, retries: int) -> float:
    """Returns how many retries a source may make, after `retries` among its `requests` in
    RETRY_WINDOW.
    """
    return max(0.0, RETRY_BASE + RETRY_SHARE * requests - retries)


# --- documents ---


def next_poll_interval(
    kind: PageKind, interval: timedelta, elapsed_time: timedelta, new_links: int, minimum: timedelta
) -> timedelta:
    """Returns the next poll interval of a feed, sitemap or listing, from the new links since its
    last poll.

    With new links, the interval moves half-way (geometric mean) to the one that would yield
    LINKS_PER_POLL of them. Without new links, it is multiplied by EMPTY_POLL_FACTOR. It is never
    above MAX_POLL_INTERVAL, and never below the limit of its kind or `minimum`, which depends on
    the source's request delay.
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
    """Returns the minimum poll interval of each document, so that polling all of them uses at most
    POLL_SHARE of the host's request rate. `delay` in seconds.
    """
    return timedelta(seconds=documents * delay / POLL_SHARE)


def next_document_retry(failing_since: datetime, now: datetime) -> datetime:
    """Returns when to poll a document again that has failed since then."""
    age = now - failing_since + DOCUMENT_RETRY_MIN_GAP
    next_age = next((later for later in DOCUMENT_RETRY_AGES if later > age), None)
    return failing_since + next_age if next_age else now + DAILY


def is_retired(failing_since: datetime, now: datetime) -> bool:
    """Whether a document has failed for RETIRE_AFTER."""
    return now - failing_since >= RETIRE_AFTER


# --- hosts ---


def next_host_pause(refusals: int) -> timedelta | None:
    """Returns how long a host is paused after the `refusals`-th 403 in a row; None below
    FORBIDDEN_LIMIT.
    """
    return (
        FORBIDDEN_PAUSES[min(refusals - FORBIDDEN_LIMIT, len(FORBIDDEN_PAUSES) - 1)]
        if refusals >= FORBIDDEN_LIMIT
        else None
    )
