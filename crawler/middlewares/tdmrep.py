"""Stores a site's TDM reservation (/.well-known/tdmrep.json), fetched daily before its first page.

It blocks no request: reservations are applied when pages are used (khabar.archive.rights).
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from scrapy import Request

from crawler.failures import classify_failure
from crawler.middlewares.robots import send_internal_request
from crawler.session import get_session
from khabar.model import urls

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

PATH = "/.well-known/tdmrep.json"
MAX_AGE = timedelta(hours=24)  # as for robots.txt
MAX_BYTES = 500 * 1024  # as for robots.txt; longer files are cut off
TDMREP_PRIORITY = 900  # after robots.txt, before pages


class TdmrepGuard:
    """Fetches tdmrep.json of an origin unless today's is stored. robots.txt is obeyed."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.tasks: dict[tuple[str, str], asyncio.Task[None]] = {}  # by (origin, day)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> TdmrepGuard:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        session = get_session(self.crawler)
        if session.archive is None or request.meta.get("reason") != "page":
            return
        key = urls.get_origin(request.url), f"{session.now():%Y-%m-%d}"
        if key not in self.tasks:
            self.tasks[key] = asyncio.ensure_future(self._fetch_tdmrep(key[0]))
        await asyncio.shield(self.tasks[key])

    async def _fetch_tdmrep(self, origin: str) -> None:
        session = get_session(self.crawler)
        last_file = session.request_log.load_site_file("tdmreps", origin)
        if last_file and last_file[2] + MAX_AGE > session.now():
            return
        request = Request(
            origin + PATH, meta={"reason": "tdmrep"}, priority=TDMREP_PRIORITY, dont_filter=True
        )
        try:
            response = await send_internal_request(self.crawler, request)
        except Exception as error:
            if classify_failure(error, urls.get_host(origin)) is None:
                raise
            return
        # the bodies of error pages differ from day to day: not stored
        body = response.body[:MAX_BYTES] if response.status == 200 else b""
        session.request_log.save_site_file("tdmreps", origin, response.status, body)
