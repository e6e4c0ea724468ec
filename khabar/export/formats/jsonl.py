"""JSONL: one object a line; texts and what is nested go to the file as SQLite wrote them."""

from __future__ import annotations

from typing import Any

import msgspec

from khabar.export.batches import Batch, encode_nulls
from khabar.export.folder import DatasetFolder, HashedFile, ZstdFile, open_data_file
from khabar.export.options import ExportOptions
from khabar.export.schema import Field

_encode_lines = msgspec.json.Encoder().encode_lines


class JsonlEncoder:
    """Turns batches into lines: scalars in their order, then the text, then what is nested."""

    def __init__(self, fields: tuple[Field, ...]) -> None:
        flat = [field for field in fields if field.kind != "nested" and field.name != "text"]
        self._flat = [field.name for field in flat]
        self._truths = [field.name for field in flat if field.kind == "bool"]
        self._made = [field.name for field in fields if field not in flat]
        self._head = msgspec.defstruct("Head", [(name, Any) for name in self._flat])
        self._template = (
            b"%b," + b",".join(b'"%b":%%b' % name.encode() for name in self._made) + b"}\n"
        )

    def encode_batch(self, batch: Batch) -> bytes:
        """The articles of a batch, a line each."""
        for name in self._truths:
            batch[name] = [value if value is None else bool(value) for value in batch[name]]
        heads = _encode_lines([self._head(*row) for row in batch.iter_rows(self._flat)])
        if not self._made:
            return heads
        json_columns = (encode_nulls(batch[name]) for name in self._made)
        # A line break inside a value is written \\n: only an object's end is followed by a real
        # one.
        return b"".join(
            [
                self._template % row
                for row in zip(heads.split(b"}\n")[:-1], *json_columns, strict=True)
            ]
        )


class JsonlDatasetWriter:
    """articles.jsonl, or one file for each split."""

    def __init__(self, folder: DatasetFolder, options: ExportOptions) -> None:
        self._folder, self._order, self._lines = folder, options, JsonlEncoder(options.fields)
        self._files: dict[str, HashedFile | ZstdFile] = {}
        self._open_split("" if not options.splits else "train")

    def _open_split(self, split: str) -> HashedFile | ZstdFile:
        if split not in self._files:
            name = f"{split or 'articles'}.jsonl"
            self._files[split] = open_data_file(self._folder, name, compress=self._order.compress)
        return self._files[split]

    def add_batch(self, batch: Batch) -> None:
        """Every row as a line of its split's file."""
        for split, rows in batch.iter_splits():
            self._open_split(split).write(self._lines.encode_batch(rows))

    def close(self) -> None:
        for file in self._files.values():
            file.close()
