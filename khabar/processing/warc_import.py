"""Imports the pages of a WARC file: their snapshots are stored, then they are extracted."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

from khabar.archive.frontier.imports import ImportedUrl
from khabar.archive.store import snapshots
from khabar.model.items import Page, Visit
from khabar.model.sources import Source
from khabar.parsing.warc import WarcRecord, iter_records
from khabar.processing.complaints import Complaints
from khabar.processing.extract_page import ExtractedPage
from khabar.processing.page_import import PageImport
from khabar.processing.process import extract_in_worker
from khabar.processing.responses import build_visit
from khabar.processing.workers import WorkerPool


class WarcImport(PageImport[WarcRecord]):
    """One run of `khabar import` over WARC files."""

    def import_file(self, path: Path, on_progress: Callable[[int], None]) -> None:
        """Imports a file, from where an earlier run stopped. Calls `on_progress` with the number of
        bytes done.
        """
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "blake2b").hexdigest()
            size = stream.seek(0, 2)
            file, offset = self.begin_file(path, digest, size)
            if offset is None:
                on_progress(size)
                return
            records = _iter_async(iter_records(stream, offset, self.refuse_url))
            complaints = Complaints(path, self.on_error)
            asyncio.run(self.import_records(file, records, complaints, on_progress, size))

    def begin_page(
        self, record: WarcRecord, page: Page, entry: ImportedUrl, source: Source
    ) -> Visit:
        """Stores the snapshot of a page that is extracted."""
        visit = build_visit(entry.page_id, source, "page", page)
        if visit.outcome is None:
            visit.snapshot_id = snapshots.save_snapshot(self.archive, page, entry.page_id)
        return visit

    def start_extraction(
        self, pool: WorkerPool, record: WarcRecord, visit: Visit, source: Source
    ) -> asyncio.Task[ExtractedPage | str]:
        """Extracts a page in a worker."""
        assert visit.page
        return asyncio.ensure_future(extract_in_worker(pool, visit.page, source))


async def _iter_async(records: Iterator[WarcRecord]) -> AsyncIterator[WarcRecord]:
    for record in records:
        yield record
