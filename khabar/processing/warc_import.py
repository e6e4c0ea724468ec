"""Imports the pages of a WARC file: each is stored, extracted, judged, keyed and saved as a crawled
page is, without Scrapy.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

import msgspec

from khabar.archive.database import Archive, transaction
from khabar.archive.frontier import imports
from khabar.archive.frontier.imports import ImportedUrl, ImportFile
from khabar.archive.store import snapshots
from khabar.archive.store.save import save_visit
from khabar.model import clock
from khabar.model.items import Outcome, Page, Visit
from khabar.model.sources import Registry, Source
from khabar.parsing.warc import WarcRecord, iter_records
from khabar.processing.admission import NotAdmitted, admit
from khabar.processing.complaints import Complaints
from khabar.processing.extract_page import ExtractedPage
from khabar.processing.process import extract_in_worker, open_worker_pool, process_visit
from khabar.processing.responses import build_visit
from khabar.processing.workers import PAGES_AHEAD, WorkerPool

# Records after which progress is saved, if they hold no page; chosen by hand, not measured.
MAX_BATCH = 1000
# Pages, and bytes of pages, that are saved in one transaction; chosen by hand, not measured.
BATCH_PAGES, BATCH_BYTES = 16, 8 << 20


@dataclass(frozen=True, slots=True)
class PageJob:
    """A page of a WARC file on its way. `extraction`: its result, from a worker; None for a page
    that is not extracted.
    """

    entry: ImportedUrl
    visit: Visit
    source: Source
    extraction: asyncio.Task[ExtractedPage | str] | None


@dataclass(frozen=True, slots=True)
class RecordBatch:
    """Consecutive records. `urls`: the canonical URLs of their pages, none of them twice."""

    records: list[WarcRecord]
    urls: frozenset[str]


@dataclass(frozen=True, slots=True)
class PageBatch:
    """The pages of consecutive records, the last of which ends at `end`. `urls`: of the pages."""

    jobs: list[PageJob]
    end: int
    urls: frozenset[str]


@dataclass
class WarcImport:
    """One run of `khabar import` over WARC files. `counts`: records by result; `again`: files that
    are finished are read once more.
    """

    archive: Archive
    registry: Registry
    on_error: Callable[[str], None]
    on_notice: Callable[[str], None]
    workers: int
    again: bool = False
    counts: Counter[str] = field(default_factory=Counter)

    def import_file(self, file: Path, on_progress: Callable[[int], None]) -> None:
        """Imports a file, from where an earlier run stopped. Calls `on_progress` with the number of
        bytes done.
        """
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "blake2b").hexdigest()
            asyncio.run(self._import_stream(file, stream, digest, on_progress))

    async def _import_stream(
        self, path: Path, stream: BinaryIO, digest: str, on_progress: Callable[[int], None]
    ) -> None:
        size, db = stream.seek(0, 2), self.archive.db
        file = ImportFile(path.name, size, digest, digest_sources(self.registry))
        progress = imports.begin_import(db, file, clock.now(), again=self.again)
        if progress.finished_at:
            self.on_notice(
                f"{path}: was imported on {progress.finished_at[:10]} with these sources;"
                " --again reads it once more"
            )
            on_progress(size)
            return
        complaints = Complaints(path, self.on_error)
        records = iter_records(stream, progress.offset, self._refuse_url)
        with open_worker_pool(self.workers) as pool:
            waiting: deque[PageBatch] = deque()
            for batch in self._batch_records(records):
                # whether a copy of a page is the newer one is known once the other one is saved
                while waiting and any(batch.urls & other.urls for other in waiting):
                    await self._finish_batch(pool, file, waiting.popleft())
                waiting.append(await self._begin_batch(pool, complaints, batch))
                if len(waiting) == PAGES_AHEAD // BATCH_PAGES:
                    await self._finish_batch(pool, file, waiting[0])
                    on_progress(waiting.popleft().end)
            for last in waiting:
                await self._finish_batch(pool, file, last)
        imports.save_progress(db, file, size, 0, clock.now(), is_finished=True)
        complaints.report_rest()
        on_progress(size)

    def _batch_records(self, records: Iterator[WarcRecord]) -> Iterator[RecordBatch]:
        """Yields the records in batches, each with at most BATCH_PAGES pages, or MAX_BATCH records.
        A page that makes it longer than BATCH_BYTES is the last, and another copy of a page in it
        begins the next.
        """
        batch: list[WarcRecord] = []
        urls: set[str] = set()
        size = 0
        for record in records:
            url = self._canonicalize_url(record.page.url) if record.page else ""
            is_full = len(urls) == BATCH_PAGES or size >= BATCH_BYTES or len(batch) == MAX_BATCH
            if batch and (is_full or url in urls):
                yield RecordBatch(batch, frozenset(urls))
                batch, urls, size = [], set(), 0
            batch.append(record)
            if record.page:
                urls.add(url)
                size += len(record.page.body)
        if batch:
            yield RecordBatch(batch, frozenset(urls))

    # --- which records ---

    def _canonicalize_url(self, url: str) -> str:
        source = self._find_source(url)
        assert source, "pages of others are not read"
        return source.canonicalize_url(url)

    def _find_source(self, url: str) -> Source | None:
        return next(
            (source for source in self.registry.sources.values() if source.is_own_url(url)), None
        )

    def _refuse_url(self, url: str) -> str:
        """Returns why a URL is not imported, '' if it is."""
        source = self._find_source(url)
        if source is None:
            return "of no known source"
        return "no article address" if source.check_url(url) else ""

    def _save_pages(
        self, complaints: Complaints, batch: Iterable[WarcRecord]
    ) -> Iterator[tuple[ImportedUrl, Visit, Source]]:
        """Stores the snapshots of the batch's new pages and yields them."""
        for record in batch:
            where = f" byte {record.offset}"
            if record.page is None:
                self.counts["broken" if record.is_broken else record.skip_reason] += 1
                if record.is_broken:
                    complaints.add(where, record.skip_reason, record.skip_reason)
                continue
            try:
                seen_at = admit(record.page, record.page.fetched_at, clock.now())
            except NotAdmitted as error:
                self.counts["broken"] += 1
                complaints.add(where, error.kind, str(error))
                continue
            if job := self._save_page(replace(record.page, fetched_at=seen_at)):
                yield job

    def _save_page(self, page: Page) -> tuple[ImportedUrl, Visit, Source] | None:
        source = self._find_source(page.url)
        assert source
        entry = imports.upsert_imported_url(self.archive.db, source, page, clock.now())
        if entry is None:
            self.counts["known already"] += 1
            return None
        visit = build_visit(entry.page_id, source, "page", page)
        if visit.outcome is None:
            visit.snapshot_id = snapshots.save_snapshot(self.archive, page, entry.page_id)
        return entry, visit, source

    # --- processing ---

    async def _begin_batch(
        self, pool: WorkerPool, complaints: Complaints, batch: RecordBatch
    ) -> PageBatch:
        """Stores the snapshots of a batch in one transaction, and gives its pages to the workers.

        The records are read up to here only; none of their pages is judged before those of the
        batch before are saved, so that the result does not depend on how fast the workers are.
        """
        with transaction(self.archive.db):
            jobs = list(self._save_pages(complaints, batch.records))
        pages = [
            PageJob(
                *job,
                asyncio.ensure_future(extract_in_worker(pool, visit.page, source))
                if visit.outcome is None and visit.page
                else None,
            )
            for job in jobs
            for _, visit, source in [job]
        ]
        await asyncio.sleep(0)  # lets the tasks reach their workers
        return PageBatch(pages, batch.records[-1].next_offset, batch.urls)

    async def _finish_batch(self, pool: WorkerPool, file: ImportFile, batch: PageBatch) -> None:
        """Judges the pages of a batch and saves them in order, with the position in the file, in
        one transaction.
        """
        db = self.archive.db
        for job in batch.jobs:
            await process_visit(pool, db, job.visit, job.source, job.extraction)
            _refuse_article(job.visit)
        with transaction(db):
            outcomes = [self._save_result(job.entry, job.visit, job.source) for job in batch.jobs]
            articles = outcomes.count(Outcome.ARTICLE)
            imports.save_progress(db, file, batch.end, articles, clock.now())

    def _save_result(self, entry: ImportedUrl, visit: Visit, source: Source) -> Outcome | None:
        assert visit.page
        result = save_visit(
            self.archive.db, visit, source, visit.page.fetched_at, None, is_import=True
        )
        if entry.gone_at and result.outcome is Outcome.ARTICLE:
            imports.mark_removed(self.archive.db, entry)
        self.counts[result.change or result.outcome or "waiting"] += 1
        return result.outcome


def digest_sources(registry: Registry) -> str:
    """Returns a digest of what decides which URLs are imported, and under which address."""
    rules = [
        (source.key, source.hosts, source.homepage, source.article, source.canonical)
        for source in registry.sources.values()
    ]
    content = msgspec.json.encode(sorted(rules, key=lambda rule: rule[0]), order="sorted")
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def _refuse_article(visit: Visit) -> None:
    """Sets the outcome UNREADABLE where the extracted article may not enter the archive."""
    if visit.outcome is Outcome.ARTICLE and visit.article and visit.page:
        try:
            admit(visit.article, visit.page.fetched_at, visit.page.fetched_at)
        except NotAdmitted as error:
            visit.article, visit.keys = None, None
            visit.outcome, visit.evidence = Outcome.UNREADABLE, str(error)
