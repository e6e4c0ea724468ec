"""Our own line: is it the hosts that do not answer, or do we reach nobody? Pure.

A host that could not be reached is blamed only once somebody has answered who was asked later.
Until then the failure is held. When nothing is left but what is held, and more sources are silent
than answered meanwhile, the line is down: nothing is filed, and every page stays due as it was.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from khabar.model.items import Visit


@dataclass
class ConnectivityMonitor:
    """What was asked and what was heard, in turns. `is_offline` stays true for the rest of the
    run.
    """

    pending_failures: dict[int, Visit] = field(default_factory=dict)  # by ledger row
    is_offline: bool = False
    _turn: int = 0
    # ledger row → turn it was handed out
    _request_turns: dict[int, int] = field(default_factory=dict)
    _failure_turns: dict[int, int] = field(default_factory=dict)  # ledger row → turn it was held
    _answer_turns: dict[str, int] = field(default_factory=dict)  # source → turn of its last answer

    def record_request(self, page_id: int) -> None:
        """A page goes out."""
        self._request_turns[page_id] = self._next_turn()

    def hold_failure(self, visit: Visit) -> None:
        """A host could not be reached: perhaps its fault, perhaps ours."""
        self.pending_failures[visit.page_id] = visit
        self._failure_turns[visit.page_id] = self._next_turn()

    def record_answer(self, page_id: int, source: str) -> list[Visit]:
        """An answer. Gives what had failed before this page was asked for: the line was up, the
        fault its hosts'.
        """
        self._answer_turns[source] = self._next_turn()
        return self._release_failures(before=self._request_turns[page_id])

    def settle_failures(self) -> list[Visit]:
        """Nothing more can be heard. Gives what was held, its hosts' fault after all; nothing when
        the line is down.

        One source alone cannot tell. Of several, those that answered since the first of the silent
        ones was asked speak for the line.
        """
        silent_sources = {visit.source for visit in self.pending_failures.values()}
        first = min((self._request_turns[page_id] for page_id in self.pending_failures), default=0)
        answering_sources = {
            source for source, turn in self._answer_turns.items() if turn > first
        } - silent_sources
        if len(silent_sources) > 1 and len(silent_sources) > len(answering_sources):
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
