"""When to come back. Pure: moments in, a moment out."""

from __future__ import annotations

from datetime import datetime, timedelta

from crawler.items import PageKind

# Ages at which an article is read again: edits come early, removals late.
REVISIT_AGES = tuple(timedelta(hours=hours) for hours in (1, 6, 24, 72, 168, 720))
POLL_EVERY: dict[PageKind, timedelta] = {
    "feed": timedelta(minutes=15),
    "sitemap": timedelta(minutes=15),
    "listing": timedelta(hours=1),
}
FIRST_RETRY = timedelta(minutes=5)
MAX_TRIES = 6


def revisit(first_seen: datetime, now: datetime) -> datetime | None:
    """The next age of an article first seen then; None when it is past all of them."""
    return next((first_seen + age for age in REVISIT_AGES if first_seen + age > now), None)


def retry(tries: int, now: datetime) -> datetime | None:
    """After the `tries`-th failure in a row (1 = first): 5 min, 20 min, 80 min … ; None when tries are used up."""
    return now + FIRST_RETRY * 4 ** (tries - 1) if tries < MAX_TRIES else None


def poll(kind: PageKind, now: datetime) -> datetime:
    """When a discovery document is due again."""
    return now + POLL_EVERY[kind]
