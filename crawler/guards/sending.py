"""The last look before a request goes out: while it waited its turn its host may have said "not now"."""

from __future__ import annotations

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.http import Response

from crawler.desk import desk_of
from crawler.guards.pauses import hold_back


class PatientHandler(HTTP11DownloadHandler):
    """Scrapy's own handler, for hosts that are not to be left alone just now."""

    async def download_request(self, request: Request) -> Response:
        hold_back(desk_of(self.crawler), request)
        return await super().download_request(request)
