"""Extracts the pages of WARC files to Parquet files, one for each: no archive, no lock.

Each input gives one output and a mark, and can be read anywhere, any number of times, by any number
of processes at once: the bytes are the same.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import msgspec

from khabar.bulk import page_rows
from khabar.bulk.page_files import DoneMark, PageFile, load_mark, remove_stale_files, save_mark
from khabar.bulk.page_rows import PageRecord, ReaderFault, Row, build_plain_row
from khabar.extraction import EXTRACTOR_VERSION, extractor_version
from khabar.hindi.minhash import SHINGLE_VERSION
from khabar.hindi.normalize import FOLD_VERSION
from khabar.model import urls
from khabar.model.items import Outcome, Visit
from khabar.model.sources import Registry, Source
from khabar.parsing.warc import WarcRecord, iter_records
from khabar.processing import process
from khabar.processing.admission import NotAdmitted, admit
from khabar.processing.complaints import Complaints
from khabar.processing.import_lines import make_source_key
from khabar.processing.page_import import digest_sources
from khabar.processing.responses import classify_page
from khabar.processing.workers import PAGES_AHEAD

DEFAULT_TIMEOUT = 20  # CPU seconds for one page; chosen by hand, not measured
# Bytes of pages that are held at a time, so that memory stays flat. Chosen by hand, not measured.
BYTES_AHEAD = 32 << 20
HASH_DIGITS = 16  # of an output's name, in hex: 64 bits
_WARC_SUFFIXES = re.compile(r"(?:\.warc)?(?:\.gz|\.zst)?$", re.I)
_UNSAFE_CHARACTERS = re.compile(r"[^\w.-]+")
# Characters and bytes of an output's name that are its input's: file systems take 255 bytes, of
# which hash, suffixes and those of temporary files need 50.
_MAX_NAME, _MAX_NAME_BYTES = 60, 180


@dataclass(frozen=True, slots=True)
class BulkOptions:
    """`all_hosts`: pages of no known source are read too. `timeout`: CPU seconds for one page."""

    all_hosts: bool = False
    timeout: float = DEFAULT_TIMEOUT


@dataclass(frozen=True, slots=True)
class PendingRow:
    """A row in the making, of a page whose record ends at `end`."""

    record: PageRecord
    task: asyncio.Task[Row]
    end: int


@dataclass
class InputFile:
    """An input while it is read. `outcomes`: rows by outcome; `skipped`: records without a row, by
    reason; `faults`: pages at which the extractor raised an error that nobody foresaw.
    """

    stream: BinaryIO
    digest: str
    output: Path
    complaints: Complaints
    outcomes: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    faults: int = 0

    @property
    def mark_path(self) -> Path:
        return self.output.with_name(f"{self.output.name}.done")


class BulkExtraction:
    """One run of `khabar extract --to`; a context manager, which ends the workers. `counts`: rows
    by outcome, other records by reason; `broken`: records and pages that could not be read.
    """

    def __init__(
        self,
        registry: Registry,
        folder: Path,
        options: BulkOptions,
        on_error: Callable[[str], None],
        on_notice: Callable[[str], None],
        workers: int,
    ) -> None:
        self.folder, self.options = folder, options
        self.counts, self.broken = Counter[str](), 0
        self._registry, self._on_error, self._on_notice = registry, on_error, on_notice
        self._runner, self._pool = asyncio.Runner(), process.open_worker_pool(workers)
        self._find_owner = lru_cache(maxsize=4096)(
            lambda host: registry.find_owner(f"https://{host}/")
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.__exit__(kind, error, trace)
        self._runner.close()

    def extract_file(self, path: Path, on_progress: Callable[[int], None], url: str = "") -> str:
        """Extracts a file, unless that is done, and returns the name of its output. `url`: of the
        input, where `path` is a copy. Calls `on_progress` with the number of bytes done.
        """
        name, rules = Path(url or path).name, self._digest_rules()
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "blake2b").hexdigest()
            size, output = stream.seek(0, 2), self.folder / name_output(name, digest)
            complaints = Complaints(url or path, self._on_error)
            file = InputFile(stream, digest, output, complaints)
            mark = load_mark(file.mark_path)
            if mark and _is_done(mark, file, rules):
                remove_stale_files(output)
                self._on_notice(f"{url or path}: done already: {output}")
            else:
                file.mark_path.unlink(missing_ok=True)
                self._runner.run(self._extract_stream(file, rules, on_progress))
                self.counts += file.outcomes + file.skipped
                self.broken += file.skipped["broken"] + file.faults
            on_progress(size)
        return output.name

    def _digest_rules(self) -> str:
        """Returns a digest of what a row depends on, beside its page."""
        sources = [
            (source.key, extractor_version(source), sorted(source.languages))
            for source in sorted(self._registry.sources.values(), key=lambda source: source.key)
        ]
        versions = (page_rows.ROW_VERSION, EXTRACTOR_VERSION, FOLD_VERSION, SHINGLE_VERSION)
        rules = (versions, digest_sources(self._registry), sources, self.options)
        return hashlib.blake2b(msgspec.json.encode(rules), digest_size=16).hexdigest()

    # --- one file ---

    async def _extract_stream(
        self, file: InputFile, rules: str, on_progress: Callable[[int], None]
    ) -> None:
        writer = PageFile(file.output)
        waiting: deque[PendingRow] = deque()
        try:
            size = 0
            for record in iter_records(file.stream, 0, self._refuse_url):
                page_record = self._admit_record(file, record)
                if page_record is None:
                    continue
                task = asyncio.ensure_future(self._make_row(file, page_record))
                waiting.append(PendingRow(page_record, task, record.next_offset))
                size += len(page_record.page.body)
                await asyncio.sleep(0)  # lets the task reach its worker
                while waiting and (len(waiting) == PAGES_AHEAD or size >= BYTES_AHEAD):
                    first = waiting.popleft()
                    size -= len(first.record.page.body)
                    await _add_row(file, writer, first)
                    on_progress(first.end)
            while waiting:
                await _add_row(file, writer, waiting.popleft())
            sha256, output_bytes = writer.publish()
        except BaseException:
            for other in waiting:
                other.task.cancel()
            writer.discard()
            raise
        file.complaints.report_rest()
        mark = DoneMark(
            input_digest=file.digest,
            input_bytes=file.stream.seek(0, 2),
            rules_digest=rules,
            extractor=EXTRACTOR_VERSION,
            row_version=page_rows.ROW_VERSION,
            output_sha256=sha256,
            output_bytes=output_bytes,
            outcomes=dict(sorted(file.outcomes.items())),
            skipped=dict(sorted(file.skipped.items())),
        )
        save_mark(file.mark_path, mark)

    # --- which records ---

    def _find_source(self, url: str) -> Source | None:
        return self._find_owner(urls.get_host(url))

    def _refuse_url(self, url: str) -> str:
        """Returns why a URL is not read, '' if it is. Known before its page is decompressed."""
        if self.options.all_hosts:
            return ""
        source = self._find_source(url)
        if source is None:
            return "of no known source"
        return "no article address" if source.check_url(url) else ""

    def _admit_record(self, file: InputFile, record: WarcRecord) -> PageRecord | None:
        """Returns a record's page; None, counted and if it is broken named, where it has none."""
        page, where = record.page, f" byte {record.offset}"
        if page is None:
            file.skipped["broken" if record.is_broken else record.skip_reason] += 1
            if record.is_broken:
                file.complaints.add(where, record.skip_reason, record.skip_reason)
            return None
        try:
            admit(page, page.fetched_at, page.fetched_at)  # not now: rows depend on no clock
        except NotAdmitted as error:
            file.skipped["broken"] += 1
            file.complaints.add(where, error.kind, str(error))
            return None
        source = self._find_source(page.url)
        host = urls.get_host(page.url).removeprefix("www.")
        key = source.key if source else make_source_key(host) or "unknown"
        return PageRecord(page, record.offset, source, key)

    async def _make_row(self, file: InputFile, record: PageRecord) -> Row:
        """Returns the row of a page, of whatever kind it is and whatever it does to its worker."""
        visit = Visit(0, record.source_key, record.page)
        classify_page(visit, record.page)
        if visit.outcome:
            target = visit.found[0].url if visit.found else None
            return build_plain_row(record, visit.outcome, visit.evidence, target)
        arguments = (process.extract_article, record)
        try:
            row = await process.run_in_worker(
                self._pool, page_rows.extract_row, arguments, self.options.timeout
            )
        except ReaderFault as error:
            file.faults += 1
            kind, message = error.args
            file.complaints.add(f" byte {record.offset}", kind, f"{kind}: {message}")
            row = f"the reader raised {kind}"
        if isinstance(row, str):
            return build_plain_row(record, Outcome.UNREADABLE, row)
        return row


async def _add_row(file: InputFile, writer: PageFile, pending: PendingRow) -> None:
    row = await pending.task
    writer.add_row(row)
    file.outcomes[row["outcome"]] += 1


def _is_done(mark: DoneMark, file: InputFile, rules: str) -> bool:
    is_current = (mark.input_digest, mark.rules_digest) == (file.digest, rules)
    return is_current and file.output.is_file() and file.output.stat().st_size == mark.output_bytes


def name_output(name: str, digest: str) -> str:
    """Returns the name of an input's output: its own name, for people, and the hash of its content,
    by which two inputs of one name differ.
    """
    stem = _UNSAFE_CHARACTERS.sub("-", _WARC_SUFFIXES.sub("", name)).strip("-.")[:_MAX_NAME]
    stem = stem.encode()[:_MAX_NAME_BYTES].decode(errors="ignore")
    return f"{stem or 'pages'}-{digest[:HASH_DIGITS]}.parquet"
