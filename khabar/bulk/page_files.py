"""Writes the rows of one input file as Parquet under a temporary name, and the mark that says that
the file is done.
"""

from __future__ import annotations

import fcntl
import glob
import hashlib
import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from khabar.bulk.page_rows import COLUMNS, DICTIONARY_COLUMNS, Row
from khabar.export.batches import Batch
from khabar.export.formats.parquet import DICTIONARY_COLUMNS as PARQUET_DICTIONARY_COLUMNS
from khabar.export.formats.parquet import WRITER_OPTIONS, build_arrow_schema, build_arrow_table
from khabar.export.options import ExportOptions

# Rows, and bytes of their texts and JSON, of a row group. Chosen by hand, not measured.
GROUP_ROWS, GROUP_BYTES = 500, 16 << 20
STALE_AFTER = 5  # seconds in which a new temporary file may not be locked yet
_OPTIONS = ExportOptions("parquet", COLUMNS)
_SCHEMA = build_arrow_schema(_OPTIONS)
_NAMES = tuple(field.name for field in COLUMNS)
_WRITER_OPTIONS = WRITER_OPTIONS | {
    "use_dictionary": [*PARQUET_DICTIONARY_COLUMNS, *DICTIONARY_COLUMNS]
}


class DoneMark(msgspec.Struct, frozen=True, kw_only=True):
    """What a finished output was made of and what it holds; it depends on no clock and no machine.

    `input_digest`: BLAKE2 of the input; `rules_digest`: of the sources' rules, the versions and the
    options. `outcomes`: rows by outcome; `skipped`: records without a row by reason.
    """

    input_digest: str
    input_bytes: int
    rules_digest: str
    extractor: str
    row_version: int
    output_sha256: str
    output_bytes: int
    outcomes: dict[str, int]
    skipped: dict[str, int]


def load_mark(path: Path) -> DoneMark | None:
    """Loads the mark of an output; None if there is none, or none of this Khabar."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=DoneMark)
    except (FileNotFoundError, msgspec.DecodeError, msgspec.ValidationError):
        return None


class PageFile:
    """A Parquet file in the making, in the folder of its final name, locked against removal."""

    def __init__(self, path: Path) -> None:
        self.path = path
        remove_stale_files(path)
        descriptor, name = tempfile.mkstemp(".tmp", f".{path.name}.", path.parent)
        self._stream = os.fdopen(descriptor, "w+b")
        fcntl.flock(self._stream, fcntl.LOCK_EX)
        self._temporary = Path(name)
        self._writer = pq.ParquetWriter(self._stream, _SCHEMA, **_WRITER_OPTIONS)
        self._rows: list[Row] = []
        self._size = 0

    def add_row(self, row: Row) -> None:
        """Writes full row groups; the remaining rows wait."""
        self._rows.append(row)
        self._size += sum(len(value) for value in row.values() if isinstance(value, bytes))
        if len(self._rows) == GROUP_ROWS or self._size >= GROUP_BYTES:
            self._write_group()

    def _write_group(self) -> None:
        batch = Batch({name: [row[name] for row in self._rows] for name in _NAMES})
        self._writer.write_table(
            build_arrow_table(batch, _OPTIONS, _SCHEMA), row_group_size=GROUP_ROWS
        )
        self._rows, self._size = [], 0

    def publish(self) -> tuple[str, int]:
        """Completes the file under its final name. Returns its SHA-256 and its size in bytes."""
        if self._rows:
            self._write_group()
        self._writer.close()
        self._stream.flush()
        self._stream.seek(0)
        digest, size = hashlib.file_digest(self._stream, "sha256").hexdigest(), self._stream.tell()
        os.fsync(self._stream.fileno())
        self._temporary.chmod(0o666 & ~_read_umask())
        self._temporary.replace(self.path)
        self._stream.close()
        sync_folder(self.path.parent)
        return digest, size

    def discard(self) -> None:
        """Deletes what was written."""
        self._temporary.unlink(missing_ok=True)
        with suppress(OSError, ValueError, pa.ArrowException):  # what cannot be completed need not
            self._writer.close()
        with suppress(OSError):  # it is closed all the same
            self._stream.close()


def save_mark(path: Path, mark: DoneMark) -> None:
    """Writes a mark: whole, or not at all."""
    descriptor, name = tempfile.mkstemp(".tmp", f".{path.name}.", path.parent)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(msgspec.json.format(msgspec.json.encode(mark), indent=2) + b"\n")
        stream.flush()
        os.fsync(stream.fileno())
    temporary = Path(name)
    temporary.chmod(0o666 & ~_read_umask())
    temporary.replace(path)
    sync_folder(path.parent)


def remove_stale_files(path: Path) -> None:
    """Deletes the temporary files of an output whose process was killed: nobody holds their
    lock.
    """
    for stale in path.parent.glob(f".{glob.escape(path.name)}*.tmp"):
        try:
            with stale.open("rb") as stream:
                if time.time() - os.fstat(stream.fileno()).st_mtime < STALE_AFTER:
                    continue
                fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
                stale.unlink(missing_ok=True)
        except (FileNotFoundError, BlockingIOError, PermissionError):
            # it was published, or deleted by another process, or is being written, or is another
            # user's
            continue


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder survive a power failure."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read_umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask
