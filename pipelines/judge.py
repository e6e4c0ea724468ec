"""Is it an article, in a language its source is kept for, free to read?"""

from __future__ import annotations

from khabar.model.items import Visit
from khabar.processing.process import judge_visit
from pipelines import Step


class Judge(Step):
    async def process_item(self, visit: Visit) -> Visit:
        judge_visit(visit, self.desk.sources[visit.source])
        return visit
