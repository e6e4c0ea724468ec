"""Near-duplicates among real texts: by brute force, by Khabar, and by three libraries.

`python -m benchmarks.near_duplicates NAME` runs one finder in a process of its own and prints its
pairs, CPU seconds and peak MB as JSON.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import product
from pathlib import Path

from sqlite_utils import Database

from benchmarks.memory import measure_own_peak
from benchmarks.pages import ROOT, SHARED
from khabar.archive import open_archive
from khabar.archive.store import articles
from khabar.archive.store.save import save_import
from khabar.hindi.minhash import Similarity, likeness, shingles
from khabar.hindi.normalize import tokens
from khabar.model import urls
from khabar.model.items import Article, Block
from khabar.model.sources import read_registry
from khabar.processing.keys import compute_keys

TEXTS = SHARED / "texts" / "articles_hi.jsonl.gz"
Pair = tuple[int, int]
NOW = datetime(2026, 11, 24, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class NewsText:
    """One real article. `source`: the key of our source file if the publisher has one."""

    url: str
    title: str
    source: str
    day: str
    words: str


@dataclass(frozen=True, slots=True)
class FinderResult:
    """Result of a finder: pairs of indexes into `load_texts`, CPU seconds, peak MB; for Khabar also
    the stories, as indexes.
    """

    pairs: frozenset[Pair]
    seconds: float
    memory: float | None
    stories: tuple[tuple[int, ...], ...] = ()


@cache
def load_texts() -> list[NewsText]:
    """Loads the shared texts beside the checkout. Raises FileNotFoundError if they are absent."""
    sources = read_registry().sources.values()
    keys = {
        name.casefold(): source.key
        for source in sources
        for name in (
            source.name,
            source.name_en,
            source.homepage.split("//")[-1].strip("/").removeprefix("www."),
        )
    }
    with gzip.open(TEXTS, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        NewsText(
            urls.normalize_url(row["url"]),
            row["title"],
            _source_key(row["source"], keys),
            row["date"],
            row["full_text"],
        )
        for row in rows
    ]


def _source_key(name: str, keys: dict[str, str]) -> str:
    return keys.get(name.casefold()) or f"x{hashlib.sha256(name.encode()).hexdigest()[:12]}"


def find_exact_pairs(texts: Sequence[NewsText]) -> dict[Pair, Similarity]:
    """Returns every pair with a Jaccard similarity of at least 0.3 or a containment of at least
    0.5, by counting shared shingles.
    """
    shingle_sets = [shingles(tokens(text.words)) for text in texts]
    where: dict[int, list[int]] = defaultdict(list)
    pairs: dict[Pair, Similarity] = {}
    for index, shingle_set in enumerate(shingle_sets):
        shared_counts: Counter[int] = Counter()
        for number in shingle_set:
            shared_counts.update(where[number])
            where[number].append(index)
        for other, count in shared_counts.items():
            if (
                count * 2 >= min(len(shingle_set), len(shingle_sets[other]))
                or count * 3 >= len(shingle_set) + len(shingle_sets[other]) - count
            ):
                pairs[other, index] = likeness(shingle_set, shingle_sets[other])
    return pairs


# --- the finders ---


def find_with_khabar(texts: Sequence[NewsText]) -> tuple[set[Pair], list[tuple[int, ...]]]:
    """Khabar: imports each text into an archive and reads pairs and stories from it."""
    with (
        tempfile.TemporaryDirectory() as folder,
        open_archive(Path(folder) / "archive.db", write=True) as archive,
    ):
        for text in texts:
            blocks = tuple(
                Block("paragraph", line.strip()) for line in text.words.splitlines() if line.strip()
            )
            article = Article(
                text.url,
                title=text.title,
                language="hi",
                published_at=text.day,
                published_precision="second",
                blocks=blocks,
            )
            keys = compute_keys(article, None, text.source)
            save_import(archive.db, article, text.source, keys, NOW)
        return _read_result(archive.db, texts)


def _read_result(
    db: Database, texts: Sequence[NewsText]
) -> tuple[set[Pair], list[tuple[int, ...]]]:
    """Returns pairs and stories as indexes into `texts`. A text stored as an alias of another's
    article counts as its pair.
    """
    of_article: dict[int, list[int]] = defaultdict(list)
    for index, text in enumerate(texts):
        article_id = articles.find_article(db, text.url)
        assert article_id, text.url
        of_article[article_id].append(index)
    links = [(a, b) for a, b in db.execute("select a, b from story_pairs")] + [
        (item, item) for item in of_article
    ]
    pairs = {
        (min(item), max(item))
        for a, b in links
        for item in product(of_article[a], of_article[b])
        if item[0] != item[1]
    }
    stories: dict[int, list[int]] = defaultdict(list)
    for article_id, story in db.execute(
        "select id, story_id from articles where story_id is not null order by id"
    ):
        stories[story] += of_article[article_id]
    return pairs, sorted((tuple(item) for item in stories.values()), key=len, reverse=True)


def _word_grams(text: NewsText) -> set[str]:
    words = tokens(text.words)
    return {" ".join(gram) for gram in zip(words, words[1:], words[2:], strict=False)}


def find_with_datasketch(texts: Sequence[NewsText]) -> tuple[set[Pair], list[tuple[int, ...]]]:
    """datasketch: MinHash with 128 permutations, LSH at 0.5; candidates with an estimated Jaccard
    of at least 0.5.
    """
    from datasketch import MinHash, MinHashLSH

    index, pairs = MinHashLSH(threshold=0.5, num_perm=128), set[Pair]()
    hashes: list[MinHash] = []
    for number, text in enumerate(texts):
        minhash = MinHash(num_perm=128)
        minhash.update_batch([gram.encode() for gram in _word_grams(text)])
        pairs |= {
            (other, number)
            for other in index.query(minhash)
            if hashes[other].jaccard(minhash) >= 0.5
        }
        index.insert(number, minhash)
        hashes.append(minhash)
    return pairs, []


def find_with_rensa(texts: Sequence[NewsText]) -> tuple[set[Pair], list[tuple[int, ...]]]:
    """rensa: RMinHash with 128 permutations in 32 bands; candidates with an estimated Jaccard of at
    least 0.5.
    """
    from rensa import RMinHash, RMinHashLSH

    index, pairs = RMinHashLSH(threshold=0.5, num_perm=128, num_bands=32), set[Pair]()
    hashes: list[RMinHash] = []
    for number, text in enumerate(texts):
        minhash = RMinHash(num_perm=128, seed=42)
        minhash.update(list(_word_grams(text)))
        pairs |= {
            (other, number)
            for other in index.query(minhash)
            if hashes[other].jaccard(minhash) >= 0.5
        }
        index.insert(number, minhash)
        hashes.append(minhash)
    return pairs, []


def find_with_simhash(texts: Sequence[NewsText]) -> tuple[set[Pair], list[tuple[int, ...]]]:
    """simhash: 64 bits, distance of at most 6."""
    from simhash import Simhash, SimhashIndex

    index, pairs = SimhashIndex([], f=64, k=6), set[Pair]()
    for number, text in enumerate(texts):
        fingerprint = Simhash(list(_word_grams(text)), f=64)
        pairs |= {(int(other), number) for other in index.get_near_dups(fingerprint)}
        index.add(str(number), fingerprint)
    return pairs, []


FINDERS: dict[str, Callable[[Sequence[NewsText]], tuple[set[Pair], list[tuple[int, ...]]]]] = {
    "Khabar": find_with_khabar,
    "datasketch": find_with_datasketch,
    "rensa": find_with_rensa,
    "simhash": find_with_simhash,
}


def list_installed() -> Iterator[str]:
    """Yields the finders that are installed; `make bench-stories` installs the others."""
    return (name for name in FINDERS if name == "Khabar" or importlib.util.find_spec(name))


def run_finder(name: str) -> FinderResult:
    """Runs one finder over the real texts in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.near_duplicates", name]
    result = json.loads(
        subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    )
    pairs = frozenset((a, b) for a, b in result["pairs"])
    return FinderResult(
        pairs, result["seconds"], result["memory"], tuple(map(tuple, result["stories"]))
    )


if __name__ == "__main__":
    list_of_all = load_texts()
    start_time = time.process_time()
    all_pairs, all_stories = FINDERS[sys.argv[1]](list_of_all)
    seconds = time.process_time() - start_time
    output = {
        "pairs": sorted(all_pairs),
        "stories": all_stories,
        "seconds": seconds,
        "memory": measure_own_peak(),
    }
    sys.stdout.write(json.dumps(output))
