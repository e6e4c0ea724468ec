"""Times what an analyst asks after a search, on 200,000 articles of 400 sources: what co-occurs,
sources by week, a comparison, suggestions while one types.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from rich.console import Console
from sqlite_utils import Database

from benchmarks import docs
from benchmarks.facets import ARTICLES, DAYS, SOURCES, time_calls
from benchmarks.fixtures_search import LAST, TextGenerator, build_archive, count_words
from benchmarks.search import LENGTH, read_through, sample_queries
from khabar.archive import open_archive
from khabar.archive.search import SearchQuery, complete_query, find_cooccurring
from khabar.charts.heat_map import draw_heat_map
from khabar.web.queries.charts import ChartRequest, build_chart
from khabar.web.queries.source_weeks import build_heat_map

SEARCHES = 100  # of each kind
_WHOLE = date(2026, 1, 1)  # before the first article
_NUMBER = "KHABAR_BENCH_ARTICLES"  # variable with a smaller number of articles, for a trial run


def list_calls(db: Database, counts: Counter[str]) -> dict[str, list[Callable[[], Any]]]:
    """Returns what is timed, by name: SEARCHES calls of each kind."""
    chance = Random(26)
    queries = sample_queries(counts, chance)[:SEARCHES]
    words = chance.choices([word for word in counts if len(word) > 4], k=SEARCHES)

    def draw(request: ChartRequest) -> None:
        if heat_map := build_heat_map(db, request):
            draw_heat_map(heat_map)

    requests = [ChartRequest(LAST, query=query) for query in queries]
    pairs = [(query, chance.choice(queries)) for query in queries]
    return {
        "what co-occurs": [partial(find_cooccurring, db, SearchQuery(query)) for query in queries],
        "what co-occurs in a month": [
            partial(find_cooccurring, db, SearchQuery(query, month=f"{LAST:%Y-%m}"))
            for query in queries
        ],
        "sources by week, sixty days": [partial(draw, request) for request in requests],
        "sources by week, all days": [
            partial(draw, ChartRequest(LAST, query=query, since=_WHOLE)) for query in queries
        ],
        "two words by week, all days": [
            partial(build_chart, db, "compare", request)
            for pair in pairs
            for request in [ChartRequest(LAST, queries=pair, since=_WHOLE, by="week")]
        ],
        "suggestions, one letter": [
            partial(complete_query, db, word[:1], LAST) for word in words
        ],
        "suggestions, two to five": [
            partial(complete_query, db, word[: chance.randint(2, 5)], LAST) for word in words
        ],
        "suggestions after a word": [
            partial(complete_query, db, f"{query} {word[: chance.randint(1, 3)]}", LAST)
            for query, word in zip(queries, words, strict=True)
        ],
    }  # fmt: skip


def main(file: str = "") -> None:
    """Runs the benchmark and writes docs/benchmarks.md. `file`: where the archive is built and
    left, for another run; that of `facets` will do.
    """
    number = int(os.environ.get(_NUMBER, ARTICLES))
    counts, whose = count_words()
    with tempfile.TemporaryDirectory(prefix="khabar-bench-") as folder:
        path = Path(file or Path(folder) / "archive.db")
        if not path.exists():
            build_archive(path, TextGenerator(counts, LENGTH, SOURCES, DAYS), number)
        read_through(path)
        with open_archive(path) as archive:
            complete_query(
                archive.db, "क", LAST
            )  # not timed: reads the headlines, once in ten minutes
            rows = [
                [name, *time_calls(calls).format_cells()]
                for name, calls in list_calls(archive.db, counts).items()
            ]
            held = archive.db["articles"].count
    table = docs.format_table(["milliseconds", "p50", "p95", "longest", "p95 of CPU"], rows)
    machine = f"load {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores"
    section = f"""`python -m benchmarks analysis`, {machine}. {held:,} articles of {LENGTH}
words from {SOURCES} sources in {DAYS} days, with the word frequencies of
{whose}. {SEARCHES} different searches in each row, the heat maps drawn:

{table}"""
    Console().print(section)
    if number == ARTICLES:
        docs.update_section("analysis", section)
