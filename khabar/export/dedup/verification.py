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
from khabar.export.dedup.word_files import NO_PARAGRAPH, FoldedText, WordReader
from khabar.hindi.minhash import SHINGLE_SIZE, Fingerprint, likeness, list_shingles

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
            shingles = self._load(a), self._load(b)
            similarity = likeness(*shingles)
            if similarity.is_near_duplicate:
                same_words = similarity.jaccard == 1.0 and self._have_same_words(a, b)
                own = same_words or are_own_near_duplicates(
                    shingles, (self._load_own(a), self._load_own(b))
                )
                yield a, b, similarity.jaccard, similarity.containment, own, same_words

    def _have_same_words(self, a: int, b: int) -> bool:
        return self._reader.read_words(a).words == self._reader.read_words(b).words

    def _load_shingles(self, doc: int) -> frozenset[int]:
        return frozenset(self._reader.read_shingles(doc))

    def _load_own_shingles(self, doc: int) -> frozenset[int] | None:
        return select_own_shingles(
            self._reader.read_words(doc), self._reader.read_shingles(doc), self._boilerplate
        )


def are_own_near_duplicates(
    shingles: tuple[frozenset[int], frozenset[int]],
    own_shingles: tuple[frozenset[int] | None, frozenset[int] | None],
) -> bool:
    """Returns whether two near-duplicates are so without boilerplate too, with enough shingles
    left. `own_shingles`: without it; None for a text that has none of it.
    """
    first, second = (
        whole if own is None else own for whole, own in zip(shingles, own_shingles, strict=True)
    )
    if min(len(first), len(second)) < MIN_OWN_SHINGLES:
        return False
    return own_shingles == (None, None) or likeness(first, second).is_near_duplicate


def list_own_runs(text: FoldedText, boilerplate: array[int]) -> list[tuple[int, int]]:
    """Returns the runs of words (first, end) that are in paragraphs whose keys are not in
    `boilerplate`, which is sorted.
    """
    runs: list[tuple[int, int]] = []
    end = 0
    for count, key in text.lines:
        start, end = end, end + count
        place = bisect_left(boilerplate, key)
        is_boilerplate = place < len(boilerplate) and boilerplate[place] == key
        if key == NO_PARAGRAPH or is_boilerplate or not count:
            continue
        if runs and runs[-1][1] == start:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
    return runs


def select_own_shingles(
    text: FoldedText, shingles: array[int], boilerplate: array[int]
) -> frozenset[int] | None:
    """Returns the shingles of the paragraphs that are not boilerplate, joined; None where that is
    the whole text. `shingles`: the one at each place of the text.
    """
    runs = list_own_runs(text, boilerplate)
    if runs == [(0, len(text.words))]:
        return None
    own_shingles, own_words, joints = set[int](), array("q"), list[int]()
    for start, end in runs:
        own_shingles.update(shingles[start : max(start, end - SHINGLE_SIZE + 1)])
        joints.append(len(own_words))
        own_words.extend(text.words[start:end])
    for joint in joints[1:]:  # the shingles that begin in one run and end in another
        around = own_words[max(0, joint - SHINGLE_SIZE + 1) : joint + SHINGLE_SIZE - 1]
        own_shingles.update(list_shingles(around))
    return frozenset(own_shingles)
