"""Documents of another corpus, one at a time: JSONL, CSV, Parquet, or a plain list of addresses or texts."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import msgspec

from khabar.archive.compression import zstd
from khabar.archive.database import ArchiveError

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


ROWS = 1000  # of Parquet, read at once
# What corpora call an address and a text, in order of preference.
URLS = ("url", "URL", "link", "uri", "source_url", "page_url", "WARC-Target-URI", "warc_target_uri")
TEXTS = tuple("text full_text content maintext plaintext body article document raw_content context".split())


@dataclass(frozen=True, slots=True)
class Document:
    """One row of a corpus. `number`: which, from 1; `read`: bytes (Parquet: rows) of the file read so far."""

    number: int
    url: str | None
    text: str | None
    read: int


@dataclass(frozen=True, slots=True)
class Names:
    """What a corpus calls its address and its text; None: the usual names are looked for."""

    url: str | None = None
    text: str | None = None

    def of(self, row: Mapping[str, Any]) -> tuple[str | None, str | None]:
        """(address, text) of a row. Raises ArchiveError when it has neither."""
        url, text = (_first(row, (name,) if name else usual) for name, usual in ((self.url, URLS), (self.text, TEXTS)))
        if url is None and text is None:
            raise ArchiveError(f"no address and no text among {', '.join(row)}: name them with --url and --text")
        return url, text


def _first(row: Mapping[str, Any], names: Iterable[str]) -> str | None:
    found = (row[name] for name in names if isinstance(row.get(name), str) and row[name].strip())
    return next(found, None)


def documents(path: Path, names: Names = Names()) -> Iterator[Document]:
    """Every document of a file; memory does not grow with it. .gz and .zst are unpacked on the way.

    Raises ArchiveError for a file that cannot be read, or in which there is neither address nor text.
    """
    kind = next((end for end in path.suffixes[::-1] if end not in (".gz", ".zst")), "")
    if kind == ".parquet":
        return _of_parquet(path, names)
    if kind in (".csv", ".tsv"):
        return _of_csv(path, names, "\t" if kind == ".tsv" else ",")
    return _of_json(path, names) if kind in (".jsonl", ".json", ".ndjson") else _of_lines(path)


def size_of(path: Path) -> int:
    """What `Document.read` goes up to."""
    if path.suffix != ".parquet":
        return path.stat().st_size
    import pyarrow.parquet as pq

    rows: int = pq.ParquetFile(path).metadata.num_rows
    return rows


def _of_json(path: Path, names: Names) -> Iterator[Document]:
    decode = msgspec.json.Decoder(dict[str, Any]).decode
    for number, line, read in lines_of(path):
        if line.strip():
            try:
                yield Document(number, *names.of(decode(line)), read)
            except msgspec.DecodeError as error:
                raise ArchiveError(f"{path}:{number}: not JSON a line: {error}") from error


def _of_csv(path: Path, names: Names, delimiter: str) -> Iterator[Document]:
    csv.field_size_limit(1 << 27)
    read = [0]

    def lines() -> Iterator[str]:
        for _, line, read[0] in lines_of(path):
            yield line.decode("utf-8", errors="replace")

    for number, row in enumerate(csv.DictReader(lines(), delimiter=delimiter), 1):
        yield Document(number, *names.of({str(name): value for name, value in row.items()}), read[0])


def _of_lines(path: Path) -> Iterator[Document]:
    """A line that begins like an address is one; any other is a text."""
    for number, line, read in lines_of(path):
        told = line.decode("utf-8", errors="replace").strip()
        if told:
            is_url = told.startswith(("http://", "https://")) and " " not in told
            yield Document(number, told if is_url else None, None if is_url else told, read)


def _of_parquet(path: Path, names: Names) -> Iterator[Document]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        there = set(file.schema_arrow.names)
        asked = [name for name in (names.url, names.text, *URLS, *TEXTS) if name in there]
        number = 0
        for batch in file.iter_batches(batch_size=ROWS, columns=list(dict.fromkeys(asked))):
            for row in batch.to_pylist():
                number += 1
                yield Document(number, *names.of(row), number)
    except (OSError, pa.ArrowException) as error:
        raise ArchiveError(f"{path}: cannot be read: {error}") from error
