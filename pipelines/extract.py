"""Parses documents and extracts the articles of pages in a worker process.

One that hangs, crashes the parser or uses too much memory affects no other.
"""

from __future__ import annotations

import asyncio

from crawler.middlewares.tdmrep import TdmrepGuard
from khabar.model.items import Visit
from khabar.processing.process import extract_visit, parse_visit_document
from khabar.processing.reextract import update_stored_article
from pipelines import SessionPipeline


class Extract(SessionPipeline):
    async def process_item(self, visit: Visit) -> Visit:
        is_known = visit.is_same_page or (visit.page and visit.page.status == 304)
        if visit.outcome is not None or visit.page is None or is_known:
            return visit
        pool = self.session.pool
        source = self.session.sources[visit.source]
        if visit.kind != "page":
            await parse_visit_document(pool, visit, source)
        elif visit.snapshot_id is not None:
            db = self.session.active_archive.db
            await extract_visit(pool, db, visit, source)
            if visit.article and visit.outcome is None:
                await update_stored_article(pool, db, visit.page_id, source)
            await self._update_licenses(visit)
        return visit

    async def _update_licenses(self, visit: Visit) -> None:
        """Has the licences requested that a page names."""
        guard = self.session.crawler.get_downloader_middleware(TdmrepGuard)
        if guard and visit.article and (links := visit.article.rights.get("rsl")):
            await guard.site_files.update_licenses(links)

    async def close_spider(self) -> None:
        await asyncio.to_thread(self.session.close_pool)  # a tenth of a second
