"""Saves the result of a visit in one transaction; the links of a long document in several. The last
step.
"""

from __future__ import annotations

from khabar.model.items import Visit
from pipelines import SessionPipeline


class Store(SessionPipeline):
    async def process_item(self, visit: Visit) -> Visit:
        if await self.session.save_long_document(visit):
            self.session.save_visit(visit)
        return visit
