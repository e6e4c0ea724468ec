"""Parquet: typed, zstd, a file for each month, a row group for each thousand rows.

Scalars become Arrow columns as they are, texts without being decoded; what is nested is JSON, which Arrow's own reader
types.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json
import pyarrow.parquet as pq

from khabar.export.batches import SIZE, Batch, with_null
from khabar.export.folder import Folder
from khabar.export.options import Order
from khabar.export.schema import Field, parts_of

_SCALARS = {
    "int": pa.int64(), "float": pa.float64(), "bool": pa.bool_(), "string": pa.string(), "date": pa.date32(),
    "time": pa.timestamp("s", "UTC"), "string[]": pa.list_(pa.string()),
}  # fmt: skip
# Few different values: worth a dictionary. Text is not, and trying costs as much as writing it.
_REPEATED = ("source", "page_type", "language", "published_precision", "section", "place", "desk")
_OPTIONS = {"compression": "zstd", "use_dictionary": list(_REPEATED), "write_statistics": True}


def schema_of(order: Order) -> pa.Schema:
    """The dataset's Arrow schema."""
    return pa.schema([(field.name, _type(field, order)) for field in order.fields])


def _type(field: Field, order: Order) -> pa.DataType:
    if field.kind != "nested":
        return _SCALARS[field.kind]
    parts, is_list = parts_of(field, order.embeds)
    inner = pa.struct([(name, _SCALARS[kind]) for name, kind in parts.items()]) if parts else pa.string()
    return pa.list_(inner) if is_list else inner


def table_of(rows: Batch, order: Order, schema: pa.Schema) -> pa.Table:
    """Rows as an Arrow table; `schema` is `schema_of(order)`."""
    parts = pa.schema([schema.field(one.name) for one in order.fields if one.kind == "nested"])
    nested = _read_nested(rows, parts) if parts.names else None
    columns = [
        nested[field.name] if nested and field.kind == "nested" else _column(rows, field) for field in order.fields
    ]
    return pa.table(columns, schema=schema)


class ParquetFiles:
    """data/2026-11.parquet …, or a folder for each split. Months come in order, so one file is open for each split."""

    def __init__(self, folder: Folder, order: Order) -> None:
        self._folder, self._order, self._schema = folder, order, schema_of(order)
        self._open: dict[str, tuple[str, pq.ParquetWriter]] = {}
        self._waiting: dict[str, tuple[str, Batch]] = {}

    def take(self, batch: Batch) -> None:
        """Rows wait until they fill a row group or their month is over."""
        for (split, month), rows in batch.shelves():
            before = self._waiting.pop(split, None)
            if before and before[0] == month:
                rows = before[1].with_more(rows)
            elif before:
                self._write(split, *before)
            while len(rows) >= SIZE:
                whole, rows = rows.cut(SIZE)
                self._write(split, month, whole)
            if len(rows):
                self._waiting[split] = (month, rows)

    def close(self) -> None:
        for split, rest in self._waiting.items():
            self._write(split, *rest)
        if not self._open:
            self._file("train" if self._order.splits else "", "none")
        for _, writer in self._open.values():
            writer.close()

    def _write(self, split: str, month: str, rows: Batch) -> None:
        """One row group."""
        self._file(split, month).write_table(table_of(rows, self._order, self._schema), row_group_size=SIZE)

    def _file(self, split: str, month: str) -> pq.ParquetWriter:
        current = self._open.get(split)
        if current and current[0] == month:
            return current[1]
        if current:
            current[1].close()
        part = self._folder.open(f"{split or 'data'}/{month}.parquet")
        self._open[split] = (month, pq.ParquetWriter(part, self._schema, **_OPTIONS))
        return self._open[split][1]


def _read_nested(rows: Batch, schema: pa.Schema) -> pa.Table:
    template = b"{" + b",".join(b'"%b":%%b' % name.encode() for name in schema.names) + b"}\n"
    columns = (with_null(rows[name]) for name in schema.names)
    lines = b"".join([template % row for row in zip(*columns, strict=True)])
    read = pyarrow.json.ReadOptions(use_threads=False, block_size=len(lines) + 1)
    parse = pyarrow.json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error")
    return pyarrow.json.read_json(pa.BufferReader(lines), read, parse)


def _column(rows: Batch, field: Field) -> Any:
    """A scalar column; days and moments are read from their ISO 8601."""
    values, wanted = rows[field.name], _SCALARS[field.kind]
    if field.name == "text" and None not in values:
        return _texts(values)
    if field.kind in ("date", "time"):
        return pc.cast(pa.array(values, pa.string()), wanted)
    if field.kind == "bool":
        return pc.cast(pa.array(values, pa.int8()), wanted)
    return pa.array(values, wanted)


def _texts(values: Any) -> pa.StringArray:
    """UTF-8 end to end, copied once: Arrow's own way from Python values takes five times as long."""
    ends = pa.array([0, *accumulate(map(len, values))], pa.int32())
    return pa.StringArray.from_buffers(len(values), ends.buffers()[1], pa.py_buffer(b"".join(values)))
