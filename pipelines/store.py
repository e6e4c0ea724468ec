"""The end of a visit's way: everything it brought is stored, in one transaction."""

from __future__ import annotations

from khabar.model.items import Visit
from pipelines import SessionPipeline


class Store(SessionPipeline):
    async def process_item(self, visit: Visit) -> Visit:
        self.session.save_visit(visit)
        return visit
