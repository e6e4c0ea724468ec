"""Articles out of the archive in batches of columns: scalars as Python values, everything nested as
JSON in bytes.

Bytes go to a file as SQLite put them together. What that saves is what nesting costs elsewhere: an
export with its embeds is about as quick as a flat copy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import compress
from typing import Any

import msgspec
from sqlite_utils import Database

from khabar.export.options import ExportOptions, Format
from khabar.export.overlap import keys
from khabar.export.schema import Field, field_sql
from khabar.export.selection import query_params, where_clause

BATCH_SIZE = 1000  # rows: 12 MB of text; more makes nothing quicker and costs memory
# of the day first known in India, as the id has it: ids ascend with time, and so do months
MONTH_COLUMN = "month"
_IST, _DAY = 19_800, 86_400  # seconds
# What the way out needs of every row, asked for or not.
_BASE_COLUMNS = tuple(
    "id url source rights language published_on word_count revision text_sha256 story_id".split()
)


@dataclass(slots=True)
class Batch:
    """Some articles: columns of one length, by name."""

    columns: dict[str, Sequence[Any]]

    def __len__(self) -> int:
        return len(self.columns["id"])

    def __getitem__(self, name: str) -> Sequence[Any]:
        return self.columns[name]

    def __setitem__(self, name: str, column: Sequence[Any]) -> None:
        self.columns[name] = column

    def iter_rows(self, names: Iterable[str]) -> Iterator[tuple[Any, ...]]:
        """The values of these columns, row by row."""
        return zip(*(self.columns[name] for name in names), strict=True)

    def filter_rows(self, flags: Sequence[Any]) -> Batch:
        """The rows whose flag is true."""
        if all(flags):
            return self
        return Batch({name: list(compress(column, flags)) for name, column in self.columns.items()})

    def split_at(self, index: int) -> tuple[Batch, Batch]:
        """The first `index` rows, and the rest."""
        return tuple(
            Batch({name: column[part] for name, column in self.columns.items()})
            for part in (slice(index), slice(index, None))
        )  # type: ignore[return-value]

    def concat_batch(self, other: Batch) -> Batch:
        """These rows, and another's behind them."""
        return Batch({name: [*column, *other[name]] for name, column in self.columns.items()})

    def iter_partitions(self) -> Iterator[tuple[tuple[str, str], Batch]]:
        """By (split, month), in order of their first row; without splits the split is ''."""
        row_keys = list(self.iter_rows(("split", MONTH_COLUMN)))
        for key in dict.fromkeys(row_keys):
            yield key, self.filter_rows([row_key == key for row_key in row_keys])

    def iter_splits(self) -> Iterator[tuple[str, Batch]]:
        """By split; without splits all of it under ''."""
        for split in dict.fromkeys(self["split"]):
            yield split, self.filter_rows([row_split == split for row_split in self["split"]])


def encode_nulls(column: Sequence[bytes | None]) -> Sequence[bytes]:
    """A column of JSON in which nothing is `null`."""
    return [value or b"null" for value in column] if None in column else column  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class TextEncoding:
    """How a format wants texts: as SQL gives them, and the same made of a text that was changed
    on the way.
    """

    sql: str
    encode: Callable[[str], Any]


_PLAIN_TEXT = TextEncoding("a.text", str)
_TEXT_ENCODINGS: dict[Format, TextEncoding] = {
    "parquet": TextEncoding("cast(a.text as blob)", str.encode),
    "jsonl": TextEncoding("cast(json_quote(a.text) as blob)", msgspec.json.encode),
}


def choose_text_encoding(options: ExportOptions) -> TextEncoding:
    """In what form texts stand in the columns of an order that changes none of them."""
    return _TEXT_ENCODINGS.get(options.format, _PLAIN_TEXT)


def iter_batches(
    db: Database,
    options: ExportOptions,
    extra_columns: dict[str, str],
    on_progress: Callable[[int], None],
) -> Iterator[Batch]:
    """Every selected article, id ascending. `extra_columns`: further columns, name → SQL.
    `on_progress` hears each batch's size.
    """
    db.register_function(keys.url_key, deterministic=True)
    db.register_function(_minhash_json, name="minhash", deterministic=True)
    columns = _select_columns(options) | extra_columns
    sql = f"select {', '.join(columns.values())} from articles a where {where_clause(options.selection)} order by a.id"  # noqa: S608
    cursor = db.execute(sql, query_params(db, options.selection))
    while rows := cursor.fetchmany(BATCH_SIZE):
        batch = Batch(dict(zip(columns, zip(*rows, strict=True), strict=True)))
        batch[MONTH_COLUMN] = [
            _month_of(((article_id >> 20) + _IST) // _DAY) for article_id in batch["id"]
        ]
        batch["split"] = [""] * len(batch)
        yield batch
        on_progress(len(rows))


@lru_cache(maxsize=1024)
def _month_of(day: int) -> str:
    """2026-11 of a day's number since 1970."""
    return (date(1970, 1, 1) + timedelta(day)).isoformat()[:7]


def _minhash_json(text: str) -> str:
    return msgspec.json.encode(keys.minhash(text)).decode()


def _select_columns(options: ExportOptions) -> dict[str, str]:
    """Name → SQL of every column; texts in the order's form unless they are to be changed."""
    encoding = _PLAIN_TEXT if options.redact else choose_text_encoding(options)
    base_columns = {name: f"a.{name}" for name in _BASE_COLUMNS}
    field_columns = {field.name: _column_sql(field, options, encoding) for field in options.fields}
    return {**base_columns, **field_columns}


def _column_sql(field: Field, options: ExportOptions, encoding: TextEncoding) -> str:
    if field.name == "text":
        return encoding.sql
    sql = field_sql(field, options.embeds)
    return f"cast({sql} as blob)" if field.kind == "nested" else sql


def first_per_story(db: Database, source_batches: Iterable[Batch]) -> Iterator[Batch]:
    """Of each story the first article that comes by; one without copies is its own story."""
    db.execute("drop table if exists temp.told")
    db.execute("create temp table told (story integer primary key)")
    for batch in source_batches:
        yield batch.filter_rows(
            [story is None or _is_first(db, story) for story in batch["story_id"]]
        )


def _is_first(db: Database, story: int) -> bool:
    return bool(
        db.execute("insert into temp.told values (?) on conflict do nothing", [story]).rowcount
    )
