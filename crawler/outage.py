"""Detects an outage of our own connection. Pure: no I/O.

The failure of a host is recorded only after a later request to any host was answered; until then it
is pending. When only pending failures remain, and more sources failed than answered meanwhile, our
connection counts as down: nothing is saved, and every page stays due.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from khabar.model.items import Visit


@dataclass
class ConnectivityMonitor:
    """The order of requests, failures and answers. `is_offline` stays true until the run ends.

    A turn is a number that grows with each event.
    """

    pending_failures: dict[int, Visit] = field(default_factory=dict)  # by id of the URL row
    is_offline: bool = False
    _turn: int = 0
    # id of the URL row → turn of the request
    _request_turns: dict[int, int] = field(default_factory=dict)
    # id of the URL row → turn of the failure
    _failure_turns: dict[int, int] = field(default_factory=dict)
    _answer_turns: dict[str, int] = field(default_factory=dict)  # source → turn of its last answer

    def record_request(self, page_id: int) -> None:
        """Records that a page is requested."""
        self._request_turns[page_id] = self._next_turn()

    def hold_failure(self, visit: Visit) -> None:
        """Keeps a connection failure pending: the host's connection or ours may be down."""
        self.pending_failures[visit.page_id] = visit
        self._failure_turns[visit.page_id] = self._next_turn()

    def record_answer(self, page_id: int, source: str) -> list[Visit]:
        """Records an answer. Returns the failures that happened before this page was requested.

        Our connection has worked since then, so those are failures of their hosts.
        """
        self._answer_turns[source] = self._next_turn()
        return self._release_failures(before=self._request_turns[page_id])

    def settle_failures(self) -> list[Visit]:
        """Decides on the pending failures when no more answers can arrive.

        Returns them, as failures of their hosts; returns none and sets `is_offline` when our
        connection is down: more than one source failed, and more than answered since the first
        request that failed was made. A single failing source proves no outage.
        """
        failed_sources = {visit.source for visit in self.pending_failures.values()}
        first = min((self._request_turns[page_id] for page_id in self.pending_failures), default=0)
        answering_sources = {
            source for source, turn in self._answer_turns.items() if turn > first
        } - failed_sources
        if len(failed_sources) > 1 and len(failed_sources) > len(answering_sources):
            self.is_offline = True
            self.pending_failures.clear()
        return self._release_failures(before=self._turn + 1)

    def _next_turn(self) -> int:
        self._turn += 1
        return self._turn

    def _release_failures(self, before: int) -> list[Visit]:
        page_ids = [
            page_id for page_id in self.pending_failures if self._failure_turns[page_id] < before
        ]
        return [self.pending_failures.pop(page_id) for page_id in page_ids]
