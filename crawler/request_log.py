"""Logs every request of a run and its result, and stores robots.txt, tdmrep.json and licences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from scrapy.http import Request, Response

from crawler.failures import MAX_EVIDENCE
from crawler.refused import RequestBlocked, RequestDropped
from khabar.archive import health
from khabar.archive.database import Archive
from khabar.archive.health.requests import LoggedRequest, SiteFileTable

MAX_UNWRITTEN = 20  # responses of pages that are not stored yet; chosen by hand


@dataclass(slots=True)
class RequestLog:
    """Writes to the archive of a run. Without one (`scrapy shell`) writes and finds nothing."""

    now: Callable[[], datetime]
    user_agent: str = ""
    archive: Archive | None = None
    run: int | None = None
    unwritten: list[LoggedRequest] = field(default_factory=list)

    def record_response(self, request: Request, response: Response) -> None:
        """Records a response: time, status, bytes and the request's reason. That of a page is
        written in the transaction that stores the page (`write`).
        """
        self._record_request(request, response.status, len(response.body))
        if "entry" not in request.meta or len(self.unwritten) >= MAX_UNWRITTEN:
            self.write()

    def record_failure(self, request: Request, error: BaseException) -> None:
        """Records a request without a response, unless it was blocked or dropped: not sent."""
        if not isinstance(error, (RequestBlocked, RequestDropped)):
            self._record_request(request, 0, 0, f"{type(error).__name__}: {error}"[:MAX_EVIDENCE])
            self.write()

    def write(self) -> None:
        """Writes what was recorded, if it is not written yet."""
        if self.archive and self.unwritten:
            health.record_fetches(self.archive.db, self.unwritten)
            self.unwritten.clear()

    def load_site_file(
        self, table: SiteFileTable, origin: str
    ) -> tuple[int, bytes, datetime] | None:
        """Returns (status, body, request time) of a host's last robots.txt or tdmrep.json."""
        return health.last_site_file(self.archive.db, table, origin) if self.archive else None

    def save_site_file(self, table: SiteFileTable, origin: str, status: int, body: bytes) -> None:
        if self.archive:
            health.save_site_file(self.archive.db, table, origin, status, body, self.now())

    def load_license(self, url: str) -> tuple[int, datetime] | None:
        """Returns (status, request time) of the last request for a licence."""
        return health.last_license(self.archive.db, url) if self.archive else None

    def save_license(self, url: str, status: int, body: bytes, terms: str | None) -> None:
        if self.archive:
            health.save_license(self.archive.db, url, status, body, terms, self.now())

    def _record_request(
        self, request: Request, status: int, size: int, error: str | None = None
    ) -> None:
        if self.archive:
            sent_at = request.meta.get("sent_at") or self.now()
            reason = request.meta.get("reason", "page")
            self.unwritten.append(
                LoggedRequest(
                    self.run, request.url, sent_at, status, size, reason, self.user_agent, error
                )
            )
