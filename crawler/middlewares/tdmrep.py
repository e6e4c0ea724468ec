"""Has a site's tdmrep.json and RSL licences requested daily before its first page.

It blocks no request: reservations are applied when pages are used (khabar.archive.rights).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.session import get_session
from crawler.site_files import SiteFileFetcher
from khabar.model import urls

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler


class TdmrepGuard:
    """Lets a page wait until what its site says of use is stored, as far as it can be had."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.site_files = SiteFileFetcher(crawler, lambda: get_session(crawler).pool)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> TdmrepGuard:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        session = get_session(self.crawler)
        if session.archive is None or request.meta.get("reason") != "page":
            return
        origin = urls.get_origin(request.url)
        await self.site_files.update_tdmrep(origin)
        await self.site_files.update_origin_licenses(origin)
