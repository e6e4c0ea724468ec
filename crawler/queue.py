"""The request queue of a run: stored pages not yet extracted, then what is due in the frontier."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic

from sqlite_utils import Database

from crawler.outage import ConnectivityMonitor
from crawler.quota import RequestBudget
from khabar.archive.frontier import due
from khabar.archive.frontier.due import QueueEntry
from khabar.model import urls
from khabar.model.items import Visit

log = logging.getLogger(__name__)

# Requests per host handed to Scrapy at once: enough to keep its slot busy, few enough to stop
# quickly; chosen by hand, not measured.
PER_HOST = 4
LOOK_INTERVAL = 1.0  # seconds in which rows become due by time alone; chosen by hand
MAX_IN_FLIGHT = 64  # twice CONCURRENT_REQUESTS; chosen by hand, not measured
PAUSE_PATIENCE = 60.0  # seconds that a run waits for paused hosts in all; chosen by hand


@dataclass(slots=True)
class RequestQueue:
    """The URL rows of a run. `remaining`: pages it may still request; None: no limit.
    `pause_patience`: seconds that it may still wait for hosts that are paused.
    """

    keys: tuple[str, ...] = ()
    only_urls: tuple[str, ...] = ()
    remaining: int | None = None
    budget: RequestBudget = field(default_factory=RequestBudget)
    connectivity: ConnectivityMonitor = field(default_factory=ConnectivityMonitor)
    in_flight: dict[int, QueueEntry] = field(default_factory=dict)
    pause_patience: float = PAUSE_PATIENCE
    pause_end: float = 0.0  # of `monotonic`: until then the run waits for a paused host
    next_look: float = 0.0  # of `monotonic`: until then nothing is due that was not before

    def next_batch(self, db: Database, now: datetime) -> Iterator[QueueEntry]:
        """Yields the next rows. Each is in flight until `finish_entry` is called for it. The
        frontier is asked when a row was finished since, but at least every LOOK_INTERVAL.
        """
        room = MAX_IN_FLIGHT - len(self.in_flight)
        if self.remaining is not None:
            room = min(room, self.remaining)
        if self.in_flight and monotonic() < self.next_look:
            return
        self.next_look = monotonic() + LOOK_INTERVAL
        for entry in self._select_entries(db, now, room) if room > 0 else ():
            self.in_flight[entry.id] = entry
            self.connectivity.record_request(entry.id)
            if self.remaining is not None:
                self.remaining -= 1
            self.budget.spend_request(entry)
            yield entry

    def finish_entry(self, page_id: int) -> QueueEntry | None:
        """Ends the flight of a row. Returns it; None if it was not in flight."""
        self.next_look = 0.0
        self.connectivity.forget_request(page_id)
        return self.in_flight.pop(page_id, None)

    def stop(self) -> None:
        """Hands out no more rows; those in flight are finished."""
        self.remaining = 0

    @property
    def is_stalled(self) -> bool:
        """True if every row in flight has failed to connect, so that no more answers can arrive."""
        failures = self.connectivity.pending_failures
        return bool(self.in_flight) and self.in_flight.keys() == failures.keys()

    def awaits_pause(self, db: Database, pauses: Mapping[str, datetime], now: datetime) -> bool:
        """Returns whether rows are due when the pause of a host ends soon. All such pauses of a run
        may take PAUSE_PATIENCE, as a host may answer 503 to everything. `pauses`: host → end.
        """
        if self.remaining == 0:
            return False
        if monotonic() < self.pause_end:
            return True
        limit = now + timedelta(seconds=self.pause_patience)
        for end in sorted(end for end in pauses.values() if now < end <= limit):
            entries = self._select_entries(db, end, MAX_IN_FLIGHT)
            if any(pauses.get(urls.get_host(entry.url)) == end for entry in entries):
                seconds = (end - now).total_seconds()
                log.info("waiting %.1f s for the end of a host's pause", seconds)
                self.pause_patience -= seconds
                self.pause_end = monotonic() + seconds
                return True
        return False

    def settle_failures(self) -> list[Visit]:
        """Returns the visits that failed to connect; none, and drops all, in an outage of ours."""
        visits = self.connectivity.settle_failures()
        if self.connectivity.is_offline:
            self.in_flight.clear()
        return visits

    def _select_entries(self, db: Database, now: datetime, room: int) -> list[QueueEntry]:
        if self.only_urls:
            return due.select_urls(db, self.only_urls, now, skip=self.in_flight, limit=room)
        unread_pages = due.select_unparsed(db, self.keys, now, skip=self.in_flight, limit=room)
        return unread_pages or due.select_due(
            db,
            self.keys,
            now,
            skip=self.in_flight,
            limit=room,
            per_host=PER_HOST,
            skip_lanes=list(self.budget.exhausted_tiers()),
        )
