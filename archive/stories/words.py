"""An article's words as stories are told by: folded, by paragraph, and which of them are its own."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from sqlite_utils import Database

from hindi.fold import tokens
from hindi.shingles import Likeness, likeness, passage_key, shingles

LONG = 12  # words in a paragraph that may tell something; shorter ones tell by their full stop
SHORT = 4
_ENDS = "।॥?!."


@dataclass
class Words:
    """One article's words. `paragraphs`: (key, folded words) of each line that tells something, menus left out."""

    article_id: int
    source: str
    text: str
    text_sha256: str | None

    @cached_property
    def shingles(self) -> frozenset[int]:
        """Of the whole text."""
        return shingles(tokens(self.text))

    @cached_property
    def paragraphs(self) -> list[tuple[int, list[str]]]:
        """The lines that tell something, each with its key in this source."""
        found = ((line, tokens(line)) for line in self.text.splitlines())
        return [(passage_key(self.source, words), words) for line, words in found if _tells(line, words)]

    def own(self, furniture: Collection[int]) -> frozenset[int]:
        """The shingles of what tells something and is not among the source's furniture (keys of paragraphs)."""
        return shingles([word for key, words in self.paragraphs if key not in furniture for word in words])


def _tells(line: str, words: list[str]) -> bool:
    """A sentence or more: not a heading, a menu's item, another story's headline."""
    return len(words) >= LONG or (len(words) >= SHORT and line.rstrip(" \"'”’)]")[-1:] in _ENDS)


def like(one: Words, other: Words) -> Likeness:
    """What two articles share in all."""
    return likeness(one.shingles, other.shingles)


def read(db: Database, article_id: int) -> Words | None:
    """An article's words as they stand now; None when they are withheld or there are none."""
    row = db.execute(
        "select id, source, text, text_sha256 from articles where id = ? and withheld is null and text <> ''",
        [article_id],
    ).fetchone()
    return Words(*row) if row else None
