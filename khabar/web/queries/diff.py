"""Word diffs of two texts, and the passages that two texts share. No I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

from khabar.hindi.normalize import fold_word
from khabar.hindi.text import WORD

# Both are chosen by hand, not measured.
PASSAGE_WORDS = 6  # shortest shared passage: consecutive words that agree after normalization
_MAX_DIFF_WORDS = 6000  # words of both sides; longer paragraphs are shown as replaced, not diffed
_WORD_WITH_SPACE = re.compile(r"\S+\s*")

Change = Literal["same", "gone", "new"]


class DiffSpan(NamedTuple):
    """Consecutive words with the same change: unchanged, deleted (gone) or inserted (new)."""

    change: Change
    text: str


class SharedSpan(NamedTuple):
    """Consecutive words, and whether the other text contains them too."""

    shared: bool
    text: str


def diff_paragraphs(old: str | None, new: str | None) -> list[list[DiffSpan]]:
    """Returns the paragraphs of both texts in order, each as a list of spans. An unchanged
    paragraph is a single `same` span.
    """
    before, after = _split_paragraphs(old), _split_paragraphs(new)
    paragraphs: list[list[DiffSpan]] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            paragraphs += [[DiffSpan("same", text)] for text in before[i1:i2]]
        else:
            paragraphs += _diff_replaced(before[i1:i2], after[j1:j2])
    return paragraphs


def _split_paragraphs(text: str | None) -> list[str]:
    return [part for part in (text or "").split("\n\n") if part.strip()]


def _diff_replaced(before: list[str], after: list[str]) -> list[list[DiffSpan]]:
    """Diffs paragraphs that were replaced: pairwise if their number is the same, else each with
    the first similar one; paragraphs without a partner are deleted or inserted as a whole.
    """
    pairs: Iterable[tuple[str, str]] = (
        zip(before, after, strict=True)
        if len(before) == len(after)
        else _pair_similar(before, after)
    )
    return [_diff_words(old, new) for old, new in pairs]


def _pair_similar(before: list[str], after: list[str]) -> Iterator[tuple[str, str]]:
    """Pairs similar paragraphs in order; one without a partner is paired with ''."""
    start = 0
    for old in before:
        partner = next((n for n in range(start, len(after)) if _is_similar(old, after[n])), None)
        if partner is None:
            yield old, ""
            continue
        yield from (("", new) for new in after[start:partner])
        yield old, after[partner]
        start = partner + 1
    yield from (("", new) for new in after[start:])


def _is_similar(old: str, new: str) -> bool:
    """Returns True if the paragraphs share at least half of the words of the one with fewer
    (chosen by hand, not measured).
    """
    old_words, new_words = set(old.split()), set(new.split())
    return 2 * len(old_words & new_words) >= min(len(old_words), len(new_words)) > 0


def _diff_words(old: str, new: str) -> list[DiffSpan]:
    before, after = _WORD_WITH_SPACE.findall(old), _WORD_WITH_SPACE.findall(new)
    if len(before) + len(after) > _MAX_DIFF_WORDS:
        return [DiffSpan("gone", old), DiffSpan("new", new)]
    spans: list[DiffSpan] = []
    matcher = SequenceMatcher(
        None,
        [word.rstrip() for word in before],
        [word.rstrip() for word in after],
        autojunk=False,
    )
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            spans.append(DiffSpan("same", "".join(after[j1:j2])))
            continue
        spans += [DiffSpan("gone", "".join(before[i1:i2]))] if i2 > i1 else []
        spans += [DiffSpan("new", "".join(after[j1:j2]))] if j2 > j1 else []
    return spans


def find_shared(
    first: str, second: str
) -> tuple[list[list[SharedSpan]], list[list[SharedSpan]], float]:
    """Finds the passages of at least PASSAGE_WORDS words that two texts share, compared by their
    normalized words.

    Returns the paragraphs of each text as lists of spans, and the share (0 to 1) of the shorter
    text's words that lie in shared passages.
    """
    first_words, second_words = _normalize_words(first), _normalize_words(second)
    common = _word_ngrams(first_words) & _word_ngrams(second_words)
    marks = _mark_shared(first_words, common), _mark_shared(second_words, common)
    counts = [(sum(mark), len(mark)) for mark in marks]
    shared_count, word_count = min(counts, key=lambda count: count[1])
    return (
        _shared_spans(first, marks[0]),
        _shared_spans(second, marks[1]),
        shared_count / word_count if word_count else 0.0,
    )


def _normalize_words(text: str) -> list[str]:
    return [fold_word(word) or word for word in WORD.findall(text)]


def _word_ngrams(words: list[str]) -> set[tuple[str, ...]]:
    return {
        tuple(words[index : index + PASSAGE_WORDS])
        for index in range(len(words) - PASSAGE_WORDS + 1)
    }


def _mark_shared(words: list[str], common: set[tuple[str, ...]]) -> list[bool]:
    """Returns for each word whether it lies in a shared passage."""
    marks = [False] * len(words)
    for index in range(len(words) - PASSAGE_WORDS + 1):
        if tuple(words[index : index + PASSAGE_WORDS]) in common:
            marks[index : index + PASSAGE_WORDS] = [True] * PASSAGE_WORDS
    return marks


def _shared_spans(text: str, marks: list[bool]) -> list[list[SharedSpan]]:
    """Splits each paragraph of `text` into shared and other spans. `marks`: one per word."""
    paragraphs: list[list[SharedSpan]] = []
    word_index = 0
    for paragraph in _split_paragraphs(text):
        position, row = 0, list[SharedSpan]()
        for word in WORD.finditer(paragraph):
            mark, word_index = marks[word_index], word_index + 1
            if row and row[-1].shared == mark:
                row[-1] = SharedSpan(mark, row[-1].text + paragraph[position : word.end()])
            else:
                row.append(SharedSpan(mark, paragraph[position : word.end()]))
            position = word.end()
        row.append(SharedSpan(bool(row) and row[-1].shared, paragraph[position:]))
        paragraphs.append([span for span in row if span.text])
    return paragraphs
