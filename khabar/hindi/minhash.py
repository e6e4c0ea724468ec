"""A text's fingerprint: its folded word 3-shingles, how much of them two texts share, and the keys that find a copy.

One-permutation MinHash: every shingle falls into one of `VALUES` bins, the least of a bin stands for it, and three bins
make a band. Texts that share a band are candidates, a sketch tells most strangers among them, and `likeness` says
exactly what two texts share. Only blake2b and whole numbers are used: a key is the same on every machine, for ever.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from operator import eq

SHINGLE_VERSION = 1  # raised with every change here: keys of two versions must never meet
SIZE = 3  # words in a shingle
BANDS, ROWS = 24, 3
VALUES = BANDS * ROWS
LEAST_JACCARD, LEAST_CONTAINMENT = 0.5, 0.8  # at either, two texts are near-duplicates
_PRIME = (1 << 61) - 1
_BASE = 0x1B873593CC9E2D51 % _PRIME
_KEY = (1 << 47) - 1  # a key fits in six of SQLite's bytes


@dataclass(frozen=True, slots=True)
class Likeness:
    """What two texts share: Jaccard of their shingles, and the share of the smaller text that stands in the other."""

    jaccard: float
    containment: float

    @property
    def is_near(self) -> bool:
        """Whether one is a near-duplicate of the other: much alike, or one all but contained in the other."""
        return self.jaccard >= LEAST_JACCARD or self.containment >= LEAST_CONTAINMENT


def shingles(words: Sequence[str]) -> frozenset[int]:
    """Every run of three folded words (`normalize.tokens`), as 61-bit numbers; none of a text of fewer words."""
    told = [_number(word) for word in words]
    first, second = _BASE * _BASE % _PRIME, _BASE
    return frozenset(
        (one * first + two * second + three) % _PRIME for one, two, three in zip(told, told[1:], told[2:], strict=False)
    )


@lru_cache(maxsize=1 << 16)
def _number(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big") % _PRIME


def likeness(one: frozenset[int], other: frozenset[int]) -> Likeness:
    """Exact, from the shingles of both; nothing is like a text without any."""
    if not one or not other:
        return Likeness(0.0, 0.0)
    shared = len(one & other)
    return Likeness(shared / (len(one) + len(other) - shared), shared / min(len(one), len(other)))


@dataclass(frozen=True, slots=True)
class Print:
    """What the index keeps of a text. `keys`: one of 47 bits for each band. `sketch`: a byte for each bin."""

    size: int  # shingles
    keys: tuple[int, ...]
    sketch: bytes

    def may_be_near(self, size: int, sketch: bytes) -> bool:
        """Whether a text of that size and sketch may be a near-duplicate: wrong for one in a thousand that is."""
        jaccard: float = sum(map(eq, self.sketch, sketch)) / VALUES
        shared = jaccard * (self.size + size) / (1 + jaccard)
        return jaccard >= LEAST_JACCARD / 2 or shared >= LEAST_CONTAINMENT / 2 * min(self.size, size)


def fingerprint(found: frozenset[int]) -> Print | None:
    """The print of a text by its shingles; None of a text without any."""
    if not found:
        return None
    values = _signature(found)
    bands = [(band, *values[band * ROWS : (band + 1) * ROWS]) for band in range(BANDS)]
    return Print(len(found), tuple(map(_mixed, bands)), bytes(value & 255 for value in values))


def passage_key(name: str, words: Iterable[str]) -> int:
    """The key of a passage of somebody's: the same folded words of another `name` have another key."""
    return _mixed((_number(name), *map(_number, words)))


def _mixed(numbers: Iterable[int]) -> int:
    told = 0
    for number in numbers:
        told = (told * _BASE + number + 1) % _PRIME
    return told & _KEY


def _signature(found: frozenset[int]) -> list[int]:
    """The least shingle of each bin; an empty bin takes another's, the same one in every text that has it."""
    bins: list[int | None] = [None] * VALUES
    for number in found:
        value, at = divmod(number, VALUES)
        held = bins[at]
        if held is None or value < held:
            bins[at] = value
    return [_value(bins, at) for at in range(VALUES)]


def _value(bins: Sequence[int | None], at: int) -> int:
    own = bins[at]
    if own is not None:
        return own
    return next(value for other in _others(at) if (value := bins[other]) is not None)


@cache
def _others(at: int) -> tuple[int, ...]:
    """All bins, in an order of this one's own: optimal densification (Shrivastava, 2017)."""
    return tuple(sorted(range(VALUES), key=lambda other: _mixed((at, other))))
