"""Extracts the article of a page in a worker process.

A page that hangs, crashes the extractor or uses too much memory affects no other page.
"""

from __future__ import annotations

from crawler.session import CrawlSession
from khabar.model.items import Visit
from khabar.processing.process import extract_visit, open_worker_pool
from khabar.processing.workers import WorkerPool
from pipelines import SessionPipeline


class Extract(SessionPipeline):
    def __init__(self, session: CrawlSession) -> None:
        super().__init__(session)
        self.pool: WorkerPool | None = None

    async def process_item(self, visit: Visit) -> Visit:
        if visit.outcome is None and visit.snapshot_id is not None and visit.page is not None:
            self.pool = self.pool or open_worker_pool()
            await extract_visit(
                self.pool, self.session.active_archive.db, visit, self.session.sources[visit.source]
            )
        return visit

    async def close_spider(self) -> None:
        if self.pool:
            self.pool.close()
            self.pool.join()
