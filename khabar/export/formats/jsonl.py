"""Writes JSONL: one object per line; texts and nested fields are the JSON that SQLite built."""

from __future__ import annotations

from typing import Any

import msgspec

from khabar.export.batches import Batch, encode_nulls
from khabar.export.folder import DatasetFolder, HashedFile, ZstdFile, open_data_file
from khabar.export.options import ExportOptions
from khabar.export.schema import Field

_encode_lines = msgspec.json.Encoder().encode_lines


class JsonlEncoder:
    """Encodes batches as lines: scalar fields first, then the text and the nested fields."""

    def __init__(self, fields: tuple[Field, ...]) -> None:
        flat = [field for field in fields if field.kind != "nested" and field.name != "text"]
        self._flat = [field.name for field in flat]
        self._bool_fields = [field.name for field in flat if field.kind == "bool"]
        self._json_fields = [field.name for field in fields if field not in flat]
        self._head_struct = msgspec.defstruct("Head", [(name, Any) for name in self._flat])
        self._template = (
            b"%b," + b",".join(b'"%b":%%b' % name.encode() for name in self._json_fields) + b"}\n"
        )

    def encode_batch(self, batch: Batch) -> bytes:
        """Returns the articles of a batch, one line each. Converts 0 and 1 to bools in place."""
        for name in self._bool_fields:
            batch[name] = [value if value is None else bool(value) for value in batch[name]]
        heads = _encode_lines([self._head_struct(*row) for row in batch.iter_rows(self._flat)])
        if not self._json_fields:
            return heads
        json_columns = (encode_nulls(batch[name]) for name in self._json_fields)
        # JSON escapes line breaks inside values, so "}" before a real one is the end of an object.
        return b"".join(
            [
                self._template % row
                for row in zip(heads.split(b"}\n")[:-1], *json_columns, strict=True)
            ]
        )


class JsonlDatasetWriter:
    """articles.jsonl, or one file for each split."""

    def __init__(self, folder: DatasetFolder, options: ExportOptions) -> None:
        self._folder, self._options = folder, options
        self._encoder = JsonlEncoder(options.fields)
        self._files: dict[str, HashedFile | ZstdFile] = {}
        self._open_split("train" if options.splits else "")

    def _open_split(self, split: str) -> HashedFile | ZstdFile:
        if split not in self._files:
            name = f"{split or 'articles'}.jsonl"
            self._files[split] = open_data_file(self._folder, name, compress=self._options.compress)
        return self._files[split]

    def add_batch(self, batch: Batch) -> None:
        """Writes each row as a line of its split's file."""
        for split, rows in batch.iter_splits():
            self._open_split(split).write(self._encoder.encode_batch(rows))

    def close(self) -> None:
        for file in self._files.values():
            file.close()
