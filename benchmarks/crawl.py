"""What a crawl costs beside other crawlers: `make bench-crawl [N=1000] [ROUNDS=3] [SVG=file]`.

Khabar, Scrapy with and without trafilatura, fundus and newspaper4k crawl the same generated pages
of four sites over loopback, in turn. Measures the processes of each to their end: wall time, CPU
time (start-up included) and the sum of their memory (Linux), and compares what they stored with
what the pages say.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlite_utils.utils import sqlite3

from benchmarks.crawl_pages import get_host, get_path, get_sitemap_path, make_article
from benchmarks.docs import format_table
from benchmarks.pages import ROOT
from benchmarks.plot import Bar, draw_bars
from benchmarks.soak_sites import KEYS

DEFAULT_COUNT, DEFAULT_ROUNDS = 1000, 3
START_COUNT = 8  # pages of the run that shows what starting costs
INTERVAL = 0.25  # seconds between samples of the processes
SLOW_SHARE = 0.3  # of the pages are read by a tool that takes five times as long as the others
BASE = "Scrapy + trafilatura"
FUNDUS_PYTHON = ROOT / ".venv-fundus" / "bin" / "python"  # it needs an older lxml
PR_SET_CHILD_SUBREAPER = 36


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
    """The cost of one run: seconds, of CPU for all processes and of it for the first one, the
    server's CPU seconds, and the peak of the summed memory in bytes.
    """

    count: int
    wall: float
    cpu: float
    main_cpu: float
    server_cpu: float
    memory: int


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How many articles have the right title and every paragraph; the median of words too many."""

    right: int
    extra_words: float


def main(count: str = str(DEFAULT_COUNT), rounds: str = str(DEFAULT_ROUNDS), svg: str = "") -> None:
    """Prints the table of `count` pages and `rounds` rounds, and draws it to `svg` if named."""
    if not Path("/proc/self/smaps_rollup").exists():
        sys.exit("crawl reads /proc, which this system does not have")
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
        bars = [
            Bar(pipeline.name, 1000 * cost.cpu / cost.count) for pipeline, cost in medians.items()
        ]
        Path(svg).write_text(draw_bars(bars, "CPU milliseconds per article"), encoding="utf-8")


# --- processes ---


def adopt_orphans() -> None:
    """Makes this process the parent of descendants whose parent has ended, so that their CPU time
    is counted too. Raises OSError where the system refuses.
    """
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


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


def run_measured(
    command: Sequence[str], environment: Mapping[str, str], count: int, server: RunningServer
) -> RunCost:
    """Runs a command to its end, with all its descendants. Raises CalledProcessError."""
    cpu_before, server_before = _read_children_cpu(), _read_own_cpu(server.pid)
    begun, main_cpu, memory = time.monotonic(), 0.0, 0
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    while True:
        with suppress(OSError, ProcessLookupError):  # it ends now
            memory = max(memory, sum(map(_read_memory, _list_tree(process.pid))))
            main_cpu = _read_own_cpu(process.pid)
        with suppress(subprocess.TimeoutExpired):
            code = process.wait(INTERVAL)
            break
    wall = time.monotonic() - begun
    for orphan in set(_list_tree(os.getpid())) - {os.getpid(), server.pid}:
        os.waitpid(orphan, 0)
    if code:
        raise subprocess.CalledProcessError(code, command)
    return RunCost(
        count,
        wall,
        _read_children_cpu() - cpu_before,
        main_cpu,
        _read_own_cpu(server.pid) - server_before,
        memory,
    )


def _list_tree(pid: int) -> list[int]:
    """Returns a process and its descendants."""
    tree = [pid]
    for parent in tree:
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            with suppress(OSError):
                tree += map(int, task.read_text().split())
    return tree


def _read_memory(pid: int) -> int:
    """Returns a process's proportional set size in bytes; 0 when it has just ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def _read_own_cpu(pid: int) -> float:
    """Returns the CPU seconds of a process without its children, in hundredths of a second."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def _read_children_cpu() -> float:
    """Returns the CPU seconds of all descendants that have ended and were waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


# --- runs ---


class Bench:
    """Runs the pipelines, each time in a new folder below `folder`."""

    def __init__(self, folder: Path, server: RunningServer) -> None:
        self.folder, self.server = folder, server
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("KHABAR_") and name != "PYTHONDONTWRITEBYTECODE"
        }

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
            run_measured(command, environment, count, self.server)
            lag = json.loads(result.read_text(encoding="utf-8"))
        return (
            f"Event loop of khabar crawl, how late a call every {lag['interval']:.0f} ms is: "
            f"p50 {lag['p50']:.1f}, p99 {lag['p99']:.1f}, at most {lag['max']:.1f} ms "
            f"({lag['calls']} calls)"
        )

    def _run_peer(self, pipeline: Pipeline, count: int, table: str) -> RunCost:
        command = [pipeline.python, "-Wignore", "-m", "benchmarks.crawl_peers", pipeline.peer]
        command += [str(self.server.port), str(count), table]
        return run_measured(command, self.environment, count, self.server)

    def _run_khabar(self, count: int) -> tuple[RunCost, Accuracy]:
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            command, environment = self._prepare_khabar(Path(name), count, "commands")
            cost = run_measured(command, environment, count, self.server)
            return cost, compare_articles(Path(name) / "archive.db", READ_KHABAR, count)

    def _prepare_khabar(
        self, folder: Path, count: int, module: str
    ) -> tuple[list[str], dict[str, str]]:
        """Writes khabar.toml and the sources. Returns command line and environment of the crawl."""
        write_sources(folder, count)
        environment = {
            **self.environment,
            "KHABAR_NEWSROOM": f"127.0.0.1:{self.server.port}",
            # pandas, which sqlite-utils imports where it is, is none of a user's packages
            "PYTHONPATH": f"{ROOT / 'tests' / 'without'}:{ROOT}",
        }
        command = [sys.executable, "-m", module, "--archive", str(folder / "archive.db"), "crawl"]
        return command, environment


def write_sources(folder: Path, count: int) -> None:
    """Writes khabar.toml and the source files: no delay, the first `count` pages in sitemaps."""
    (folder / "khabar.toml").write_text(
        'contact = "https://bench.newsroom.test"\nsource_folders = ["sources"]\n', encoding="utf-8"
    )
    (folder / "sources").mkdir()
    for site, key in enumerate(KEYS):
        home = f"http://{get_host(site)}"
        (folder / "sources" / f"{key}.toml").write_text(
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
    base = next(cost.cpu / cost.count for pipeline, cost in costs.items() if pipeline.name == BASE)
    for pipeline, cost in costs.items():
        accuracy, per_article = accuracies[pipeline], cost.cpu / cost.count
        has_text = pipeline.peer != "fetch-only"
        yield [
            pipeline.name,
            str(cost.count),
            f"{cost.count / cost.wall:.1f}",
            f"{1000 * per_article:.1f}",
            f"{per_article / base:.2f}",
            f"{1000 * cost.main_cpu / cost.count:.1f}",
            f"{starts[pipeline].cpu:.2f}",
            f"{cost.memory / (1 << 20):.0f}",
            f"{accuracy.right}/{cost.count}" if has_text else "–",
            f"{accuracy.extra_words:.0f}" if has_text else "–",
            f"{1000 * cost.server_cpu / cost.count:.2f}",
        ]


def _take_medians(costs: Sequence[RunCost]) -> RunCost:
    """Returns the median of each figure; of the memory, the highest."""
    return RunCost(
        costs[0].count,
        statistics.median(cost.wall for cost in costs),
        statistics.median(cost.cpu for cost in costs),
        statistics.median(cost.main_cpu for cost in costs),
        statistics.median(cost.server_cpu for cost in costs),
        max(cost.memory for cost in costs),
    )


def _format_run(cost: RunCost) -> str:
    return (
        f"{cost.count / cost.wall:.1f} articles/s, {1000 * cost.cpu / cost.count:.1f} CPU ms, "
        f"{cost.memory / (1 << 20):.0f} MB, load {os.getloadavg()[0]:.1f}"
    )
