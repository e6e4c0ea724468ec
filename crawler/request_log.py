"""Every request a run makes and what came back, and what hosts said for all their pages, written
to the archive.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from scrapy.http import Request, Response

from crawler.refused import RequestBlocked
from khabar.archive import health
from khabar.archive.database import Archive
from khabar.archive.health.requests import SiteFileTable


@dataclass(slots=True)
class RequestLog:
    """Writes to the archive of a run. Without one (`scrapy shell`) nothing is written and
    nothing is known.
    """

    now: Callable[[], datetime]
    user_agent: str = ""
    archive: Archive | None = None
    run: int | None = None

    def record_response(self, request: Request, response: Response) -> None:
        """An answer: time, status, bytes, why it was asked for."""
        self._record_request(request, response.status, len(response.body))

    def record_failure(self, request: Request, error: BaseException) -> None:
        """A request that brought no answer is written down as well. One that a guard held back
        never went out.
        """
        if not isinstance(error, RequestBlocked):
            self._record_request(request, 0, 0, f"{type(error).__name__}: {error}"[:200])

    def load_site_file(
        self, table: SiteFileTable, origin: str
    ) -> tuple[int, bytes, datetime] | None:
        """What a host last said for all its pages (robots.txt, tdmrep.json): status, body, when
        it was asked.
        """
        return health.last_site_file(self.archive.db, table, origin) if self.archive else None

    def save_site_file(self, table: SiteFileTable, origin: str, status: int, body: bytes) -> None:
        """Keeps what a host says for all its pages."""
        if self.archive:
            health.save_site_file(self.archive.db, table, origin, status, body, self.now())

    def _record_request(
        self, request: Request, status: int, size: int, error: str | None = None
    ) -> None:
        if self.archive:
            health.record_fetch(
                self.archive.db,
                run=self.run,
                url=request.url,
                sent_at=request.meta.get("sent_at") or self.now(),
                status=status,
                size=size,
                reason=request.meta.get("reason", "page"),
                user_agent=self.user_agent,
                error=error,
            )
