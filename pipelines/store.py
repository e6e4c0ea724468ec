"""The end of a visit's way: the desk files everything it brought, in one transaction."""

from __future__ import annotations

from scrapy.crawler import Crawler

from crawler.desk import Desk, desk_of
from crawler.items import Visit


class Store:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Store:
        return cls(desk_of(crawler))

    async def process_item(self, visit: Visit) -> Visit:
        self.desk.file(visit)
        return visit
