"""Quality of search beside other engines, and its speed on a million articles (`make
bench-search`).
"""

from __future__ import annotations

import os
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from random import Random
from statistics import median, quantiles

from rich.console import Console
from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from benchmarks import docs
from benchmarks.engines import Find, add_documents, list_engines
from benchmarks.fixtures_search import (
    DAYS,
    LAST,
    NUMBER,
    SOURCES,
    TextGenerator,
    build_archive,
    count_words,
)
from benchmarks.queries import Query, list_documents, read_queries, score_queries
from khabar.archive import open_archive
from khabar.archive.search import SearchQuery, search_articles

LENGTH = 450  # words of an article's text; half of the real ones are as long
SEARCHES = 200  # of each kind
_NUMBER = "KHABAR_BENCH_ARTICLES"  # variable with a smaller number of articles, for a trial run


@dataclass(frozen=True, slots=True)
class SearchTimes:
    """Milliseconds of the searches of one kind: wall time and CPU time."""

    wall: list[float]
    cpu: list[float]

    def format_cells(self) -> list[str]:
        """Returns p50, p95 and maximum of wall time, and p95 of CPU time."""
        return [
            f"{value:.1f}"
            for value in (
                median(self.wall),
                _percentile_95(self.wall),
                max(self.wall),
                _percentile_95(self.cpu),
            )
        ]


def _percentile_95(values: Sequence[float]) -> float:
    return quantiles(values, n=20)[-1]


def measure_quality(folder: Path, big: Path) -> str:
    """Scores every engine on the judged queries, and Khabar with the documents among all articles
    of the archive at `big`, to which it adds them. Returns a Markdown table.
    """
    queries = read_queries()
    parts = [[query for query in queries if query.unseen is unseen] for unseen in (False, True)]
    rows = []
    for number, (name, make) in enumerate(list_engines().items()):
        (place := folder / str(number)).mkdir()
        find = make(place, list_documents(queries))
        rows.append([name, *_score_parts(parts, find)])
    with open_archive(big, write=True) as archive:
        name = f"Khabar, among {archive.db['articles'].count:,} articles"
        rows.append([name, *_score_parts(parts, add_documents(archive, list_documents(queries)))])
    head = ["", "recall", "precision", "perfect", "unseen: recall", "precision", "perfect"]
    return docs.format_table(head, rows)


def _score_parts(parts: Sequence[Sequence[Query]], find: Find) -> list[str]:
    """Returns recall, precision and perfect queries of each part."""
    scores = [score_queries(part, find) for part in parts]
    return [
        cell
        for score in scores
        for cell in (
            f"{score.recall:.3f}",
            f"{score.precision:.3f}",
            f"{score.perfect}/{score.queries}",
        )
    ]


def sample_queries(counts: Counter[str], chance: Random) -> list[str]:
    """Returns judged queries and random ones of one to three words, drawn by their frequency, with
    operators.
    """
    words, shares = zip(
        *((word, count) for word, count in counts.items() if len(word) > 2), strict=True
    )
    shapes = (
        "{}",
        "{}",
        "{} {}",
        "{} {}",
        "{} {} {}",
        '"{} {}"',
        "{}*",
        "{} -{}",
        "{} OR {}",
        "title:{}",
    )
    random_queries = (
        chance.choice(shapes).format(*chance.choices(words, shares, k=3)) for _ in range(SEARCHES)
    )
    gold_queries = [query.text for query in read_queries()]
    return chance.sample(
        [*chance.sample(gold_queries, min(SEARCHES, len(gold_queries))), *random_queries], SEARCHES
    )


def measure_speed(db: Database, counts: Counter[str]) -> str:
    """Times searches of every kind, each query once. Returns a Markdown table."""
    chance = Random(9)
    kinds = {
        "newest first": SearchQuery(""),
        "newest first, of one source": SearchQuery("", source="?"),
        "newest first, in a month": SearchQuery("", since="30"),
        "best first, in a week": SearchQuery("", since="7", ranked=True),
        "best first, in a month": SearchQuery("", since="30", ranked=True),
        "best first, in a year": SearchQuery("", since="365", ranked=True),
        "best first, of everything": SearchQuery("", ranked=True),
    }
    rows = [
        [name, *_time_searches(db, kind, sample_queries(counts, chance), chance).format_cells()]
        for name, kind in kinds.items()
    ]
    return docs.format_table(["milliseconds", "p50", "p95", "longest", "p95 of CPU"], rows)


def _time_searches(
    db: Database, kind: SearchQuery, queries: Sequence[str], chance: Random
) -> SearchTimes:
    times = SearchTimes([], [])
    for query in queries:
        search_query = _narrow_query(replace(kind, query=query), chance)
        wall, cpu = time.perf_counter(), time.process_time()
        search_articles(db, search_query)
        times.wall.append(1000 * (time.perf_counter() - wall))
        times.cpu.append(1000 * (time.process_time() - cpu))
    return times


def _narrow_query(search_query: SearchQuery, chance: Random) -> SearchQuery:
    """Fills in a random source or a random period of the given number of days."""
    if search_query.source:
        search_query = replace(search_query, source=f"s{chance.randrange(SOURCES)}")
    if search_query.since:
        days = int(search_query.since)
        first = LAST - timedelta(days=chance.randrange(days, DAYS))
        search_query = replace(
            search_query,
            since=f"{first:%Y-%m-%d}",
            until=f"{first + timedelta(days=days - 1):%Y-%m-%d}",
        )
    return search_query


def measure_index_bytes(db: Database) -> int:
    """Returns the bytes that search needs: the full-text index with document sizes, the table of
    terms with its indexes, and the index of the filter columns.
    """
    size: int = db.execute(
        """select (select sum(length(block)) from articles_fts_data)
          + (select sum(length(sz) + 12) from articles_fts_docsize)
          + (select sum(2 * octet_length(term) + 2 * octet_length(roman)
              + 2 * octet_length(skeleton) + 20) from search_terms)
          + (select sum(octet_length(source) + octet_length(published_on) + octet_length(page_type)
              + coalesce(octet_length(section), 0) + coalesce(octet_length(place), 0)
              + coalesce(octet_length(desk), 0) + 30) from articles)"""
    ).fetchone()[0]
    return size


def main() -> None:
    """Runs the benchmark and writes docs/benchmarks.md."""
    number = int(os.environ.get(_NUMBER, NUMBER))
    counts, whose = count_words()
    with tempfile.TemporaryDirectory(prefix="khabar-bench-") as folder:
        path = Path(folder) / "archive.db"
        wall, cpu = time.perf_counter(), time.process_time()
        text = build_archive(path, TextGenerator(counts, LENGTH), number)
        cost = (time.process_time() - cpu) / 60, (time.perf_counter() - wall) / 60
        read_through(path)
        with open_archive(path) as archive:
            sections = [
                _speed_section(number, text, cost, whose, measure_index_bytes(archive.db)),
                measure_speed(archive.db, counts),
            ]
        sections.insert(0, _quality_section(measure_quality(Path(folder), path)))
    Console().print("\n\n".join(sections))
    if number == NUMBER:
        docs.update_section("search", "\n\n".join(sections))


def read_through(path: Path) -> None:
    """Reads the file once, so that the disk's speed is not measured."""
    with path.open("rb") as file:
        while file.read(1 << 24):
            pass


def _quality_section(table: str) -> str:
    queries = read_queries()
    unseen = sum(query.unseen for query in queries)
    machine = f"load {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores"
    return f"""`make bench-search`, SQLite {sqlite3.sqlite_version}, {machine}.

{len(queries)} queries with hard negatives of our own (`benchmarks/queries.txt`), {unseen} of them
not looked at while the rules were made:

{table}"""


def _speed_section(
    number: int, text: int, cost: tuple[float, float], whose: str, index: int
) -> str:
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    return f"""{number:,} articles of {LENGTH} words, {text / 1e9:.2f} GB of text in all, with the
word frequencies of {whose}; built in {cost[0]:.0f} minutes of CPU time, {cost[1]:.0f} of wall
time, with at most {memory} MB of memory. The search index has {index / text:.1%} of the text's
size. {SEARCHES} different searches in each row, each run once, on a file that was read through
before:"""
