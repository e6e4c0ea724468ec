"""The words an archive holds, by sound and by shape, and the names it takes for one thing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from khabar.archive.database import ArchiveError
from khabar.hindi.aliases import AliasGroup, parse_alias_group
from khabar.hindi.loanwords import build_skeleton
from khabar.hindi.normalize import fold_word, normalize_spelling, tokens
from khabar.hindi.transliterate import build_roman_key

_MAX_TERMS = 500  # words of one shape


@dataclass(frozen=True, slots=True)
class ArchiveVocabulary:
    """An archive's words for `khabar.hindi.fts_query.build_match_expression`; all words are
    folded.
    """

    connection: sqlite3.Connection

    def find_by_sound(self, keys: Iterable[str], *, begins: bool = False) -> list[str]:
        """Its Devanagari words that sound so (`khabar.hindi.transliterate`), or begin so."""
        condition = (
            "roman >= value and roman < value || char(0x10ffff)" if begins else "roman = value"
        )
        return self._select_terms(
            f"select distinct term from json_each(?) cross join search_terms on {condition}",  # noqa: S608
            keys,
        )

    def find_by_skeleton(self, skeletons: Iterable[str]) -> list[str]:
        """Its Devanagari words with one of these skeletons of consonants
        (`khabar.hindi.loanwords`).
        """
        return self._select_terms(
            "select distinct term from json_each(?) cross join search_terms on skeleton = value",
            skeletons,
        )

    def filter_known(self, words: Iterable[str]) -> set[str]:
        """Those of the words that it holds."""
        return set(
            self._select_terms(
                "select term from json_each(?) cross join search_terms on term = value", words, -1
            )
        )

    def alias_groups(self) -> Sequence[AliasGroup]:
        """Its own aliases, one group of names a line."""
        return [
            parse_alias_group(names)
            for (names,) in self.connection.execute("select names from aliases order by names")
        ]

    def _select_terms(self, sql: str, values: Iterable[str], limit: int = _MAX_TERMS) -> list[str]:
        rows = self.connection.execute(
            f"{sql} limit ?", [json.dumps([value for value in values if value]), limit]
        )
        return [term for (term,) in rows]


def add_terms(db: Database, *texts: str | None) -> None:
    """Enters the words of a new reading that the archive has not met."""
    words = {
        word for text in texts if text for word in tokens(text) if "\u0900" <= word[0] <= "\u097f"
    }
    new = db.execute(
        "select value from json_each(?) where value not in (select term from search_terms)",
        [json.dumps(sorted(words))],
    ).fetchall()
    for (word,) in new:
        db.execute(
            "insert into search_terms (term, roman, skeleton) values (?, ?, ?)",
            [word, build_roman_key(word), build_skeleton(word)],
        )


def list_aliases(db: Database) -> list[str]:
    """The archive's own aliases as they were written."""
    return [names for (names,) in db.execute("select names from aliases order by names")]


def add_alias(db: Database, names: str) -> str:
    """Takes names, parted by commas, for one thing from now on. Returns the line as it is kept.

    Raises ArchiveError when there is no name, or when one of them stands in another line already.
    """
    group = parse_alias_group(names)
    if not group or not all(any(map(normalize_spelling, name.split())) for name in group):
        raise ArchiveError(f"{names!r}: give names parted by commas, such as 'नगर निगम, एनएन'")
    line = ", ".join(group)
    for other in list_aliases(db):
        if common := _fold_names(group) & _fold_names(parse_alias_group(other)):
            raise ArchiveError(
                f"{min(common)!r} stands in {other!r} already: remove that line first"
            )
    db.execute("insert into aliases (names) values (?)", [line])
    return line


def remove_alias(db: Database, name: str) -> str:
    """Forgets the line a name stands in, and returns it. Raises ArchiveError when there is none."""
    for line in list_aliases(db):
        if _fold_names([name]) & _fold_names(parse_alias_group(line)):
            db.execute("delete from aliases where names = ?", [line])
            return line
    raise ArchiveError(
        f"no alias of this archive has the name {name!r}; `khabar aliases` lists them"
    )


def _fold_names(group: Iterable[str]) -> set[str]:
    return {" ".join(filter(None, map(fold_word, name.split()))) for name in group}
