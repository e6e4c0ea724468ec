"""Vectors learned from the archive: tf-idf over folded words, truncated SVD, one bit a dimension.

The model stores words as numbers (`hash_word`), never as text, and only words of at least
MIN_ARTICLES articles. The result of a fit depends on the articles alone, not on chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import TYPE_CHECKING

from khabar.hindi.minhash import hash_word

# Imported in functions: Khabar works without it.
if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

# Measured on 5,434 texts (docs/benchmarks.md, Related articles): 128 dimensions find a tenth less.
DIMENSIONS = 256
MIN_ARTICLES = 5  # a word of fewer articles stays out of the model: a name, an address, an error
# A word of more than this share of the articles says nothing of the subject. hit@10 of 2,500
# articles: .2 .790, .5 .803.
MAX_SHARE = 0.5
# The weight of rare words. hit@10: power 1 .766, 1.4 .784, 2 .790, 2.5 .797; not higher than 2, as
# names help two halves of one article more than two articles on one subject.
IDF_POWER = 2
# The words of most articles: bounds the model (256 bytes each) and the memory of a fit.
MAX_WORDS = 60_000
# Columns computed beside those wanted, and rounds of the iteration: hit@10 .771 after two rounds,
# .776 after four, .778 after eight.
_EXTRA, _ROUNDS = 16, 4
_SEED = 19


@dataclass(frozen=True, slots=True, eq=False)
class LearnedModel:
    """The weights of words. `words`: their numbers, ascending. `directions`: one row of signed
    bytes a word, to be multiplied by its `scales`, which include its idf. `centre`: the mean of the
    vectors of the articles it was learned from, which is subtracted.
    """

    words: NDArray[np.uint64]
    directions: NDArray[np.int8]
    scales: Floats
    centre: Floats

    def encode_words(self, texts: Sequence[Sequence[str]]) -> Floats:
        """Returns one row for each text, given as its folded words; zeros for a text without words
        of the model.
        """
        import numpy as np

        return np.stack([self.encode_numbers(number_words(words)) for words in texts])

    def encode_numbers(self, text: NDArray[np.uint64]) -> Floats:
        """Returns the vector of a text, given as the numbers of its words."""
        import numpy as np

        indexes, counts = _count_words(text, self.words)
        if not len(indexes):
            return np.zeros_like(self.centre)
        weights = _weigh_counts(counts) * self.scales[indexes]
        sums = weights @ self.directions[indexes].astype(np.float32)
        return (sums / max(float(np.linalg.norm(sums)), 1e-9) - self.centre).astype(np.float32)

    def to_bytes(self) -> bytes:
        """Returns the model as the bytes of a file of numpy arrays."""
        import numpy as np

        file = BytesIO()
        np.savez(file, **{name: getattr(self, name) for name in self.__slots__})
        return file.getvalue()

    @classmethod
    def from_bytes(cls, body: bytes) -> LearnedModel:
        """Returns the model of `to_bytes`. Raises ValueError for other bytes."""
        import numpy as np

        with np.load(BytesIO(body), allow_pickle=False) as arrays:
            return cls(*(arrays[name] for name in cls.__slots__))


def fit_model(texts: Sequence[NDArray[np.uint64]], dimensions: int = DIMENSIONS) -> LearnedModel:
    """Learns a model from texts, each given as the numbers of its words (`number_words`).

    Subspace iteration on AᵀA, where A has a row of tf-idf weights for each text: one text at a
    time, so that memory is that of the words and their directions.
    """
    import numpy as np

    words, articles = _select_words(texts)
    idf = (np.log((1 + len(texts)) / (1 + articles)).astype(np.float32) + 1) ** IDF_POWER
    rows = [_weigh_text(text, words, idf) for text in texts]
    width = min(dimensions + _EXTRA, len(words))
    basis = np.random.default_rng(_SEED).standard_normal((len(words), width), np.float32)
    for _ in range(_ROUNDS):
        basis = np.linalg.qr(_multiply_gram(rows, basis))[0]
    # The basis turned to the axes of greatest variance: the singular vectors.
    axes = np.linalg.eigh(basis.T @ _multiply_gram(rows, basis))[1][:, ::-1][:, :dimensions]
    directions = (basis @ axes.astype(np.float32)) * idf[:, None]
    scales = np.maximum(np.abs(directions).max(axis=1, initial=0), 1e-9) / 127
    rounded = np.rint(directions / scales[:, None]).astype(np.int8)
    centre = np.zeros(directions.shape[1], np.float32)
    model = LearnedModel(words, rounded, scales, centre)
    return replace(model, centre=_compute_mean(model, texts))


def _compute_mean(model: LearnedModel, texts: Sequence[NDArray[np.uint64]]) -> Floats:
    import numpy as np

    total = np.zeros_like(model.centre)
    for text in texts:
        total += model.encode_numbers(text)
    return (total / max(len(texts), 1)).astype(np.float32)


def number_words(words: Sequence[str]) -> NDArray[np.uint64]:
    """Returns the numbers of a text's folded words, in their order."""
    import numpy as np

    return np.fromiter(map(hash_word, words), np.uint64, len(words))


def pack_bits(vectors: Floats) -> list[bytes]:
    """Returns the sign of each number of each row as a bit."""
    import numpy as np

    return [row.tobytes() for row in np.packbits(vectors > 0, axis=1)]


def _select_words(
    texts: Sequence[NDArray[np.uint64]],
) -> tuple[NDArray[np.uint64], NDArray[np.intp]]:
    """Returns the words of the model, ascending, and the number of articles that have each."""
    import numpy as np

    distinct = [np.unique(text) for text in texts]
    words, articles = np.unique(
        np.concatenate(distinct) if distinct else np.zeros(0, np.uint64), return_counts=True
    )
    wanted = (articles >= MIN_ARTICLES) & (articles <= max(MIN_ARTICLES, MAX_SHARE * len(texts)))
    words, articles = words[wanted], articles[wanted]
    if len(words) > MAX_WORDS:
        most_used = np.sort(np.argsort(-articles, kind="stable")[:MAX_WORDS])
        words, articles = words[most_used], articles[most_used]
    return words, articles


def _weigh_counts(counts: NDArray[np.intp]) -> Floats:
    import numpy as np

    return (1 + np.log(counts)).astype(np.float32)


def _count_words(
    text: NDArray[np.uint64], words: NDArray[np.uint64]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Returns the indexes of a text's words in `words`, and how often each occurs."""
    import numpy as np

    numbers, counts = np.unique(text, return_counts=True)
    indexes = np.searchsorted(words, numbers)
    is_known = indexes < len(words)
    is_known[is_known] = words[indexes[is_known]] == numbers[is_known]
    return indexes[is_known], counts[is_known]


def _weigh_text(
    text: NDArray[np.uint64], words: NDArray[np.uint64], idf: Floats
) -> tuple[NDArray[np.intp], Floats]:
    """Returns the indexes and the tf-idf weights of a text's words, of length 1 together."""
    import numpy as np

    indexes, counts = _count_words(text, words)
    weights = _weigh_counts(counts) * idf[indexes]
    return indexes, weights / max(float(np.linalg.norm(weights)), 1e-9)


def _multiply_gram(rows: Sequence[tuple[NDArray[np.intp], Floats]], basis: Floats) -> Floats:
    """Returns AᵀA times the basis."""
    import numpy as np

    product = np.zeros_like(basis)
    for indexes, weights in rows:
        product[indexes] += weights[:, None] * (weights @ basis[indexes])
    return product
