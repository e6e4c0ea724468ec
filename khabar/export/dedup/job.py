"""Runs the stages in order, each unless it is done already."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.metadata
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from khabar.archive.errors import ArchiveError, explain_error, is_disk_fault
from khabar.archive.stories.index import VERSION
from khabar.export.dedup import band_join, number_files, results
from khabar.export.dedup.input_files import (
    CorpusFile,
    TextUnit,
    hash_input_files,
    list_input_files,
    list_text_units,
)
from khabar.export.dedup.verification import PairChunk, WorkFiles, verify_chunk
from khabar.export.dedup.word_files import fold_unit, read_unit_counts
from khabar.export.dedup.work_database import count_rows, open_work_database, run_stage
from khabar.export.folder import MANIFEST_FILE, DatasetFolder, list_own_files, make_folder

if TYPE_CHECKING:
    import duckdb

DEDUP_VERSION = 2  # increase when other rows may be found with the same input
WORK_DIR = ".khabar-dedup"
WORK_VERSION = 3  # of the files in it: increase when a run cannot go on with those of an older one
LOCK_FILE = "lock"
CHUNK_PAIRS = 20_000  # candidates that a worker compares in one go: a second or two
_FOREIGN = "not of an earlier `khabar dedup`: choose another folder"
TASKS_AHEAD = 2  # tasks for each worker that wait or run
# Bytes of `memory` that this process takes beside DuckDB. Measured: 210 MB with 300,000 rows, after
# DuckDB was closed; it grows by eight bytes a row.
PYTHON_MEMORY = 256 << 20
DedupProgress = Callable[[str, int, int], None]  # stage, parts done, parts in all


@dataclass(frozen=True, slots=True)
class DedupOptions:
    """`memory`: bytes to use; `workers`: processes that read texts, and DuckDB's
    threads; `open_workers`: starts them.
    """

    memory: int
    workers: int
    open_workers: Callable[[], Executor]


def dedup_folder(
    folder: Path, to: Path, options: DedupOptions, on_progress: DedupProgress
) -> dict[str, Any]:
    """Finds the near-duplicates among the rows of a folder's Parquet files and writes them to `to`.

    Returns the manifest, which has the counts. A run with the same input goes on where the last one
    was stopped. Raises ArchiveError, which names the remedy.
    """
    if to.resolve().is_relative_to(folder.resolve()):
        raise ArchiveError(f"{to}: is inside {folder}: choose a folder elsewhere")
    manifest = _read_manifest(to)
    files = list_input_files(folder)
    identity = _identify_input(files, on_progress)
    try:
        with _lock_work_folder(to / WORK_DIR):
            if not manifest or manifest["input"] != identity:
                work = to / WORK_DIR / f"{identity[:16]}-{WORK_VERSION}"
                job = _DedupJob(files, to, work, options, on_progress)
                job.prepare()
                manifest = _write_results(job, {"input": identity, **job.run()})
            shutil.rmtree(to / WORK_DIR)
    except OSError as error:
        if not is_disk_fault(error):
            raise
        raise explain_error(error, f"{to}: cannot be written", to) from error
    except BrokenProcessPool as error:
        raise ArchiveError(
            f"{to}: a worker process died: run the command again, it goes on where it stopped; "
            "with fewer --workers when memory is short"
        ) from error
    return manifest


@contextmanager
def _lock_work_folder(folder: Path) -> Iterator[None]:
    """Keeps other runs out of a work folder, which is made if it is absent. Raises ArchiveError
    when another run works in it.
    """
    make_folder(folder)
    with (folder / LOCK_FILE).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ArchiveError(f"{folder}: another run works in it") from error
        yield


def _identify_input(files: list[CorpusFile], on_progress: DedupProgress) -> str:
    """Returns the SHA-256 of all that the result depends on."""
    digest = hashlib.sha256(f"{VERSION} {DEDUP_VERSION} {band_join.MAX_BAND_ROWS}\n".encode())
    for number, (file, sha256) in enumerate(hash_input_files(files), 1):
        digest.update(f"{sha256} {file.name}\n".encode())
        on_progress("reading files", number, len(files))
    return digest.hexdigest()


def _read_manifest(to: Path) -> dict[str, Any] | None:
    """Returns the manifest of an earlier run; None without one.

    Raises ArchiveError when the folder has a manifest or files of these names of somebody else.
    """
    own_names = list_own_files(to)
    for name in (MANIFEST_FILE, *results.RESULTS):
        if (to / name).exists() and name not in own_names:
            raise ArchiveError(f"{to / name}: {_FOREIGN}")
    if not (to / MANIFEST_FILE).exists():
        return None
    manifest: dict[str, Any] = msgspec.json.decode((to / MANIFEST_FILE).read_bytes())
    if manifest.get("kind") != "dedup":
        raise ArchiveError(f"{to / MANIFEST_FILE}: {_FOREIGN}")
    return manifest if all((to / name).exists() for name in results.RESULTS) else None


def _write_results(job: _DedupJob, summary: dict[str, Any]) -> dict[str, Any]:
    with job.open_database() as db, DatasetFolder(job.to) as dataset:
        results.write_results(db, dataset)
        manifest = {
            "khabar": importlib.metadata.version("khabar"),
            "kind": "dedup",
            **summary,
            "files": dataset.file_digests(),
        }
        body = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
        dataset.write(MANIFEST_FILE, body + b"\n")
    return manifest


@dataclass
class _DedupJob:
    """One run. `work`: the folder of what is done so far."""

    files: list[CorpusFile]
    to: Path
    work: Path
    options: DedupOptions
    on_progress: DedupProgress
    units: list[TextUnit] = field(init=False)
    paths: WorkFiles = field(init=False)

    def __post_init__(self) -> None:
        self.units = list_text_units(self.files)
        names = ("words", "places", "candidates", "boilerplate", "verified")
        self.paths = WorkFiles(*(self.work / name for name in names))

    @property
    def rows(self) -> int:
        return sum(file.rows for file in self.files)

    def prepare(self) -> None:
        """Makes the work folder; deletes that of other input, which an earlier run has left."""
        for other in self.work.parent.iterdir():
            if other != self.work and other.is_dir():
                shutil.rmtree(other)
        for path in (self.paths.words, self.paths.verified):
            path.mkdir(parents=True, exist_ok=True)

    def open_database(self) -> Any:
        """Opens the run's database; a context manager."""
        path = self.work / "dedup.duckdb"
        memory = self.options.memory - PYTHON_MEMORY
        return open_work_database(path, memory, self.options.workers)

    def run(self) -> dict[str, Any]:
        """Does what is not done yet and returns the counts.

        The database is closed while workers run, so that its memory is theirs.
        """
        positions = self.work / "positions"
        with self.open_database() as db:
            self._join_rows(db)
            number_files.write_positions(db, self.rows, positions)
            number_files.write_candidates(db, self.paths.candidates)
        self._fold_texts(positions)
        number_files.write_places(self.paths.words, len(self.units), self.paths.places)
        with self.open_database() as db:
            number_files.find_boilerplate(db, self.paths.words, self.paths.boilerplate)
        self._verify_pairs()
        with self.open_database() as db:
            results.link_docs(db, self.paths.verified)
            return self._count(db)

    def _join_rows(self, db: duckdb.DuckDBPyConnection) -> None:
        stages = {
            "rows": lambda db: band_join.load_rows(db, self.files),
            "docs": band_join.number_docs,
            "bands": band_join.find_bands,
            "candidates": lambda db: band_join.join_bands(db, self._report_join),
        }
        for number, (name, work) in enumerate(stages.items(), 1):
            run_stage(db, name, work)
            self.on_progress("numbering rows", number, len(stages))

    def _report_join(self, parts: int) -> None:
        self.on_progress("joining bands", parts, band_join.JOIN_PARTS)

    def _fold_texts(self, positions: Path) -> None:
        words = self.paths.words
        pending = [unit for unit in self.units if read_unit_counts(words, unit.number) is None]
        tasks = ((unit, positions, words) for unit in pending)
        self._run_tasks("reading texts", fold_unit, tasks, len(self.units), len(pending))

    def _verify_pairs(self) -> None:
        pairs = self.paths.candidates.stat().st_size // 16
        chunks = [
            PairChunk(number, first, min(CHUNK_PAIRS, pairs - first))
            for number, first in enumerate(range(0, pairs, CHUNK_PAIRS))
        ]
        pending = [
            chunk for chunk in chunks if not self.paths.verified_chunk(chunk.number).exists()
        ]
        tasks = ((chunk, self.paths) for chunk in pending)
        self._run_tasks("comparing pairs", verify_chunk, tasks, len(chunks), len(pending))

    def _run_tasks(
        self,
        stage: str,
        function: Callable[..., Any],
        tasks: Iterator[tuple[Any, ...]],
        total: int,
        pending: int,
    ) -> None:
        """Runs a function in workers for each of the tasks; few wait at a time."""
        self.on_progress(stage, total - pending, total)
        if not pending:
            return
        with self.options.open_workers() as workers:
            done = total - pending
            for _ in _run_ahead(workers, function, tasks, TASKS_AHEAD * self.options.workers):
                done += 1
                self.on_progress(stage, done, total)

    def _count(self, db: duckdb.DuckDBPyConnection) -> dict[str, Any]:
        texts = count_rows(db, "docs")
        left_out = count_rows(db, "members", "doc <> cluster")
        no_article = count_rows(db, "input_rows", "not is_article")
        too_long = count_rows(db, "input_rows", "is_article and has_text and is_too_long")
        unit_counts = [read_unit_counts(self.paths.words, unit.number) for unit in self.units]
        return {
            "rows": self.rows,
            "no_article": no_article,
            "without_text": self.rows - no_article - texts,
            "too_short": count_rows(db, "docs", "not has_keys") - too_long,
            "too_long": too_long,
            "other_minhash": sum(counts.other_minhash for counts in unit_counts if counts),
            "same_text": count_rows(db, "docs", "first <> doc"),
            "candidates": count_rows(db, "candidates"),
            "pairs": count_rows(db, "pairs"),
            "pairs_by_boilerplate": count_rows(db, "pairs", "not own"),
            "boilerplate_paragraphs": count_rows(db, "boilerplate"),
            "full_bands": count_rows(db, "full_bands"),
            "pairs_not_compared": count_rows(db, "full_bands", column="sum(pairs_not_compared)"),
            "clusters": count_rows(db, "members", "doc = cluster"),
            "kept": texts - left_out,
            "left_out": left_out,
        }


def _run_ahead(
    workers: Executor,
    function: Callable[..., Any],
    tasks: Iterable[tuple[Any, ...]],
    ahead: int,
) -> Iterator[Any]:
    """Yields the results as they come, with at most `ahead` tasks submitted and not finished."""
    remaining = iter(tasks)
    futures: set[Future[Any]] = {
        workers.submit(function, *task) for task in islice(remaining, ahead)
    }
    try:
        while futures:
            finished, futures = wait(futures, return_when=FIRST_COMPLETED)
            for future in finished:
                yield future.result()
                futures |= {workers.submit(function, *task) for task in islice(remaining, 1)}
    finally:
        for future in futures:
            future.cancel()
