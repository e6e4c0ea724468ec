"""Everything that is stored of an article's words beside the words: hash, counts, shares, and the
data of the search index and of the near-duplicate index. Each word is folded and hashed once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from khabar.hindi import language
from khabar.hindi.minhash import (
    combine_hashes,
    fingerprint,
    hash_word,
    hash_words,
    shingles_of_hashes,
)
from khabar.hindi.normalize import fold_word, hash_tokens
from khabar.hindi.sentences import split_sentences
from khabar.hindi.text import WORD
from khabar.model.items import TextFeatures

ROUND_DIGITS = 4  # decimals of the shares: enough to sort by, and the same on every machine
# Words in an informative line: with this many it needs no full stop. Chosen by hand, not measured.
MIN_PARAGRAPH_WORDS = 12
# Words in an informative line that ends with a full stop. Chosen by hand, not measured.
MIN_SENTENCE_WORDS = 4
_SENTENCE_ENDS = "।॥?!."


def compute_text_features(texts: Mapping[str, str | None], source: str) -> TextFeatures:
    """Computes the features of an article's texts: column of the search index → text. `source`: the
    key of its source, in which paragraphs are compared.
    """
    folded = {}
    terms: set[str] = set()
    for name, other in texts.items():
        if other and name != "text":
            folds = fold_line(other)
            folded[name] = " ".join(folds.index_words)
            terms.update(folds.tokens)
    text = texts.get("text") or ""
    lines = [(line, fold_line(line)) for line in text.splitlines()]
    hashes = [hash_words(folds.tokens) for _, folds in lines]
    source_hash = hash_word(source)
    tokens = [token for _, folds in lines for token in folds.tokens]
    terms.update(tokens)
    if text:
        folded["text"] = " ".join(word for _, folds in lines for word in folds.index_words)
    return TextFeatures(
        hash_tokens(tokens),
        sum(folds.word_count for _, folds in lines),
        compute_devanagari_share(text),
        compute_repetition(text),
        folded,
        frozenset(word for word in terms if "\u0900" <= word[:1] <= "\u097f"),
        fingerprint(shingles_of_hashes([number for line in hashes for number in line])),
        tuple(
            combine_hashes((source_hash, *line_hashes))
            for (line, folds), line_hashes in zip(lines, hashes, strict=True)
            if is_informative(line, folds.tokens)
        ),
    )


class FoldedLine(NamedTuple):
    """A line's words: folded (`tokens`, without empty ones), and as the search index stores them
    (`index_words`). `word_count`: as of `sentences.count_words`.
    """

    tokens: list[str]
    index_words: list[str]
    word_count: int


def fold_line(line: str) -> FoldedLine:
    """Folds the words of a line."""
    words = WORD.findall(line)
    folds = list(map(fold_word, words))
    word_count = len(words)
    if not "".join([word[0] for word in words]).isalnum():  # else each counts: `count_words`
        word_count = sum(any(map(str.isalnum, word)) for word in words)
    if all(folds):
        return FoldedLine(folds, folds, word_count)
    index_words = [fold or word for fold, word in zip(folds, words, strict=True)]
    return FoldedLine(list(filter(None, folds)), index_words, word_count)


def is_informative(line: str, words: list[str]) -> bool:
    """Returns whether a line (its folded words) is a sentence or more: no heading, menu item or
    linked headline.
    """
    return len(words) >= MIN_PARAGRAPH_WORDS or (
        len(words) >= MIN_SENTENCE_WORDS and line.rstrip(" \"'”’)]")[-1:] in _SENTENCE_ENDS
    )


def compute_devanagari_share(text: str) -> float | None:
    """Returns the share of the text's letters that are Devanagari, 0-1; None without text."""
    return round(language.compute_devanagari_share(text), ROUND_DIGITS) if text else None


def compute_repetition(text: str) -> float | None:
    """Returns the share of the text's characters in repeated sentences, 0-1; None without text."""
    sentence_texts = [
        " ".join(sentence.split())
        for paragraph in text.split("\n\n")
        for sentence in split_sentences(paragraph)
    ]
    length = sum(map(len, sentence_texts))
    return round(1 - sum(map(len, set(sentence_texts))) / length, ROUND_DIGITS) if length else None
