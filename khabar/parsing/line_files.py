"""Reads the lines of a plain, gzip or zstd file forward, from any position."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple, cast

from khabar.model.errors import RunError
from khabar.parsing.codecs import GZIP_MAGIC, ZSTD_MAGIC, zstd

_BOM = b"\xef\xbb\xbf"
_CHUNK_SIZE = 1 << 20  # bytes


class FileLine(NamedTuple):
    """A line of a file. `number`: from 1; `end`: bytes of the decompressed content up to its end;
    `bytes_read`: of the file, so far.
    """

    number: int
    content: bytes
    end: int
    bytes_read: int


class UnreadableFile(RunError):
    """A file that cannot be read or decompressed."""


def iter_lines(path: Path, start: int = 0, max_length: int = -1) -> Iterator[FileLine]:
    """Yields the lines from position `start` of the decompressed content, which is the end of a
    line. Of a longer line than `max_length` bytes (-1: any length) only one byte more is kept.

    Raises UnreadableFile.
    """
    try:
        with path.open("rb") as raw:
            stream = _open_stream(path, raw)
            number, end = _count_lines(stream, start), start
            while line := stream.readline(max_length + 1 if max_length >= 0 else -1):
                number, end = number + 1, end + len(line)
                while max_length >= 0 and not line.endswith(b"\n"):
                    rest = stream.readline(_CHUNK_SIZE)
                    end += len(rest)
                    if not rest or rest.endswith(b"\n"):
                        break
                yield FileLine(
                    number, line.removeprefix(_BOM) if number == 1 else line, end, raw.tell()
                )
    except (OSError, EOFError, zlib.error, zstd.ZstdError) as error:
        raise UnreadableFile(f"{path}: cannot be read: {error}") from error


def _open_stream(path: Path, raw: io.BufferedReader) -> IO[bytes]:
    suffix, first = path.suffix.lower(), raw.peek(4)
    if suffix == ".gz" or first.startswith(GZIP_MAGIC):
        return cast(IO[bytes], gzip.open(raw))
    if suffix == ".zst" or first.startswith(ZSTD_MAGIC):
        return cast(IO[bytes], io.BufferedReader(zstd.open(raw, "rb")))
    return raw


def _count_lines(stream: IO[bytes], length: int) -> int:
    """Reads `length` bytes. Returns the number of lines in them."""
    count = 0
    while length > 0 and (chunk := stream.read(min(length, _CHUNK_SIZE))):
        count, length = count + chunk.count(b"\n"), length - len(chunk)
    return count
