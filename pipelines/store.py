"""The end of a visit's way: everything it brought is stored, in one transaction."""

from __future__ import annotations

from khabar.model.items import Visit
from pipelines import Step


class Store(Step):
    async def process_item(self, visit: Visit) -> Visit:
        self.desk.file(visit)
        return visit
