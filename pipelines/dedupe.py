"""Computes the keys that identify an article. The look-up is in the transaction of `Store`."""

from __future__ import annotations

from khabar.model.items import Visit
from khabar.processing.process import add_keys
from pipelines import SessionPipeline


class Dedupe(SessionPipeline):
    async def process_item(self, visit: Visit) -> Visit:
        add_keys(visit, self.session.sources[visit.source])
        return visit
