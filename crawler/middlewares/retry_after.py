"""A host that says "not now" is left alone until it said, and every URL of it waits in the
ledger meanwhile.
"""

from __future__ import annotations

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.refused import RequestBlocked
from crawler.session import CrawlSession, get_session
from khabar.model import urls
from khabar.model.items import Outcome
from khabar.processing.responses import pause_until

_FOR_ALL = frozenset({"robots", "tdmrep"})


def check_pause(session: CrawlSession, request: Request) -> None:
    """Raises Refused while the request's host is to be left alone."""
    until = session.paused_hosts.get(urls.get_host(request.url))
    if until and until > session.now():
        raise RequestBlocked(
            Outcome.UNREACHABLE, f"the host is left alone until {until:%d %b %H:%M:%S} UTC", until
        )


class PauseGuard:
    """Hears a host's "not now" (429, 503) and lasting "not you" (403), and holds back what was
    on its way there.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> PauseGuard:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        check_pause(self._session, request)

    async def process_response(self, request: Request, response: Response) -> Response:
        retry_after, host = (
            response.headers.get("Retry-After", b"") or b"",
            urls.get_host(request.url),
        )
        if until := pause_until(
            response.status, retry_after.decode("latin-1"), self._session.now()
        ):
            self._session.pause_host(host, until)
        # served to those who are locked out, too; or to nobody
        elif request.meta.get("reason") not in _FOR_ALL:
            (
                self._session.record_forbidden
                if response.status == 403
                else self._session.record_success
            )(host)
        return response

    @property
    def _session(self) -> CrawlSession:
        return get_session(self.crawler)


# --- the last look before a request goes out: while it waited its turn its host may have said "not
# now" ---


class RetryAfterDownloadHandler(HTTP11DownloadHandler):
    """Scrapy's own handler, for hosts that are not to be left alone just now."""

    async def download_request(self, request: Request) -> Response:
        check_pause(get_session(self.crawler), request)
        return await super().download_request(request)
