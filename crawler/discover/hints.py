"""The dates pointers carry, in the one form the ledger compares."""

from __future__ import annotations

from datetime import datetime

from crawler import clock
from pipelines.reading.moments import normal_time


def date_hint(text: str | None, now: datetime | None = None) -> str | None:
    """A feed's or sitemap's date as `clock.stamp` writes it, or a bare day; naive times are Indian.

    None when there is none, or it cannot be read, or lies well beyond `now` (default: the present). A hint only: an
    article's own date is what its page says.
    """
    moment = normal_time(text, "hint", now or clock.now())
    if moment is None:
        return None
    return moment.iso if moment.precision == "day" else clock.stamp(moment.instant)
