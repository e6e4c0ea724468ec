"""CSV for spreadsheets: UTF-8 with a byte order mark, no cell that would be run, embeds as a second table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

import msgspec

from khabar.export.batches import Batch
from khabar.export.folder import Folder, Part, Squeezed, opened
from khabar.export.options import Order
from khabar.export.schema import EMBED_FIELDS, Field
from khabar.model.csv_safe import BOM, safe

_NAMES = frozenset({"authors", "tags", "problems", "media", "minhash"})  # lists of plain words: parted by semicolons
_decode = msgspec.json.Decoder().decode


def cell(name: str, value: Any) -> Any:
    """A value as one cell: names parted by semicolons, whatever else is nested as JSON, true and false in letters."""
    if isinstance(value, bool):
        return str(value).lower()
    if name in _NAMES and isinstance(value, list):
        value = "; ".join(value)
    elif isinstance(value, (list, dict)):
        value = msgspec.json.encode(value).decode()
    return safe(value)


class CsvTables:
    """articles.csv and embeds.csv (joined by article_id), or a pair for each split."""

    def __init__(self, folder: Folder, order: Order) -> None:
        self._folder, self._order = folder, order
        self._fields = [field for field in order.fields if field.name != "embeds"]
        self._has_embeds = any(field.name == "embeds" for field in order.fields)
        self._files: dict[str, Part | Squeezed] = {}
        self._begin("train" if order.splits else "")

    def take(self, batch: Batch) -> None:
        """Every article a row of the one table, every embed of it a row of the other."""
        for split, rows in batch.by_split():
            articles, embeds = self._begin(split)
            self._write(articles, zip(*(_column(rows, field) for field in self._fields), strict=True))
            if embeds:
                self._write(embeds, self._embeds(rows))

    def close(self) -> None:
        for file in self._files.values():
            file.close()

    def _begin(self, split: str) -> tuple[str, str | None]:
        """The names of a split's two files, with their heads when they are new."""
        articles, embeds = f"{split or 'articles'}.csv", f"{split}-embeds.csv" if split else "embeds.csv"
        self._head(articles, [field.name for field in self._fields])
        if not self._has_embeds:
            return articles, None
        self._head(embeds, ["article_id", "ord", *EMBED_FIELDS[self._order.embeds]])
        return articles, embeds

    def _head(self, name: str, columns: list[str]) -> None:
        if name not in self._files:
            self._files[name] = opened(self._folder, name, compress=self._order.compress)
            self._files[name].write(BOM.encode())
            self._write(name, [columns])

    def _write(self, name: str, rows: Iterable[Iterable[Any]]) -> None:
        out = io.StringIO()
        csv.writer(out, lineterminator="\r\n").writerows(rows)
        self._files[name].write(out.getvalue().encode())

    def _embeds(self, rows: Batch) -> Iterable[list[Any]]:
        names = EMBED_FIELDS[self._order.embeds]
        for article_id, told in rows.rows(("id", "embeds")):
            for ord_, embed in enumerate(_decode(told)):
                yield [article_id, ord_, *(cell(name, embed.get(name)) for name in names)]


def _column(rows: Batch, field: Field) -> list[Any]:
    column = rows[field.name]
    if field.kind == "nested":
        column = [told and _decode(told) for told in column]
    elif field.kind == "bool":
        column = [value if value is None else bool(value) for value in column]
    return [cell(field.name, value) for value in column]
