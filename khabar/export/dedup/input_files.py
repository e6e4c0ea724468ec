"""The Parquet files whose rows are compared: their columns, their identity, units of work."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from khabar.archive.errors import ArchiveError

# The host of a URL, which names the source of a row that has none. For DuckDB and for Python.
HOST_PATTERN = "^[a-z]+://([^/:?#]+)"
REQUIRED_COLUMNS = ("url", "text", "minhash")
# Rows whose texts a worker folds in one go. Measured on real texts: 6 s, which a kill costs at most
# for each worker.
UNIT_ROWS = 5000
_READ_BUFFER = 1 << 20  # bytes read at a time of each column: a row group may be larger than memory
# Characters of a text that is compared, as of one that may enter an archive
# (khabar/processing/admission): the words of a larger one may not fit in a worker's memory.
MAX_TEXT = 8 << 20


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _is_time(kind: pa.DataType) -> bool:
    return bool(pa.types.is_timestamp(kind) or pa.types.is_date(kind))


def _is_text_list(kind: pa.DataType) -> bool:
    is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind)
    return bool(is_list and _is_text(kind.value_type))


# What a column must be: (check of its type, the name of that).
_COLUMN_TYPES: dict[str, tuple[Callable[[pa.DataType], bool], str]] = {
    **dict.fromkeys(("url", "text", "source", "outcome"), (_is_text, "a text")),
    **dict.fromkeys(
        ("published_utc", "published_on", "first_seen"), (_is_time, "a date or a time")
    ),
    "id": (pa.types.is_integer, "a whole number"),
    "minhash": (_is_text_list, "a list of texts"),
}


@dataclass(frozen=True, slots=True)
class CorpusFile:
    """A Parquet file. `name`: its path in the folder; `position`: the number of its first row among
    the rows of all files; `columns`: those it has; `row_groups`: the rows of each.
    """

    name: str
    path: Path
    position: int
    columns: frozenset[str]
    row_groups: tuple[int, ...]

    @property
    def rows(self) -> int:
        return sum(self.row_groups)


@dataclass(frozen=True, slots=True)
class TextUnit:
    """Consecutive row groups of one file, whose texts a worker folds. `position`: of its first
    row.
    """

    number: int
    path: str
    row_groups: tuple[int, ...]
    position: int
    rows: int


def list_input_files(folder: Path) -> list[CorpusFile]:
    """Returns the Parquet files in a folder and those below it, hidden ones apart, by name.

    Raises ArchiveError when there is none, or one that cannot be read, lacks a column or has one of
    another type.
    """
    names = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.parquet")
        if path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
    if not names:
        raise ArchiveError(f"{folder}: no Parquet file: write some with `khabar export`")
    files: list[CorpusFile] = []
    position = 0
    for name in names:
        files.append(_inspect_file(folder / name, name, position))
        position += files[-1].rows
    return files


def _inspect_file(path: Path, name: str, position: int) -> CorpusFile:
    try:
        metadata = pq.read_metadata(path)
        schema = metadata.schema.to_arrow_schema()
    except (OSError, pa.ArrowException) as error:
        raise ArchiveError(f"{path}: cannot be read: {error}") from error
    for column in REQUIRED_COLUMNS:
        if column not in schema.names:
            hint = ": export with `--fields +minhash`" if column == "minhash" else ""
            raise ArchiveError(f"{path}: no column `{column}`{hint}")
    for column, (is_expected, expected) in _COLUMN_TYPES.items():
        kind = schema.field(column).type if column in schema.names else None
        if kind is not None and not is_expected(kind):
            raise ArchiveError(f"{path}: column `{column}` is {kind}, not {expected}")
    groups = tuple(metadata.row_group(n).num_rows for n in range(metadata.num_row_groups))
    return CorpusFile(name, path, position, frozenset(schema.names), groups)


def hash_input_files(files: Sequence[CorpusFile]) -> Iterator[tuple[CorpusFile, str]]:
    """Yields each file with the SHA-256 of its bytes."""
    for file in files:
        try:
            with file.path.open("rb") as opened:
                yield file, hashlib.file_digest(opened, "sha256").hexdigest()
        except OSError as error:
            raise ArchiveError(f"{file.path}: cannot be read: {error}") from error


def list_text_units(files: Sequence[CorpusFile]) -> list[TextUnit]:
    """Deals the row groups of the files to units of about UNIT_ROWS rows, in order."""
    units: list[TextUnit] = []
    for file in files:
        groups: list[int] = []
        rows, position = 0, file.position
        for number, count in enumerate(file.row_groups):
            groups.append(number)
            rows += count
            if rows >= UNIT_ROWS or number == len(file.row_groups) - 1:
                units.append(TextUnit(len(units), str(file.path), tuple(groups), position, rows))
                groups, position, rows = [], position + rows, 0
    return units


def iter_unit_rows(unit: TextUnit, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """Yields the values of these columns for each row of a unit, as a tuple; None for a column that
    the file lacks.
    """
    file = pq.ParquetFile(unit.path, buffer_size=_READ_BUFFER, pre_buffer=False)
    present = [name for name in columns if name in file.schema_arrow.names]
    for batch in file.iter_batches(batch_size=500, row_groups=unit.row_groups, columns=present):
        values = [
            batch.column(name).to_pylist() if name in present else [None] * len(batch)
            for name in columns
        ]
        yield from zip(*values, strict=True)
