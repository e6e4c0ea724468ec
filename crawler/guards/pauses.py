"""A host that says "not now" is left alone until it said, and every URL of it waits in the ledger meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler import urls
from crawler.desk import Desk, desk_of
from crawler.guards.refusal import Refused
from crawler.items import Outcome

PAUSE_STATUS = frozenset({429, 503})
DEFAULT_PAUSE = timedelta(minutes=10)
LONGEST_PAUSE = timedelta(days=1)
_FOR_ALL = frozenset({"robots", "tdmrep"})


def pause_until(status: int, retry_after: str | None, now: datetime) -> datetime | None:
    """Until when a host wants to be left alone after this answer; None when it does not say so.

    `retry_after` is the header's value: seconds or an HTTP date. Unreadable or missing: ten minutes; never over a day.
    """
    if status not in PAUSE_STATUS:
        return None
    until = _told(retry_after or "", now) or now + DEFAULT_PAUSE
    return min(max(until, now + timedelta(seconds=1)), now + LONGEST_PAUSE)


def _told(value: str, now: datetime) -> datetime | None:
    if value.strip().isdecimal():
        return now + min(timedelta(seconds=int(value.strip()[:9])), LONGEST_PAUSE)
    try:
        told = parsedate_to_datetime(value)
    except ValueError:
        return None
    return told if told.tzinfo else told.replace(tzinfo=UTC)


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
