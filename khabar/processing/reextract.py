"""Kept pages on the way of a crawled page once more, without Scrapy: read, judged, and written beside what is held."""

from __future__ import annotations

import asyncio
import os
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from khabar.archive.database import Archive
from khabar.archive.upkeep import reextract
from khabar.archive.upkeep.reextract import Kept
from khabar.model.items import Outcome, Visit
from khabar.model.sources import Source
from khabar.processing.process import process, reading_pool
from khabar.processing.workers import Workers

AHEAD = 4  # pages handed out per worker: memory stays flat
SHOWN = 80  # characters of an example


@dataclass
class Tally:
    """What changed, counted per source and field, with the first example of each. `odd`: articles left as they are."""

    read: int = 0
    pages: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str, str], tuple[str, Any, Any]] = field(default_factory=dict)
    odd: list[dict[str, str]] = field(default_factory=list)

    def changed(self, one: Kept, name: str, old: Any, new: Any) -> None:
        """One field of one page. Outcomes are counted by what they were and what they became."""
        key = (one.source, name, f"{old} → {new}" if name == "outcome" else "")
        self.pages[key] += 1
        self.examples.setdefault(key, (one.url, old, new))

    def rows(self) -> list[dict[str, Any]]:
        """One row per source and field."""
        found = []
        for key, (url, old, new) in sorted(self.examples.items()):
            pair = {"held": _short(old), "now": _short(new)}
            found.append({"source": key[0], "field": key[1], "pages": self.pages[key], **pair, "url": url})
        return found


def _short(value: Any) -> str:
    text = " ".join(str(value if value is not None else "").split())
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


@dataclass
class Rereading:
    """One run of `khabar reextract`. A dry one only counts."""

    archive: Archive
    sources: Mapping[str, Source]
    dry_run: bool
    tally: Tally = field(default_factory=Tally)

    def take(self, todo: list[Kept], moved: Callable[[], None]) -> Tally:
        """Reads all of it on all cores. `moved` is called behind each page."""
        asyncio.run(self._take(todo, moved))
        return self.tally

    async def _take(self, todo: list[Kept], moved: Callable[[], None]) -> None:
        workers = os.cpu_count() or 1
        pool = reading_pool(workers)
        try:
            async for one, visit in self._read(pool, todo, workers * AHEAD):
                self._end(one, visit)
                moved()
        finally:
            pool.stop()
            pool.join()

    async def _read(self, pool: Workers, todo: list[Kept], ahead: int) -> AsyncIterator[tuple[Kept, Visit | None]]:
        """Readings in the order of the list, a few under way at once. None: the page's source has no file any more."""
        waiting: deque[tuple[Kept, asyncio.Task[Visit | None]]] = deque()
        for one in todo:
            waiting.append((one, asyncio.ensure_future(self._visit(pool, one))))
            if len(waiting) == ahead:
                first, task = waiting.popleft()
                yield first, await task
        for one, task in waiting:
            yield one, await task

    async def _visit(self, pool: Workers, one: Kept) -> Visit | None:
        source = self.sources.get(one.source)
        if source is None:
            return None
        visit = Visit(one.page_id, one.source, reextract.page_of(self.archive.db, one), one.snapshot_id)
        await process(pool, self.archive.db, visit, source)
        return visit

    # --- what comes of it ---

    def _end(self, one: Kept, visit: Visit | None) -> None:
        self.tally.read += 1
        if visit is None:
            self.tally.odd.append({"url": one.url, "why": "its source has no file any more"})
            return
        outcome = reextract.would_end(self.archive.db, one, visit)
        if outcome is not one.outcome:
            self.tally.changed(one, "outcome", one.outcome, outcome)
        if one.article_id is None:
            self._refile(one, visit)
        elif outcome is Outcome.ARTICLE:
            self._rewrite(one, visit)
        else:
            self.tally.odd.append({"url": one.url, "why": f"{visit.outcome}: {visit.evidence}"})

    def _refile(self, one: Kept, visit: Visit) -> None:
        if not self.dry_run:
            reextract.file(self.archive.db, one, visit, self.sources[one.source])

    def _rewrite(self, one: Kept, visit: Visit) -> None:
        assert visit.article
        for name, old, new in reextract.would_change(self.archive.db, one, visit.article):
            self.tally.changed(one, name, old, new)
        if not self.dry_run:
            reextract.write(self.archive.db, one, visit, self.sources[one.source])
