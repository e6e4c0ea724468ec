"""Detects an outage of our own connection. Pure: no I/O.

The failure of a host is recorded only after a later request to any host was answered; until then it
is pending. When only pending failures remain, and more sources failed than answered meanwhile, our
connection counts as down: nothing is saved, and every page stays due. A single source tells less:
see `ConnectivityMonitor.settle_failures`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from khabar.model.items import Visit

# Our machine has no network or no name server · no connection to the host · another: the connection
# broke off, the name has only private addresses.
FailureKind = Literal["no network", "no connection", "other"]


@dataclass
class ConnectivityMonitor:
    """The order of requests, failures and answers. `is_offline` stays true until the run ends.

    `has_answer`: something answered in this run, a robots.txt included.
    `reached_sources`: those that answered in their last run, or had none. A turn is a number that
    grows with each event.
    """

    reached_sources: frozenset[str] = frozenset()
    pending_failures: dict[int, Visit] = field(default_factory=dict)  # by id of the URL row
    is_offline: bool = False
    has_answer: bool = False
    _turn: int = 0
    # id of the URL row → turn of the request
    _request_turns: dict[int, int] = field(default_factory=dict)
    # id of the URL row → turn of the failure
    _failure_turns: dict[int, int] = field(default_factory=dict)
    _failure_kinds: dict[int, FailureKind] = field(default_factory=dict)  # by id of the URL row
    _answer_turns: dict[str, int] = field(default_factory=dict)  # source → turn of its last answer

    def record_request(self, page_id: int) -> None:
        """Records that a page is requested."""
        self._request_turns[page_id] = self._next_turn()

    def forget_request(self, page_id: int) -> None:
        """Drops what is known of a page that is finished: a run may request a million."""
        self.pending_failures.pop(page_id, None)
        self._request_turns.pop(page_id, None)
        self._failure_turns.pop(page_id, None)
        self._failure_kinds.pop(page_id, None)

    def hold_failure(self, visit: Visit, kind: FailureKind = "no connection") -> None:
        """Keeps a connection failure pending: the host's connection or ours may be down."""
        self.pending_failures[visit.page_id] = visit
        self._failure_kinds[visit.page_id] = kind
        self._failure_turns[visit.page_id] = self._next_turn()

    def record_answer(self, page_id: int, source: str) -> list[Visit]:
        """Records an answer. Returns the failures that happened before this page was requested.

        Our connection has worked since then, so those are failures of their hosts.
        """
        self.has_answer = True
        self._answer_turns[source] = self._next_turn()
        # a page that an error of ours finished before its answer proves nothing: none happened
        # before turn 0
        return self._release_failures(before=self._request_turns.get(page_id, 0))

    def settle_failures(self) -> list[Visit]:
        """Decides on the pending failures when no more answers can arrive.

        Returns them, as failures of their hosts; returns none and sets `is_offline` when our
        connection is down: more than one source failed, and more than answered since the first
        request that failed was made; or one source failed, nothing has answered in this run, and
        our machine has no network or the source answered in its last run. A source that answers in
        neither of two runs is itself unreachable. Connections that broke off were made before: if
        all failures are such, our connection works.
        """
        failed_sources = {visit.source for visit in self.pending_failures.values()}
        kinds = {self._failure_kinds[page_id] for page_id in self.pending_failures}
        first = min((self._request_turns[page_id] for page_id in self.pending_failures), default=0)
        answering_sources = {
            source for source, turn in self._answer_turns.items() if turn > first
        } - failed_sources
        is_outage = (
            kinds != {"other"} and len(failed_sources) > max(1, len(answering_sources))
        ) or (len(failed_sources) == 1 and self._is_single_outage(failed_sources, kinds))
        if is_outage:
            self.is_offline = True
            self.pending_failures.clear()
        return self._release_failures(before=self._turn + 1)

    def _is_single_outage(self, failed_sources: set[str], kinds: set[FailureKind]) -> bool:
        return not self.has_answer and (
            kinds == {"no network"}
            or ("other" not in kinds and failed_sources <= self.reached_sources)
        )

    def _next_turn(self) -> int:
        self._turn += 1
        return self._turn

    def _release_failures(self, before: int) -> list[Visit]:
        page_ids = [
            page_id for page_id in self.pending_failures if self._failure_turns[page_id] < before
        ]
        return [self.pending_failures.pop(page_id) for page_id in page_ids]
