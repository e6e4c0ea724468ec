"""Stores the raw page before any other step: an error of ours never costs a second fetch."""

from __future__ import annotations

from khabar.archive.database import transaction
from khabar.archive.store import snapshots
from khabar.model.items import Visit
from pipelines import SessionPipeline


class Snapshot(SessionPipeline):
    async def process_item(self, visit: Visit) -> Visit:
        if (
            visit.outcome is None
            and visit.kind == "page"
            and visit.snapshot_id is None
            and visit.page
            and visit.page.status == 200
        ):
            archive = self.session.active_archive
            with transaction(archive.db):
                visit.snapshot_id = snapshots.save_snapshot(archive, visit.page, visit.page_id)
                self.session.request_log.write()
        return visit
