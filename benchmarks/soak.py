"""A long crawl under observation: `make soak [N=20000] [SVG=soak.svg]`.

Runs `khabar crawl` on N articles of four pretend sites on loopback, without delay; two pages of a
hundred are faulty. Samples the crawl's processes and its archive from /proc (Linux) while it runs,
prints figures from the beginning and the end, and draws the curves.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import click
from sqlite_utils.utils import sqlite3

from benchmarks.pages import ROOT
from benchmarks.plot import Curve, Panel, draw_panels
from benchmarks.soak_sites import SoakSites, serve_sites, write_sources

DEFAULT_COUNT = 20_000
INTERVAL = 2.0  # seconds between samples
LINES = 20  # printed while the crawl runs
MB = 1 << 20


@dataclass(frozen=True, slots=True)
class Sample:
    """The state of the crawl at one time.

    `seconds` since the start; `cpu_seconds`, `worker_rss` (bytes) and `worker_count` of all
    processes below the main one, `cpu_seconds` with the main one's; `wal` in bytes.
    """

    seconds: float
    articles: int
    requests: int
    rss: int
    worker_rss: int
    worker_count: int
    descriptors: int
    threads: int
    wal: int
    cpu_seconds: float


def main(count: str = str(DEFAULT_COUNT), svg: str = "soak.svg") -> None:
    """Crawls `count` articles, prints samples and the summary, and writes the curves to `svg`."""
    if not Path("/proc/self/stat").exists():
        sys.exit("soak reads /proc, which this system does not have")
    if not count.isdecimal() or int(count) < 1:
        sys.exit(f"soak: {count!r} is not a number of articles")
    with (
        tempfile.TemporaryDirectory(prefix="khabar-soak-") as name,
        serve_sites(int(count)) as sites,
    ):
        folder = Path(name)
        write_sources(folder, sites)
        samples, code = _run_crawl(folder, sites)
        if not samples:
            sys.exit(f"the crawl ended with {code} before anything could be sampled")
        for line in _summarise(folder, sites, samples, code):
            click.echo(line)
    Path(svg).write_text(draw_samples(_cut_shutdown(samples)), encoding="utf-8")
    click.echo(f"curves: {svg}")


# --- the crawl and its samples ---


def _khabar(folder: Path, sites: SoakSites, *arguments: str) -> tuple[list[str], dict[str, str]]:
    """Returns the command line and the environment of a khabar command on the archive."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("KHABAR_")}
    environment["KHABAR_NEWSROOM"] = sites.address
    command = [sys.executable, "-m", "commands", "--archive", str(folder / "archive.db")]
    return [*command, *arguments], environment


def _run_crawl(folder: Path, sites: SoakSites) -> tuple[list[Sample], int]:
    """Runs the crawl to its end. Returns the samples and the exit code."""
    command, environment = _khabar(folder, sites, "crawl")
    samples: list[Sample] = []
    printed = 0
    begun = time.monotonic()
    click.echo(_HEADER)
    with (folder / "output.txt").open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            while process.poll() is None:
                with suppress(OSError, sqlite3.OperationalError):  # it is starting, or ends now
                    samples.append(_take_sample(process.pid, folder, sites, begun))
                    if samples[-1].articles * LINES >= printed * sites.count:
                        click.echo(_format_sample(samples[-1]))
                        printed = samples[-1].articles * LINES // sites.count + 1
                with suppress(subprocess.TimeoutExpired):
                    process.wait(INTERVAL)
        finally:
            if process.poll() is None:
                process.terminate()
            process.wait()
    click.echo((folder / "output.txt").read_text(encoding="utf-8", errors="replace"), nl=False)
    return samples, process.returncode


def _take_sample(pid: int, folder: Path, sites: SoakSites, begun: float) -> Sample:
    """Samples the processes and the archive. Raises OSError when the main process has ended, and
    sqlite3.OperationalError while there is no archive.
    """
    seconds = time.monotonic() - begun
    archive = folder / "archive.db"
    # One connection a sample: a transaction left open would keep the WAL from being reset.
    with closing(sqlite3.connect(f"file:{archive}?mode=ro", uri=True)) as db:
        (articles,) = db.execute("select count(*) from articles").fetchone()
    wal = folder / "archive.db-wal"
    worker_ids = list(_iter_descendants(pid))
    return Sample(
        seconds=seconds,
        articles=articles,
        requests=sites.request_count,
        rss=_read_status(pid, "VmRSS") * 1024,
        worker_rss=sum(_read_worker(worker)[0] for worker in worker_ids),
        worker_count=len(worker_ids),
        descriptors=sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir()),
        threads=_read_status(pid, "Threads"),
        wal=wal.stat().st_size if wal.exists() else 0,
        cpu_seconds=_read_cpu_seconds(pid) + sum(_read_worker(worker)[1] for worker in worker_ids),
    )


def _iter_descendants(pid: int) -> Iterator[int]:
    """Yields the processes below a process; none when it has ended."""
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, task.read_text().split()):
                yield child
                yield from _iter_descendants(child)


def _read_status(pid: int, field: str) -> int:
    """Returns a number of /proc/PID/status; sizes are in KiB. 0 for a zombie without the field."""
    match = re.search(rf"^{field}:\s*(\d+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return int(match[1]) if match else 0


def _read_cpu_seconds(pid: int) -> float:
    """Returns the CPU seconds of a process and of its ended children."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def _read_worker(pid: int) -> tuple[int, float]:
    """Returns RSS in bytes and CPU seconds of a worker; zeros when it has just ended."""
    try:
        return _read_status(pid, "VmRSS") * 1024, _read_cpu_seconds(pid)
    except OSError:
        return 0, 0.0


# --- the report ---

_HEADER = (
    f"{'s':>6} {'articles':>8} {'requests':>8} {'RSS MB':>7} {'workers MB':>10} {'workers':>7} "
    f"{'files':>5} {'threads':>7} {'WAL MB':>7} {'CPU s':>7}"
)


def _format_sample(sample: Sample) -> str:
    return (
        f"{sample.seconds:6.0f} {sample.articles:8} {sample.requests:8} {sample.rss / MB:7.0f} "
        f"{sample.worker_rss / MB:10.0f} {sample.worker_count:7} {sample.descriptors:5} "
        f"{sample.threads:7} {sample.wal / MB:7.1f} {sample.cpu_seconds:7.0f}"
    )


def _summarise(
    folder: Path, sites: SoakSites, samples: Sequence[Sample], code: int
) -> Iterator[str]:
    """Yields the lines of the summary."""
    with closing(sqlite3.connect(f"file:{folder / 'archive.db'}?mode=ro", uri=True)) as db:
        (articles,) = db.execute("select count(*) from articles").fetchone()
        outcomes = Counter(
            dict(
                db.execute(
                    """select coalesce(outcome, 'state ' || state), count(*) from pages
                    where kind = 'page' group by 1"""
                )
            )
        )
    command, environment = _khabar(folder, sites, "verify", "--json")
    verify = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    findings = len(json.loads(verify.stdout)["faults"]) if verify.stdout else verify.stderr.strip()
    full_time = samples[-1].seconds
    samples = _cut_shutdown(samples)
    tenth, last = _find_tenth(samples), samples[-1]
    yield f"articles: {articles} of {sites.count} pages, {sites.fault_count} of them faulty"
    yield f"requests: {sites.request_count} in {full_time:.0f} s, {last.cpu_seconds:.0f} CPU s"
    yield "articles/s: {:.1f} in the first quarter, {:.1f} in the last".format(
        *_measure_rates(samples)
    )
    for name, values in (
        ("main process", [sample.rss for sample in samples]),
        (f"{last.worker_count} processes below it", [sample.worker_rss for sample in samples]),
    ):
        yield (
            f"RSS of {name}: {values[tenth] / MB:.0f} MB at 10 %, {values[-1] / MB:.0f} MB at the "
            f"end, {_measure_growth(samples[tenth:], values[tenth:]) / MB:.1f} MB per 1,000 "
            f"articles, {max(values) / MB:.0f} MB at most"
        )
    yield f"WAL: {max(sample.wal for sample in samples) / MB:.1f} MB at most"
    for name, counts in (
        ("descriptors", [sample.descriptors for sample in samples]),
        ("threads", [sample.threads for sample in samples]),
    ):
        yield f"{name}: {counts[tenth]} at 10 %, {counts[-1]} at the end, {max(counts)} at most"
    yield "pages by outcome: " + ", ".join(f"{name} {n}" for name, n in outcomes.most_common())
    yield f"exit code {code}, verify: {findings} findings, exit code {verify.returncode}"


def _cut_shutdown(samples: Sequence[Sample]) -> Sequence[Sample]:
    """Leaves out the last samples, taken when the worker processes had ended."""
    full_count = max(sample.worker_count for sample in samples)
    return samples[
        : 1 + max(i for i, sample in enumerate(samples) if sample.worker_count == full_count)
    ]


def _find_tenth(samples: Sequence[Sample]) -> int:
    """Returns the index of the first sample with a tenth of the articles."""
    return bisect_left(samples, samples[-1].articles / 10, key=lambda sample: sample.articles)


def _measure_rates(samples: Sequence[Sample]) -> tuple[float, float]:
    """Returns articles a second in the first and in the last quarter of the articles; the time
    before the first article and after the last does not count.
    """
    total = samples[-1].articles
    marks = [
        samples[bisect_left(samples, share * total, key=lambda sample: sample.articles)]
        for share in (0.02, 0.25, 0.75, 0.999)
    ]
    rates = [
        (end.articles - begin.articles) / max(end.seconds - begin.seconds, INTERVAL)
        for begin, end in (marks[:2], marks[2:])
    ]
    return rates[0], rates[1]


def _measure_growth(samples: Sequence[Sample], values: Sequence[int]) -> float:
    """Returns the slope of the values per 1,000 articles, by least squares; 0 for one sample."""
    counts = [sample.articles for sample in samples]
    mean, mean_value = sum(counts) / len(counts), sum(values) / len(values)
    spread = sum((count - mean) ** 2 for count in counts)
    pairs = zip(counts, values, strict=True)
    product = sum((count - mean) * (value - mean_value) for count, value in pairs)
    return 1000 * product / spread if spread else 0.0


def draw_samples(samples: Sequence[Sample]) -> str:
    """Returns the curves as SVG: throughput, memory, WAL, descriptors and threads over time."""
    times = [sample.seconds for sample in samples]
    window = max(1, len(samples) // 20)  # samples that a rate is averaged over
    rates = [
        (sample.articles - before.articles) / (sample.seconds - before.seconds)
        for before, sample in zip(samples, samples[window:], strict=False)
    ]
    panels = [
        Panel("articles a second", [Curve("articles/s", times[window:], rates)]),
        Panel("articles stored", [Curve("articles", times, [s.articles for s in samples])]),
        Panel(
            "memory (RSS), MB",
            [
                Curve("main process", times, [s.rss / MB for s in samples]),
                Curve("workers, sum", times, [s.worker_rss / MB for s in samples]),
            ],
        ),
        Panel("archive.db-wal, MB", [Curve("WAL", times, [s.wal / MB for s in samples])]),
        Panel(
            "main process",
            [
                Curve("descriptors", times, [s.descriptors for s in samples]),
                Curve("threads", times, [s.threads for s in samples]),
            ],
        ),
    ]
    return draw_panels(panels, f"khabar crawl, {samples[-1].articles:,} articles", "seconds")
