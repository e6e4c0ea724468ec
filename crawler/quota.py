"""Limits the requests of a run for retries, revisits and backfills."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from khabar.archive.frontier.due import BACKFILL, RETRY, REVISIT, QueueEntry
from khabar.model import schedule
from khabar.model.sources import Source

# The duration that shares are computed for when a run has no time budget; as the default of
# `khabar schedule --every`. Chosen by hand, not measured.
DEFAULT_RUN_TIME = timedelta(hours=1)
TIER_SHARES = {REVISIT: schedule.REVISIT_SHARE, BACKFILL: schedule.BACKFILL_SHARE}


@dataclass
class RequestBudget:
    """The remaining requests by source and tier. New pages are not limited; retries are limited to
    a share of the source's own requests.

    `seconds`: the run's time budget, 0 for none. `for_backfill`: the run is a `khabar backfill`,
    in which backfills are not limited.
    """

    seconds: float = 0.0
    for_backfill: bool = False
    remaining: dict[tuple[str, int], float] = field(default_factory=dict)
    hosts: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def allot_source(self, source: Source, retries: float) -> float:
        """Computes the allowances of a source, which may make so many `retries`; returns that of
        its revisits.
        """
        self.hosts[source.key] = source.hosts
        self.remaining[source.key, RETRY] = retries
        for tier in TIER_SHARES:
            if not (self.for_backfill and tier == BACKFILL):
                self.remaining[source.key, tier] = self._allowance(tier, source.delay)
        return self.remaining[source.key, REVISIT]

    def reduce_allowance(self, host: str, delay: float) -> None:
        """Reduces a source's remaining requests when its host asks for a longer Crawl-delay."""
        for key, tier in self.remaining:
            if tier in TIER_SHARES and host in self.hosts[key]:
                self.remaining[key, tier] = min(
                    self.remaining[key, tier], self._allowance(tier, delay)
                )

    def spend_request(self, entry: QueueEntry) -> None:
        """Counts one request."""
        if (entry.source, entry.tier) in self.remaining:
            self.remaining[entry.source, entry.tier] -= 1

    def exhausted_tiers(self) -> Iterable[tuple[str, int]]:
        """Returns the (host, tier) pairs without remaining requests: they wait for the next run."""
        return [
            (host, tier)
            for (key, tier), requests_left in self.remaining.items()
            if requests_left < 1
            for host in self.hosts[key]
        ]

    def _allowance(self, tier: int, delay: float) -> float:
        run = timedelta(seconds=self.seconds) if self.seconds else DEFAULT_RUN_TIME
        return schedule.count_allowed_requests(TIER_SHARES[tier], run, delay)
