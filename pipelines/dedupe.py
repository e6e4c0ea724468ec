"""The keys that make an article the same as another; the look-up happens inside store's
transaction.
"""

from __future__ import annotations

from khabar.model.items import Visit
from khabar.processing.process import add_keys
from pipelines import SessionPipeline


class Dedupe(SessionPipeline):
    async def process_item(self, visit: Visit) -> Visit:
        add_keys(visit, self.session.sources[visit.source])
        return visit
