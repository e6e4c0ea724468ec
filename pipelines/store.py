"""The end of a visit's way: everything it brought is filed in one transaction, and the desk hears how it ended."""

from __future__ import annotations

from scrapy.crawler import Crawler

from archive.filing import file_visit
from crawler.desk import Desk, desk_of
from crawler.items import Visit


class Store:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Store:
        return cls(desk_of(crawler))

    async def process_item(self, visit: Visit) -> Visit:
        desk = self.desk
        filed = file_visit(desk.open.db, visit, desk.sources[visit.source], desk.now(), desk.run)
        desk.settled(visit.page_id, filed.outcome)
        return visit
