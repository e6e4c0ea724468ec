"""Two texts side by side: what changed from one to the other, word by word, and which passages they share. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

from khabar.hindi.normalize import fold_word
from khabar.hindi.text import WORD

PASSAGE = 6  # words in a row that two texts must share, however spelt, before they are marked
_MOST_WORDS = 6000  # a stretch longer than this is shown as replaced, not compared word by word
_PIECE = re.compile(r"\S+\s*")

Change = Literal["same", "gone", "new"]


class Piece(NamedTuple):
    """A stretch of words and what became of it."""

    change: Change
    text: str


class Stretch(NamedTuple):
    """A stretch of words, and whether the other text has it too."""

    shared: bool
    text: str


def changes(old: str | None, new: str | None) -> list[list[Piece]]:
    """The paragraphs of both, in order, each in pieces; a paragraph of one `same` piece did not change."""
    before, after = _paragraphs(old), _paragraphs(new)
    found: list[list[Piece]] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            found += [[Piece("same", text)] for text in before[i1:i2]]
        else:
            found += _rewritten(before[i1:i2], after[j1:j2])
    return found


def _paragraphs(text: str | None) -> list[str]:
    return [part for part in (text or "").split("\n\n") if part.strip()]


def _rewritten(before: list[str], after: list[str]) -> list[list[Piece]]:
    """Paragraphs that are not the same, each beside the one it became, word by word; the rest gone or new whole."""
    pairs: Iterable[tuple[str, str]] = zip(before, after, strict=False)
    return [_words(old, new) for old, new in (pairs if len(before) == len(after) else _likest(before, after))]


def _likest(before: list[str], after: list[str]) -> Iterator[tuple[str, str]]:
    """Pairs paragraphs that share most of their words, in order; one without a partner stands beside nothing."""
    at = 0
    for old in before:
        place = next((n for n in range(at, len(after)) if _alike(old, after[n])), None)
        if place is None:
            yield old, ""
            continue
        yield from (("", new) for new in after[at:place])
        yield old, after[place]
        at = place + 1
    yield from (("", new) for new in after[at:])


def _alike(old: str, new: str) -> bool:
    one, other = set(old.split()), set(new.split())
    return 2 * len(one & other) >= min(len(one), len(other)) > 0


def _words(old: str, new: str) -> list[Piece]:
    before, after = _PIECE.findall(old), _PIECE.findall(new)
    if len(before) + len(after) > _MOST_WORDS:
        return [Piece("gone", old), Piece("new", new)]
    found: list[Piece] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, _bare(before), _bare(after), autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Piece("same", "".join(after[j1:j2])))
            continue
        found += [Piece("gone", "".join(before[i1:i2]))] if i2 > i1 else []
        found += [Piece("new", "".join(after[j1:j2]))] if j2 > j1 else []
    return found


def _bare(pieces: list[str]) -> list[str]:
    return [piece.rstrip() for piece in pieces]


def shared(one: str, other: str) -> tuple[list[list[Stretch]], list[list[Stretch]], float]:
    """Both texts as paragraphs of stretches, and the share of the shorter one's words that the other has too."""
    ones, others = _folded(one), _folded(other)
    common = _grams(ones) & _grams(others)
    marks = _marked(ones, common), _marked(others, common)
    counts = [(sum(mark), len(mark)) for mark in marks]
    held, of = min(counts, key=lambda count: count[1])
    return _stretches(one, marks[0]), _stretches(other, marks[1]), held / of if of else 0.0


def _folded(text: str) -> list[str]:
    return [fold_word(word) or word for word in WORD.findall(text)]


def _grams(words: list[str]) -> set[tuple[str, ...]]:
    return {tuple(words[at : at + PASSAGE]) for at in range(len(words) - PASSAGE + 1)}


def _marked(words: list[str], common: set[tuple[str, ...]]) -> list[bool]:
    """For each word whether it stands in a passage of both."""
    marks = [False] * len(words)
    for at in range(len(words) - PASSAGE + 1):
        if tuple(words[at : at + PASSAGE]) in common:
            marks[at : at + PASSAGE] = [True] * PASSAGE
    return marks


def _stretches(text: str, marks: list[bool]) -> list[list[Stretch]]:
    """The text's paragraphs, cut where sharing begins and ends."""
    found: list[list[Stretch]] = []
    number = 0
    for paragraph in _paragraphs(text):
        at, row = 0, list[Stretch]()
        for word in WORD.finditer(paragraph):
            mark, number = marks[number], number + 1
            if row and row[-1].shared == mark:
                row[-1] = Stretch(mark, row[-1].text + paragraph[at : word.end()])
            else:
                row.append(Stretch(mark, paragraph[at : word.end()]))
            at = word.end()
        row.append(Stretch(bool(row) and row[-1].shared, paragraph[at:]))
        found.append([one for one in row if one.text])
    return found
