"""A slim SQLite file: articles, authors, tags, embeds, images as plain tables; no snapshots, no machinery."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from khabar.export.batches import Batch
from khabar.export.folder import Folder
from khabar.export.options import Order
from khabar.export.schema import Field, parts_of

_TYPES = {"int": "integer", "float": "real", "bool": "integer"}
_decode = msgspec.json.Decoder().decode
_NAMES = ("authors", "tags")  # a table of their own, one name a row


class SlimSqlite:
    """articles.db: `articles`, and as asked `authors`, `tags`, `embeds`, `images`, joined by article_id and ord."""

    def __init__(self, folder: Folder, order: Order) -> None:
        self._at = folder.path_of("articles.db")
        self._db = Database(sqlite3.connect(str(self._at), isolation_level=None))
        self._flat = [field for field in order.fields if not _has_table(field)]
        self._tables = {field.name: _columns(field, order) for field in order.fields if _has_table(field)}
        self._split = ["split"] if order.splits else []
        for pragma in ("journal_mode = off", "synchronous = off"):  # the file is moved to its place only when whole
            self._db.execute(f"pragma {pragma}")
        self._db.execute("begin")
        self._make()

    def _make(self) -> None:
        columns = [f"{field.name} {_TYPES.get(field.kind, 'text')}" for field in self._flat if field.name != "id"]
        columns += [f"{name} text not null" for name in self._split]
        self._db.execute(f"create table articles (id integer primary key, {', '.join(columns)}) strict")
        for name, parts in self._tables.items():
            told = ", ".join(f"{part} {kind}" for part, kind in parts.items())
            self._db.execute(
                f"""create table {name} (article_id integer not null references articles (id), ord integer not null,
                {told}, primary key (article_id, ord)) strict, without rowid"""
            )

    def take(self, batch: Batch) -> None:
        """A row for each article, and for each thing in it."""
        columns = [_as_text(batch, field) for field in self._flat] + self._split
        self._insert("articles", columns, batch.rows(columns))
        for name, parts in self._tables.items():
            things = ([article_id, *one] for article_id, told in batch.rows(("id", name))
                      for one in _things(told, tuple(parts)))  # fmt: skip
            self._insert(name, ["article_id", "ord", *parts], things)

    def _insert(self, table: str, columns: list[str], rows: Iterable[Sequence[Any]]) -> None:
        marks = ", ".join("?" * len(columns))
        self._db.conn.executemany(f"insert into {table} ({', '.join(columns)}) values ({marks})", rows)  # noqa: S608

    def close(self) -> None:
        """Indexes by day and source are made last, over rows that are there."""
        names = [field.name for field in self._flat]
        for name in ("published_on", "source"):
            if name in names:
                self._db.execute(f"create index articles_{name} on articles ({name})")
        self._db.execute("commit")
        self._db.close()


def _has_table(field: Field) -> bool:
    return field.name in (*_NAMES, "embeds", "images")


def _columns(field: Field, order: Order) -> dict[str, str]:
    if field.name in _NAMES:
        return {"name": "text not null"}
    parts, _ = parts_of(field, order.embeds)
    return {name: _TYPES.get(kind, "text") for name, kind in parts.items()}


def _as_text(batch: Batch, field: Field) -> str:
    """The column's name, its JSON made text."""
    if field.kind == "nested":
        batch[field.name] = [told and told.decode() for told in batch[field.name]]
    return field.name


def _things(told: bytes, parts: tuple[str, ...]) -> Iterator[list[Any]]:
    """(ord, value …) of each; lists inside are JSON."""
    for ord_, thing in enumerate(_decode(told)):
        values = [thing] if isinstance(thing, str) else [thing.get(name) for name in parts]
        yield [ord_, *(msgspec.json.encode(one).decode() if isinstance(one, list) else one for one in values)]
