"""Keep the raw page before anything can fail. From here on it is never fetched twice for our own faults."""

from __future__ import annotations

from scrapy.crawler import Crawler

from archive import snapshots
from crawler.desk import Desk, desk_of
from crawler.items import Visit


class Snapshot:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Snapshot:
        return cls(desk_of(crawler))

    async def process_item(self, visit: Visit) -> Visit:
        if visit.outcome is None and visit.snapshot_id is None and visit.page and visit.page.status == 200:
            visit.snapshot_id = snapshots.keep(self.desk.open, visit.page, visit.page_id)
        return visit
