"""Near-duplicates of a corpus: what `khabar dedup` finds, costs, and does after a kill (`make
bench-dedup`).
"""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from rich.console import Console

from benchmarks import docs
from benchmarks.near_duplicates import NewsText, Pair, find_exact_pairs, load_texts
from benchmarks.pages import ROOT
from benchmarks.recombined_corpus import find_copy, make_article, write_corpus
from khabar.export.dedup.job import WORK_DIR
from khabar.processing.worker_count import count_default_workers
from newsroom.agency_copies import EDITS

SAMPLE_STORIES = 2000  # compared by brute force, each with its copy
DOCUMENTED_SIZES = (30_000, 300_000)
MEMORY = "2GB"
EDITS_HEAD = (
    "edit",
    "pairs planted in the sample",
    "near by brute force",
    "recall",
    "found",
    "precision",
)
COST_HEAD = ("run", "CPU s", "s", "peak MB", "candidates", "pairs", "kept")
POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class RunCost:
    """What one run took: CPU seconds and peak memory (proportional set size, MB) of the command and
    its workers; `manifest`: None when it was killed.
    """

    cpu: float
    seconds: float
    memory: float
    manifest: dict[str, Any] | None


def run_command(corpus: Path, to: Path, should_kill: Callable[[], bool] = lambda: False) -> RunCost:
    """Runs `khabar dedup` in a process of its own; ends it with SIGKILL when told to."""
    command = [sys.executable, "-m", "commands", "dedup", str(corpus), "--to", str(to)]
    begun, peak = time.monotonic(), 0.0
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with subprocess.Popen(
        [*command, "--memory", MEMORY, "--json"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        while process.poll() is None:
            peak = max(peak, measure_memory(process.pid))
            if should_kill():
                os.kill(process.pid, signal.SIGKILL)
                break
            time.sleep(POLL_SECONDS)
        output = process.communicate()[0]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    manifest = json.loads(output) if process.returncode == 0 else None
    return RunCost(cpu, time.monotonic() - begun, peak, manifest)


def measure_memory(session: int) -> float:
    """Returns the MB of all processes of a session, pages they share counted once."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.getsid(int(folder.name)) != session:
                continue
            lines = (folder / "smaps_rollup").read_text().splitlines()
        except OSError:  # it has ended meanwhile
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def run_and_kill(corpus: Path, to: Path) -> tuple[RunCost, RunCost]:
    """Kills a run when half of the texts are read, and runs the command again."""
    files = len(list(corpus.glob("*.parquet")))

    def is_half_done() -> bool:
        return len(list(to.glob(f"{WORK_DIR}/*/words/*.json"))) > files  # two units a file

    return run_command(corpus, to, is_half_done), run_command(corpus, to)


def load_pairs(to: Path, ids: set[int]) -> set[Pair]:
    """Returns the pairs that a run has found among these ids."""
    found: set[Pair] = set()
    file = pq.ParquetFile(to / "pairs.parquet")
    for batch in file.iter_batches(columns=["a_id", "b_id"]):
        pairs = zip(*(column.to_pylist() for column in batch.columns), strict=True)
        found |= {(min(a, b), max(a, b)) for a, b in pairs if a in ids and b in ids}
    return found


def measure_quality(to: Path, size: int) -> tuple[list[list[str]], str]:
    """Compares a run's pairs with brute force over a sample. Returns the rows by edit, and a
    sentence on all pairs of the sample.
    """
    chance = random.Random("sample")
    stories = sorted(chance.sample(range(size // 2), min(SAMPLE_STORIES, size // 2)))
    numbers = sorted({n for story in stories for n in (2 * story, find_copy(story, size))})
    articles = {number: make_article(number, size) for number in numbers}
    texts = [
        NewsText("", "", articles[n].source, "", "\n\n".join(articles[n].paragraphs))
        for n in numbers
    ]
    truth = {
        (numbers[a], numbers[b])
        for (a, b), similarity in find_exact_pairs(texts).items()
        if similarity.is_near_duplicate
    }
    found = load_pairs(to, set(numbers))
    planted: dict[Pair, int] = {}
    for story in stories:
        copy = find_copy(story, size)
        planted[min(2 * story, copy), max(2 * story, copy)] = story
    rows = []
    edit_of = {story: articles[find_copy(story, size)].edit for story in stories}.__getitem__
    for edit in EDITS:
        pairs = {pair for pair, story in planted.items() if edit_of(story) == edit}
        rows.append([edit, f"{len(pairs)}", *_compare_pairs(pairs & truth, pairs & found)])
    rows.append(
        [
            "(all)",
            f"{len(planted)}",
            *_compare_pairs(truth & planted.keys(), found & planted.keys()),
        ]
    )
    others = [pairs - planted.keys() for pairs in (truth, found)]
    rows.append(["(stubs that share a notice)", "–", *_compare_pairs(*others)])
    _, recall, _, precision = _compare_pairs(truth, found)
    return rows, (
        f"Among the {len(numbers):,} articles of the sample brute force finds {len(truth):,} "
        f"near-duplicate pairs, stubs included; `khabar dedup` finds {recall} of them, and of its "
        f"{len(found):,} pairs {precision} are near-duplicates."
    )


def _compare_pairs(truth: set[Pair], found: set[Pair]) -> list[str]:
    """Returns the number of true pairs, recall, the number of found pairs, precision."""
    common = len(truth & found)
    return [
        f"{len(truth)}",
        _format_share(common, len(truth)),
        f"{len(found)}",
        _format_share(common, len(found)),
    ]


def _format_share(part: int, whole: int) -> str:
    return f"{part / whole:.2%}" if whole else "–"


def cost_row(name: str, cost: RunCost) -> list[str]:
    """Returns a run's row."""
    keys = ("candidates", "pairs", "kept")
    counts = [f"{cost.manifest[key]:,}" if cost.manifest else "–" for key in keys]
    cpu = f"{cost.cpu:,.0f}" if cost.manifest else "–"  # of killed workers nobody knows it
    return [name, cpu, f"{cost.seconds:,.0f}", f"{cost.memory:,.0f}", *counts]


def main(size_argument: str = "300000", folder: str = "") -> None:
    """Prints the tables and writes them into docs/benchmarks.md; exits with one line if the real
    texts are absent. `folder`: for the corpus, 5 kB an article, and the results.
    """
    size = int(size_argument) // 2 * 2
    try:
        load_texts()
    except FileNotFoundError:
        sys.exit("bench dedup: ../shared/texts is absent: the real texts are not on this machine")
    work = Path(folder or ROOT / ".bench-dedup") / f"{size}"
    corpus, whole, stopped = (work / name for name in ("corpus", "whole", "stopped"))
    workers = count_default_workers()
    write_corpus(corpus, size, workers)
    for path in (whole, stopped):
        shutil.rmtree(path, ignore_errors=True)
    cost = run_command(corpus, whole)
    killed, again = run_and_kill(corpus, stopped)
    if not (cost.manifest and again.manifest):
        sys.exit("bench dedup: a run failed")
    rows, sentence = measure_quality(whole, size)
    costs = [
        cost_row("undisturbed", cost),
        cost_row("killed at half of the texts", killed),
        cost_row("the same command again", again),
    ]
    same = "the same bytes" if cost.manifest == again.manifest else "OTHER BYTES"
    print_report(
        size,
        [(EDITS_HEAD, rows), (COST_HEAD, costs)],
        f"{sentence} {_name_remainder(cost.manifest)} Killed and run again it writes {same}.",
    )


def _name_remainder(manifest: dict[str, Any]) -> str:
    return (
        f"{manifest['full_bands']:,} band keys had more than 200 rows: at most "
        f"{manifest['pairs_not_compared']:,} pairs of them were not compared."
    )


def print_report(
    size: int, tables: Sequence[tuple[Sequence[str], list[list[str]]]], sentence: str
) -> None:
    """Prints the tables, and writes them into the section of their size if there is one."""
    console = Console(width=None if sys.stdout.isatty() else 200)
    for head, rows in tables:
        console.print(docs.make_table(head, rows))
    console.print(sentence)
    summary = (
        f"`make bench-dedup N={size}`, {datetime.now(UTC):%-d %B %Y}: {size:,} articles recombined "
        f"from real sentences, {count_default_workers()} workers, `--memory {MEMORY}`."
    )
    parts = [summary, *(docs.format_table(head, rows) for head, rows in tables), sentence]
    if size in DOCUMENTED_SIZES:
        docs.update_section(f"dedup {size}", "\n\n".join(parts))


if __name__ == "__main__":
    main(*sys.argv[1:])
