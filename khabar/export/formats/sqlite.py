"""Writes a SQLite file of plain tables: articles, authors, tags, embeds, images, insets."""

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
_NAME_TABLES = ("authors", "tags")  # child tables with one name per row


class SqliteDatasetWriter:
    """Writes articles.db: the table `articles`, and child tables with article_id and ord.

    `authors`, `tags`, `embeds`, `images` and `insets` are child tables, if they are exported.
    """

    def __init__(self, folder: DatasetFolder, options: ExportOptions) -> None:
        path = folder.reserve_path("articles.db")
        self._db = Database(sqlite3.connect(str(path), isolation_level=None), execute_plugins=False)
        self._flat = [field for field in options.fields if not _has_table(field)]
        self._tables = {
            field.name: _child_columns(field, options)
            for field in options.fields
            if _has_table(field)
        }
        self._split_columns = ["split"] if options.splits else []
        # no journal, no sync: the file is moved into place only when it is complete
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
        columns += [f"{name} text not null" for name in self._split_columns]
        self._db.execute(
            f"create table articles (id integer primary key, {', '.join(columns)}) strict"
        )
        for name, parts in self._tables.items():
            part_columns = ", ".join(f"{part} {kind}" for part, kind in parts.items())
            self._db.execute(
                f"create table {name} (article_id integer not null references articles (id), "
                f"ord integer not null, {part_columns}, primary key (article_id, ord)) "
                "strict, without rowid"
            )

    def add_batch(self, batch: Batch) -> None:
        """Inserts a row for each article and its children; decodes nested columns in place."""
        for field in self._flat:
            if field.kind == "nested":  # JSON as text
                batch[field.name] = [value and value.decode() for value in batch[field.name]]
        columns = [field.name for field in self._flat] + self._split_columns
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
        insert_sql = f"insert into {table} ({', '.join(columns)}) values ({placeholders})"  # noqa: S608
        self._db.conn.executemany(insert_sql, rows)

    def close(self) -> None:
        """Creates the indexes by day and source, after all inserts, and commits."""
        names = [field.name for field in self._flat]
        for name in ("published_on", "source"):
            if name in names:
                self._db.execute(f"create index articles_{name} on articles ({name})")
        self._db.execute("commit")
        self._db.close()


def _has_table(field: Field) -> bool:
    return field.name in (*_NAME_TABLES, "embeds", "images", "insets")


def _child_columns(field: Field, options: ExportOptions) -> dict[str, str]:
    if field.name in _NAME_TABLES:
        return {"name": "text not null"}
    parts, _ = nested_parts(field, options.embeds)
    return {name: _TYPES.get(kind, "text") for name, kind in parts.items()}


def _iter_children(items_json: bytes, parts: tuple[str, ...]) -> Iterator[list[Any]]:
    """Yields [ord, value …] of each item of a JSON list; lists inside it are JSON text."""
    for position, item in enumerate(_decode(items_json)):
        values = [item] if isinstance(item, str) else [item.get(name) for name in parts]
        yield [
            position,
            *(
                msgspec.json.encode(value).decode() if isinstance(value, list) else value
                for value in values
            ),
        ]
