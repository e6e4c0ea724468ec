"""Reads articles from the archive in batches of columns.

Scalar columns hold Python values, nested ones JSON as bytes. SQLite builds that JSON and its bytes
are written unchanged, so exporting embeds costs hardly more than exporting flat columns.
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

from khabar.archive.database import ArchiveError
from khabar.archive.store.embed_rows import absent_details_sql, has_details
from khabar.archive.store.insets import has_insets
from khabar.archive.vectors import load_current_model
from khabar.export.options import ExportOptions, Format
from khabar.export.overlap import keys
from khabar.export.schema import Field, field_sql
from khabar.export.selection import query_params, where_clause

BATCH_SIZE = 1000  # rows, 12 MB of text; larger batches are no faster and use more memory
# Month (YYYY-MM) of the day in India when the article was first known, computed from its id: ids
# ascend with time, so months do as well.
MONTH_COLUMN = "month"
_IST_OFFSET, _DAY_LENGTH = 19_800, 86_400  # seconds
# Columns that the steps of an export need of every row, whether they are exported or not.
_BASE_COLUMNS = tuple(
    "id url source rights language published_on word_count revision text_sha256 story_id".split()
)


@dataclass(slots=True)
class Batch:
    """Some articles, as columns of equal length by name."""

    columns: dict[str, Sequence[Any]]

    def __len__(self) -> int:
        return len(self.columns["id"])

    def __getitem__(self, name: str) -> Sequence[Any]:
        return self.columns[name]

    def __setitem__(self, name: str, column: Sequence[Any]) -> None:
        self.columns[name] = column

    def iter_rows(self, names: Iterable[str]) -> Iterator[tuple[Any, ...]]:
        """Iterates over the rows; each is a tuple of the values of these columns."""
        return zip(*(self.columns[name] for name in names), strict=True)

    def filter_rows(self, flags: Sequence[Any]) -> Batch:
        """Returns the rows whose flag is true; this batch itself when all are."""
        if all(flags):
            return self
        return Batch({name: list(compress(column, flags)) for name, column in self.columns.items()})

    def split_at(self, index: int) -> tuple[Batch, Batch]:
        """Returns the first `index` rows and the rest."""
        return tuple(
            Batch({name: column[part] for name, column in self.columns.items()})
            for part in (slice(index), slice(index, None))
        )  # type: ignore[return-value]

    def concat_batch(self, other: Batch) -> Batch:
        """Returns the rows of this batch followed by those of another."""
        return Batch({name: [*column, *other[name]] for name, column in self.columns.items()})

    def iter_partitions(self) -> Iterator[tuple[tuple[str, str], Batch]]:
        """Yields ((split, month), rows) in order of first row; without splits, split is ''."""
        row_keys = list(self.iter_rows(("split", MONTH_COLUMN)))
        for key in dict.fromkeys(row_keys):
            yield key, self.filter_rows([row_key == key for row_key in row_keys])

    def iter_splits(self) -> Iterator[tuple[str, Batch]]:
        """Yields (split, rows) in order of first row; without splits, split is ''."""
        for split in dict.fromkeys(self["split"]):
            yield split, self.filter_rows([row_split == split for row_split in self["split"]])


def encode_nulls(column: Sequence[bytes | None]) -> Sequence[bytes]:
    """Replaces None by `null` in a column of JSON."""
    return [value or b"null" for value in column] if None in column else column  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class TextEncoding:
    """The form in which a format takes texts.

    `sql` selects texts in that form; `encode` converts a str that was changed after it was read.
    """

    sql: str
    encode: Callable[[str], Any]


_PLAIN_TEXT = TextEncoding("a.text", str)
_TEXT_ENCODINGS: dict[Format, TextEncoding] = {
    "parquet": TextEncoding("cast(a.text as blob)", str.encode),
    "jsonl": TextEncoding("cast(json_quote(a.text) as blob)", msgspec.json.encode),
}


def choose_text_encoding(options: ExportOptions) -> TextEncoding:
    """Returns the form in which the format's writer takes the text column."""
    return _TEXT_ENCODINGS.get(options.format, _PLAIN_TEXT)


def iter_batches(
    db: Database,
    options: ExportOptions,
    extra_columns: dict[str, str],
    on_progress: Callable[[int], None],
) -> Iterator[Batch]:
    """Yields every selected article, by ascending id.

    `extra_columns`: further columns, name → SQL over `articles a`. `on_progress` is called with
    each batch's number of rows, after the batch was used.
    """
    db.register_function(keys.url_key, deterministic=True)
    db.register_function(
        lambda text: msgspec.json.encode(keys.minhash(text)).decode(),
        name="minhash",
        deterministic=True,
    )
    columns = _select_columns(options) | extra_columns
    if "insets" in columns and not has_insets(db):  # an archive of an older Khabar
        columns["insets"] = "cast('[]' as blob)"
    if "vector" in columns and load_current_model(db) is None:
        raise ArchiveError("the archive has no vectors: `khabar vectors build` makes them")
    if "embeds" in columns and not has_details(db):
        columns["embeds"] = columns["embeds"].replace(
            "select e.*", f"select e.*, {absent_details_sql()}"
        )
    sql = f"""select {", ".join(columns.values())} from articles a
        where {where_clause(options.selection)} order by a.id"""  # noqa: S608
    cursor = db.execute(sql, query_params(db, options.selection))
    while rows := cursor.fetchmany(BATCH_SIZE):
        batch = Batch(dict(zip(columns, zip(*rows, strict=True), strict=True)))
        batch[MONTH_COLUMN] = [
            _month_of(((article_id >> 20) + _IST_OFFSET) // _DAY_LENGTH)
            for article_id in batch["id"]
        ]
        batch["split"] = [""] * len(batch)
        yield batch
        on_progress(len(rows))


@lru_cache(maxsize=1024)
def _month_of(day: int) -> str:
    """Formats a day, counted from 1970-01-01, as its month: `2026-11`."""
    return (date(1970, 1, 1) + timedelta(day)).isoformat()[:7]


def _select_columns(options: ExportOptions) -> dict[str, str]:
    """Returns name → SQL of every column; texts stay plain when they are to be redacted."""
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
    """Drops all but the first article of each story; one without copies is a story by itself."""
    db.execute("drop table if exists temp.seen_stories")
    db.execute("create temp table seen_stories (story integer primary key)")
    insert_sql = "insert into temp.seen_stories values (?) on conflict do nothing"
    for batch in source_batches:
        yield batch.filter_rows(
            [
                story is None or db.execute(insert_sql, [story]).rowcount
                for story in batch["story_id"]
            ]
        )
