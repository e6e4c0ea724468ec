"""Looks for words anywhere in an archive's files: raw bytes, every cell of every table, packed pages unpacked."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from sqlite_utils import Database

from khabar.archive import open_archive
from khabar.archive.store import snapshots
from khabar.archive.store.month_files import open_month
from khabar.hindi.minhash import hash_word
from khabar.hindi.normalize import tokens

PIECE = 24  # bytes: a text may be cut in two by the pages it lies on


def pieces(words: str) -> list[bytes]:
    """Runs of the words' bytes, each long enough to be theirs alone, in the spellings HTML and JSON give them."""
    spellings = (
        words,
        "".join(f"&#{ord(c)};" for c in words),
        "".join(f"\\u{ord(c):04x}" for c in words),
    )
    found = [one.encode() for one in spellings]
    return [one[at : at + PIECE] for one in found for at in range(0, len(one) - PIECE, PIECE // 2)]


def traces(folder: Path, words: str, besides: str = "") -> list[str]:
    """Where some of the words are in any file of the folder: the live archive, its log, sealed months, leftovers.

    `besides`: others may have said these, so an index may know them.
    """
    wanted = pieces(words)
    found = [
        f"{path.name}: raw bytes"
        for path in folder.rglob("*")
        if path.is_file() and _has(path.read_bytes(), wanted)
    ]
    with open_archive(folder / "archive.db") as archive:
        found += _in_database(archive.db, wanted)
        own = set(tokens(words)) - set(tokens(besides))
        found += [f"search: {term}" for term in own if _is_indexed(archive.db, term)]
        found += [f"search_terms: {term}" for term in own if _is_a_term(archive.db, term)]
        found += [f"vector model: {term}" for term in own if _is_in_a_model(archive.db, term)]
    for path in folder.glob("snapshots/*.db"):
        with open_month(path) as db:
            found += [f"{path.name}: {where}" for where in _in_database(db, wanted)]
    return found


def _has(data: bytes, wanted: list[bytes]) -> bool:
    return any(piece in data for piece in wanted)


def _in_database(db: Database, wanted: list[bytes]) -> Iterator[str]:
    """Every cell, and every packed page."""
    for table in db.table_names():
        for row in db.execute(f'select * from "{table}"'):
            if any(
                _has(cell if isinstance(cell, bytes) else str(cell).encode(), wanted)
                for cell in row
            ):
                yield f"table {table}"
    bodies = db.execute(
        "select s.id, s.body, d.body from snapshots s left join dictionaries d on d.id = s.dictionary_id "
        "where s.body is not null"
    ).fetchall()
    for snapshot_id, body, dictionary in bodies:
        if _has(snapshots.decompress_body(body, dictionary), wanted):
            yield f"snapshot {snapshot_id}, unpacked"


def _is_a_term(db: Database, term: str) -> bool:
    return db.execute("select 1 from search_terms where term = ?", [term]).fetchone() is not None


def _is_in_a_model(db: Database, term: str) -> bool:
    """Whether a model of vectors has a weight for a word, which it knows by its number."""
    number = hash_word(term).to_bytes(8, sys.byteorder)
    return any(number in body for (body,) in db.execute("select body from vector_models"))


def _is_indexed(db: Database, term: str) -> bool:
    """Whether a word stands in any full-text index."""
    indexes = [
        name
        for (name,) in db.execute("select name from sqlite_schema where sql like '%using fts5%'")
    ]
    for name in indexes:
        db.execute(f"create virtual table temp.terms using fts5vocab(main, {name}, row)")
        held = db.execute("select 1 from temp.terms where term = ?", [term]).fetchone()
        db.execute("drop table temp.terms")
        if held:
            return True
    return False
