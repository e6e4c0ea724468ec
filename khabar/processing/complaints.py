"""Collects what could not be imported from one file: the first complaints of each kind are reported
one by one, the others as a count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

SHOWN = 5  # complaints of a kind that are reported one by one
MAX_KINDS = 20  # kinds of which any is; chosen by hand, not measured


class Complaints:
    """The complaints about one file. `report` is called with each line of the report."""

    def __init__(self, file: Path | str, report: Callable[[str], None]) -> None:
        self._file, self._report = file, report
        self.counts: Counter[str] = Counter()

    def add(self, where: str, kind: str, message: str) -> None:
        """Counts a complaint. `where`: a line number or an offset, as it is printed."""
        self.counts[kind] += 1
        if self.counts[kind] <= SHOWN and len(self.counts) <= MAX_KINDS:
            self._report(f"{self._file}:{where}: {message}")

    def report_rest(self, hint: str = "") -> None:
        """Reports how many complaints of each kind were not shown, and how to avoid them."""
        hidden = {
            kind: count - SHOWN * (number < MAX_KINDS)
            for number, (kind, count) in enumerate(self.counts.items())
        }
        rest = sum(count for count in list(hidden.values())[MAX_KINDS:])
        for kind, count in list(hidden.items())[:MAX_KINDS]:
            if count > 0:
                self._report(f"{self._file}: {count} more: {kind}")
        if rest:
            self._report(f"{self._file}: {rest} of other kinds")
        if hint and self.counts:
            self._report(f"{self._file}: {hint}")
