"""Times searches with facets, and the front page, on 200,000 articles of 400 sources."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

from datasette.app import Datasette
from rich.console import Console
from sqlite_utils import Database

from benchmarks import docs
from benchmarks.fixtures_search import LAST, TextGenerator, build_archive, count_words
from benchmarks.search import LENGTH, SearchTimes, read_through, sample_queries
from khabar.archive import open_archive
from khabar.archive.search import SearchQuery, count_facets, search_articles
from khabar.model import clock
from khabar.web import make_app

ARTICLES, SOURCES, DAYS = 200_000, 400, 200
PAGES = 40  # requests of each page
_NUMBER = "KHABAR_BENCH_ARTICLES"  # variable with a smaller number of articles, for a trial run
_KINDS = {
    "no filter": SearchQuery("", limit=51),
    "of one source": SearchQuery("", limit=51, source="s3"),
    "in a month": SearchQuery("", limit=51, month=f"{LAST:%Y-%m}"),
    "of one section": SearchQuery("", limit=51, section="खंड 2"),
    "of one agency": SearchQuery("", limit=51, agency="PTI"),
    "with embeds": SearchQuery("", limit=51, embeds=True),
}
_PATHS = ("/", "/sources", "/search?q=नहर", "/search.json?q=नहर", "/search?q=में")


def measure_searches(db: Database, counts: Counter[str]) -> str:
    """Times searches without and with facets by filter. Returns a Markdown table."""
    chance = Random(9)
    rows = []
    for name, kind in _KINDS.items():
        queries = [replace(kind, query=query) for query in sample_queries(counts, chance)]
        hits = time_calls([lambda q=query: search_articles(db, q) for query in queries])  # type: ignore[misc]
        facets = time_calls([lambda q=query: count_facets(db, q) for query in queries])  # type: ignore[misc]
        both = SearchTimes(
            [sum(pair) for pair in zip(hits.wall, facets.wall, strict=True)],
            [sum(pair) for pair in zip(hits.cpu, facets.cpu, strict=True)],
        )
        rows += [[f"hits {name}", *hits.format_cells()], ["and facets", *both.format_cells()]]
    return docs.format_table(["milliseconds", "p50", "p95", "longest", "p95 of CPU"], rows)


def measure_pages(app: Datasette) -> str:
    """Times pages as a visitor asks for them, one after the other. Returns a Markdown table."""
    rows = []
    for path in _PATHS:
        size = len(_get_page(app, path))  # not timed: reads what is read at the first request
        times = time_calls([lambda p=path: _get_page(app, p)] * PAGES)  # type: ignore[misc]
        least = f"{min(times.cpu):.1f}"  # what other work on the machine disturbs least
        rows.append([path, f"{size / 1024:.0f}", *times.format_cells(), least])
    head = ["page", "KB", "p50 ms", "p95", "longest", "p95 of CPU", "least CPU"]
    return docs.format_table(head, rows)


def _get_page(app: Datasette, path: str) -> bytes:
    response = asyncio.run(app.client.get(path))
    if response.status_code != 200:
        raise RuntimeError(f"{path}: status {response.status_code}")
    content: bytes = response.content
    return content


def time_calls(calls: Sequence[Callable[[], object]]) -> SearchTimes:
    """Calls each once and returns the times."""
    times = SearchTimes([], [])
    for call in calls:
        wall, cpu = time.perf_counter(), time.process_time()
        call()
        times.wall.append(1000 * (time.perf_counter() - wall))
        times.cpu.append(1000 * (time.process_time() - cpu))
    return times


def main(file: str = "") -> None:
    """Runs the benchmark and writes docs/benchmarks.md. `file`: where the archive is built and
    left, for another run.
    """
    number = int(os.environ.get(_NUMBER, ARTICLES))
    counts, whose = count_words()
    with tempfile.TemporaryDirectory(prefix="khabar-bench-") as folder:
        path = Path(file or Path(folder) / "archive.db")
        if not path.exists():
            build_archive(path, TextGenerator(counts, LENGTH, SOURCES, DAYS), number)
        read_through(path)
        clock.set_clock(LAST.isoformat())
        with open_archive(path) as archive:
            searches = measure_searches(archive.db, counts)
            held = archive.db["articles"].count
        pages = measure_pages(make_app(path, public=False))
    machine = f"load {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores"
    section = f"""`python -m benchmarks facets`, {machine}. {held:,} articles of {LENGTH}
words from {SOURCES} sources in {DAYS} days, with the word frequencies of
{whose}. 200 different searches in each row, 51 hits each; {PAGES} requests of each page:

{searches}

{pages}"""
    Console().print(section)
    if number == ARTICLES:
        docs.update_section("facets", section)
