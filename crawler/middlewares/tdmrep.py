"""The site's word on mining its pages: /.well-known/tdmrep.json, asked once a day before its first page and kept.

It keeps no request back: what it reserves is read when something is to be done with the pages (khabar.archive.rights).
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from scrapy import Request

from crawler.failures import name_failure
from crawler.middlewares.robots import download
from crawler.session import desk_of
from khabar.model import urls

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

PATH = "/.well-known/tdmrep.json"
FRESH = timedelta(hours=24)
MAX_BYTES = 500 * 1024


class TdmrepGuard:
    """Asks for the file where none of today is known. robots.txt is obeyed; a host that has none says nothing."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.asked: dict[tuple[str, str], asyncio.Task[None]] = {}  # (origin, day) → the question

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> TdmrepGuard:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        desk = desk_of(self.crawler)
        if desk.archive is None or request.meta.get("reason") != "page":
            return
        key = urls.origin_of(request.url), f"{desk.now():%Y-%m-%d}"
        if key not in self.asked:
            self.asked[key] = asyncio.ensure_future(self._ask(key[0]))
        await asyncio.shield(self.asked[key])

    async def _ask(self, origin: str) -> None:
        desk = desk_of(self.crawler)
        known = desk.requests.known_word("tdmreps", origin)
        if known and known[2] + FRESH > desk.now():
            return
        request = Request(origin + PATH, meta={"reason": "tdmrep"}, priority=900, dont_filter=True)
        try:
            response = await download(self.crawler, request)
        except Exception as error:
            if name_failure(error, urls.host_of(origin)) is None:
                raise
            return
        body = response.body[:MAX_BYTES] if response.status == 200 else b""  # error pages differ from day to day
        desk.requests.keep_word("tdmreps", origin, response.status, body)
