"""Articles out of the archive in batches of columns: scalars as Python values, everything nested as JSON in bytes.

Bytes go to a file as SQLite put them together. What that saves is what nesting costs elsewhere: an export with its
embeds is about as quick as a flat copy.
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

from khabar.export.options import Format, Order
from khabar.export.overlap import keys
from khabar.export.schema import Field, sql_of
from khabar.export.selection import values, where

SIZE = 1000  # rows: 12 MB of text; more makes nothing quicker and costs memory
MONTH = "month"  # of the day first known in India, as the id has it: ids ascend with time, and so do months
_IST, _DAY = 19_800, 86_400  # seconds
# What the way out needs of every row, asked for or not.
_NEEDED = tuple("id url source rights language published_on word_count revision text_sha256 story_id".split())


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

    def rows(self, names: Iterable[str]) -> Iterator[tuple[Any, ...]]:
        """The values of these columns, row by row."""
        return zip(*(self.columns[name] for name in names), strict=True)

    def kept(self, flags: Sequence[Any]) -> Batch:
        """The rows whose flag is true."""
        if all(flags):
            return self
        return Batch({name: list(compress(column, flags)) for name, column in self.columns.items()})

    def cut(self, at: int) -> tuple[Batch, Batch]:
        """The first `at` rows, and the rest."""
        return tuple(Batch({name: column[part] for name, column in self.columns.items()})
                     for part in (slice(at), slice(at, None)))  # type: ignore[return-value]  # fmt: skip

    def with_more(self, other: Batch) -> Batch:
        """These rows, and another's behind them."""
        return Batch({name: [*column, *other[name]] for name, column in self.columns.items()})

    def shelves(self) -> Iterator[tuple[tuple[str, str], Batch]]:
        """By (split, month), in order of their first row; without splits the split is ''."""
        places = list(self.rows(("split", MONTH)))
        for place in dict.fromkeys(places):
            yield place, self.kept([one == place for one in places])

    def by_split(self) -> Iterator[tuple[str, Batch]]:
        """By split; without splits all of it under ''."""
        for split in dict.fromkeys(self["split"]):
            yield split, self.kept([one == split for one in self["split"]])


def with_null(column: Sequence[bytes | None]) -> Sequence[bytes]:
    """A column of JSON in which nothing is `null`."""
    return [value or b"null" for value in column] if None in column else column  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Form:
    """How a format wants texts: as SQL gives them, and the same made of a text that was changed on the way."""

    sql: str
    of: Callable[[str], Any]


_PLAIN = Form("a.text", str)
_FORMS: dict[Format, Form] = {
    "parquet": Form("cast(a.text as blob)", str.encode),
    "jsonl": Form("cast(json_quote(a.text) as blob)", msgspec.json.encode),
}


def form_of(order: Order) -> Form:
    """In what form texts stand in the columns of an order that changes none of them."""
    return _FORMS.get(order.format, _PLAIN)


def batches(db: Database, order: Order, extra: dict[str, str], step: Callable[[int], None]) -> Iterator[Batch]:
    """Every selected article, id ascending. `extra`: further columns, name → SQL. `step` hears each batch's size."""
    db.register_function(keys.url_key, deterministic=True)
    db.register_function(_minhash, name="minhash", deterministic=True)
    columns = _columns(order) | extra
    sql = f"select {', '.join(columns.values())} from articles a where {where(order.selection)} order by a.id"  # noqa: S608
    cursor = db.execute(sql, values(db, order.selection))
    while rows := cursor.fetchmany(SIZE):
        batch = Batch(dict(zip(columns, zip(*rows, strict=True), strict=True)))
        batch[MONTH] = [_month_of(((article_id >> 20) + _IST) // _DAY) for article_id in batch["id"]]
        batch["split"] = [""] * len(batch)
        yield batch
        step(len(rows))


@lru_cache(maxsize=1024)
def _month_of(day: int) -> str:
    """2026-11 of a day's number since 1970."""
    return (date(1970, 1, 1) + timedelta(day)).isoformat()[:7]


def _minhash(text: str) -> str:
    return msgspec.json.encode(keys.minhash(text)).decode()


def _columns(order: Order) -> dict[str, str]:
    """Name → SQL of every column; texts in the order's form unless they are to be changed."""
    text = _PLAIN if order.redact else form_of(order)
    needed = {name: f"a.{name}" for name in _NEEDED}
    asked = {field.name: _sql(field, order, text) for field in order.fields}
    return {**needed, **asked}


def _sql(field: Field, order: Order, text: Form) -> str:
    if field.name == "text":
        return text.sql
    sql = sql_of(field, order.embeds)
    return f"cast({sql} as blob)" if field.kind == "nested" else sql


def one_per_story(db: Database, found: Iterable[Batch]) -> Iterator[Batch]:
    """Of each story the first article that comes by; one without copies is its own story."""
    db.execute("drop table if exists temp.told")
    db.execute("create temp table told (story integer primary key)")
    for batch in found:
        yield batch.kept([story is None or _is_first(db, story) for story in batch["story_id"]])


def _is_first(db: Database, story: int) -> bool:
    return bool(db.execute("insert into temp.told values (?) on conflict do nothing", [story]).rowcount)
