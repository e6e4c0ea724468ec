"""Writes CSV for spreadsheets: UTF-8 with a byte order mark, formulas escaped.

Embeds are a second table.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

import msgspec

from khabar.export.batches import Batch
from khabar.export.folder import DatasetFolder, HashedFile, ZstdFile, open_data_file
from khabar.export.options import ExportOptions
from khabar.export.schema import EMBED_FIELDS, Field
from khabar.model.csv_safe import BOM, escape_formula

# Lists of strings, joined by semicolons.
_LIST_FIELDS = frozenset({"authors", "tags", "problems", "media", "minhash"})
_decode = msgspec.json.Decoder().decode


def format_cell(name: str, value: Any) -> Any:
    """Formats a value as one cell.

    Lists of strings are joined by semicolons, other nested values are JSON, bools are `true` and
    `false`; what a spreadsheet would run as a formula is escaped.
    """
    if isinstance(value, bool):
        return str(value).lower()
    if name in _LIST_FIELDS and isinstance(value, list):
        value = "; ".join(value)
    elif isinstance(value, (list, dict)):
        value = msgspec.json.encode(value).decode()
    return escape_formula(value)


class CsvDatasetWriter:
    """articles.csv and embeds.csv (joined by article_id), or a pair for each split."""

    def __init__(self, folder: DatasetFolder, options: ExportOptions) -> None:
        self._folder, self._options = folder, options
        self._fields = [field for field in options.fields if field.name != "embeds"]
        self._has_embeds = any(field.name == "embeds" for field in options.fields)
        self._files: dict[str, HashedFile | ZstdFile] = {}
        self._open_split("train" if options.splits else "")

    def add_batch(self, batch: Batch) -> None:
        """Writes a row for each article, and one for each embed to the second table."""
        for split, rows in batch.iter_splits():
            articles, embeds = self._open_split(split)
            self._write_rows(
                articles, zip(*(_format_column(rows, field) for field in self._fields), strict=True)
            )
            if embeds:
                self._write_rows(embeds, self._embed_rows(rows))

    def close(self) -> None:
        for file in self._files.values():
            file.close()

    def _open_split(self, split: str) -> tuple[str, str | None]:
        """Returns the names of a split's two files; opens them, with headers, when they are new."""
        articles = f"{split or 'articles'}.csv"
        embeds = f"{split}-embeds.csv" if split else "embeds.csv"
        self._open_table(articles, [field.name for field in self._fields])
        if not self._has_embeds:
            return articles, None
        self._open_table(embeds, ["article_id", "ord", *EMBED_FIELDS[self._options.embeds]])
        return articles, embeds

    def _open_table(self, name: str, columns: list[str]) -> None:
        if name not in self._files:
            self._files[name] = open_data_file(self._folder, name, compress=self._options.compress)
            self._files[name].write(BOM.encode())
            self._write_rows(name, [columns])

    def _write_rows(self, name: str, rows: Iterable[Iterable[Any]]) -> None:
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\r\n").writerows(rows)
        self._files[name].write(buffer.getvalue().encode())

    def _embed_rows(self, rows: Batch) -> Iterable[list[Any]]:
        names = EMBED_FIELDS[self._options.embeds]
        for article_id, embeds_json in rows.iter_rows(("id", "embeds")):
            for position, embed in enumerate(_decode(embeds_json)):
                yield [
                    article_id,
                    position,
                    *(format_cell(name, embed.get(name)) for name in names),
                ]


def _format_column(rows: Batch, field: Field) -> list[Any]:
    column = rows[field.name]
    if field.kind == "nested":
        column = [raw and _decode(raw) for raw in column]
    elif field.kind == "bool":
        column = [value if value is None else bool(value) for value in column]
    return [format_cell(field.name, value) for value in column]
