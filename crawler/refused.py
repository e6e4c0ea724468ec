"""The one way a guard says no."""

from __future__ import annotations

from datetime import datetime

from scrapy.exceptions import IgnoreRequest

from khabar.model.items import Outcome


class RequestBlocked(IgnoreRequest):
    """A request a guard did not let out. `retry_at` is set when a later try may fare better.

    `unheard`: the guard asked its host just now, and no word came back.
    """

    def __init__(
        self,
        outcome: Outcome,
        evidence: str,
        retry_at: datetime | None = None,
        *,
        unheard: bool = False,
    ) -> None:
        super().__init__(f"{outcome}: {evidence}")
        self.outcome, self.evidence, self.retry_at, self.unheard = (
            outcome,
            evidence,
            retry_at,
            unheard,
        )
