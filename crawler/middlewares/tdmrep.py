"""The site's word on mining its pages: /.well-known/tdmrep.json, asked once a day before its first
page and kept.

It keeps no request back: what it reserves is read when something is to be done with the pages
(khabar.archive.rights).
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
MAX_AGE = timedelta(hours=24)
MAX_BYTES = 500 * 1024


class TdmrepGuard:
    """Asks for the file where none of today is known. robots.txt is obeyed; a host that has none
    says nothing.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.asked: dict[tuple[str, str], asyncio.Task[None]] = {}  # (origin, day) → the question

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> TdmrepGuard:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        session = get_session(self.crawler)
        if session.archive is None or request.meta.get("reason") != "page":
            return
        key = urls.get_origin(request.url), f"{session.now():%Y-%m-%d}"
        if key not in self.asked:
            self.asked[key] = asyncio.ensure_future(self._fetch_tdmrep(key[0]))
        await asyncio.shield(self.asked[key])

    async def _fetch_tdmrep(self, origin: str) -> None:
        session = get_session(self.crawler)
        last_file = session.request_log.load_site_file("tdmreps", origin)
        if last_file and last_file[2] + MAX_AGE > session.now():
            return
        request = Request(origin + PATH, meta={"reason": "tdmrep"}, priority=900, dont_filter=True)
        try:
            response = await send_internal_request(self.crawler, request)
        except Exception as error:
            if classify_failure(error, urls.get_host(origin)) is None:
                raise
            return
        # error pages differ from day to day
        body = response.body[:MAX_BYTES] if response.status == 200 else b""
        session.request_log.save_site_file("tdmreps", origin, response.status, body)
