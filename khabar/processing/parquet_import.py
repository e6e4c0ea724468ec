"""Imports Parquet files: the pages of `khabar extract --to`, which are saved as those of WARC files
are, and the articles of `khabar export`, which are saved as JSON lines are.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

from khabar.archive.frontier import imports
from khabar.archive.frontier.imports import ImportedUrl, ImportFile
from khabar.model import clock
from khabar.model.items import Article, Outcome, Page, Visit
from khabar.model.sources import Source
from khabar.parsing.line_files import FileLine
from khabar.processing.complaints import Complaints
from khabar.processing.extract_page import ExtractedPage
from khabar.processing.extracted_rows import (
    PAGE_COLUMNS,
    RowHead,
    check_row,
    parse_head,
    restore_page,
)
from khabar.processing.jsonl_files import JsonlImport
from khabar.processing.page_import import PageImport, PageJob
from khabar.processing.parquet_rows import ParquetFileReader, ParquetLayout, ParquetRow
from khabar.processing.process import (
    extract_visit,
    open_worker_pool,
    process_visit,
    run_in_worker,
)
from khabar.processing.workers import WorkerPool


@dataclass(frozen=True, slots=True)
class RowSlot:
    """A row that is a page, or the reason why it is skipped. `content`: the row as JSON."""

    offset: int
    next_offset: int
    page: Page | None = None
    skip_reason: str = ""
    is_broken: bool = False
    head: RowHead | None = None
    content: bytes = b""

    @property
    def size(self) -> int:
        """Bytes of the row."""
        return len(self.content)


@dataclass
class PageRowImport(PageImport[RowSlot]):
    """Imports pages that were extracted elsewhere. Their raw pages and headers are not in the rows:
    the archive gets neither.
    """

    unit = "row"
    # later pages of articles in the file that is read: no snapshot holds them
    _parts: dict[int, Article] = field(default_factory=dict)

    async def import_rows(
        self,
        reader: ParquetFileReader,
        layout: ParquetLayout,
        digest: str,
        on_progress: Callable[[int], None],
    ) -> None:
        """Imports the rows of a file, from where an earlier run stopped."""
        path, size = reader.path, reader.path.stat().st_size
        file, offset = self.begin_file(path, digest, size)
        if offset is None:
            on_progress(size)
            return
        self._parts.clear()
        complaints = Complaints(path, self.on_error)

        def show_position(position: int) -> None:
            on_progress(size * position // max(1, layout.rows))

        async with aclosing(self._iter_slots(reader, layout, offset)) as slots:
            await self.import_records(file, slots, complaints, show_position, layout.rows)

    async def _iter_slots(
        self, reader: ParquetFileReader, layout: ParquetLayout, start: int
    ) -> AsyncGenerator[RowSlot, None]:
        async for row in reader.iter_rows(layout, start):
            yield self._make_slot(row)

    def _make_slot(self, row: ParquetRow) -> RowSlot:
        if row.fault:
            return RowSlot(row.number, row.end, None, row.fault, is_broken=True)
        head = parse_head(row.content)  # the reader has checked it
        page = head.make_page()
        if reason := self.refuse_url(page.url):
            return RowSlot(row.number, row.end, None, reason)
        return RowSlot(row.number, row.end, page, head=head, content=row.content)

    def begin_page(self, record: RowSlot, page: Page, entry: ImportedUrl, source: Source) -> Visit:
        """Returns the visit, with the row's outcome if the page was not extracted."""
        head = record.head
        assert head
        visit = Visit(entry.page_id, source.key, page, extractor_version=head.extractor_version)
        if not head.is_extracted:
            visit.outcome, visit.evidence = head.outcome, head.evidence
            visit.found = head.list_links()
        return visit

    def start_extraction(
        self, pool: WorkerPool, record: RowSlot, visit: Visit, source: Source
    ) -> asyncio.Task[ExtractedPage | str]:
        """Builds the article of a row in a worker."""
        return asyncio.ensure_future(run_in_worker(pool, restore_page, (record.content, source)))

    async def process_page(self, pool: WorkerPool, job: PageJob[RowSlot]) -> None:
        """Judges and keys a page, with the later pages that this file had so far. Of a page whose
        words were withheld, the outcome is the row's.
        """
        visit, head, db = job.visit, job.record.head, self.archive.db
        if head and head.is_withheld and visit.outcome is None:
            await extract_visit(pool, db, visit, job.source, job.extraction, self._parts)
            if visit.outcome is None:
                visit.outcome, visit.evidence = head.outcome, head.evidence
        await process_visit(pool, db, visit, job.source, job.extraction, self._parts)

    def save_result(self, entry: ImportedUrl, visit: Visit, source: Source) -> Outcome | None:
        """Saves a page; a later page of an article is remembered for its first page."""
        if visit.outcome is Outcome.PART and visit.article:
            self._parts[visit.page_id] = visit.article
        return super().save_result(entry, visit, source)


class ArticleRowImport(JsonlImport):
    """Imports the articles of an export, or of another collection, as JSON lines."""

    async def import_rows(
        self,
        reader: ParquetFileReader,
        layout: ParquetLayout,
        digest: str,
        on_progress: Callable[[int], None],
    ) -> None:
        """Imports the rows of a file, from where an earlier run stopped."""
        path, size = reader.path, reader.path.stat().st_size
        file = ImportFile(path.name, size, digest, self.digest_rules().hex())
        progress = imports.begin_import(self.archive.db, file, clock.now(), repeat=True)
        with open_worker_pool(self.workers) as pool:
            lines = self._iter_lines(reader, layout, progress.offset, size)
            async with aclosing(lines):
                await self.import_lines(pool, path, file, progress.offset, lines, on_progress)

    async def _iter_lines(
        self, reader: ParquetFileReader, layout: ParquetLayout, start: int, size: int
    ) -> AsyncGenerator[FileLine, None]:
        async for row in reader.iter_rows(layout, start):
            done = size * row.end // max(1, layout.rows)
            if row.fault:
                self.on_error(f"{reader.path}: row {row.number}: {row.fault}")
                self.counts["left out"] += row.end - row.number
            else:
                yield FileLine(row.number, row.content, row.end, done)


@dataclass
class ParquetImport:
    """One run of `khabar import` over Parquet files, by what each of them holds."""

    pages: PageRowImport
    articles: ArticleRowImport

    def import_file(self, path: Path, on_progress: Callable[[int], None]) -> None:
        """Imports a file. Calls `on_progress` with the number of bytes done, by share of rows.
        Raises UnreadableParquet.
        """
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "blake2b").hexdigest()
        asyncio.run(self._import_rows(path, digest, on_progress))

    async def _import_rows(
        self, path: Path, digest: str, on_progress: Callable[[int], None]
    ) -> None:
        with ParquetFileReader(path) as reader:
            layout = await reader.load_layout()
            is_pages = set(layout.columns) >= PAGE_COLUMNS
            if is_pages:
                reader.check = check_row
            importer = self.pages if is_pages else self.articles
            await importer.import_rows(reader, layout, digest, on_progress)
