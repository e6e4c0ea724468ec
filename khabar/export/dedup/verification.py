"""Compares pairs of candidates exactly, in workers: the archive's likeness, with and without the
boilerplate of their sources.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from khabar.archive.database import sync_to_disk
from khabar.archive.stories.clusters import MIN_OWN_SHINGLES
from khabar.export.dedup.word_files import FoldedText, WordReader
from khabar.hindi.minhash import Fingerprint, Similarity, likeness, shingles_of_hashes

PAIRS_SCHEMA = pa.schema(
    [
        ("a", pa.int64()),
        ("b", pa.int64()),
        ("jaccard", pa.float64()),
        ("containment", pa.float64()),
        ("own", pa.bool_()),
        ("same_words", pa.bool_()),
    ]
)
# Texts whose shingles a worker remembers, with and without boilerplate: 50 kB each. More than the
# 200 oldest of a stock text. Pairs are in order of their younger text.
CACHE_TEXTS = 512


@dataclass(frozen=True, slots=True)
class PairChunk:
    """Consecutive candidates in a file of pairs (two 64-bit numbers each)."""

    number: int
    first: int
    pairs: int


@dataclass(frozen=True, slots=True)
class WorkFiles:
    """The files of a run that workers read and write.

    `words`: folder of the stored words; `places`: where each doc's are; `candidates`: the pairs;
    `boilerplate`: the sorted keys of boilerplate paragraphs; `verified`: folder of the results.
    """

    words: Path
    places: Path
    candidates: Path
    boilerplate: Path
    verified: Path

    def verified_chunk(self, number: int) -> Path:
        """Returns the path of a chunk's result, which is there when the chunk is done."""
        return self.verified / f"{number:06}.parquet"


def verify_chunk(chunk: PairChunk, files: WorkFiles) -> int:
    """Compares the candidates of a chunk and stores those that are near-duplicates. Returns their
    number.
    """
    candidates = array("q")
    with files.candidates.open("rb") as file:
        file.seek(chunk.first * 2 * candidates.itemsize)
        candidates.fromfile(file, chunk.pairs * 2)
    pairs = zip(candidates[::2], candidates[1::2], strict=True)
    with closing(WordReader(files.words, files.places)) as reader:
        rows = list(_TextComparer(reader, _read_numbers(files.boilerplate)).compare(pairs))
    columns = list(zip(*rows, strict=True)) or [()] * len(PAIRS_SCHEMA)
    path = files.verified_chunk(chunk.number)
    part = path.with_suffix(".part")
    pq.write_table(pa.table([list(column) for column in columns], schema=PAIRS_SCHEMA), part)
    sync_to_disk(part)
    part.replace(path)
    return len(rows)


def _read_numbers(path: Path) -> array[int]:
    numbers = array("q")
    numbers.frombytes(path.read_bytes())
    return numbers


class _TextComparer:
    """Compares texts by their stored words; remembers the shingles of the last ones."""

    def __init__(self, reader: WordReader, boilerplate: array[int]) -> None:
        self._reader, self._boilerplate = reader, boilerplate
        self._load = lru_cache(CACHE_TEXTS)(self._load_shingles)
        self._load_own = lru_cache(CACHE_TEXTS)(self._load_own_shingles)

    def compare(
        self, pairs: Iterator[tuple[int, int]]
    ) -> Iterator[tuple[int, int, float, float, bool, bool]]:
        """Yields a row of PAIRS_SCHEMA for each pair that is near-duplicates."""
        signature, signature_doc = Fingerprint(0, (), b""), -1
        for a, b in pairs:
            if b != signature_doc:
                *_, size, sketch = self._reader.read_place(b)
                signature, signature_doc = Fingerprint(size, (), sketch), b
            *_, size, sketch = self._reader.read_place(a)
            if not signature.can_be_near_duplicate(size, sketch):
                continue
            similarity = likeness(self._load(a), self._load(b))
            if similarity.is_near_duplicate:
                same_words = similarity.jaccard == 1.0 and self._have_same_words(a, b)
                own = same_words or self._compare_own(a, b).is_near_duplicate
                yield a, b, similarity.jaccard, similarity.containment, own, same_words

    def _have_same_words(self, a: int, b: int) -> bool:
        return self._reader.read_words(a).words == self._reader.read_words(b).words

    def _compare_own(self, a: int, b: int) -> Similarity:
        """Compares two texts without boilerplate. 0 when one has too few shingles left."""
        first, second = self._load_own(a), self._load_own(b)
        if min(len(first), len(second)) < MIN_OWN_SHINGLES:
            return Similarity(0.0, 0.0)
        return likeness(first, second)

    def _load_shingles(self, doc: int) -> frozenset[int]:
        return shingles_of_hashes(self._reader.read_words(doc).words)

    def _load_own_shingles(self, doc: int) -> frozenset[int]:
        text = self._reader.read_words(doc)
        own_words = select_own_words(text, self._boilerplate)
        if len(own_words) == len(text.words):
            return self._load(doc)
        return shingles_of_hashes(own_words)


def select_own_words(text: FoldedText, boilerplate: array[int]) -> array[int]:
    """Returns the words of the paragraphs whose keys are not in `boilerplate`, which is sorted."""
    own_words, start = array("q"), 0
    for count, key in text.lines:
        place = bisect_left(boilerplate, key)
        is_boilerplate = place < len(boilerplate) and boilerplate[place] == key
        if key >= 0 and not is_boilerplate:
            own_words.extend(text.words[start : start + count])
        start += count
    return own_words
