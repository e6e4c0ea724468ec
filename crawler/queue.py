"""What a run hands out next and what is under way: kept pages not yet read, then what is due in the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlite_utils import Database

from crawler.outage import Line
from crawler.quota import Shares
from khabar.archive.frontier import due as frontier
from khabar.archive.frontier.due import Entry
from khabar.model.items import Visit

PER_HOST = 4  # handed out at once: enough to keep a host's slot busy, few enough to stop quickly
AT_ONCE = 64


@dataclass(slots=True)
class Queue:
    """The ledger's rows on their way through one run. `left`: pages it may still ask for; None: no limit."""

    keys: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    left: int | None = None
    shares: Shares = field(default_factory=Shares)
    line: Line = field(default_factory=Line)
    in_flight: dict[int, Entry] = field(default_factory=dict)

    def batch(self, db: Database, now: datetime) -> Iterator[Entry]:
        """What to do next. Each row is in flight until it is settled."""
        room = AT_ONCE - len(self.in_flight)
        if self.left is not None:
            room = min(room, self.left)
        for entry in self._due(db, now, room) if room > 0 else ():
            self.in_flight[entry.id] = entry
            self.line.ask(entry.id)
            if self.left is not None:
                self.left -= 1
            self.shares.take(entry)
            yield entry

    def settle(self, page_id: int) -> None:
        """A row is under way no more."""
        self.in_flight.pop(page_id, None)

    def stop(self) -> None:
        """Hands out nothing more; what is under way goes on."""
        self.left = 0

    @property
    def is_silent(self) -> bool:
        """Whether all that is under way has reached nobody: nothing more can be learned from waiting."""
        return bool(self.in_flight) and self.in_flight.keys() == self.line.held.keys()

    def conclude(self) -> list[Visit]:
        """The visits that reached nobody, as their hosts' fault; none, and all dropped, when our own line is down."""
        found = self.line.conclude()
        if self.line.down:
            self.in_flight.clear()
        return found

    def _due(self, db: Database, now: datetime, room: int) -> list[Entry]:
        if self.only:
            return frontier.named(db, self.only, now, skip=self.in_flight, limit=room)
        kept = frontier.kept(db, self.keys, now, skip=self.in_flight, limit=room)
        return kept or frontier.due(
            db, self.keys, now, skip=self.in_flight, limit=room, per_host=PER_HOST, closed=list(self.shares.spent())
        )
