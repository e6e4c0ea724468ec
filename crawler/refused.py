"""The exceptions for requests that are not sent: blocked by a guard (a downloader middleware), or
dropped at the end of a run.
"""

from __future__ import annotations

from datetime import datetime

from scrapy.exceptions import IgnoreRequest

from crawler.outage import FailureKind
from khabar.model.items import Outcome


class RequestBlocked(IgnoreRequest):
    """Raised for a request that a guard blocks. `retry_at`: set when a later try may succeed.

    `connection_failure`: how a request of the guard itself to the host failed, if it did.
    """

    def __init__(
        self,
        outcome: Outcome,
        evidence: str,
        retry_at: datetime | None = None,
        *,
        connection_failure: FailureKind | None = None,
    ) -> None:
        super().__init__(f"{outcome}: {evidence}")
        self.outcome, self.evidence = outcome, evidence
        self.retry_at, self.connection_failure = retry_at, connection_failure


class RequestDropped(IgnoreRequest):
    """Raised for a request that was not sent before the end of the run. Its page stays due."""
