"""Tells by its first bytes what a file is, whatever its name says, and what to do with one that an
import cannot read.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from khabar.parsing.codecs import GZIP_MAGIC, GZIP_WBITS, ZSTD_MAGIC, zstd
from khabar.parsing.members import DICTIONARY_MAGIC
from khabar.parsing.warc import detect_record_types

SAMPLE = 64 << 10  # bytes that are looked at
SAMPLE_RECORDS = 12  # of a WARC file
PARQUET_MAGIC = b"PAR1"
_CONTROL_CHARACTERS = bytes(set(range(32)) - set(b"\t\n\f\r\x1b"))
_WARC_NAME = re.compile(r"\.warc(\.gz|\.zst)?$", re.I)
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\xfd7zXZ\x00", "a file compressed by xz: unpack it with `unxz`"),
    (b"BZh", "a file compressed by bzip2: unpack it with `bunzip2`"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it and import the files in it"),
    (b"Rar!", "a RAR archive: unpack it and import the files in it"),
    (b"\x04\x22\x4d\x18", "a file compressed by lz4: unpack it with `unlz4`"),
    (b"SQLite format 3\0", "a SQLite database: an archive of Khabar is merged with `khabar merge`"),
    (b"ARROW1", "an Arrow file: convert it to JSONL"),
    (b"%PDF", "a PDF document, not importable"),
    (b"\x7fELF", "a binary program, not importable"),
    (b"\xff\xfe", "text in UTF-16: convert it to UTF-8"),
    (b"\xfe\xff", "text in UTF-16: convert it to UTF-8"),
)  # fmt: skip
_BINARY = "a binary file of an unknown kind, not importable"
_ARC = "an ARC file, which came before WARC: convert it with `warcio recompress x.arc.gz x.warc.gz`"
_WACZ = "a WACZ file: unzip it and import the WARC files in its folder archive/"
_ZIP = "a zip archive: unzip it and import the files in it"
_WET = "a WET file (WARC conversion records), extracted text alone: import the WARC file of it"
_WAT = "a WAT file (WARC metadata records), without pages: import the WARC file of it"


@dataclass(frozen=True, slots=True)
class FileKind:
    """`format`: how a file is read; '' if it is not, and `problem` says what it is and what to
    do.
    """

    format: Literal["jsonl", "parquet", "warc", ""]
    problem: str = ""


def detect_file_kind(path: Path) -> FileKind:
    """Reads the first bytes of a file, also through gzip and zstd. Raises OSError."""
    with path.open("rb") as file:
        head = file.read(SAMPLE)
        inner = _unpack_head(head)
        if inner.startswith(b"WARC/") or head.startswith(DICTIONARY_MAGIC):
            return _detect_warc_kind(file)
        if head.startswith(PARQUET_MAGIC):
            return _detect_parquet_kind(file)
    if problem := _find_problem(head) or _find_problem(inner):
        return FileKind("", problem)
    if _WARC_NAME.search(path.name):
        return FileKind("warc")  # damaged at its beginning
    if problem := _find_text_problem(inner):
        return FileKind("", problem)
    return FileKind("jsonl")


def _unpack_head(head: bytes) -> bytes:
    """Returns the first bytes of what is compressed, as far as they can be read."""
    try:
        if head.startswith(GZIP_MAGIC):
            return zlib.decompressobj(GZIP_WBITS).decompress(head, SAMPLE)
        if head.startswith(ZSTD_MAGIC):
            return zstd.ZstdDecompressor().decompress(head, SAMPLE)
    except (zlib.error, zstd.ZstdError):
        return b""  # damaged: `iter_lines` says so
    return head


def _detect_parquet_kind(file: BinaryIO) -> FileKind:
    file.seek(-len(PARQUET_MAGIC), 2)
    if file.read() == PARQUET_MAGIC and file.tell() > 2 * len(PARQUET_MAGIC):
        return FileKind("parquet")
    return FileKind("", "a Parquet file that is cut off or damaged, not importable")


def _detect_warc_kind(file: BinaryIO) -> FileKind:
    kinds = detect_record_types(file, SAMPLE_RECORDS)
    for kind, problem in (("conversion", _WET), ("metadata", _WAT)):
        if kind in kinds and not kinds - {kind, "warcinfo"}:
            return FileKind("", problem)
    return FileKind("warc")


def _find_problem(head: bytes) -> str:
    """Returns what a file is whose first bytes say that it is neither JSONL nor WARC."""
    for signature, problem in _SIGNATURES:
        if head.startswith(signature):
            return problem
    if head.startswith(b"PK\x03\x04"):
        is_wacz = b"datapackage.json" in head or b"archive/" in head
        return _WACZ if is_wacz else _ZIP
    return _ARC if head.startswith(b"filedesc://") else ""


def _find_text_problem(head: bytes) -> str:
    """Returns why a file is no JSONL; '' if one of its first lines may be a JSON object, or if it
    is empty.
    """
    lines = [line for line in head.removeprefix(b"\xef\xbb\xbf").splitlines() if line.strip()]
    text = b"\n".join(lines).lstrip()
    if not text:
        return ""
    if sum(map(text.count, map(bytes, zip(_CONTROL_CHARACTERS)))) * 50 > len(text):
        return _BINARY
    if text.startswith(b"["):
        return "a JSON array: write one object a line, with `jq -c '.[]' FILE`"
    if lines[0].strip() == b"{":
        return "JSON over several lines: write one object a line, with `jq -c . FILE`"
    if re.match(rb"<!doctype html|<html", text, re.I):
        return "an HTML page: `khabar extract FILE` shows its article"
    if text.startswith(b"<"):
        return "an XML document, not importable: JSONL or WARC is needed"
    if any(line.lstrip().startswith(b"{") for line in lines):
        return ""
    if any(lines[0].count(mark) for mark in (b",", b"\t", b";")):
        return "a table (CSV or TSV): write its rows as JSON objects, one a line"
    return "text that is no JSONL: one JSON object a line is needed"
