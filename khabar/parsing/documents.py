"""Shared by the parsers of feeds, sitemaps and listings: the error they raise, and date hints."""

from __future__ import annotations

from datetime import datetime

from khabar.extraction.datetimes import parse_timestamp
from khabar.model import clock


class BrokenDocument(ValueError):
    """The body is not a feed, sitemap or listing; the message describes what it is instead."""


def parse_date_hint(text: str | None, now: datetime | None = None) -> str | None:
    """Parses a date from a feed or sitemap; returns it in the format of `clock.format_utc`, or as
    YYYY-MM-DD if it has no time. A time without an offset is Indian.

    None if there is no date, or it cannot be parsed, or is over two days after `now` (default: the
    current time). Only a hint: the date of an article is taken from its page.
    """
    timestamp = parse_timestamp(text, "hint", now or clock.now())
    if timestamp is None:
        return None
    return timestamp.iso if timestamp.precision == "day" else clock.format_utc(timestamp.instant)
