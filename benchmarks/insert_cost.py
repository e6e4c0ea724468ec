"""Cost of one more article in an archive of N: `… benchmarks.insert_cost fill N FILE`, then
`measure ROUND N FILE`.

The index of the N articles is synthetic: random keys, and, for each measured article, as many other
articles under its keys as real texts have, 3.7 in 100,000 articles. The measured work is real: new
articles are stored and linked.
"""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlite_utils import Database

from benchmarks.memory import measure_own_peak
from benchmarks.pages import ROOT
from khabar.archive import open_archive, stories
from khabar.archive.database import transaction
from khabar.archive.store.save import save_import
from khabar.hindi.minhash import BANDS, BIN_COUNT, fingerprint, shingles
from khabar.hindi.normalize import tokens
from khabar.model.items import Article, Block
from khabar.processing.keys import compute_keys
from newsroom.agency_copies import make_copy, make_story

ROUND_SIZE = 200  # articles in a round, half of them copies of the other half
ROUNDS = 3  # over all archives in turn, so that load on the machine affects all alike
# Share of all articles that have a key in common with an article; measured on 5,434 real articles.
COLLISION_RATE = 3.7e-5
PARAGRAPHS = 8  # long paragraphs in an article
NOW = datetime(2026, 11, 24, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class InsertCost:
    """Cost of one more article: CPU milliseconds in total and for linking alone, bytes of index;
    and peak MB.
    """

    articles: int
    total: float
    linking: float
    index_bytes: float
    memory: float | None


def run_all(numbers: Sequence[int]) -> list[InsertCost]:
    """Measures archives of these sizes: each is filled by one process and measured by others, in
    turn.
    """
    with tempfile.TemporaryDirectory() as folder:
        args = {number: [str(number), str(Path(folder) / f"{number}.db")] for number in numbers}
        index_bytes = {number: _run_step("fill", args[number])[0] for number in numbers}
        rounds = [
            [_run_step("measure", [str(round_number), *args[number]]) for number in numbers]
            for round_number in range(ROUNDS)
        ]
    medians = [
        [statistics.median(values) for values in zip(*each, strict=True)]
        for each in zip(*rounds, strict=True)
    ]
    return [
        InsertCost(number, total, linking, index_bytes[number], memory)
        for number, (total, linking, memory) in zip(numbers, medians, strict=True)
    ]


def _run_step(step: str, args: list[str]) -> list[float]:
    command = [sys.executable, "-m", "benchmarks.insert_cost", step, *args]
    values: list[float] = json.loads(
        subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    )
    return values


def make_articles(round_number: int) -> list[Article]:
    """Returns a round's articles: a wire story in one source, then a copy with another dateline in
    another.
    """
    numbers = range(round_number * ROUND_SIZE, round_number * ROUND_SIZE + ROUND_SIZE // 2)
    entries = [
        (n, source, words)
        for n in numbers
        for source, words in (("amar", make_story(n)), ("bimal", make_copy(n, "dateline")))
    ]
    return [
        Article(f"http://{source}.example.in/{n}", title=words[0][:40], language="hi",
                blocks=tuple(Block("paragraph", paragraph) for paragraph in words))
        for n, source, words in entries
    ]  # fmt: skip


def fill_archive(db: Database, number: int) -> float:
    """Inserts `number` synthetic articles. Returns the bytes of index for each."""
    rng = random.Random(number)
    first = int(NOW.timestamp() - 10**8) << 20
    with transaction(db):
        db.execute(
            """insert into sources (key, name, first_seen)
            values ('made-up', 'made-up', '2026-11-24T00:00:00Z')"""
        )
        db.conn.executemany(
            """insert into articles (id, url, source, page_type, title, text, blocks, word_count,
              extractor_version, first_seen, last_seen)
            values (?, ?, 'made-up', 'article', 'x', 'x', '[]', 1, '0', '2026', '2026')""",
            ((first + (n << 20), f"http://made-up.example.in/{n}") for n in range(number)),
        )
    before = db.execute("pragma page_count").fetchone()[0]
    with transaction(db):
        db.conn.executemany(
            "insert into signatures (doc, article_id, shingles, sketch) values (?, ?, 400, ?)",
            ((n + 1, first + (n << 20), rng.randbytes(BIN_COUNT)) for n in range(number)),
        )
        db.conn.executemany(
            "insert into shingle_bands (key, doc) values (?, ?)", _random_keys(rng, number, BANDS)
        )
        db.conn.executemany(
            "insert into paragraphs (key, doc) values (?, ?)", _random_keys(rng, number, PARAGRAPHS)
        )
    pages: int = db.execute("pragma page_count").fetchone()[0] - before
    size: int = db.execute("pragma page_size").fetchone()[0]
    return size * pages / number


def _random_keys(rng: random.Random, number: int, each: int) -> Iterator[tuple[int, int]]:
    return ((rng.getrandbits(47), doc) for doc in range(1, number + 1) for _ in range(each))


def add_colliding_keys(db: Database, articles: list[Article], number: int) -> None:
    """Inserts other articles under each measured article's keys, as many as real texts would have
    there.
    """
    rng = random.Random(1)
    with transaction(db):
        for article in articles:
            signature = fingerprint(shingles(tokens(article.text)))
            assert signature
            for _ in range(round(COLLISION_RATE * number)):
                row = [rng.choice(signature.keys), rng.randint(1, number)]
                db.execute(
                    "insert into shingle_bands (key, doc) values (?, ?) on conflict do nothing", row
                )


def build_archive(number: int, path: Path) -> list[float]:
    """Builds a synthetic archive of `number` articles. Returns the bytes of index for each."""
    with open_archive(path, write=True) as archive:
        archive.db.execute("pragma cache_size = -1500000")
        index_bytes = fill_archive(archive.db, number)
        add_colliding_keys(
            archive.db,
            [article for round_number in range(ROUNDS) for article in make_articles(round_number)],
            number,
        )
    return [index_bytes]


def measure_cost(round_number: int, number: int, path: Path) -> list[float | None]:
    """Stores a round's articles, then removes each from the index and adds it again.

    Returns the median CPU milliseconds of storing and of linking, and peak MB.
    """
    with open_archive(path, write=True) as archive:
        newest = archive.db.execute("select max(doc) from signatures").fetchone()[0]
        import_times = [
            _time_import(archive.db, article) for article in make_articles(round_number)
        ]
        ids = archive.db.execute(
            "select article_id from signatures where doc > ?", [newest]
        ).fetchall()
        linking_times = [_time_linking(archive.db, article_id) for (article_id,) in ids]
        pairs = archive.db.execute("select count(*) from story_pairs where own").fetchone()[0]
    assert pairs == (round_number + 1) * ROUND_SIZE // 2, (
        f"{pairs} copies found in an archive of {number}"
    )
    return [
        1000 * statistics.median(import_times),
        1000 * statistics.median(linking_times),
        measure_own_peak(),
    ]


def _time_import(db: Database, article: Article) -> float:
    source = article.url.split("//")[1].split(".")[0]
    keys, start_time = compute_keys(article, None, source), time.process_time()
    save_import(db, article, source, keys, NOW)
    return time.process_time() - start_time


def _time_linking(db: Database, article_id: int) -> float:
    with transaction(db):
        stories.unindex_article(db, article_id)
        start_time = time.process_time()
        stories.index_article(db, article_id)
    return time.process_time() - start_time


if __name__ == "__main__":
    step, *numbers, file = sys.argv[1:]
    if step == "fill":
        result: Sequence[float | None] = build_archive(int(numbers[0]), Path(file))
    else:
        result = measure_cost(int(numbers[0]), int(numbers[1]), Path(file))
    sys.stdout.write(json.dumps(result))
