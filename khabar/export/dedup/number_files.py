"""Hands the join's results to the workers as plain files of numbers, and finds boilerplate."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from khabar.archive.stories.index import BOILERPLATE_ARTICLES, BOILERPLATE_DAYS
from khabar.export.dedup.word_files import NOTHING_WANTED, PLACE, iter_places

if TYPE_CHECKING:
    import duckdb

_FETCH_ROWS = 50_000
# Of each row that is the first of its text: its doc when it has candidates, else ~doc.
_WANTED = """select d.position, case when c.doc is null then -d.doc - 1 else d.doc end
  from docs d left join (select a as doc from candidates union select b from candidates) c
    on c.doc = d.doc
  where d.first = d.doc and d.has_keys order by d.position"""
# A paragraph counts for every row that has it, also those whose text is that of another row.
_CREATE_BOILERPLATE = f"""create or replace table boilerplate as
  select p.key from read_parquet(?) p join docs d on d.first = p.doc
  group by p.key
  having count(*) >= {BOILERPLATE_ARTICLES}
    or count(distinct d.day) >= {BOILERPLATE_DAYS}"""  # noqa: S608 (constants)


def fetch_rows(
    db: duckdb.DuckDBPyConnection, sql: str, params: list[Any] | None = None
) -> Iterator[tuple[Any, ...]]:
    """Yields the rows of a query, which are not held in memory at once."""
    cursor = db.cursor()
    cursor.execute(sql, params or [])
    while rows := cursor.fetchmany(_FETCH_ROWS):
        yield from rows


def write_numbers(path: Path, numbers: Iterable[int]) -> None:
    """Writes 64-bit numbers; the file appears when it is complete."""
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        chunk = array("q")
        for number in numbers:
            chunk.append(number)
            if len(chunk) >= _FETCH_ROWS:
                chunk.tofile(file)
                chunk = array("q")
        chunk.tofile(file)
    part.replace(path)


def write_positions(db: duckdb.DuckDBPyConnection, rows: int, path: Path) -> None:
    """Writes for each of the rows what is wanted of it (`NOTHING_WANTED`)."""

    def list_positions() -> Iterator[int]:
        following = 0
        for position, wanted in fetch_rows(db, _WANTED):
            for _ in range(position - following):
                yield NOTHING_WANTED
            yield wanted
            following = position + 1
        for _ in range(rows - following):
            yield NOTHING_WANTED

    write_numbers(path, list_positions())


def write_candidates(db: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Writes the pairs of candidates, two numbers each, in order of the younger: rows of one stock
    text are all compared with the same few old ones, which a worker then remembers.
    """
    pairs = fetch_rows(db, "select a, b from candidates order by b, a")
    write_numbers(path, (doc for pair in pairs for doc in pair))


def write_places(words: Path, units: int, path: Path) -> None:
    """Writes the place of each doc's words, by doc, from the indexes of all units."""
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        for number in range(units):
            for doc, place in iter_places(words, number):
                file.seek(doc * PLACE.size)
                file.write(place)
    part.replace(path)


def find_boilerplate(db: duckdb.DuckDBPyConnection, words: Path, path: Path) -> None:
    """Writes the sorted keys of the paragraphs that are boilerplate of their source, by the rule of
    the archive.
    """
    db.execute(_CREATE_BOILERPLATE, [f"{words}/*.parquet"])
    rows = fetch_rows(db, "select key from boilerplate order by key")
    write_numbers(path, (key for (key,) in rows))
