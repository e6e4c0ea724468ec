"""Parquet: typed, zstd, a file for each month, a row group for each thousand rows.

Scalars become Arrow columns as they are, texts without being decoded; what is nested is JSON, which
Arrow's own reader types.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json
import pyarrow.parquet as pq

from khabar.export.batches import BATCH_SIZE, Batch, encode_nulls
from khabar.export.folder import DatasetFolder
from khabar.export.options import ExportOptions
from khabar.export.schema import Field, nested_parts

_ARROW_TYPES = {
    "int": pa.int64(),
    "float": pa.float64(),
    "bool": pa.bool_(),
    "string": pa.string(),
    "date": pa.date32(),
    "time": pa.timestamp("s", "UTC"),
    "string[]": pa.list_(pa.string()),
}
# Few different values: worth a dictionary. Text is not, and trying costs as much as writing it.
_DICTIONARY_COLUMNS = (
    "source",
    "page_type",
    "language",
    "published_precision",
    "section",
    "place",
    "desk",
)
_WRITER_OPTIONS = {
    "compression": "zstd",
    "use_dictionary": list(_DICTIONARY_COLUMNS),
    "write_statistics": True,
}


def build_arrow_schema(options: ExportOptions) -> pa.Schema:
    """The dataset's Arrow schema."""
    return pa.schema([(field.name, _arrow_type(field, options)) for field in options.fields])


def _arrow_type(field: Field, options: ExportOptions) -> pa.DataType:
    if field.kind != "nested":
        return _ARROW_TYPES[field.kind]
    parts, is_list = nested_parts(field, options.embeds)
    inner = (
        pa.struct([(name, _ARROW_TYPES[kind]) for name, kind in parts.items()])
        if parts
        else pa.string()
    )
    return pa.list_(inner) if is_list else inner


def build_arrow_table(rows: Batch, options: ExportOptions, schema: pa.Schema) -> pa.Table:
    """Rows as an Arrow table; `schema` is `schema_of(order)`."""
    nested_schema = pa.schema(
        [
            schema.field(nested_field.name)
            for nested_field in options.fields
            if nested_field.kind == "nested"
        ]
    )
    nested_table = _parse_nested(rows, nested_schema) if nested_schema.names else None
    columns = [
        nested_table[field.name]
        if nested_table and field.kind == "nested"
        else _arrow_column(rows, field)
        for field in options.fields
    ]
    return pa.table(columns, schema=schema)


class ParquetDatasetWriter:
    """data/2026-11.parquet …, or a folder for each split. Months come in order, so one file is
    open for each split.
    """

    def __init__(self, folder: DatasetFolder, options: ExportOptions) -> None:
        self._folder, self._order, self._schema = folder, options, build_arrow_schema(options)
        self._open: dict[str, tuple[str, pq.ParquetWriter]] = {}
        self._waiting: dict[str, tuple[str, Batch]] = {}

    def add_batch(self, batch: Batch) -> None:
        """Rows wait until they fill a row group or their month is over."""
        for (split, month), rows in batch.iter_partitions():
            pending = self._waiting.pop(split, None)
            if pending and pending[0] == month:
                rows = pending[1].concat_batch(rows)
            elif pending:
                self._write_row_group(split, *pending)
            while len(rows) >= BATCH_SIZE:
                full_group, rows = rows.split_at(BATCH_SIZE)
                self._write_row_group(split, month, full_group)
            if len(rows):
                self._waiting[split] = (month, rows)

    def close(self) -> None:
        for split, pending in self._waiting.items():
            self._write_row_group(split, *pending)
        if not self._open:
            self._month_writer("train" if self._order.splits else "", "none")
        for _, writer in self._open.values():
            writer.close()

    def _write_row_group(self, split: str, month: str, rows: Batch) -> None:
        """One row group."""
        self._month_writer(split, month).write_table(
            build_arrow_table(rows, self._order, self._schema), row_group_size=BATCH_SIZE
        )

    def _month_writer(self, split: str, month: str) -> pq.ParquetWriter:
        current = self._open.get(split)
        if current and current[0] == month:
            return current[1]
        if current:
            current[1].close()
        part = self._folder.open(f"{split or 'data'}/{month}.parquet")
        self._open[split] = (month, pq.ParquetWriter(part, self._schema, **_WRITER_OPTIONS))
        return self._open[split][1]


def _parse_nested(rows: Batch, schema: pa.Schema) -> pa.Table:
    template = b"{" + b",".join(b'"%b":%%b' % name.encode() for name in schema.names) + b"}\n"
    columns = (encode_nulls(rows[name]) for name in schema.names)
    lines = b"".join([template % row for row in zip(*columns, strict=True)])
    read_options = pyarrow.json.ReadOptions(use_threads=False, block_size=len(lines) + 1)
    parse_options = pyarrow.json.ParseOptions(
        explicit_schema=schema, unexpected_field_behavior="error"
    )
    return pyarrow.json.read_json(pa.BufferReader(lines), read_options, parse_options)


def _arrow_column(rows: Batch, field: Field) -> Any:
    """A scalar column; days and moments are read from their ISO 8601."""
    values, arrow_type = rows[field.name], _ARROW_TYPES[field.kind]
    if field.name == "text" and None not in values:
        return _text_array(values)
    if field.kind in ("date", "time"):
        return pc.cast(pa.array(values, pa.string()), arrow_type)
    if field.kind == "bool":
        return pc.cast(pa.array(values, pa.int8()), arrow_type)
    return pa.array(values, arrow_type)


def _text_array(values: Any) -> pa.StringArray:
    """UTF-8 end to end, copied once: Arrow's own way from Python values takes five times as
    long.
    """
    offsets = pa.array([0, *accumulate(map(len, values))], pa.int32())
    return pa.StringArray.from_buffers(
        len(values), offsets.buffers()[1], pa.py_buffer(b"".join(values))
    )
