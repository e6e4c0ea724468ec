"""A host that says "not now" is left alone until it said, and every URL of it waits in the ledger meanwhile."""

from __future__ import annotations

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.refused import Refused
from crawler.session import Desk, desk_of
from khabar.model import urls
from khabar.model.items import Outcome
from khabar.processing.responses import pause_until

_FOR_ALL = frozenset({"robots", "tdmrep"})


def hold_back(desk: Desk, request: Request) -> None:
    """Raises Refused while the request's host is to be left alone."""
    until = desk.resting.get(urls.host_of(request.url))
    if until and until > desk.now():
        raise Refused(Outcome.UNREACHABLE, f"the host is left alone until {until:%d %b %H:%M:%S} UTC", until)


class PauseGuard:
    """Hears a host's "not now" (429, 503) and lasting "not you" (403), and holds back what was on its way there."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> PauseGuard:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        hold_back(self._desk, request)

    async def process_response(self, request: Request, response: Response) -> Response:
        told, host = response.headers.get("Retry-After", b"") or b"", urls.host_of(request.url)
        if until := pause_until(response.status, told.decode("latin-1"), self._desk.now()):
            self._desk.pause(host, until)
        elif request.meta.get("reason") not in _FOR_ALL:  # served to those who are locked out, too; or to nobody
            (self._desk.refused if response.status == 403 else self._desk.welcomed)(host)
        return response

    @property
    def _desk(self) -> Desk:
        return desk_of(self.crawler)


# --- the last look before a request goes out: while it waited its turn its host may have said "not now" ---


class PatientHandler(HTTP11DownloadHandler):
    """Scrapy's own handler, for hosts that are not to be left alone just now."""

    async def download_request(self, request: Request) -> Response:
        hold_back(desk_of(self.crawler), request)
        return await super().download_request(request)
