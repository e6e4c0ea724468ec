"""Read the page into an Article, in a worker process: a page that hangs, crashes or eats memory hurts only itself."""

from __future__ import annotations

from crawler.session import Desk
from khabar.model.items import Visit
from khabar.processing.process import extract, reading_pool
from khabar.processing.workers import Workers
from pipelines import Step


class Extract(Step):
    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.pool: Workers | None = None

    async def process_item(self, visit: Visit) -> Visit:
        if visit.outcome is None and visit.snapshot_id is not None and visit.page is not None:
            self.pool = self.pool or reading_pool()
            await extract(self.pool, self.desk.open.db, visit, self.desk.sources[visit.source])
        return visit

    async def close_spider(self) -> None:
        if self.pool:
            self.pool.close()
            self.pool.join()
