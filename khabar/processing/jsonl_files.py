"""Imports the articles of JSONL files. Lines are prepared in worker processes and saved in order, a
batch in one transaction with the position in the file.
"""

from __future__ import annotations

import asyncio
import hashlib
import pickle
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from khabar.archive import takedowns
from khabar.archive.database import Archive, transaction
from khabar.archive.frontier import imports, url_store
from khabar.archive.frontier.imports import ImportFile
from khabar.archive.store import articles
from khabar.archive.store.save import save_import
from khabar.extraction import EXTRACTOR_VERSION
from khabar.hindi.normalize import FOLD_VERSION
from khabar.model import clock
from khabar.model.sources import Registry
from khabar.parsing.line_files import FileLine, iter_lines
from khabar.processing.complaints import Complaints
from khabar.processing.import_lines import (
    MAX_LINE,
    LineReader,
    Prepared,
    PreparedRef,
    RejectedLine,
    prepare_lines,
)
from khabar.processing.jsonl_import import LINE_VERSION
from khabar.processing.page_import import digest_sources
from khabar.processing.process import open_worker_pool, run_in_worker
from khabar.processing.workers import WorkerPool

# Lines, and bytes, that are prepared as one task and saved in one transaction: about a tenth of a
# second's work, for which a crawl beside it waits. Chosen by hand.
BATCH_LINES, BATCH_BYTES = 64, 1 << 20
# Smaller files are prepared in this process: to start a worker costs as much as 200 lines.
SMALL_FILE = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class LineBatch:
    """Consecutive lines of a file. `digests`: of each line; `unknown`: positions of those that were
    not imported before.
    """

    lines: list[FileLine]
    digests: list[bytes]
    unknown: list[int]


@dataclass
class JsonlImport:
    """One run of `khabar import` over JSONL files. `field_names`: field of Khabar → its name in the
    files. `counts`: lines by result.
    """

    archive: Archive
    registry: Registry
    field_names: Mapping[str, str]
    on_error: Callable[[str], None]
    counts: Counter[str]
    workers: int
    reader: LineReader = field(init=False)

    def __post_init__(self) -> None:
        self.reader = LineReader(self.registry, self.field_names)

    def import_file(self, path: Path, on_progress: Callable[[int], None]) -> None:
        """Imports a file, from where an earlier run stopped. Calls `on_progress` with the number of
        bytes read so far.
        """
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "blake2b").hexdigest()
        file = ImportFile(path.name, path.stat().st_size, digest, self.digest_rules().hex())
        progress = imports.begin_import(self.archive.db, file, clock.now(), repeat=True)
        small = file.size < SMALL_FILE
        with nullcontext() if small else open_worker_pool(self.workers) as pool:
            lines = _iter_file_lines(path, progress.offset)
            asyncio.run(self.import_lines(pool, path, file, progress.offset, lines, on_progress))

    def digest_rules(self) -> bytes:
        """Returns a digest of what decides how a line is read."""
        rules = (
            *(LINE_VERSION, EXTRACTOR_VERSION, FOLD_VERSION),
            *(digest_sources(self.registry), sorted(self.field_names.items())),
        )
        return hashlib.blake2b(msgspec.json.encode(rules), digest_size=16).digest()

    async def import_lines(
        self,
        pool: WorkerPool | None,
        path: Path,
        file: ImportFile,
        offset: int,
        file_lines: AsyncIterator[FileLine],
        on_progress: Callable[[int], None],
    ) -> None:
        """Imports the lines of a file from `offset`. Without a `pool`, this process prepares
        them.
        """
        complaints, fields = Complaints(path, self.on_error), list[str]()
        async for batch, results in self._iter_prepared(pool, self._iter_batches(file_lines)):
            last = batch.lines[-1]
            with transaction(self.archive.db):
                saved = self._save_batch(batch, results)
                imports.save_progress(self.archive.db, file, last.end, saved["new"], clock.now())
            self.counts += saved
            for position, result in zip(batch.unknown, results, strict=True):
                if isinstance(result, RejectedLine) and not result.is_empty:
                    number = batch.lines[position].number
                    complaints.add(f"{number}", result.kind, result.message)
                    fields = fields or list(result.fields)
            offset = last.end
            on_progress(last.bytes_read)
        imports.save_progress(self.archive.db, file, offset, 0, clock.now(), is_finished=True)
        complaints.report_rest(_suggest_fields(fields))
        on_progress(file.size)

    # --- reading ---

    async def _iter_batches(self, file_lines: AsyncIterator[FileLine]) -> AsyncIterator[LineBatch]:
        """Yields the lines that are not blank, in batches."""
        key = self.digest_rules()
        lines: list[FileLine] = []
        size = 0
        async for line in file_lines:
            if line.content.strip():
                lines.append(line)
                size += len(line.content)
            if len(lines) == BATCH_LINES or size >= BATCH_BYTES:
                yield self._make_batch(lines, key)
                lines, size = [], 0
        if lines:
            yield self._make_batch(lines, key)

    def _make_batch(self, lines: list[FileLine], key: bytes) -> LineBatch:
        digests = [
            hashlib.blake2b(line.content, digest_size=16, key=key).digest() for line in lines
        ]
        unknown = [
            position
            for position, digest in enumerate(digests)
            if not imports.is_known_line(self.archive.db, digest)
        ]
        return LineBatch(lines, digests, unknown)

    async def _iter_prepared(
        self, pool: WorkerPool | None, batches: AsyncIterator[LineBatch]
    ) -> AsyncIterator[tuple[LineBatch, list[Prepared]]]:
        """Yields the batches in order, with the results of their unknown lines. Workers are two
        batches each ahead of the writer.
        """
        pickled = pickle.dumps(self.reader)
        waiting: deque[tuple[LineBatch, asyncio.Task[list[Prepared]]]] = deque()
        async for batch in batches:
            lines = [batch.lines[position].content for position in batch.unknown]
            task = asyncio.ensure_future(self._prepare_lines(pool, pickled, lines))
            waiting.append((batch, task))
            await asyncio.sleep(0)  # lets the task reach its worker
            if len(waiting) > 2 * self.workers:
                first, task = waiting.popleft()
                yield first, await task
        for batch, task in waiting:
            yield batch, await task

    async def _prepare_lines(
        self, pool: WorkerPool | None, pickled: bytes, lines: list[bytes]
    ) -> list[Prepared]:
        """Prepares lines; one that its worker cannot read, for time, memory or a crash, is rejected
        alone.
        """
        if pool is None or not lines:
            return self.reader.prepare_lines(lines, clock.now())
        results = await run_in_worker(pool, prepare_lines, (pickled, lines, clock.now()))
        if not isinstance(results, str):
            return results
        if len(lines) == 1:
            return [RejectedLine(results, results)]
        return [
            result for line in lines for result in await self._prepare_lines(pool, pickled, [line])
        ]

    # --- saving ---

    def _save_batch(self, batch: LineBatch, results: list[Prepared]) -> Counter[str]:
        """Saves the results of a batch in order. Returns the lines by result.

        A line that was known may not be any more: another line before it has edited its article.
        """
        counts = Counter[str]()
        prepared = dict(zip(batch.unknown, results, strict=True))
        for position, (line, digest) in enumerate(zip(batch.lines, batch.digests, strict=True)):
            result = prepared.get(position)
            has_edits = self.counts["edited"] or counts["edited"]
            if result is None and has_edits and not imports.is_known_line(self.archive.db, digest):
                (result,) = self.reader.prepare_lines([line.content], clock.now())
            counts[self._save_result(result, digest) if result else "unchanged"] += 1
        return counts

    def _save_result(self, result: Prepared, digest: bytes) -> str:
        """Returns new, edited, unchanged, taken down, to fetch, without text or left out."""
        if isinstance(result, RejectedLine):
            return "without text" if result.is_empty else "left out"
        if isinstance(result, PreparedRef):
            return self._enqueue_url(result)
        return save_import(
            self.archive.db,
            result.article,
            result.source,
            result.keys,
            result.first_seen,
            digest,
        )

    def _enqueue_url(self, line: PreparedRef) -> str:
        """Schedules a URL to be fetched now, unless the archive has the article."""
        db, source = self.archive.db, line.source
        if articles.find_article(db, line.url):
            return "unchanged"
        if takedowns.find_takedown(db, source.canonicalize_url(line.url)):
            return "taken down"
        url_store.upsert_source(db, source, clock.now())
        url_store.schedule_now(db, source, line.url, clock.now())
        return "to fetch"


async def _iter_file_lines(path: Path, start: int) -> AsyncIterator[FileLine]:
    for line in iter_lines(path, start, MAX_LINE):
        yield line


def _suggest_fields(fields: list[str]) -> str:
    """Returns which fields a line that was left out has and how to name them, if one that every
    line needs is not among them.
    """
    needed = [name for name in ("url", "title", "text") if name not in fields]
    if not fields or not needed:
        return ""
    names = " ".join(f"--map {name}=…" for name in needed)
    return f"its fields are {', '.join(fields)[:300]}; say which are ours: {names}"
