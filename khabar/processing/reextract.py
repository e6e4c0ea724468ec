"""Re-extraction of stored pages without Scrapy: each is extracted and judged again, and saved
beside the stored version.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import takewhile
from math import inf
from time import monotonic
from typing import Any

from sqlite_utils import Database

from khabar.archive.database import Archive, ArchiveError, transaction
from khabar.archive.upkeep import reextract_queue
from khabar.archive.upkeep.reextract_queue import START, Position, StoredPage
from khabar.model.items import Outcome, Visit
from khabar.model.sources import Source
from khabar.processing.extract_page import ExtractedPage
from khabar.processing.process import extract_in_worker, open_worker_pool, process_visit
from khabar.processing.workers import PAGES_AHEAD, WorkerPool

SAVED_TOGETHER = 8  # pages saved in one transaction; chosen by hand, not measured
EXAMPLE_LENGTH = 80  # characters of a value that is printed as an example; chosen by hand


@dataclass
class ReextractCounts:
    """Changes counted by source and field, with the first example of each. `problems`: articles
    that were left as they are.
    """

    page_count: int = 0
    pages: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str, str], tuple[str, Any, Any]] = field(default_factory=dict)
    problems: list[dict[str, str]] = field(default_factory=list)

    def add_change(self, page: StoredPage, name: str, old: Any, new: Any) -> None:
        """Counts one field of one page. Outcomes are counted by the pair of old and new value."""
        key = (page.source, name, f"{old} → {new}" if name == "outcome" else "")
        self.pages[key] += 1
        self.examples.setdefault(key, (page.url, old, new))

    def to_rows(self) -> list[dict[str, Any]]:
        """Returns one row for each source and field."""
        rows = []
        for key, (url, old, new) in sorted(self.examples.items()):
            pair = {"held": _shorten_value(old), "now": _shorten_value(new)}
            rows.append(
                {"source": key[0], "field": key[1], "pages": self.pages[key], **pair, "url": url}
            )
        return rows


def _shorten_value(value: Any) -> str:
    text = " ".join(str(value if value is not None else "").split())
    return text if len(text) <= EXAMPLE_LENGTH else f"{text[:EXAMPLE_LENGTH]}…"


async def update_stored_article(
    pool: WorkerPool, db: Database, page_id: int, source: Source
) -> None:
    """Extracts the stored version of a page's article again, if another extractor version did so,
    and saves it as a re-extraction: what then differs from the new version is the source's edit.

    An article whose stored page cannot be loaded, or is no article any more, is left as it is.
    """
    page = reextract_queue.find_stale_article(db, page_id, source)
    if page is None:
        return
    try:
        stored = reextract_queue.load_page(db, page)
    except ArchiveError:
        return  # of a sealed month that is not there
    visit = Visit(page.page_id, page.source, stored, page.snapshot_id)
    await process_visit(pool, db, visit, source)
    if visit.outcome is Outcome.ARTICLE:
        reextract_queue.save_article(db, page, visit, source)


@dataclass(frozen=True, slots=True)
class _ExtractionJob:
    """A page on its way, with its extraction in a worker. No visit: the page's source has no file
    any more.
    """

    page: StoredPage
    visit: Visit | None
    extraction: asyncio.Task[ExtractedPage | str] | None


@dataclass
class ReextractJob:
    """One slice of `khabar reextract`. A dry run only counts. `done`: ids of the pages extracted;
    `position`: of the last of them.
    """

    archive: Archive
    sources: Mapping[str, Source]
    dry_run: bool
    workers: int
    tally: ReextractCounts = field(default_factory=ReextractCounts)
    done: set[int] = field(default_factory=set)
    position: Position = START

    def run(
        self, pages: Iterable[StoredPage], on_progress: Callable[[], None], seconds: float = inf
    ) -> ReextractCounts:
        """Extracts the pages on all cores; after `seconds` it begins no other. `on_progress` is
        called after each page.
        """
        deadline = monotonic() + seconds
        timely_pages = takewhile(lambda page: monotonic() < deadline, pages)
        asyncio.run(self._process_pages(timely_pages, on_progress))
        return self.tally

    async def _process_pages(
        self, pages: Iterable[StoredPage], on_progress: Callable[[], None]
    ) -> None:
        """Extracts, judges and saves the pages in order. Workers have the next PAGES_AHEAD pages
        meanwhile; a page is judged when those before it are saved, but for the last few, so the
        result does not depend on how many workers there are.
        """
        pool = open_worker_pool(self.workers)
        try:
            waiting: deque[_ExtractionJob] = deque()
            for page in pages:
                waiting.append(self._begin_page(pool, page))
                await asyncio.sleep(0)  # lets the task reach its worker
                if len(waiting) == PAGES_AHEAD:
                    await self._finish_pages(pool, waiting, on_progress)
            while waiting:
                await self._finish_pages(pool, waiting, on_progress)
        finally:
            pool.stop()
            pool.join()

    def _begin_page(self, pool: WorkerPool, page: StoredPage) -> _ExtractionJob:
        """Loads a page and gives it to a worker."""
        if page.source not in self.sources:
            return _ExtractionJob(page, None, None)
        stored = reextract_queue.load_page(self.archive.db, page)
        visit = Visit(page.page_id, page.source, stored, page.snapshot_id)
        source = self.sources[page.source]
        extraction = asyncio.ensure_future(extract_in_worker(pool, stored, source))
        return _ExtractionJob(page, visit, extraction)

    async def _finish_pages(
        self, pool: WorkerPool, waiting: deque[_ExtractionJob], on_progress: Callable[[], None]
    ) -> None:
        """Judges the first SAVED_TOGETHER pages and saves them, in one transaction unless nothing
        is written.
        """
        jobs = [waiting.popleft() for _ in range(min(SAVED_TOGETHER, len(waiting)))]
        for job in jobs:
            if job.visit:
                source = self.sources[job.page.source]
                await process_visit(pool, self.archive.db, job.visit, source, job.extraction)
        with nullcontext() if self.dry_run else transaction(self.archive.db):
            for job in jobs:
                self._record_result(job.page, job.visit)
        for _ in jobs:
            on_progress()

    # --- results ---

    def _record_result(self, page: StoredPage, visit: Visit | None) -> None:
        self.tally.page_count += 1
        self.done.add(page.page_id)
        self.position = page.position
        if visit is None:
            self.tally.problems.append({"url": page.url, "why": "its source has no file any more"})
            return
        outcome = reextract_queue.predict_outcome(self.archive.db, page, visit)
        if outcome is not page.outcome:
            self.tally.add_change(page, "outcome", page.outcome, outcome)
        if page.article_id is None:
            if not self.dry_run:
                source = self.sources[page.source]
                reextract_queue.save_page(self.archive.db, page, visit, source)
        elif outcome is Outcome.ARTICLE:
            self._update_article(page, visit)
        else:
            self.tally.problems.append(
                {"url": page.url, "why": f"{visit.outcome}: {visit.evidence}"}
            )
            if not self.dry_run:
                reextract_queue.mark_left_alone(self.archive.db, page, self.sources[page.source])

    def _update_article(self, page: StoredPage, visit: Visit) -> None:
        assert visit.article
        for name, old, new in reextract_queue.diff_article(self.archive.db, page, visit.article):
            self.tally.add_change(page, name, old, new)
        if not self.dry_run:
            reextract_queue.save_article(self.archive.db, page, visit, self.sources[page.source])
