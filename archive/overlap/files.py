"""Lines of files, packed or not, one at a time, with how many of the file's own bytes are read: for a progress bar."""

from __future__ import annotations

import gzip
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from archive.connect import ArchiveError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_BOM = b"\xef\xbb\xbf"


def lines_of(path: Path) -> Iterator[tuple[int, bytes, int]]:
    """(number from 1, line, bytes read so far) of a plain, .gz or .zst file.

    Raises ArchiveError for one that cannot be read or unpacked.
    """
    try:
        with path.open("rb") as raw:
            for number, line in enumerate(_unpacked(path, raw), 1):
                yield number, line.removeprefix(_BOM) if number == 1 else line, raw.tell()
    except (OSError, EOFError, zstd.ZstdError) as error:
        raise ArchiveError(f"{path}: cannot be read: {error}") from error


def _unpacked(path: Path, raw: IO[bytes]) -> IO[bytes]:
    if path.suffix == ".gz":
        return cast(IO[bytes], gzip.open(raw))
    if path.suffix == ".zst":
        return cast(IO[bytes], io.BufferedReader(zstd.open(raw, "rb")))
    return raw
