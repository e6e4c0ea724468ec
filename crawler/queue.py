"""What a run hands out next and what is under way: kept pages not yet read, then what is due in
the ledger.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlite_utils import Database

from crawler.outage import ConnectivityMonitor
from crawler.quota import RequestBudget
from khabar.archive.frontier import due as frontier
from khabar.archive.frontier.due import QueueEntry
from khabar.model.items import Visit

PER_HOST = 4  # handed out at once: enough to keep a host's slot busy, few enough to stop quickly
MAX_IN_FLIGHT = 64


@dataclass(slots=True)
class RequestQueue:
    """The ledger's rows on their way through one run. `remaining`: pages it may still ask for;
    None: no limit.
    """

    keys: tuple[str, ...] = ()
    only_urls: tuple[str, ...] = ()
    remaining: int | None = None
    budget: RequestBudget = field(default_factory=RequestBudget)
    connectivity: ConnectivityMonitor = field(default_factory=ConnectivityMonitor)
    in_flight: dict[int, QueueEntry] = field(default_factory=dict)

    def next_batch(self, db: Database, now: datetime) -> Iterator[QueueEntry]:
        """What to do next. Each row is in flight until it is settled."""
        room = MAX_IN_FLIGHT - len(self.in_flight)
        if self.remaining is not None:
            room = min(room, self.remaining)
        for entry in self._select_entries(db, now, room) if room > 0 else ():
            self.in_flight[entry.id] = entry
            self.connectivity.record_request(entry.id)
            if self.remaining is not None:
                self.remaining -= 1
            self.budget.spend_request(entry)
            yield entry

    def finish_entry(self, page_id: int) -> None:
        """A row is under way no more."""
        self.in_flight.pop(page_id, None)

    def stop(self) -> None:
        """Hands out nothing more; what is under way goes on."""
        self.remaining = 0

    @property
    def is_stalled(self) -> bool:
        """Whether all that is under way has reached nobody: nothing more can be learned from
        waiting.
        """
        return (
            bool(self.in_flight)
            and self.in_flight.keys() == self.connectivity.pending_failures.keys()
        )

    def settle_failures(self) -> list[Visit]:
        """The visits that reached nobody, as their hosts' fault; none, and all dropped, when our
        own line is down.
        """
        visits = self.connectivity.settle_failures()
        if self.connectivity.is_offline:
            self.in_flight.clear()
        return visits

    def _select_entries(self, db: Database, now: datetime, room: int) -> list[QueueEntry]:
        if self.only_urls:
            return frontier.select_urls(db, self.only_urls, now, skip=self.in_flight, limit=room)
        unread_pages = frontier.select_unparsed(db, self.keys, now, skip=self.in_flight, limit=room)
        return unread_pages or frontier.select_due(
            db,
            self.keys,
            now,
            skip=self.in_flight,
            limit=room,
            per_host=PER_HOST,
            skip_lanes=list(self.budget.exhausted_tiers()),
        )
