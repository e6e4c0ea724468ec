"""Pauses a host after 429, 503 or Retry-After; its URLs wait in the frontier meanwhile."""

from __future__ import annotations

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.refused import RequestBlocked, RequestDropped
from crawler.session import CrawlSession, get_session
from khabar.model import urls
from khabar.model.items import Outcome
from khabar.processing.responses import pause_until

_SITE_FILES = frozenset({"robots", "tdmrep"})  # reasons of requests for files of a whole site


def check_pause(session: CrawlSession, request: Request) -> None:
    """Raises RequestBlocked while the host is paused, RequestDropped when the run ends."""
    if session.is_ending:
        raise RequestDropped("the run ends")
    until = session.paused_hosts.get(urls.get_host(request.url))
    if until and until > session.now():
        raise RequestBlocked(
            Outcome.UNREACHABLE, f"the host is paused until {until:%d %b %H:%M:%S} UTC", until
        )


class PauseGuard:
    """Pauses a host after 429 or 503, or many 403 in a row, and blocks requests to paused hosts."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> PauseGuard:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        check_pause(self._session, request)

    async def process_response(self, request: Request, response: Response) -> Response:
        session, host = self._session, urls.get_host(request.url)
        retry_after = (response.headers.get("Retry-After") or b"").decode("latin-1")
        if until := pause_until(response.status, retry_after, session.now()):
            session.pause_host(host, until)
        # robots.txt and tdmrep.json say nothing about pages: hosts that forbid all pages may serve
        # them, and others forbid them alone
        elif request.meta.get("reason") not in _SITE_FILES:
            if response.status == 403:
                session.record_forbidden(host)
            else:
                session.record_success(host)
        return response

    @property
    def _session(self) -> CrawlSession:
        return get_session(self.crawler)


class RetryAfterDownloadHandler(HTTP11DownloadHandler):
    """Scrapy's download handler; checks again that the host is not paused and the run goes on.

    Either may have changed while the request waited in its slot.
    """

    async def download_request(self, request: Request) -> Response:
        check_pause(get_session(self.crawler), request)
        return await super().download_request(request)
