"""A slim SQLite file: articles, authors, tags, embeds, images as plain tables; no snapshots, no
machinery.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from khabar.export.batches import Batch
from khabar.export.folder import DatasetFolder
from khabar.export.options import ExportOptions
from khabar.export.schema import Field, nested_parts

_TYPES = {"int": "integer", "float": "real", "bool": "integer"}
_decode = msgspec.json.Decoder().decode
_NAME_TABLES = ("authors", "tags")  # a table of their own, one name a row


class SqliteDatasetWriter:
    """articles.db: `articles`, and as asked `authors`, `tags`, `embeds`, `images`, joined by
    article_id and ord.
    """

    def __init__(self, folder: DatasetFolder, options: ExportOptions) -> None:
        self._at = folder.reserve_path("articles.db")
        self._db = Database(sqlite3.connect(str(self._at), isolation_level=None))
        self._flat = [field for field in options.fields if not _has_table(field)]
        self._tables = {
            field.name: _child_columns(field, options)
            for field in options.fields
            if _has_table(field)
        }
        self._split = ["split"] if options.splits else []
        # the file is moved to its place only when whole
        for pragma in ("journal_mode = off", "synchronous = off"):
            self._db.execute(f"pragma {pragma}")
        self._db.execute("begin")
        self._create_tables()

    def _create_tables(self) -> None:
        columns = [
            f"{field.name} {_TYPES.get(field.kind, 'text')}"
            for field in self._flat
            if field.name != "id"
        ]
        columns += [f"{name} text not null" for name in self._split]
        self._db.execute(
            f"create table articles (id integer primary key, {', '.join(columns)}) strict"
        )
        for name, parts in self._tables.items():
            part_columns = ", ".join(f"{part} {kind}" for part, kind in parts.items())
            self._db.execute(
                f"""create table {name} (article_id integer not null references articles (id), ord integer not null,
                {part_columns}, primary key (article_id, ord)) strict, without rowid"""
            )

    def add_batch(self, batch: Batch) -> None:
        """A row for each article, and for each thing in it."""
        columns = [_decode_column(batch, field) for field in self._flat] + self._split
        self._insert_rows("articles", columns, batch.iter_rows(columns))
        for name, parts in self._tables.items():
            child_rows = (
                [article_id, *child]
                for article_id, items_json in batch.iter_rows(("id", name))
                for child in _iter_children(items_json, tuple(parts))
            )
            self._insert_rows(name, ["article_id", "ord", *parts], child_rows)

    def _insert_rows(self, table: str, columns: list[str], rows: Iterable[Sequence[Any]]) -> None:
        placeholders = ", ".join("?" * len(columns))
        self._db.conn.executemany(
            f"insert into {table} ({', '.join(columns)}) values ({placeholders})",
            rows,  # noqa: S608
        )

    def close(self) -> None:
        """Indexes by day and source are made last, over rows that are there."""
        names = [field.name for field in self._flat]
        for name in ("published_on", "source"):
            if name in names:
                self._db.execute(f"create index articles_{name} on articles ({name})")
        self._db.execute("commit")
        self._db.close()


def _has_table(field: Field) -> bool:
    return field.name in (*_NAME_TABLES, "embeds", "images")


def _child_columns(field: Field, options: ExportOptions) -> dict[str, str]:
    if field.name in _NAME_TABLES:
        return {"name": "text not null"}
    parts, _ = nested_parts(field, options.embeds)
    return {name: _TYPES.get(kind, "text") for name, kind in parts.items()}


def _decode_column(batch: Batch, field: Field) -> str:
    """The column's name, its JSON made text."""
    if field.kind == "nested":
        batch[field.name] = [value and value.decode() for value in batch[field.name]]
    return field.name


def _iter_children(items_json: bytes, parts: tuple[str, ...]) -> Iterator[list[Any]]:
    """(ord, value …) of each; lists inside are JSON."""
    for position, item in enumerate(_decode(items_json)):
        values = [item] if isinstance(item, str) else [item.get(name) for name in parts]
        yield [
            position,
            *(
                msgspec.json.encode(value).decode() if isinstance(value, list) else value
                for value in values
            ),
        ]
