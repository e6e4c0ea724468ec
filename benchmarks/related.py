"""How well learned vectors find related articles, and what they cost: `python -m benchmarks
related`. The second half of an article is looked for with its first half, among all second halves.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from math import log
from typing import TypeVar

import numpy as np
from sqlite_utils import Database

from benchmarks.near_duplicates import TEXTS, load_texts
from commands.terminal import format_table
from khabar.archive.vectors.learned import (
    DIMENSIONS,
    LearnedModel,
    fit_model,
    number_words,
    pack_bits,
)
from khabar.archive.vectors.related import BitMatrix, _pad_rows
from khabar.hindi.normalize import tokens

QUERIES = 2_500
MIN_WORDS = 20
BEST_WORDS = 25  # of "more like this"
LARGE = 1_000_000
_Result = TypeVar("_Result")
Ranks = list[float]  # of the right half; equally near ones count half


def main() -> None:
    """Prints the share of halves found, and the cost of a fit, of an article and of a look-up."""
    if not TEXTS.exists():
        sys.exit("bench related: ../shared/texts is absent: the texts are not on this machine")
    words = [tokens(text.words) for text in load_texts()]
    halves = [(one[: len(one) // 2], one[len(one) // 2 :]) for one in words]
    long_enough = [number for number, one in enumerate(words) if len(one) >= MIN_WORDS]
    queries = random.Random(1).sample(long_enough, min(QUERIES, len(long_enough)))
    rows = []
    for dimensions in (64, 128, DIMENSIONS):
        seconds, model = _measure(partial(_fit, words, dimensions))
        ranks = list(_rank_by_vectors(model, halves, queries))
        rows.append(
            {
                "method": f"vectors of {dimensions} bits",
                **_format_hits(ranks),
                "fit, CPU s": f"{seconds:.1f}",
                "model, MB": f"{len(model.to_bytes()) / 1e6:.1f}",
            }
        )
    ranks = list(_rank_by_words(halves, queries))
    name = f"more like this: BM25 of the best {BEST_WORDS} words"
    rows.append({"method": name, **_format_hits(ranks), "fit, CPU s": "", "model, MB": ""})
    sys.stdout.write("\n".join(format_table(rows, None)) + "\n")
    texts = [text.words for text in load_texts()]
    each, _ = _measure(lambda: [model.encode_words([tokens(text)]) for text in texts])
    bare, _ = _measure(lambda: model.encode_words(words))
    lookup = _measure_lookup()
    sys.stdout.write(
        f"an article: {each / len(texts) * 1e3:.2f} CPU ms with folding, "
        f"{bare / len(texts) * 1e3:.2f} without; nearest of {LARGE:,}: {lookup * 1e3:.0f} CPU ms\n"
    )


def _fit(words: Sequence[list[str]], dimensions: int) -> LearnedModel:
    return fit_model([number_words(one) for one in words], dimensions)


def _measure(work: Callable[[], _Result]) -> tuple[float, _Result]:
    """Returns the CPU seconds of a call, and its result."""
    started = time.process_time()
    result = work()
    return time.process_time() - started, result


def _rank_by_vectors(
    model: LearnedModel, halves: Sequence[tuple[list[str], list[str]]], queries: Sequence[int]
) -> Iterator[float]:
    first = pack_bits(model.encode_words([half for half, _ in halves]))
    second = pack_bits(model.encode_words([half for _, half in halves]))
    matrix = BitMatrix(np.arange(len(halves)), _pad_rows(second))
    for query in queries:
        ids, distances = matrix.sort_by_distance(first[query], DIMENSIONS)
        own = distances[ids.tolist().index(query)]
        nearer = sum(distance < own for distance in distances)
        yield nearer + (distances.count(own) - 1) / 2


def _rank_by_words(
    halves: Sequence[tuple[list[str], list[str]]], queries: Sequence[int]
) -> Iterator[float]:
    """Ranks by BM25 of FTS5 with the words of highest tf-idf, any of which may match."""
    db = Database(memory=True)
    db.execute("create virtual table halves using fts5 (words, tokenize = \"unicode61 "
               "remove_diacritics 0 categories 'L* M* N* Co Cf'\")")  # fmt: skip
    db.conn.executemany(
        "insert into halves (rowid, words) values (?, ?)",
        [(number, " ".join(second)) for number, (_, second) in enumerate(halves)],
    )
    articles = Counter(word for first, second in halves for word in {*first, *second})
    for query in queries:
        counts = Counter(halves[query][0])
        weights = {word: n * log(len(halves) / articles[word]) for word, n in counts.items()}
        best = sorted(weights, key=lambda word: -weights[word])[:BEST_WORDS]
        match = " OR ".join(f'"{word}"' for word in best)
        found = db.execute(
            "select rowid from halves where halves match ? order by rank limit 10", [match]
        ).fetchall()
        yield next((rank for rank, (number,) in enumerate(found) if number == query), len(halves))


def _format_hits(ranks: Ranks) -> dict[str, str]:
    return {
        f"hit@{limit}": f"{sum(rank < limit for rank in ranks) / len(ranks):.3f}"
        for limit in (1, 10)
    }


def _measure_lookup() -> float:
    """Returns the CPU seconds to find the nearest among LARGE random vectors."""
    chance = np.random.default_rng(1)
    rows = chance.integers(0, 1 << 63, (LARGE, DIMENSIONS // 64), np.uint64)
    matrix = BitMatrix(np.arange(LARGE), rows)
    seconds, _ = _measure(
        lambda: matrix.sort_by_distance(rows[7].tobytes(), int(DIMENSIONS * 0.42))
    )
    return seconds


if __name__ == "__main__":
    main()
