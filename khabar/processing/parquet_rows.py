"""Reads the rows of a Parquet file as JSON objects, in a worker process of its own: what strangers
write must not take the importing process down.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from khabar.model.errors import RunError
from khabar.processing.import_lines import MAX_LINE
from khabar.processing.process import open_worker_pool, run_in_worker

# Rows, and bytes of their JSON, that are read as one task. Chosen by hand, not measured.
READ_ROWS, READ_BYTES = 64, 4 << 20
# Names and values in a file's footer. Chosen by hand, not measured.
MAX_FOOTER_STRING, MAX_FOOTER_ITEMS = 16 << 20, 1_000_000


class UnreadableParquet(RunError):
    """A file that cannot be opened as Parquet."""


class DamagedRows(Exception):
    """Rows that cannot be read. The message says why, in a few words."""


@dataclass(frozen=True, slots=True)
class ParquetLayout:
    """The columns of a file, and the number of rows up to the end of each row group."""

    columns: tuple[str, ...]
    group_ends: tuple[int, ...]

    @property
    def rows(self) -> int:
        return self.group_ends[-1] if self.group_ends else 0

    def find_next_group(self, position: int) -> int:
        """Returns the end of the row group that holds a row."""
        return next(end for end in self.group_ends if end > position)


@dataclass(frozen=True, slots=True)
class ParquetRow:
    """A row as JSON, or why it cannot be read (`fault`): then it stands for the rows up to `end`.
    `number`: of the first, from 0.
    """

    number: int
    end: int
    content: bytes = b""
    fault: str = ""


class RowReader:
    """Reads a file forward in the worker, which keeps it open from one task to the next."""

    def __init__(self, path: str) -> None:
        import pyarrow.parquet as pq  # here, as workers alone read Parquet

        self.path = path
        self.file = pq.ParquetFile(
            path,
            thrift_string_size_limit=MAX_FOOTER_STRING,
            thrift_container_size_limit=MAX_FOOTER_ITEMS,
        )
        self.position = -1
        self._rows: Iterator[ParquetRow] = iter(())

    def read_layout(self) -> ParquetLayout:
        """Returns what the file's footer says."""
        metadata, ends, end = self.file.metadata, [], 0
        for group in range(metadata.num_row_groups):
            end += metadata.row_group(group).num_rows
            ends.append(end)
        return ParquetLayout(tuple(self.file.schema_arrow.names), tuple(ends))

    def read_rows(self, start: int) -> list[ParquetRow]:
        """Returns the rows from `start`: READ_ROWS, fewer if they are long or the last ones."""
        if start != self.position:
            self._rows = self._iter_rows(start)
        rows: list[ParquetRow] = []
        size = 0
        while len(rows) < READ_ROWS and size < READ_BYTES:
            try:
                row = next(self._rows, None)
            except Exception:
                self.position = -1
                if rows:  # what is damaged behind them is met again, by itself
                    return rows
                raise
            if row is None:
                break
            rows.append(row)
            size += len(row.content)
        self.position = rows[-1].end if rows else start
        return rows

    def _iter_rows(self, start: int) -> Iterator[ParquetRow]:
        ends = self.read_layout().group_ends
        for group, end in enumerate(ends):
            if end <= start:
                continue
            number = ends[group - 1] if group else 0
            for batch in self.file.iter_batches(READ_ROWS, row_groups=[group], use_threads=False):
                if number + len(batch) > start:
                    skipped = max(0, start - number)
                    first = number + skipped
                    for index, fields in enumerate(batch.slice(skipped).to_pylist(), first):
                        yield _encode_row(index, fields)
                number += len(batch)


def _encode_row(number: int, fields: dict[str, Any]) -> ParquetRow:
    """Returns a row as JSON; lists and objects that are null are left out, as in a JSON line."""
    columns = {
        name: value for name, value in fields.items() if value is not None or name == "title"
    }
    try:
        content = msgspec.json.encode(columns)
    except (TypeError, ValueError, msgspec.MsgspecError) as error:
        return ParquetRow(number, number + 1, fault=f"{error!s:.200}")
    if len(content) > MAX_LINE:
        return ParquetRow(number, number + 1, fault=f"longer than {MAX_LINE} bytes")
    return ParquetRow(number, number + 1, content)


def describe_error(error: Exception) -> str:
    """Returns what an error says, on one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"


def _check_row(row: ParquetRow, check: Callable[[bytes], str]) -> ParquetRow:
    fault = row.fault or check(row.content)
    return ParquetRow(row.number, row.end, fault=fault) if fault else row


_reader: RowReader | None = None  # of this worker


def read_layout(path: str) -> ParquetLayout:
    """The task of a worker: reads a file's footer. Raises DamagedRows."""
    return _read_file(path).read_layout()


def read_rows(path: str, start: int, check: Callable[[bytes], str] | None) -> list[ParquetRow]:
    """The task of a worker: reads the next rows of a file. `check` returns why a row is of no use,
    '' if it is. Raises DamagedRows.
    """
    reader = _read_file(path)
    try:
        rows = reader.read_rows(start)
        return [_check_row(row, check) for row in rows] if check else rows
    except MemoryError:
        raise
    except Exception as error:  # whatever Arrow raises is the file's fault: there is no list
        raise DamagedRows(describe_error(error)) from error


def _read_file(path: str) -> RowReader:
    global _reader
    if _reader is None or _reader.path != path:
        try:
            _reader = RowReader(path)
        except MemoryError:
            raise
        except Exception as error:
            raise DamagedRows(describe_error(error)) from error
    return _reader


class ParquetFileReader:
    """The rows of one file, read by a worker; a context manager. `check`: of each row, see
    `read_rows`.
    """

    def __init__(self, path: Path) -> None:
        self.path, self._pool = path, open_worker_pool(1)
        self.check: Callable[[bytes], str] | None = None

    def __enter__(self) -> ParquetFileReader:
        return self

    def __exit__(self, *error: Any) -> None:
        self._pool.__exit__(*error)

    async def load_layout(self) -> ParquetLayout:
        """Reads the file's footer. Raises UnreadableParquet."""
        try:
            layout = await run_in_worker(self._pool, read_layout, (str(self.path),))
        except DamagedRows as error:
            layout = str(error)
        if isinstance(layout, str):
            raise UnreadableParquet(f"{self.path}: cannot be read: {layout}")
        return layout

    async def iter_rows(self, layout: ParquetLayout, start: int) -> AsyncIterator[ParquetRow]:
        """Yields the rows from `start`. Where they cannot be read, one fault stands for the rest of
        their row group.
        """
        while start < layout.rows:
            rows = await self._read_next_rows(start)
            if not rows:
                rows = "fewer rows than its footer says"
            if isinstance(rows, str):
                end = layout.find_next_group(start)
                rows = [ParquetRow(start, end, fault=rows)]
            for row in rows:
                yield row
            start = rows[-1].end

    async def _read_next_rows(self, start: int) -> list[ParquetRow] | str:
        """Returns the next rows, or why they cannot be read."""
        try:
            return await run_in_worker(self._pool, read_rows, (str(self.path), start, self.check))
        except DamagedRows as error:
            return str(error)
