"""Parses documents and extracts the articles of pages in a worker process.

One that hangs, crashes the parser or uses too much memory affects no other.
"""

from __future__ import annotations

from crawler.session import CrawlSession
from khabar.model.items import Visit
from khabar.processing.process import extract_visit, open_worker_pool, parse_visit_document
from khabar.processing.reextract import update_stored_article
from khabar.processing.workers import WorkerPool
from pipelines import SessionPipeline


class Extract(SessionPipeline):
    def __init__(self, session: CrawlSession) -> None:
        super().__init__(session)
        self.pool: WorkerPool | None = None

    async def process_item(self, visit: Visit) -> Visit:
        if visit.outcome is not None or visit.page is None or visit.page.status == 304:
            return visit
        self.pool = self.pool or open_worker_pool()
        source = self.session.sources[visit.source]
        if visit.kind != "page":
            await parse_visit_document(self.pool, visit, source)
        elif visit.snapshot_id is not None:
            db = self.session.active_archive.db
            await extract_visit(self.pool, db, visit, source)
            if visit.article and visit.outcome is None:
                await update_stored_article(self.pool, db, visit.page_id, source)
        return visit

    async def close_spider(self) -> None:
        if self.pool:
            self.pool.close()
            self.pool.join()
