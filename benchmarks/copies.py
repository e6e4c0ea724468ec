"""Near-duplicates among real texts: by brute force, by Khabar, and by three libraries.

`python -m benchmarks.copies NAME` runs one finder in a process of its own: its pairs, CPU seconds and MB as JSON.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import json
import re
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

from benchmarks.pages import ROOT, SHARED
from khabar.archive import open_archive
from khabar.archive.store import articles
from khabar.archive.store.save import file_import
from khabar.hindi.minhash import Likeness, likeness, shingles
from khabar.hindi.normalize import text_sha256, tokens
from khabar.model import urls
from khabar.model.items import Article, Block
from khabar.model.sources import read_registry

TEXTS = SHARED / "texts" / "articles_hi.jsonl.gz"
Pair = tuple[int, int]
NOW = datetime(2026, 11, 24, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Text:
    """One real article. `source`: the key of ours where its publisher is one we know."""

    url: str
    title: str
    source: str
    day: str
    words: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a finder told: pairs of places in `real`, its CPU seconds, MB at the most; stories by place, of Khabar's."""

    pairs: frozenset[Pair]
    seconds: float
    memory: float | None
    stories: tuple[tuple[int, ...], ...] = ()


@cache
def real() -> list[Text]:
    """The texts beside the checkout, read in place. Raises FileNotFoundError when they are absent."""
    known = read_registry().sources.values()
    keys = {name.casefold(): one.key for one in known for name in (one.name, one.name_en, _domain(one.homepage))}
    with gzip.open(TEXTS, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        Text(urls.normal(row["url"]), row["title"], _key(row["source"], keys), row["date"], row["full_text"])
        for row in rows
    ]


def _domain(homepage: str) -> str:
    return homepage.split("//")[-1].strip("/").removeprefix("www.")


def _key(name: str, keys: dict[str, str]) -> str:
    return keys.get(name.casefold()) or f"x{hashlib.sha256(name.encode()).hexdigest()[:12]}"


def exact(texts: Sequence[Text]) -> dict[Pair, Likeness]:
    """Every pair with a Jaccard of 0.3 or a containment of 0.5 at least, by counting what each two share."""
    prints = [shingles(tokens(text.words)) for text in texts]
    where: dict[int, list[int]] = defaultdict(list)
    found: dict[Pair, Likeness] = {}
    for at, one in enumerate(prints):
        shared: Counter[int] = Counter()
        for number in one:
            shared.update(where[number])
            where[number].append(at)
        for other, count in shared.items():
            if count * 2 >= min(len(one), len(prints[other])) or count * 3 >= len(one) + len(prints[other]) - count:
                found[other, at] = likeness(one, prints[other])
    return found


# --- the finders ---


def khabar(texts: Sequence[Text]) -> tuple[set[Pair], list[tuple[int, ...]]]:
    """Khabar: each text stored in an archive as an import stores it; pairs and stories as they then stand there."""
    with tempfile.TemporaryDirectory() as folder, open_archive(Path(folder) / "archive.db", write=True) as archive:
        for text in texts:
            blocks = tuple(Block("paragraph", line.strip()) for line in text.words.splitlines() if line.strip())
            article = Article(
                text.url, title=text.title, language="hi", published_at=text.day, published_precision="second",
                blocks=blocks,
            )  # fmt: skip
            digest = text_sha256(article.text)
            file_import(archive.db, article, text.source, text.url, digest, NOW)
        return _told(archive.db, texts)


def _told(db: Database, texts: Sequence[Text]) -> tuple[set[Pair], list[tuple[int, ...]]]:
    """Pairs and stories by places in `texts`; a text that became another address of an article is its pair, too."""
    of_article: dict[int, list[int]] = defaultdict(list)
    for at, text in enumerate(texts):
        article_id = articles.find(db, text.url)
        assert article_id, text.url
        of_article[article_id].append(at)
    linked = [(a, b) for a, b in db.execute("select a, b from story_pairs")] + [(one, one) for one in of_article]
    pairs = {
        (min(one), max(one)) for a, b in linked for one in product(of_article[a], of_article[b]) if one[0] != one[1]
    }
    stories: dict[int, list[int]] = defaultdict(list)
    for article_id, story in db.execute("select id, story_id from articles where story_id is not null order by id"):
        stories[story] += of_article[article_id]
    return pairs, sorted((tuple(one) for one in stories.values()), key=len, reverse=True)


def _grams(text: Text) -> set[str]:
    words = tokens(text.words)
    return {" ".join(gram) for gram in zip(words, words[1:], words[2:], strict=False)}


def datasketch(texts: Sequence[Text]) -> tuple[set[Pair], list[tuple[int, ...]]]:
    """datasketch: MinHash of 128 in an LSH for 0.5, candidates kept at an estimated Jaccard of 0.5."""
    from datasketch import MinHash, MinHashLSH

    index, pairs = MinHashLSH(threshold=0.5, num_perm=128), set[Pair]()
    hashes: list[MinHash] = []
    for at, text in enumerate(texts):
        told = MinHash(num_perm=128)
        told.update_batch([gram.encode() for gram in _grams(text)])
        pairs |= {(other, at) for other in index.query(told) if hashes[other].jaccard(told) >= 0.5}
        index.insert(at, told)
        hashes.append(told)
    return pairs, []


def rensa(texts: Sequence[Text]) -> tuple[set[Pair], list[tuple[int, ...]]]:
    """rensa: RMinHash of 128 in 32 bands, candidates kept at an estimated Jaccard of 0.5."""
    from rensa import RMinHash, RMinHashLSH

    index, pairs = RMinHashLSH(threshold=0.5, num_perm=128, num_bands=32), set[Pair]()
    hashes: list[RMinHash] = []
    for at, text in enumerate(texts):
        told = RMinHash(num_perm=128, seed=42)
        told.update(list(_grams(text)))
        pairs |= {(other, at) for other in index.query(told) if hashes[other].jaccard(told) >= 0.5}
        index.insert(at, told)
        hashes.append(told)
    return pairs, []


def simhash(texts: Sequence[Text]) -> tuple[set[Pair], list[tuple[int, ...]]]:
    """simhash: 64 bits, at a distance of 6 at most."""
    from simhash import Simhash, SimhashIndex

    index, pairs = SimhashIndex([], f=64, k=6), set[Pair]()
    for at, text in enumerate(texts):
        told = Simhash(list(_grams(text)), f=64)
        pairs |= {(int(other), at) for other in index.get_near_dups(told)}
        index.add(str(at), told)
    return pairs, []


FINDERS: dict[str, Callable[[Sequence[Text]], tuple[set[Pair], list[tuple[int, ...]]]]] = {
    "Khabar": khabar, "datasketch": datasketch, "rensa": rensa, "simhash": simhash,
}  # fmt: skip


def installed() -> Iterator[str]:
    """The finders that are on this machine; `make bench-stories` sets the others up."""
    return (name for name in FINDERS if name == "Khabar" or importlib.util.find_spec(name))


def run(name: str) -> Found:
    """One finder over the real texts, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.copies", name]
    told = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)
    pairs = frozenset((a, b) for a, b in told["pairs"])
    return Found(pairs, told["seconds"], told["memory"], tuple(map(tuple, told["stories"])))


def peak() -> float | None:
    """MB this process ever held; None where no /proc tells."""
    status = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s*(\d+) kB", status.read_text()) if status.exists() else None
    return int(found[1]) / 1024 if found else None


if __name__ == "__main__":
    list_of_all = real()
    started = time.process_time()
    all_pairs, all_stories = FINDERS[sys.argv[1]](list_of_all)
    spent = time.process_time() - started
    found = {"pairs": sorted(all_pairs), "stories": all_stories, "seconds": spent, "memory": peak()}
    sys.stdout.write(json.dumps(found))
