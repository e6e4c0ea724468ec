"""The exception that a guard (a downloader middleware) raises to block a request."""

from __future__ import annotations

from datetime import datetime

from scrapy.exceptions import IgnoreRequest

from khabar.model.items import Outcome


class RequestBlocked(IgnoreRequest):
    """Raised for a request that a guard blocks. `retry_at`: set when a later try may succeed.

    `is_unanswered`: the guard made a request of its own to the host, and no response arrived.
    """

    def __init__(
        self,
        outcome: Outcome,
        evidence: str,
        retry_at: datetime | None = None,
        *,
        is_unanswered: bool = False,
    ) -> None:
        super().__init__(f"{outcome}: {evidence}")
        self.outcome, self.evidence = outcome, evidence
        self.retry_at, self.is_unanswered = retry_at, is_unanswered
