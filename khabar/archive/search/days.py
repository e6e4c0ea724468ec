"""Converts a range of days to a range of article ids, by which FTS5 filters without a join.

An article's id is its time in seconds since 1970 times 2**ID_BITS, plus bits of a hash.
"""

from __future__ import annotations

from datetime import date

from sqlite_utils.utils import sqlite3

from khabar.model.article_rows import ID_BITS

_ANY_ID = (0, (1 << 63) - 1)
_DAY_ZERO = date(1970, 1, 1).toordinal()
_INDIA_OFFSET_SECONDS = 19_800  # UTC+5:30
# Articles dated (`published_on`) on another day than that of their id.
_OUT_OF_DAY_IDS = """select min(id), max(id) from articles
  where published_on between :since and :until
    and published_on <> date(id >> 20, 'unixepoch', '+330 minutes')"""


def find_id_range(
    connection: sqlite3.Connection, since: str | None, until: str | None
) -> tuple[int, int]:
    """Returns the smallest and the largest id that an article of these days in India may have.

    `since`, `until`: ISO dates, inclusive; None, or text that is no date: no limit.
    """
    start_id = _first_id(since) if since else None
    end_id = _first_id(until, days=1) if until else None
    first, last = (
        _ANY_ID[0] if start_id is None else start_id,
        _ANY_ID[1] if end_id is None else end_id - 1,
    )
    if start_id or end_id:
        days = {"since": since or "", "until": until or "9999-12-31"}
        smallest, largest = connection.execute(_OUT_OF_DAY_IDS, days).fetchone()
        first, last = min(first, smallest or first), max(last, largest or last)
    return first, last


def _first_id(day: str, days: int = 0) -> int | None:
    """Returns the smallest id of the day in India `days` after `day`; None if `day` is no date."""
    try:
        since_1970 = date.fromisoformat(day).toordinal() - _DAY_ZERO + days
    except ValueError:
        return None
    return max(0, since_1970 * 86400 - _INDIA_OFFSET_SECONDS) << ID_BITS
