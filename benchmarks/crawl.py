"""What a crawl costs beside other crawlers: `make bench-crawl [N=1000] [ROUNDS=3] [SVG=file]`.

Khabar, Scrapy with and without trafilatura, fundus and newspaper4k crawl the same generated pages
of four sites over loopback, in turn. Measures the processes of each to their end: wall time, CPU
time (start-up included) and the sum of their memory (Linux), and compares what they stored with
what the pages say.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlite_utils.utils import sqlite3

from benchmarks.crawl_pages import get_host, get_path, get_sitemap_path, make_article
from benchmarks.docs import format_table
from benchmarks.pages import ROOT
from benchmarks.plot import Bar, draw_bars
from benchmarks.processes import (
    ProcessCost,
    adopt_orphans,
    make_environment,
    measure_command,
    read_own_cpu,
)
from benchmarks.soak_sites import KEYS

DEFAULT_COUNT, DEFAULT_ROUNDS = 1000, 3
START_COUNT = 8  # pages of the run that shows what starting costs
SLOW_SHARE = 0.3  # of the pages are read by a tool that takes five times as long as the others
BASE = "Scrapy + trafilatura"
FUNDUS_PYTHON = ROOT / ".venv-fundus" / "bin" / "python"  # it needs an older lxml


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A crawler: `peer` is its name in benchmarks.crawl_peers, empty for Khabar.

    `share`: the part of the pages that it crawls. `stores`: whether its timed runs store anything;
    if not, what it reads is compared in another run.
    """

    name: str
    peer: str = ""
    python: str = sys.executable
    share: float = 1.0
    stores: bool = True


PIPELINES = (
    Pipeline("Scrapy, fetch only", "fetch-only"),
    Pipeline(BASE, "inline"),
    Pipeline("Scrapy + trafilatura in 2 processes", "processes"),
    Pipeline("fundus, selectors by hand", "fundus", str(FUNDUS_PYTHON), stores=False),
    Pipeline("newspaper4k, 8 threads", "newspaper", share=SLOW_SHARE),
    Pipeline("Khabar, everything stored"),
)


@dataclass(frozen=True, slots=True)
class RunCost:
    """The cost of one run: of the crawler's processes, and CPU seconds of the server."""

    count: int
    processes: ProcessCost
    server_cpu: float

    @property
    def rate(self) -> float:
        """Articles a second."""
        return self.count / self.processes.wall

    @property
    def cpu_ms(self) -> float:
        """CPU milliseconds for an article."""
        return 1000 * self.processes.cpu / self.count


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How many articles have the right title and every paragraph; the median of words too many."""

    right: int
    extra_words: float


def main(count: str = str(DEFAULT_COUNT), rounds: str = str(DEFAULT_ROUNDS), svg: str = "") -> None:
    """Prints the table of `count` pages and `rounds` rounds, and draws it to `svg` if named."""
    if not FUNDUS_PYTHON.exists():
        sys.exit("crawl: fundus is not installed; `make bench-crawl` installs it")
    total = int(count)
    adopt_orphans()
    with tempfile.TemporaryDirectory(prefix="khabar-crawl-") as name, serve_pages(total) as server:
        bench = Bench(Path(name), server)
        starts = {pipeline: bench.run(pipeline, START_COUNT)[0] for pipeline in PIPELINES}
        costs: dict[Pipeline, list[RunCost]] = {pipeline: [] for pipeline in PIPELINES}
        accuracies: dict[Pipeline, Accuracy] = {}
        for number in range(int(rounds)):
            for pipeline in PIPELINES:
                cost, accuracy = bench.run(pipeline, max(START_COUNT, int(total * pipeline.share)))
                costs[pipeline].append(cost)
                if accuracy:
                    accuracies[pipeline] = accuracy
                click.echo(f"round {number + 1}: {pipeline.name}: {_format_run(cost)}", err=True)
        for pipeline in PIPELINES:
            if pipeline not in accuracies:
                accuracies[pipeline] = bench.compare_stored(pipeline, costs[pipeline][0].count)
        lag = bench.measure_lag(total)
    medians = {pipeline: _take_medians(costs[pipeline]) for pipeline in PIPELINES}
    click.echo(
        f"{total} pages, {rounds} rounds, {datetime.now(UTC):%-d %B %Y}, {os.cpu_count()} cores\n"
    )
    click.echo(format_table(COLUMNS, list(_make_rows(medians, starts, accuracies))))
    click.echo(f"\n{lag}")
    if svg:
        bars = [Bar(pipeline.name, cost.cpu_ms) for pipeline, cost in medians.items()]
        Path(svg).write_text(draw_bars(bars, "CPU milliseconds per article"), encoding="utf-8")


# --- runs ---


@dataclass(frozen=True, slots=True)
class RunningServer:
    pid: int
    port: int


@contextmanager
def serve_pages(count: int) -> Iterator[RunningServer]:
    """Runs the server of the first `count` pages in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.crawl_pages", str(count)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin and process.stdout
        yield RunningServer(process.pid, int(process.stdout.readline()))
        process.stdin.close()  # it serves until its input ends


class Bench:
    """Runs the pipelines, each time in a new folder below `folder`."""

    def __init__(self, folder: Path, server: RunningServer) -> None:
        self.folder, self.server = folder, server

    def run(self, pipeline: Pipeline, count: int) -> tuple[RunCost, Accuracy | None]:
        """Crawls the first `count` pages. Returns the cost, and the accuracy of what was stored."""
        if not pipeline.peer:
            return self._run_khabar(count)
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            table = Path(name) / "pages.db" if pipeline.stores else Path("-")
            cost = self._run_peer(pipeline, count, str(table))
            return cost, compare_articles(table, READ_PEER, count) if pipeline.stores else None

    def compare_stored(self, pipeline: Pipeline, count: int) -> Accuracy:
        """Runs a pipeline once more so that it stores what it reads."""
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            table = Path(name) / "pages.db"
            self._run_peer(pipeline, count, str(table))
            return compare_articles(table, READ_PEER, count)

    def measure_lag(self, count: int) -> str:
        """Crawls with Khabar once more, measuring its event loop. Returns a line of text."""
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            command, environment = self._prepare_khabar(Path(name), count, "benchmarks.crawl_lag")
            result = Path(name) / "lag.json"
            environment["BENCH_LAG_FILE"] = str(result)
            self._measure(command, environment, count)
            lag = json.loads(result.read_text(encoding="utf-8"))
        return (
            f"Event loop of khabar crawl, how late a call every {lag['interval']:.0f} ms is: "
            f"p50 {lag['p50']:.1f}, p99 {lag['p99']:.1f}, at most {lag['max']:.1f} ms "
            f"({lag['calls']} calls)"
        )

    def _run_peer(self, pipeline: Pipeline, count: int, table: str) -> RunCost:
        command = [pipeline.python, "-Wignore", "-m", "benchmarks.crawl_peers", pipeline.peer]
        command += [str(self.server.port), str(count), table]
        return self._measure(command, make_environment(), count)

    def _run_khabar(self, count: int) -> tuple[RunCost, Accuracy]:
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            command, environment = self._prepare_khabar(Path(name), count, "commands")
            cost = self._measure(command, environment, count)
            return cost, compare_articles(Path(name) / "archive.db", READ_KHABAR, count)

    def _prepare_khabar(
        self, folder: Path, count: int, module: str
    ) -> tuple[list[str], dict[str, str]]:
        """Writes khabar.toml and the sources. Returns command line and environment of the crawl."""
        write_sources(folder, count)
        environment = make_environment(for_khabar=True)
        environment["KHABAR_NEWSROOM"] = f"127.0.0.1:{self.server.port}"
        command = [sys.executable, "-m", module, "--archive", str(folder / "archive.db"), "crawl"]
        return command, environment

    def _measure(
        self, command: Sequence[str], environment: Mapping[str, str], count: int
    ) -> RunCost:
        before = read_own_cpu(self.server.pid)
        processes = measure_command(command, environment, [self.server.pid])
        return RunCost(count, processes, read_own_cpu(self.server.pid) - before)


def write_sources(folder: Path, count: int) -> None:
    """Writes khabar.toml and the source files."""
    (folder / "khabar.toml").write_text(
        'contact = "https://bench.newsroom.test"\nsource_folders = ["sources"]\n', encoding="utf-8"
    )
    (folder / "sources").mkdir()
    write_source_files(folder / "sources", count)


def write_source_files(folder: Path, count: int) -> None:
    """Writes a source file of each site: no delay, the first `count` pages in its sitemap."""
    for site, key in enumerate(KEYS):
        home = f"http://{get_host(site)}"
        (folder / f"{key}.toml").write_text(
            f'key = "{key}"\nname = "{key}"\nname_en = "{key}"\nhomepage = "{home}/"\n'
            f'hosts = ["{get_host(site)}"]\nstatus = "on"\ndelay = 0.0\n'
            f'[[news_sitemaps]]\nurl = "{home}{get_sitemap_path(site, count)}"\n'
            '[article]\npattern = "/news/"\n',
            encoding="utf-8",
        )


# --- what was stored ---

READ_PEER = "select url, title, body from pages"
READ_KHABAR = "select url, title, text from articles"


def compare_articles(path: Path, query: str, count: int) -> Accuracy:
    """Compares stored articles with the pages that they were read from."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        stored = {url.rpartition("/")[2]: (title, text) for url, title, text in db.execute(query)}
    right, extra = 0, []
    for number in range(count):
        title, text = stored.get(get_path(number).rpartition("/")[2], (None, None))
        article = make_article(number)
        words = text.split() if isinstance(text, str) else []
        found = " ".join(words)
        right += title == article.title and all(line in found for line in article.paragraphs)
        extra.append(len(words) - sum(len(line.split()) for line in article.paragraphs))
    return Accuracy(right, statistics.median(extra))


# --- the report ---

COLUMNS = (
    "crawler",
    "pages",
    "articles/s",
    "CPU ms per article",
    "ratio",
    "of it main process",
    "starting, CPU s",
    "peak MB",
    "title and text right",
    "words too many",
    "server's CPU ms",
)


def _make_rows(
    costs: Mapping[Pipeline, RunCost],
    starts: Mapping[Pipeline, RunCost],
    accuracies: Mapping[Pipeline, Accuracy],
) -> Iterator[list[str]]:
    """Yields the rows of the table."""
    base = next(cost.cpu_ms for pipeline, cost in costs.items() if pipeline.name == BASE)
    for pipeline, cost in costs.items():
        accuracy, processes = accuracies[pipeline], cost.processes
        has_text = pipeline.peer != "fetch-only"
        yield [
            pipeline.name,
            str(cost.count),
            f"{cost.rate:.1f}",
            f"{cost.cpu_ms:.1f}",
            f"{cost.cpu_ms / base:.2f}",
            f"{1000 * processes.main_cpu / cost.count:.1f}",
            f"{starts[pipeline].processes.cpu:.2f}",
            f"{processes.memory / (1 << 20):.0f}",
            f"{accuracy.right}/{cost.count}" if has_text else "–",
            f"{accuracy.extra_words:.0f}" if has_text else "–",
            f"{1000 * cost.server_cpu / cost.count:.2f}",
        ]


def _take_medians(costs: Sequence[RunCost]) -> RunCost:
    """Returns the median of each figure; of the memory, the highest."""
    runs = [cost.processes for cost in costs]
    processes = ProcessCost(
        statistics.median(run.wall for run in runs),
        statistics.median(run.cpu for run in runs),
        statistics.median(run.main_cpu for run in runs),
        max(run.memory for run in runs),
    )
    return RunCost(costs[0].count, processes, statistics.median(cost.server_cpu for cost in costs))


def _format_run(cost: RunCost) -> str:
    return (
        f"{cost.rate:.1f} articles/s, {cost.cpu_ms:.1f} CPU ms, "
        f"{cost.processes.memory / (1 << 20):.0f} MB, load {os.getloadavg()[0]:.1f}"
    )
