"""Imports pages from files: each is stored, judged, keyed and saved as a crawled page is, without
Scrapy. WARC files and the Parquet of `khabar extract --to` share this.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import msgspec

from khabar.archive.database import Archive, transaction
from khabar.archive.frontier import imports
from khabar.archive.frontier.imports import ImportedUrl, ImportFile
from khabar.archive.store.save import save_visit
from khabar.model import clock
from khabar.model.items import Outcome, Page, Visit
from khabar.model.sources import Registry, Source
from khabar.processing.admission import NotAdmitted, admit
from khabar.processing.complaints import Complaints
from khabar.processing.extract_page import ExtractedPage
from khabar.processing.process import open_worker_pool, process_visit
from khabar.processing.workers import PAGES_AHEAD, WorkerPool

# Records after which progress is saved, if they hold no page; chosen by hand, not measured.
MAX_BATCH = 1000
# Pages, and bytes of pages, that are saved in one transaction; chosen by hand, not measured.
BATCH_PAGES, BATCH_BYTES = 16, 8 << 20


class PageSlot(Protocol):
    """A record of a file: its position, and its page or the reason why it is skipped."""

    @property
    def offset(self) -> int: ...
    @property
    def next_offset(self) -> int: ...
    @property
    def page(self) -> Page | None: ...
    @property
    def skip_reason(self) -> str: ...
    @property
    def is_broken(self) -> bool: ...
    @property
    def size(self) -> int: ...


Slot = TypeVar("Slot", bound=PageSlot)


@dataclass(frozen=True, slots=True)
class PageJob(Generic[Slot]):
    """A page of a file on its way. `extraction`: its result, from a worker; None for a page that is
    not extracted.
    """

    record: Slot
    entry: ImportedUrl
    visit: Visit
    source: Source
    extraction: asyncio.Task[ExtractedPage | str] | None


@dataclass(frozen=True, slots=True)
class RecordBatch(Generic[Slot]):
    """Consecutive records. `urls`: the canonical URLs of their pages, none of them twice."""

    records: list[Slot]
    urls: frozenset[str]


@dataclass(frozen=True, slots=True)
class PageBatch(Generic[Slot]):
    """The pages of consecutive records, the last of which ends at `end`. `urls`: of the pages."""

    jobs: list[PageJob[Slot]]
    end: int
    urls: frozenset[str]


@dataclass
class PageImport(Generic[Slot]):
    """One run of `khabar import` over files of pages. `counts`: records by result; `again`: files
    that are finished are read once more. `unit`: of positions, as complaints name them.
    """

    archive: Archive
    registry: Registry
    on_error: Callable[[str], None]
    on_notice: Callable[[str], None]
    workers: int
    again: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    unit = "byte"

    def begin_page(self, record: Slot, page: Page, entry: ImportedUrl, source: Source) -> Visit:
        """Returns the visit of an admitted page; called in the transaction of its batch."""
        raise NotImplementedError

    def start_extraction(
        self, pool: WorkerPool, record: Slot, visit: Visit, source: Source
    ) -> asyncio.Task[ExtractedPage | str]:
        """Gives a page without an outcome to a worker."""
        raise NotImplementedError

    async def process_page(self, pool: WorkerPool, job: PageJob[Slot]) -> None:
        """Extracts, judges and keys a page."""
        await process_visit(pool, self.archive.db, job.visit, job.source, job.extraction)

    def begin_file(self, path: Path, digest: str, size: int) -> tuple[ImportFile, int | None]:
        """Returns the file, and the position where to go on; None for a finished one, which is
        named.
        """
        file = ImportFile(path.name, size, digest, digest_sources(self.registry))
        progress = imports.begin_import(self.archive.db, file, clock.now(), again=self.again)
        if not progress.finished_at:
            return file, progress.offset
        self.on_notice(
            f"{path}: was imported on {progress.finished_at[:10]} with these sources;"
            " --again reads it once more"
        )
        return file, None

    async def import_records(
        self,
        file: ImportFile,
        records: AsyncIterator[Slot],
        complaints: Complaints,
        on_progress: Callable[[int], None],
        end: int,
    ) -> None:
        """Imports the records of a file, which ends at `end`. Calls `on_progress` with the position
        that is done.
        """
        with open_worker_pool(self.workers) as pool:
            waiting: deque[PageBatch[Slot]] = deque()
            async for batch in self._batch_records(records):
                # whether a copy of a page is the newer one is known once the other one is saved
                while waiting and any(batch.urls & other.urls for other in waiting):
                    await self._finish_batch(pool, file, waiting.popleft())
                waiting.append(await self._begin_batch(pool, complaints, batch))
                if len(waiting) == PAGES_AHEAD // BATCH_PAGES:
                    await self._finish_batch(pool, file, waiting[0])
                    on_progress(waiting.popleft().end)
            for last in waiting:
                await self._finish_batch(pool, file, last)
        imports.save_progress(self.archive.db, file, end, 0, clock.now(), is_finished=True)
        complaints.report_rest()
        on_progress(end)

    async def _batch_records(
        self, records: AsyncIterator[Slot]
    ) -> AsyncIterator[RecordBatch[Slot]]:
        """Yields the records in batches, each with at most BATCH_PAGES pages, or MAX_BATCH records.
        A page that makes it longer than BATCH_BYTES is the last, and another copy of a page in it
        begins the next.
        """
        batch: list[Slot] = []
        urls: set[str] = set()
        size = 0
        async for record in records:
            url = self._canonicalize_url(record.page.url) if record.page else ""
            is_full = len(urls) == BATCH_PAGES or size >= BATCH_BYTES or len(batch) == MAX_BATCH
            if batch and (is_full or url in urls):
                yield RecordBatch(batch, frozenset(urls))
                batch, urls, size = [], set(), 0
            batch.append(record)
            if record.page:
                urls.add(url)
                size += record.size
        if batch:
            yield RecordBatch(batch, frozenset(urls))

    # --- which records ---

    def _canonicalize_url(self, url: str) -> str:
        source = self.registry.find_owner(url)
        assert source, "pages of others are not read"
        return source.canonicalize_url(url)

    def refuse_url(self, url: str) -> str:
        """Returns why a URL is not imported, '' if it is."""
        source = self.registry.find_owner(url)
        if source is None:
            return "of no known source"
        return "no article address" if source.check_url(url) else ""

    def _save_pages(
        self, complaints: Complaints, batch: Iterable[Slot]
    ) -> Iterator[tuple[Slot, ImportedUrl, Visit, Source]]:
        """Stores what is known of the batch's new pages before they are extracted, and yields
        them.
        """
        for record in batch:
            where = f" {self.unit} {record.offset}"
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
            page = replace(record.page, fetched_at=seen_at)
            source = self.registry.find_owner(page.url)
            assert source
            entry = imports.upsert_imported_url(self.archive.db, source, page, clock.now())
            if entry is None:
                self.counts["known already"] += 1
            else:
                yield record, entry, self.begin_page(record, page, entry, source), source

    # --- processing ---

    async def _begin_batch(
        self, pool: WorkerPool, complaints: Complaints, batch: RecordBatch[Slot]
    ) -> PageBatch[Slot]:
        """Stores what is known of a batch in one transaction, and gives its pages to the workers.

        The records are read up to here only; none of their pages is judged before those of the
        batch before are saved, so that the result does not depend on how fast the workers are.
        """
        with transaction(self.archive.db):
            begun_pages = list(self._save_pages(complaints, batch.records))
        jobs = [
            PageJob(
                *(record, entry, visit, source),
                self.start_extraction(pool, record, visit, source)
                if visit.outcome is None and visit.page
                else None,
            )
            for record, entry, visit, source in begun_pages
        ]
        await asyncio.sleep(0)  # lets the tasks reach their workers
        return PageBatch(jobs, batch.records[-1].next_offset, batch.urls)

    async def _finish_batch(
        self, pool: WorkerPool, file: ImportFile, batch: PageBatch[Slot]
    ) -> None:
        """Judges the pages of a batch and saves them in order, with the position in the file, in
        one transaction.
        """
        db = self.archive.db
        for job in batch.jobs:
            await self.process_page(pool, job)
            _refuse_article(job.visit)
        with transaction(db):
            outcomes = [self.save_result(job.entry, job.visit, job.source) for job in batch.jobs]
            articles = outcomes.count(Outcome.ARTICLE)
            imports.save_progress(db, file, batch.end, articles, clock.now())

    def save_result(self, entry: ImportedUrl, visit: Visit, source: Source) -> Outcome | None:
        """Saves a page and counts its result. Returns its outcome."""
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
