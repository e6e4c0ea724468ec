"""What a run may spend on pages read before and on backfills: a share of what each source's delay allows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from khabar.archive.frontier.due import BACKFILL, REVISIT, Entry
from khabar.model import schedule
from khabar.model.sources import Source

USUAL_RUN = timedelta(hours=1)  # what a run without a time budget is given its share of requests for
OF = {REVISIT: schedule.REVISIT_SHARE, BACKFILL: schedule.BACKFILL_SHARE}


@dataclass
class Shares:
    """Requests left, by source and tier. What is new has no share: it is never held back.

    `seconds`: the run's time budget, 0 for none. `walks`: the run is there for the backfills, which get what is left.
    """

    seconds: float = 0.0
    walks: bool = False
    left: dict[tuple[str, int], float] = field(default_factory=dict)
    hosts: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def give(self, source: Source) -> float:
        """A source's shares; returns that of its revisits."""
        self.hosts[source.key] = source.hosts
        for tier in OF:
            if not (self.walks and tier == BACKFILL):
                self.left[source.key, tier] = self._of(tier, source.delay)
        return self.left[source.key, REVISIT]

    def cut(self, host: str, delay: float) -> None:
        """A host that wants longer delays than its source's file says gives less."""
        for key, tier in self.left:
            if host in self.hosts[key]:
                self.left[key, tier] = min(self.left[key, tier], self._of(tier, delay))

    def take(self, entry: Entry) -> None:
        """One request goes out."""
        if (entry.source, entry.tier) in self.left:
            self.left[entry.source, entry.tier] -= 1

    def spent(self) -> Iterable[tuple[str, int]]:
        """(host, tier) pairs this run is done with; what is due of them waits for the next."""
        return [(host, tier) for (key, tier), left in self.left.items() if left < 1 for host in self.hosts[key]]

    def _of(self, tier: int, delay: float) -> float:
        run = timedelta(seconds=self.seconds) if self.seconds else USUAL_RUN
        return schedule.allowance(OF[tier], run, delay)
