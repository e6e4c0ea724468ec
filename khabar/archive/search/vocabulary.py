"""The search vocabulary of an archive: its words by pronunciation and by consonant skeleton, and
its aliases (names of the same thing).
"""

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

_MAX_TERMS = 500  # words returned per lookup; chosen by hand, not measured


@dataclass(frozen=True, slots=True)
class ArchiveVocabulary:
    """An archive's words, all folded, for `khabar.hindi.fts_query.build_match_expression`."""

    connection: sqlite3.Connection

    def find_by_sound(self, keys: Iterable[str], *, begins: bool = False) -> list[str]:
        """Returns the Devanagari words whose Roman key (`khabar.hindi.transliterate`) is, or with
        `begins` starts with, one of `keys`.
        """
        condition = (
            "roman >= value and roman < value || char(0x10ffff)" if begins else "roman = value"
        )
        return self._select_terms(
            f"select distinct term from json_each(?) cross join search_terms on {condition}",  # noqa: S608
            keys,
        )

    def find_all_by_sound(self, keys: Iterable[str]) -> list[tuple[str, str]]:
        """Returns (key, word) of each Devanagari word with one of these Roman keys."""
        return self._select_pairs("roman", keys)

    def find_all_by_skeleton(self, skeletons: Iterable[str]) -> list[tuple[str, str]]:
        """Returns (skeleton, word) of each Devanagari word with one of these skeletons."""
        return self._select_pairs("skeleton", skeletons)

    def find_by_skeleton(self, skeletons: Iterable[str]) -> list[str]:
        """Returns the Devanagari words with one of these consonant skeletons
        (`khabar.hindi.loanwords`).
        """
        return self._select_terms(
            "select distinct term from json_each(?) cross join search_terms on skeleton = value",
            skeletons,
        )

    def find_by_prefix(self, prefixes: Iterable[str]) -> list[str]:
        """Returns the Devanagari words that start with one of these folded prefixes."""
        return self._select_terms(
            """select distinct term from json_each(?) cross join search_terms
            on term >= value and term < value || char(0x10ffff)""",
            prefixes,
        )

    def filter_known(self, words: Iterable[str]) -> set[str]:
        """Returns those of the words that occur in the archive."""
        return set(
            self._select_terms(
                "select term from json_each(?) cross join search_terms on term = value", words, -1
            )
        )

    def count_uses(self, word: str, limit: int) -> int:
        """Returns the number of articles with a folded word, at most `limit`."""
        quoted = word.replace('"', '""')
        row = self.connection.execute(
            """select count(*) from
            (select 1 from articles_fts where articles_fts match ? limit ?)""",
            [f'"{quoted}"', limit],
        ).fetchone()
        return int(row[0])

    def alias_groups(self) -> Sequence[AliasGroup]:
        """Returns the archive's own aliases, as groups of names of the same thing."""
        return [
            parse_alias_group(names)
            for (names,) in self.connection.execute("select names from aliases order by names")
        ]

    def _select_pairs(self, column: str, values: Iterable[str]) -> list[tuple[str, str]]:
        return self.connection.execute(
            f"select value, term from json_each(?) cross join search_terms on {column} = value",  # noqa: S608
            [json.dumps([value for value in values if value])],
        ).fetchall()

    def _select_terms(self, sql: str, values: Iterable[str], limit: int = _MAX_TERMS) -> list[str]:
        rows = self.connection.execute(
            f"{sql} limit ?", [json.dumps([value for value in values if value]), limit]
        )
        return [term for (term,) in rows]


def add_terms(db: Database, *texts: str | None) -> None:
    """Adds the Devanagari words of an article's texts that are not in `search_terms` yet."""
    add_words(
        db,
        {
            word
            for text in texts
            if text
            for word in tokens(text)
            if "\u0900" <= word[0] <= "\u097f"
        },
    )


def add_words(db: Database, words: Iterable[str]) -> None:
    """Adds those of the folded Devanagari words that are not in `search_terms` yet."""
    new = db.execute(
        "select value from json_each(?) where value not in (select term from search_terms)",
        [json.dumps(sorted(words))],
    ).fetchall()
    db.conn.executemany(
        "insert into search_terms (term, roman, skeleton) values (?, ?, ?)",
        [(word, build_roman_key(word), build_skeleton(word)) for (word,) in new],
    )


def list_aliases(db: Database) -> list[str]:
    """Returns the archive's own aliases, each as a line of names separated by commas."""
    return [names for (names,) in db.execute("select names from aliases order by names")]


def add_alias(db: Database, names: str) -> str:
    """Adds names of the same thing, separated by commas. Returns the line as stored.

    Raises ArchiveError when there is no name, or when another line has one of the names.
    """
    group = parse_alias_group(names)
    if not group or not all(any(map(normalize_spelling, name.split())) for name in group):
        raise ArchiveError(f"{names!r}: give names separated by commas, such as 'नगर निगम, एनएन'")
    line = ", ".join(group)
    for other in list_aliases(db):
        if common := _fold_names(group) & _fold_names(parse_alias_group(other)):
            raise ArchiveError(f"{min(common)!r} is in {other!r} already: remove that line first")
    db.execute("insert into aliases (names) values (?)", [line])
    return line


def remove_alias(db: Database, name: str) -> str:
    """Removes the line with a name, and returns it. Raises ArchiveError when there is none."""
    for line in list_aliases(db):
        if _fold_names([name]) & _fold_names(parse_alias_group(line)):
            db.execute("delete from aliases where names = ?", [line])
            return line
    raise ArchiveError(
        f"no alias of this archive has the name {name!r}; `khabar aliases` lists them"
    )


def _fold_names(group: Iterable[str]) -> set[str]:
    return {" ".join(filter(None, map(fold_word, name.split()))) for name in group}
