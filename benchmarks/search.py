"""How well search finds, beside other ways to do it, and how fast a million articles answer (`make bench-search`)."""

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
from benchmarks.engines import engines
from benchmarks.million import DAYS, LAST, NUMBER, SOURCES, Author, build, count_words
from benchmarks.queries import documents, read_queries, scored
from khabar.archive import open_archive
from khabar.archive.search import Wanted, search

LENGTH = 450  # words of an article's text: as many as half of the real ones have
ASKED = 200  # searches of a kind
_NUMBER = "KHABAR_BENCH_ARTICLES"  # fewer, to try it out


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of the searches of one kind: on the clock and of the processor."""

    wall: list[float]
    cpu: list[float]

    def cells(self) -> list[str]:
        """p50, p95 and the longest on the clock; p95 of the processor."""
        return [f"{value:.1f}" for value in (median(self.wall), _p95(self.wall), max(self.wall), _p95(self.cpu))]


def _p95(values: Sequence[float]) -> float:
    return quantiles(values, n=20)[-1]


def quality(folder: Path) -> str:
    """Every engine on the judged queries."""
    queries = read_queries()
    parts = [[query for query in queries if query.unseen is unseen] for unseen in (False, True)]
    rows = []
    for number, (name, make) in enumerate(engines().items()):
        (place := folder / str(number)).mkdir()
        find = make(place, documents(queries))
        scores = [scored(part, find) for part in parts]
        cells = [f"{value:.3f}" for score in scores for value in (score.recall, score.precision)]
        rows.append([name, *cells[:2], f"{scores[0].perfect}/{scores[0].queries}",
                     *cells[2:], f"{scores[1].perfect}/{scores[1].queries}"])  # fmt: skip
    head = ["", "recall", "precision", "perfect", "unseen: recall", "precision", "perfect"]
    return docs.markdown(head, rows)


def asked(counts: Counter[str], chance: Random) -> list[str]:
    """Queries: the judged ones, and words as often as newspapers print them, one to three, with signs among them."""
    words, shares = zip(*((word, count) for word, count in counts.items() if len(word) > 2), strict=True)
    shapes = ("{}", "{}", "{} {}", "{} {}", "{} {} {}", '"{} {}"', "{}*", "{} -{}", "{} OR {}", "title:{}")
    made = (chance.choice(shapes).format(*chance.choices(words, shares, k=3)) for _ in range(ASKED))
    judged = [query.asked for query in read_queries()]
    return chance.sample([*chance.sample(judged, min(ASKED, len(judged))), *made], ASKED)


def speed(db: Database, counts: Counter[str]) -> str:
    """Searches of every kind, each asked once."""
    chance = Random(9)
    kinds = {
        "newest first": Wanted(""),
        "newest first, of one source": Wanted("", source="?"),
        "newest first, in a month": Wanted("", since="30"),
        "best first, in a week": Wanted("", since="7", ranked=True),
        "best first, in a month": Wanted("", since="30", ranked=True),
        "best first, in a year": Wanted("", since="365", ranked=True),
        "best first, of everything": Wanted("", ranked=True),
    }
    rows = [[name, *_timed(db, wanted, asked(counts, chance), chance).cells()] for name, wanted in kinds.items()]
    return docs.markdown(["milliseconds", "p50", "p95", "longest", "p95 of CPU"], rows)


def _timed(db: Database, kind: Wanted, queries: Sequence[str], chance: Random) -> Times:
    times = Times([], [])
    for query in queries:
        wanted = _narrowed(replace(kind, query=query), chance)
        wall, cpu = time.perf_counter(), time.process_time()
        search(db, wanted)
        times.wall.append(1000 * (time.perf_counter() - wall))
        times.cpu.append(1000 * (time.process_time() - cpu))
    return times


def _narrowed(wanted: Wanted, chance: Random) -> Wanted:
    """With a source, or with so many days, drawn by lot."""
    if wanted.source:
        wanted = replace(wanted, source=f"s{chance.randrange(SOURCES)}")
    if wanted.since:
        days = int(wanted.since)
        first = LAST - timedelta(days=chance.randrange(days, DAYS))
        wanted = replace(wanted, since=f"{first:%Y-%m-%d}", until=f"{first + timedelta(days=days - 1):%Y-%m-%d}")
    return wanted


def index_bytes(db: Database) -> int:
    """What search takes: the full-text index with its sizes of documents, the table of words with its indexes, and the
    index of what narrows a search."""
    size: int = db.execute(
        """select (select sum(length(block)) from articles_fts_data)
          + (select sum(length(sz) + 12) from articles_fts_docsize)
          + (select sum(2 * octet_length(term) + 2 * octet_length(roman) + 2 * octet_length(skeleton) + 20)
            from search_terms)
          + (select sum(octet_length(source) + octet_length(published_on) + 14) from articles)"""
    ).fetchone()[0]
    return size


def main() -> None:
    """Measures and writes docs/benchmarks.md."""
    number = int(os.environ.get(_NUMBER, NUMBER))
    counts, whose = count_words()
    with tempfile.TemporaryDirectory(prefix="khabar-bench-") as folder:
        path = Path(folder) / "archive.db"
        found = quality(Path(folder))
        wall, cpu = time.perf_counter(), time.process_time()
        text = build(path, Author(counts, LENGTH), number)
        cost = (time.process_time() - cpu) / 60, (time.perf_counter() - wall) / 60
        _read_through(path)
        with open_archive(path) as archive:
            told = [
                _searched(found),
                _built(number, text, cost, whose, index_bytes(archive.db)),
                speed(archive.db, counts),
            ]
    Console().print("\n\n".join(told))
    if number == NUMBER:
        docs.write("search", "\n\n".join(told))


def _read_through(path: Path) -> None:
    """Once from end to end, so that the disk's own speed is not what is measured."""
    with path.open("rb") as file:
        while file.read(1 << 24):
            pass


def _searched(found: str) -> str:
    load, cores, queries = os.getloadavg()[1], os.cpu_count(), read_queries()
    unseen = sum(query.unseen for query in queries)
    return f"""`make bench-search`, SQLite {sqlite3.sqlite_version}, load {load:.1f} on {cores} cores.

{len(queries)} queries with hard negatives of our own (`benchmarks/queries.txt`), {unseen} of them kept unseen
while the rules were made:

{found}"""


def _built(number: int, text: int, cost: tuple[float, float], whose: str, index: int) -> str:
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    return f"""{number:,} articles of {LENGTH} words, {text / 1e9:.2f} GB of words in all, drawn by lot as often as
{whose} use them; built in {cost[0]:.0f} minutes of CPU, {cost[1]:.0f} on the clock, at most {memory} MB of memory.
Search takes {index / text:.1%} of the words' size. {ASKED} different searches a row, each asked once, of a file that
was read through before:"""
