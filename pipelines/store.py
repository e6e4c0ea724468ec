"""Saves the result of a visit in one transaction. The last step."""

from __future__ import annotations

from khabar.model.items import Visit
from pipelines import SessionPipeline


class Store(SessionPipeline):
    async def process_item(self, visit: Visit) -> Visit:
        self.session.save_visit(visit)
        return visit
