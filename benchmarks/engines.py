"""Ways to search the same documents: Khabar, and what SQLite's own tokenizers and a stemmer do."""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Callable
from pathlib import Path

from sqlite_utils.utils import sqlite3

from khabar.archive import open_archive
from khabar.archive.database import transaction
from khabar.archive.search import learn, match
from khabar.hindi.normalize import fold_index

Find = Callable[[str], set[str]]
_DEFAULT, _TRIGRAM = "unicode61", "trigram"
_HINDI = "unicode61 remove_diacritics 0 categories 'L* M* N* Co Cf'"
_WORDS = re.compile(r"[^\s\"“”*:|,.!?;()-]+")


def khabar(folder: Path, documents: list[str]) -> Find:
    """An archive in `folder`, a document an article, its words in the text; searched as `khabar search` does."""
    archive = open_archive(folder / "archive.db", write=True)
    with transaction(archive.db):
        archive.db.execute("insert into sources (key, name, first_seen) values ('s', 's', '')")
        for number, text in enumerate(documents):
            archive.db.execute(
                """insert into articles (id, url, source, page_type, text, blocks, word_count, extractor_version,
                  first_seen, last_seen) values (?1, ?1, 's', 'article', ?2, '[]', 0, '', '', '')""",
                [number, text],
            )
            learn(archive.db, text)

    def find(query: str) -> set[str]:
        asked = match(archive.db, query)
        rows = archive.db.execute("select rowid from articles_fts where articles_fts match ?", [asked]) if asked else ()
        return {documents[number] for (number,) in rows}

    return find


def plain(tokenizer: str, prepared: Callable[[str], str]) -> Callable[[Path, list[str]], Find]:
    """An FTS5 table of that tokenizer over texts and queries so prepared; the words of a query must all be there."""

    def make(_folder: Path, documents: list[str]) -> Find:
        db = sqlite3.connect(":memory:")
        db.execute(f'create virtual table found using fts5(text, tokenize="{tokenizer}")')
        rows = ((number, prepared(text)) for number, text in enumerate(documents))
        db.executemany("insert into found (rowid, text) values (?, ?)", rows)

        def find(query: str) -> set[str]:
            words = [prepared(word) for word in _WORDS.findall(query)]
            asked = " ".join(f'"{word}"' for word in words)
            return {
                documents[number] for (number,) in db.execute("select rowid from found where found match ?", [asked])
            }

        return find

    return make


def _folded(text: str) -> str:
    return fold_index(text) or ""


def _stemmed() -> Callable[[str], str] | None:
    """Folded and cut by Snowball's Hindi stemmer; None where it is not installed."""
    if importlib.util.find_spec("snowballstemmer") is None:
        return None
    stem = importlib.import_module("snowballstemmer").stemmer("hindi").stemWord
    return lambda text: " ".join(map(stem, _folded(text).split()))


def engines() -> dict[str, Callable[[Path, list[str]], Find]]:
    """name → what makes its `find` from a scratch folder and the documents."""
    found: dict[str, Callable[[Path, list[str]], Find]] = {
        "Khabar": khabar,
        "unicode61, default": plain(_DEFAULT, str),
        "trigram": plain(_TRIGRAM, str),
        "folded words alone": plain(_HINDI, _folded),
    }
    if stemmed := _stemmed():
        found["folded, Snowball's stems"] = plain(_HINDI, stemmed)
    return found
