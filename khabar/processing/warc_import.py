"""A WARC file's pages on the way of a crawled page, without Scrapy: kept, read, judged, keyed and filed."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from khabar.archive.database import Archive
from khabar.archive.frontier import imports
from khabar.archive.frontier.imports import Known
from khabar.archive.store import snapshots
from khabar.archive.store.save import file_visit
from khabar.model import clock
from khabar.model.items import Outcome, Page, Visit
from khabar.model.sources import Registry, Source
from khabar.parsing.warc import Record, pages
from khabar.processing.process import process, reading_pool
from khabar.processing.responses import visit_of
from khabar.processing.workers import Workers

AHEAD = 4  # pages read at once by each worker: memory stays flat
SOME = 1000  # records between two marks in the archive of how far we are


@dataclass
class WarcImport:
    """One run of `khabar import` over WARC files. `counts`: what became of every record."""

    archive: Archive
    registry: Registry
    complain: Callable[[str], None]
    counts: Counter[str] = field(default_factory=Counter)

    def take(self, file: Path, moved: Callable[[int], None]) -> None:
        """Imports a file from where it was left. `moved` hears how many of its bytes are done."""
        asyncio.run(self._take(file, moved))

    async def _take(self, file: Path, moved: Callable[[int], None]) -> None:
        size, db = file.stat().st_size, self.archive.db
        offset = imports.begin(db, file.name, size, clock.now())
        workers = os.cpu_count() or 1
        with file.open("rb") as stream, reading_pool(workers) as pool:
            for batch in _batches(pages(stream, offset, self._is_wanted), workers * AHEAD):
                articles = await self._file(pool, self._kept(file, batch))
                imports.advance(db, file.name, size, batch[-1].after, articles, clock.now())
                moved(batch[-1].after)
        imports.advance(db, file.name, size, size, 0, clock.now())
        moved(size)

    # --- which records ---

    def _owner(self, url: str) -> Source | None:
        return next((source for source in self.registry.sources.values() if source.owns(url)), None)

    def _is_wanted(self, url: str) -> bool:
        owner = self._owner(url)
        return owner is not None and owner.judge(url) is None

    def _kept(self, file: Path, batch: Iterable[Record]) -> Iterator[tuple[Known, Visit, Source]]:
        """The pages of a batch that we do not know already, each kept as it came."""
        for record in batch:
            if record.page is None:
                self.counts["broken" if record.broken else record.left_out] += 1
                if record.broken:
                    self.complain(f"{file}: byte {record.offset}: {record.left_out}")
            elif begun := self._begin(record.page):
                yield begun

    def _begin(self, page: Page) -> tuple[Known, Visit, Source] | None:
        source = self._owner(page.url)
        assert source
        known = imports.note(self.archive.db, source, page, clock.now())
        if known is None:
            self.counts["known already"] += 1
            return None
        visit = visit_of(known.page_id, source, "page", page)
        if visit.outcome is None:
            visit.snapshot_id = snapshots.keep(self.archive, page, known.page_id)
        return known, visit, source

    # --- the way of a page ---

    async def _file(self, pool: Workers, begun: Iterable[tuple[Known, Visit, Source]]) -> int:
        """Reads the pages of a batch side by side and files them in order. Returns how many were articles."""
        batch = list(begun)
        await asyncio.gather(*(self._read(pool, visit, source) for _, visit, source in batch))
        ended = [self._end(*one) for one in batch]
        return ended.count(Outcome.ARTICLE)

    async def _read(self, pool: Workers, visit: Visit, source: Source) -> None:
        await process(pool, self.archive.db, visit, source)

    def _end(self, known: Known, visit: Visit, source: Source) -> Outcome | None:
        assert visit.page
        filed = file_visit(self.archive.db, visit, source, visit.page.fetched_at, None, imported=True)
        if known.gone_at and filed.outcome is Outcome.ARTICLE:
            imports.mark_gone(self.archive.db, known)
        self.counts[filed.change or filed.outcome or "waiting"] += 1
        return filed.outcome


def _batches(records: Iterator[Record], most: int) -> Iterator[list[Record]]:
    """Records in runs of at most `most` pages, or of SOME records without any."""
    batch: list[Record] = []
    held = 0
    for record in records:
        batch.append(record)
        held += record.page is not None
        if held == most or len(batch) == SOME:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch
