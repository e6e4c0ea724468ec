"""Stores the raw page before any other step: an error of ours never costs a second fetch. A page
from which the stored article was extracted is recognised, and not extracted again.
"""

from __future__ import annotations

from khabar.archive.database import transaction
from khabar.archive.store import snapshots
from khabar.extraction import extractor_version
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
            version = extractor_version(self.session.sources[visit.source])
            with transaction(archive.db):
                if snapshots.is_same_page(archive.db, visit.page, visit.page_id, version):
                    visit.is_same_page, visit.evidence = True, "the same page as before"
                visit.snapshot_id = snapshots.save_snapshot(archive, visit.page, visit.page_id)
                self.session.request_log.write()
        return visit
