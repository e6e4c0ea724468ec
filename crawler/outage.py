"""Our own line: is it the hosts that do not answer, or do we reach nobody? Pure.

A host that could not be reached is blamed only once somebody has answered who was asked later. Until then the failure
is held. When nothing is left but what is held, and more sources are silent than answered meanwhile, the line is down:
nothing is filed, and every page stays due as it was.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from khabar.model.items import Visit


@dataclass
class Line:
    """What was asked and what was heard, in turns. `down` stays true for the rest of the run."""

    held: dict[int, Visit] = field(default_factory=dict)  # by ledger row
    down: bool = False
    _turn: int = 0
    _asked: dict[int, int] = field(default_factory=dict)  # ledger row → turn it was handed out
    _failed: dict[int, int] = field(default_factory=dict)  # ledger row → turn it was held
    _answered: dict[str, int] = field(default_factory=dict)  # source → turn of its last answer

    def ask(self, page_id: int) -> None:
        """A page goes out."""
        self._asked[page_id] = self._next()

    def hold(self, visit: Visit) -> None:
        """A host could not be reached: perhaps its fault, perhaps ours."""
        self.held[visit.page_id] = visit
        self._failed[visit.page_id] = self._next()

    def hear(self, page_id: int, source: str) -> list[Visit]:
        """An answer. Gives what had failed before this page was asked for: the line was up, the fault its hosts'."""
        self._answered[source] = self._next()
        return self._release(before=self._asked[page_id])

    def conclude(self) -> list[Visit]:
        """Nothing more can be heard. Gives what was held, its hosts' fault after all; nothing when the line is down.

        One source alone cannot tell. Of several, those that answered since the first of the silent ones was asked
        speak for the line.
        """
        silent = {one.source for one in self.held.values()}
        first = min((self._asked[page_id] for page_id in self.held), default=0)
        speaking = {source for source, turn in self._answered.items() if turn > first} - silent
        if len(silent) > 1 and len(silent) > len(speaking):
            self.down = True
            self.held.clear()
        return self._release(before=self._turn + 1)

    def _next(self) -> int:
        self._turn += 1
        return self._turn

    def _release(self, before: int) -> list[Visit]:
        done = [page_id for page_id in self.held if self._failed[page_id] < before]
        return [self.held.pop(page_id) for page_id in done]
