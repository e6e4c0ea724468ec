"""Numbers the rows by age and joins them over the band keys of their `minhash`, in SQL.

A row's number (`doc`) is its place in order of age: by publication, or first visit, then by id,
URL and place in the files. So the smallest number of a group is the row that is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from khabar.archive.errors import ArchiveError
from khabar.archive.stories.index import MAX_ARTICLES_PER_KEY
from khabar.export.dedup.input_files import HOST_PATTERN, MAX_TEXT, CorpusFile
from khabar.hindi.minhash import BANDS

if TYPE_CHECKING:
    import duckdb

# Rows of a band key that are compared with all others of that key, the oldest; as in the archive.
# The other pairs of the key are counted and not compared.
MAX_BAND_ROWS = MAX_ARTICLES_PER_KEY
JOIN_PARTS = 24  # the join is done in so many parts, by band key, so that none fills the memory
_IST_MICROSECONDS, _DAY_MICROSECONDS = 19_800_000_000, 86_400_000_000
_CREATE_ROWS = """create or replace table input_rows (position bigint, file varchar, row bigint,
  id bigint, url varchar, source varchar, moment bigint, day bigint,
  is_article boolean, has_text boolean, is_too_long boolean, text_hash blob, keys ubigint[])"""
_INSERT_ROWS = r"""insert into input_rows
  select ? + file_row_number, ?, file_row_number, {id}, url, {source}, {moment}, {day},
    {is_article}, coalesce(regexp_matches(text, '\S'), false),
    coalesce(length(text) > {max_text}, false) as is_long, unhex(sha256(text)),
    case when is_long then [] else list_transform(coalesce(minhash, []),
      lambda key: try_cast('0x' || key as ubigint)) end
  from read_parquet(?, file_row_number = true)"""
# Keys that are no number became null; ours have 47 bits.
_SELECT_ODD_KEYS = f"""select file, row, len(keys) from input_rows
  where len(keys) not in (0, ?)
    or len(list_filter(keys, lambda key: key is null or key >= {1 << 47})) > 0
  order by position limit 1"""  # noqa: S608 (constants)
# `first`: the oldest row of the same source with the same text, to which the others are linked
# without a comparison.
_CREATE_DOCS = """create or replace table docs as
  with ages as (
    select row_number() over (order by moment nulls last, id nulls last, url nulls last, position)
      - 1 as doc, *, len(keys) > 0 as has_keys
    from input_rows where is_article and has_text)
  select doc, position, file, row, id, url, source, day, has_keys,
    case when has_keys then min(doc) over (partition by source, text_hash, has_keys) else doc end
      as first
  from ages"""
_CREATE_BANDS = """create or replace table bands as
  select * from (
    select key, doc, row_number() over (partition by key order by doc) as place,
      count(*) over (partition by key) as key_rows
    from (select d.doc, unnest(r.keys) as key
      from docs d join input_rows r on r.position = d.position where d.first = d.doc))
  where key_rows > 1"""
_CREATE_FULL_BANDS = f"""create or replace table full_bands as
  select b.key, b.key_rows as rows, (b.key_rows - {MAX_BAND_ROWS}) * (b.key_rows - {MAX_BAND_ROWS}
      - 1) // 2 as pairs_not_compared, b.doc
  from bands b where b.place = 1 and b.key_rows > {MAX_BAND_ROWS} + 1"""  # noqa: S608 (constants)
_INSERT_PAIRS = f"""insert into shared_keys
  select distinct a.doc, b.doc from bands a join bands b on b.key = a.key and b.place > a.place
  where a.place <= {MAX_BAND_ROWS} and a.key % {JOIN_PARTS} = ?"""  # noqa: S608 (constants)


def load_rows(db: duckdb.DuckDBPyConnection, files: Sequence[CorpusFile]) -> None:
    """Fills table `input_rows` with what is needed of every row, the text apart.

    Raises ArchiveError for a minhash that is none of ours.
    """
    db.execute(_CREATE_ROWS)
    for file in files:
        db.execute(_build_insert(file), [file.position, file.name, _escape_glob(str(file.path))])
    for name, row, keys in db.execute(_SELECT_ODD_KEYS, [BANDS]).fetchall():
        if keys != BANDS:
            raise ArchiveError(f"{name}: row {row} has {keys} keys in `minhash`, not {BANDS}")
        raise ArchiveError(f"{name}: row {row} has a key in `minhash` that is none of Khabar's")


def _build_insert(file: CorpusFile) -> str:
    """Returns the statement that reads a file, with expressions for the columns it has."""
    host = f"regexp_extract(url, '{HOST_PATTERN}', 1)"
    day_start = f"epoch_us(published_on::timestamp) - {_IST_MICROSECONDS}"
    seen_day = f"(epoch_us(first_seen) + {_IST_MICROSECONDS}) // {_DAY_MICROSECONDS}"
    published_day = f"epoch_us(published_on::timestamp) // {_DAY_MICROSECONDS}"
    moments = {
        "published_utc": "epoch_us(published_utc)",
        "published_on": day_start,
        "first_seen": "epoch_us(first_seen)",
    }
    days = {"published_on": published_day, "first_seen": seen_day}
    return _INSERT_ROWS.format(
        max_text=MAX_TEXT,
        id="id" if "id" in file.columns else "null",
        source=_coalesce([*(["source"] if "source" in file.columns else []), host, "''"]),
        is_article="outcome is not distinct from 'article'"
        if "outcome" in file.columns
        else "true",
        moment=_coalesce([sql for name, sql in moments.items() if name in file.columns]),
        day=_coalesce([sql for name, sql in days.items() if name in file.columns]),
    )


def _coalesce(expressions: Sequence[str]) -> str:
    return f"coalesce({', '.join(expressions)})" if expressions else "null"


def _escape_glob(path: str) -> str:
    """Returns a path that DuckDB takes for one file, whatever signs of a pattern it has."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in path)


def number_docs(db: duckdb.DuckDBPyConnection) -> None:
    """Fills table `docs`: the articles with a text, by age; same texts of a source linked."""
    db.execute(_CREATE_DOCS)


def find_bands(db: duckdb.DuckDBPyConnection) -> None:
    """Fills table `bands`, the band keys that several rows share, and `full_bands`, those of more
    rows than are all compared with each other.
    """
    db.execute(_CREATE_BANDS)
    db.execute(_CREATE_FULL_BANDS)


def join_bands(db: duckdb.DuckDBPyConnection, on_progress: Callable[[int], None]) -> None:
    """Fills table `candidates`: each pair of rows that share a band key, once, the older first."""
    db.execute("create or replace table shared_keys (a bigint, b bigint)")
    for part in range(JOIN_PARTS):
        db.execute(_INSERT_PAIRS, [part])
        on_progress(part + 1)
    db.execute(
        "create or replace table candidates as select distinct a, b from shared_keys order by a, b"
    )
    db.execute("drop table shared_keys")
