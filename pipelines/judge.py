"""Decides whether a page is an article, in a language of its source, and not behind a paywall."""

from __future__ import annotations

from khabar.model.items import Visit
from khabar.processing.process import judge_visit
from pipelines import SessionPipeline


class Judge(SessionPipeline):
    async def process_item(self, visit: Visit) -> Visit:
        judge_visit(visit, self.session.sources[visit.source])
        return visit
