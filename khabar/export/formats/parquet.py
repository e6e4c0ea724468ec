"""Writes Parquet with zstd: a file for each month, a row group for each thousand rows.

Scalar columns become Arrow columns directly, texts as UTF-8 without being decoded. Nested columns
are JSON, which Arrow's JSON reader parses with the schema.
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
# Columns of few different values, for dictionary encoding. To try it on the text costs as much as
# writing it.
DICTIONARY_COLUMNS = "source page_type language published_precision section place desk".split()
WRITER_OPTIONS = {
    "compression": "zstd",
    "use_dictionary": DICTIONARY_COLUMNS,
    "write_statistics": True,
}


def build_arrow_schema(options: ExportOptions) -> pa.Schema:
    """Returns the dataset's Arrow schema."""
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
    """Returns the rows as an Arrow table; `schema` is `build_arrow_schema(options)`."""
    nested_schema = pa.schema(
        [schema.field(field.name) for field in options.fields if field.kind == "nested"]
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
    """Writes data/2026-11.parquet …, or a folder of such files for each split.

    Batches come by month, so one file for each split is open at a time.
    """

    def __init__(self, folder: DatasetFolder, options: ExportOptions) -> None:
        self._folder, self._options = folder, options
        self._schema = build_arrow_schema(options)
        # split → (month, writer); split → (month, rows that do not fill a row group yet)
        self._open_months: dict[str, tuple[str, pq.ParquetWriter]] = {}
        self._pending: dict[str, tuple[str, Batch]] = {}

    def add_batch(self, batch: Batch) -> None:
        """Writes full row groups; the remaining rows wait for more rows or the month's end."""
        for (split, month), rows in batch.iter_partitions():
            pending = self._pending.pop(split, None)
            if pending and pending[0] == month:
                rows = pending[1].concat_batch(rows)
            elif pending:
                self._write_row_group(split, *pending)
            while len(rows) >= BATCH_SIZE:
                full_group, rows = rows.split_at(BATCH_SIZE)
                self._write_row_group(split, month, full_group)
            if len(rows):
                self._pending[split] = (month, rows)

    def close(self) -> None:
        for split, pending in self._pending.items():
            self._write_row_group(split, *pending)
        if not self._open_months:  # no article: an empty file that has the schema
            self._month_writer("train" if self._options.splits else "", "none")
        for _, writer in self._open_months.values():
            writer.close()

    def _write_row_group(self, split: str, month: str, rows: Batch) -> None:
        self._month_writer(split, month).write_table(
            build_arrow_table(rows, self._options, self._schema), row_group_size=BATCH_SIZE
        )

    def _month_writer(self, split: str, month: str) -> pq.ParquetWriter:
        """Returns the open writer of a month's file; closes that of the month before."""
        current = self._open_months.get(split)
        if current and current[0] == month:
            return current[1]
        if current:
            current[1].close()
        file = self._folder.open(f"{split or 'data'}/{month}.parquet")
        writer = pq.ParquetWriter(file, self._schema, **WRITER_OPTIONS)
        self._open_months[split] = (month, writer)
        return writer


def _parse_nested(rows: Batch, schema: pa.Schema) -> pa.Table:
    """Parses the nested columns with Arrow's JSON reader, as one block: blocks must hold rows."""
    template = b"{" + b",".join(b'"%b":%%b' % name.encode() for name in schema.names) + b"}\n"
    columns = (encode_nulls(rows[name]) for name in schema.names)
    lines = b"".join([template % row for row in zip(*columns, strict=True)])
    read_options = pyarrow.json.ReadOptions(use_threads=False, block_size=len(lines) + 1)
    parse_options = pyarrow.json.ParseOptions(
        explicit_schema=schema, unexpected_field_behavior="error"
    )
    return pyarrow.json.read_json(pa.BufferReader(lines), read_options, parse_options)


def _arrow_column(rows: Batch, field: Field) -> Any:
    """Converts a scalar column; dates and times are parsed from ISO 8601."""
    values, arrow_type = rows[field.name], _ARROW_TYPES[field.kind]
    if field.name == "text" and None not in values:
        return _text_array(values)
    if field.kind in ("date", "time"):
        return pc.cast(pa.array(values, pa.string()), arrow_type)
    if field.kind == "bool":
        return pc.cast(pa.array(values, pa.int8()), arrow_type)
    return pa.array(values, arrow_type)


def _text_array(values: Any) -> pa.StringArray:
    """Builds a string array from UTF-8 bytes with one copy; pa.array takes five times as long."""
    offsets = pa.array([0, *accumulate(map(len, values))], pa.int32())
    return pa.StringArray.from_buffers(
        len(values), offsets.buffers()[1], pa.py_buffer(b"".join(values))
    )
