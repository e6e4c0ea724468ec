"""MinHash fingerprints for near-duplicate detection: folded word 3-shingles and the keys that find
copies.

One-permutation MinHash: every shingle falls into one of `BIN_COUNT` bins, the smallest of a bin
represents it, and three bins form a band. Texts that share a band key are candidates. An 8-bit
sketch of each bin rejects most false candidates, and `likeness` computes the exact similarity. Only
blake2b and integers are used, so keys are the same on every machine and do not change.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from operator import eq

SHINGLE_VERSION = 1  # increase with every change here: keys of two versions are not comparable
SHINGLE_SIZE = 3  # words in a shingle
# Measured (docs/decisions.md): a pair at Jaccard 0.5 is a candidate with 96 %; with 32 bands of 4
# rows it is with 87 %.
BANDS, ROWS = 24, 3
BIN_COUNT = BANDS * ROWS
# Near-duplicates reach either. Chosen by hand; measured in docs/benchmarks.md: of stories with 30 %
# of the words rewritten 98 % are near-duplicates, with 50 % none.
MIN_JACCARD, MIN_CONTAINMENT = 0.5, 0.8
_PRIME = (1 << 61) - 1
_BASE = 0x1B873593CC9E2D51 % _PRIME
_KEY_MASK = (1 << 47) - 1  # SQLite stores a 47-bit key in six bytes


@dataclass(frozen=True, slots=True)
class Similarity:
    """Jaccard index of two texts' shingles, and the share of the smaller text contained in the
    other.
    """

    jaccard: float
    containment: float

    @property
    def is_near_duplicate(self) -> bool:
        """Whether the texts are near-duplicates: similar, or one almost contained in the other."""
        return self.jaccard >= MIN_JACCARD or self.containment >= MIN_CONTAINMENT


def shingles(words: Sequence[str]) -> frozenset[int]:
    """Returns every run of three folded words (`normalize.tokens`) as a 61-bit number.

    Empty for fewer than three words.
    """
    return shingles_of_hashes(hash_words(words))


def hash_words(words: Iterable[str]) -> list[int]:
    """Returns the number of each folded word."""
    return list(map(hash_word, words))


def shingles_of_hashes(numbers: Sequence[int]) -> frozenset[int]:
    """Returns the shingles of a text from the numbers of its words (`hash_words`)."""
    return frozenset(list_shingles(numbers))


def list_shingles(numbers: Sequence[int]) -> list[int]:
    """Returns the shingle at each place of a text, from the numbers of its words."""
    high_factor, low_factor = _BASE * _BASE % _PRIME, _BASE
    return [
        (first * high_factor + second * low_factor + third) % _PRIME
        for first, second, third in zip(numbers, numbers[1:], numbers[2:], strict=False)
    ]


@lru_cache(maxsize=1 << 16)
def hash_word(word: str) -> int:
    """Returns the number of a folded word, below 2**61."""
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big") % _PRIME


def likeness(first: frozenset[int], second: frozenset[int]) -> Similarity:
    """Computes the exact similarity of two sets of shingles. 0 if either is empty."""
    if not first or not second:
        return Similarity(0.0, 0.0)
    common = len(first & second)
    return Similarity(
        common / (len(first) + len(second) - common), common / min(len(first), len(second))
    )


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The indexed data of a text. `keys`: one 47-bit key per band. `sketch`: one byte per bin."""

    size: int  # shingles
    keys: tuple[int, ...]
    sketch: bytes

    def can_be_near_duplicate(self, size: int, sketch: bytes) -> bool:
        """Returns whether a text of that size and sketch may be a near-duplicate. Misses about one
        in a thousand real ones.
        """
        jaccard: float = sum(map(eq, self.sketch, sketch)) / BIN_COUNT
        common = jaccard * (self.size + size) / (1 + jaccard)
        return jaccard >= MIN_JACCARD / 2 or common >= MIN_CONTAINMENT / 2 * min(self.size, size)


def fingerprint(shingle_set: frozenset[int]) -> Fingerprint | None:
    """Returns the fingerprint of a text from its shingles. None if it has none."""
    if not shingle_set:
        return None
    values = _compute_signature(shingle_set)
    bands = [(band, *values[band * ROWS : (band + 1) * ROWS]) for band in range(BANDS)]
    return Fingerprint(
        len(shingle_set), tuple(map(combine_hashes, bands)), bytes(value & 255 for value in values)
    )


def hash_passage(name: str, words: Iterable[str]) -> int:
    """Returns the 47-bit key of a passage of the source `name`. The same folded words under another
    name get another key.
    """
    return combine_hashes((hash_word(name), *hash_words(words)))


def combine_hashes(numbers: Iterable[int]) -> int:
    """Returns the 47-bit key of a sequence of numbers."""
    value = 0
    for number in numbers:
        value = (value * _BASE + number + 1) % _PRIME
    return value & _KEY_MASK


def _compute_signature(shingle_set: frozenset[int]) -> list[int]:
    """Returns the smallest shingle of each bin. An empty bin takes the value of another bin, chosen
    in an order that is the same for every text.
    """
    bins: list[int | None] = [None] * BIN_COUNT
    for number in shingle_set:
        value, index = divmod(number, BIN_COUNT)
        current = bins[index]
        if current is None or value < current:
            bins[index] = value
    return [
        value
        if value is not None
        else next(
            other_value
            for other in _order_other_bins(index)
            if (other_value := bins[other]) is not None
        )
        for index, value in enumerate(bins)
    ]


@cache
def _order_other_bins(index: int) -> tuple[int, ...]:
    """Orders all bins for this one, by optimal densification (Shrivastava, 2017)."""
    return tuple(sorted(range(BIN_COUNT), key=lambda other: combine_hashes((index, other))))
