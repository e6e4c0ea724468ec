"""Reads a corpus one document at a time: JSONL, CSV, Parquet, or a plain list of URLs or texts."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from khabar.archive.database import ArchiveError
from khabar.parsing.line_files import iter_lines

PARQUET_BATCH_SIZE = 1000  # rows of Parquet read at a time
# Usual names of a corpus's URL and text fields, in order of preference.
URL_FIELDS = (
    "url",
    "URL",
    "link",
    "uri",
    "source_url",
    "page_url",
    "WARC-Target-URI",
    "warc_target_uri",
)
TEXT_FIELDS = tuple(
    "text full_text content maintext plaintext body article document raw_content context".split()
)


@dataclass(frozen=True, slots=True)
class CorpusDocument:
    """One document of a corpus.

    `number`: line or row, from 1; `progress`: bytes (Parquet: rows) of the file read so far.
    """

    number: int
    url: str | None
    text: str | None
    progress: int


@dataclass(frozen=True, slots=True)
class CorpusFields:
    """Names of a corpus's URL and text fields; None: the usual names are tried."""

    url: str | None = None
    text: str | None = None

    def read_values(self, row: Mapping[str, Any]) -> tuple[str | None, str | None]:
        """Returns (URL, text) of a row. Raises ArchiveError when it has neither."""
        url, text = (
            _first_text(row, (name,) if name else defaults)
            for name, defaults in ((self.url, URL_FIELDS), (self.text, TEXT_FIELDS))
        )
        if url is None and text is None:
            raise ArchiveError(
                f"no URL and no text among {', '.join(row)}: name them with --url and --text"
            )
        return url, text


def _first_text(row: Mapping[str, Any], names: Iterable[str]) -> str | None:
    values = (row[name] for name in names if isinstance(row.get(name), str) and row[name].strip())
    return next(values, None)


def read_documents(path: Path, fields: CorpusFields = CorpusFields()) -> Iterator[CorpusDocument]:
    """Yields every document of a file, in constant memory; the suffix tells the format.

    .gz and .zst are decompressed; a file of no known suffix is a list of URLs or texts. Raises
    ArchiveError for a file that cannot be read, or a row with neither URL nor text.
    """
    suffix = next((end for end in path.suffixes[::-1] if end not in (".gz", ".zst")), "")
    if suffix == ".parquet":
        return _read_parquet(path, fields)
    if suffix in (".csv", ".tsv"):
        return _read_csv(path, fields, "\t" if suffix == ".tsv" else ",")
    return (
        _read_jsonl(path, fields)
        if suffix in (".jsonl", ".json", ".ndjson")
        else _read_plain_lines(path)
    )


def total_progress(path: Path) -> int:
    """Returns the final value of `CorpusDocument.progress`: the file's bytes, or Parquet's rows."""
    if path.suffix != ".parquet":
        return path.stat().st_size
    import pyarrow.parquet as pq

    rows: int = pq.ParquetFile(path).metadata.num_rows
    return rows


def _read_jsonl(path: Path, fields: CorpusFields) -> Iterator[CorpusDocument]:
    decode = msgspec.json.Decoder(dict[str, Any]).decode
    for number, line, _, bytes_read in iter_lines(path):
        if line.strip():
            try:
                yield CorpusDocument(number, *fields.read_values(decode(line)), bytes_read)
            except msgspec.DecodeError as error:
                raise ArchiveError(
                    f"{path}:{number}: not one JSON object per line: {error}"
                ) from error


def _read_csv(path: Path, fields: CorpusFields, delimiter: str) -> Iterator[CorpusDocument]:
    csv.field_size_limit(1 << 27)  # characters of one cell; chosen by hand, not measured
    progress = [0]

    def decode_lines() -> Iterator[str]:
        for _, line, _, progress[0] in iter_lines(path):
            yield line.decode("utf-8", errors="replace")

    for number, row in enumerate(csv.DictReader(decode_lines(), delimiter=delimiter), 1):
        yield CorpusDocument(
            number,
            *fields.read_values({str(name): value for name, value in row.items()}),
            progress[0],
        )


def _read_plain_lines(path: Path) -> Iterator[CorpusDocument]:
    """Yields a line of http(s):// without blanks as a URL, any other as a text."""
    for number, line, _, bytes_read in iter_lines(path):
        content = line.decode("utf-8", errors="replace").strip()
        if content:
            is_url = content.startswith(("http://", "https://")) and " " not in content
            yield CorpusDocument(
                number, content if is_url else None, None if is_url else content, bytes_read
            )


def _read_parquet(path: Path, fields: CorpusFields) -> Iterator[CorpusDocument]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        available = set(file.schema_arrow.names)
        columns = [
            name
            for name in (fields.url, fields.text, *URL_FIELDS, *TEXT_FIELDS)
            if name in available
        ]
        number = 0
        for batch in file.iter_batches(
            batch_size=PARQUET_BATCH_SIZE, columns=list(dict.fromkeys(columns))
        ):
            for row in batch.to_pylist():
                number += 1
                yield CorpusDocument(number, *fields.read_values(row), number)
    except (OSError, pa.ArrowException) as error:
        raise ArchiveError(f"{path}: cannot be read: {error}") from error
