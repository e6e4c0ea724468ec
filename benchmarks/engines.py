"""Search engines over the same documents: Khabar, SQLite's own tokenizers, and a stemmer."""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Callable
from pathlib import Path

from sqlite_utils.utils import sqlite3

from khabar.archive import open_archive
from khabar.archive.database import Archive, transaction
from khabar.archive.search import add_terms, build_match
from khabar.hindi.normalize import fold_for_index

Find = Callable[[str], set[str]]
_DEFAULT, _TRIGRAM = "unicode61", "trigram"
_HINDI = "unicode61 remove_diacritics 0 categories 'L* M* N* Co Cf'"
_WORDS = re.compile(r"[^\s\"“”*:|,.!?;()-]+")


def make_khabar_engine(folder: Path, documents: list[str]) -> Find:
    """Builds an archive in `folder` with one article for each document; it is searched as `khabar
    search` does.
    """
    return add_documents(open_archive(folder / "archive.db", write=True), documents)


def add_documents(archive: Archive, documents: list[str]) -> Find:
    """Adds one article for each document to an archive, with ids above those of others. Returns
    the search, for these documents only.
    """
    first = archive.db.execute("select coalesce(max(id), 0) + 1 from articles").fetchone()[0]
    with transaction(archive.db):
        archive.db.execute(
            "insert into sources (key, name, first_seen) values ('judged', 'judged', '')"
        )
        for number, text in enumerate(documents, first):
            archive.db.execute(
                """insert into articles (id, url, source, page_type, text, blocks, word_count,
                  extractor_version, first_seen, last_seen)
                values (?1, ?1, 'judged', 'article', ?2, '[]', 0, '', '', '')""",
                [number, text],
            )
            add_terms(archive.db, text)

    def find(query: str) -> set[str]:
        expression = build_match(archive.db, query)
        sql = "select rowid from articles_fts where articles_fts match ? and rowid >= ?"
        rows = archive.db.execute(sql, [expression, first]) if expression else ()
        return {documents[number - first] for (number,) in rows}

    return find


def make_fts_engine(
    tokenizer: str, prepare: Callable[[str], str]
) -> Callable[[Path, list[str]], Find]:
    """Returns a factory for an FTS5 table with that tokenizer. `prepare` is applied to documents
    and query words; a document must contain all words of the query.
    """

    def make_find(_folder: Path, documents: list[str]) -> Find:
        db = sqlite3.connect(":memory:")
        db.execute(f'create virtual table found using fts5(text, tokenize="{tokenizer}")')
        rows = ((number, prepare(text)) for number, text in enumerate(documents))
        db.executemany("insert into found (rowid, text) values (?, ?)", rows)

        def find(query: str) -> set[str]:
            words = [prepare(word) for word in _WORDS.findall(query)]
            expression = " ".join(f'"{word}"' for word in words)
            return {
                documents[number]
                for (number,) in db.execute(
                    "select rowid from found where found match ?", [expression]
                )
            }

        return find

    return make_find


def _fold_text(text: str) -> str:
    return fold_for_index(text) or ""


def _load_stemmer() -> Callable[[str], str] | None:
    """Returns a function that folds a text and stems it with Snowball's Hindi stemmer; None if that
    is not installed.
    """
    if importlib.util.find_spec("snowballstemmer") is None:
        return None
    stem = importlib.import_module("snowballstemmer").stemmer("hindi").stemWord
    return lambda text: " ".join(map(stem, _fold_text(text).split()))


def list_engines() -> dict[str, Callable[[Path, list[str]], Find]]:
    """Returns name → function that builds the engine from a scratch folder and the documents."""
    by_name: dict[str, Callable[[Path, list[str]], Find]] = {
        "Khabar": make_khabar_engine,
        "unicode61, default": make_fts_engine(_DEFAULT, str),
        "trigram": make_fts_engine(_TRIGRAM, str),
        "folded words alone": make_fts_engine(_HINDI, _fold_text),
    }
    if stem := _load_stemmer():
        by_name["folded, Snowball's stems"] = make_fts_engine(_HINDI, stem)
    return by_name
