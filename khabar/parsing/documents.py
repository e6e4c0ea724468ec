"""What a reader says when a document is not what it claims to be."""

from __future__ import annotations

from datetime import datetime

from khabar.extraction.datetimes import parse_timestamp
from khabar.model import clock


class BrokenDocument(ValueError):
    """The body is no feed, sitemap or listing; the message says what it seems to be instead."""


# --- the dates pointers carry, in the one form the ledger compares ---


def parse_date_hint(text: str | None, now: datetime | None = None) -> str | None:
    """A feed's or sitemap's date as `clock.format_utc` writes it, or a bare day; naive times are
    Indian.

    None when there is none, or it cannot be read, or lies well beyond `now` (default: the present).
    A hint only: an article's own date is what its page says.
    """
    timestamp = parse_timestamp(text, "hint", now or clock.now())
    if timestamp is None:
        return None
    return timestamp.iso if timestamp.precision == "day" else clock.format_utc(timestamp.instant)
