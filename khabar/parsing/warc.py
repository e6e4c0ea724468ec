"""Reads pages from a WARC file, plain or gzipped per record, as in Common Crawl's news dataset."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from khabar.model.items import Page

MAX_BYTES = 8 << 20  # bytes of a page after decompression, as for fetched pages
CHUNK_SIZE = 1 << 20
GZIP_MAGIC = b"\x1f\x8b"
# Exceptions that warcio and _read_page raise on a damaged record.
READ_ERRORS = (
    ArchiveLoadFailed,
    AttributeError,
    EOFError,
    KeyError,
    OSError,
    UnicodeError,
    ValueError,
    zlib.error,
)


@dataclass(frozen=True, slots=True)
class WarcRecord:
    """One record: its offsets in the file, and its page or the reason why it is skipped.
    `is_broken`: the record cannot be read.
    """

    offset: int
    next_offset: int  # where the next record begins; reading can be resumed there
    page: Page | None = None
    skip_reason: str = ""
    is_broken: bool = False


def iter_records(
    stream: BinaryIO, offset: int, is_wanted: Callable[[str], bool]
) -> Iterator[WarcRecord]:
    """Yields every record from `offset`, where a record begins; responses with status 200 for which
    `is_wanted(url)` is true have a page.

    A damaged part of the file is yielded as one broken record; reading continues after it.
    """
    size, signature = stream.seek(0, 2), _detect_signature(stream)
    while offset < size:
        stream.seek(offset)
        for record in _iter_until_broken(stream, is_wanted):
            offset = record.next_offset
            yield record
        if offset < size and (next_offset := _find_next_record(stream, offset, signature, size)):
            yield WarcRecord(
                offset, next_offset, skip_reason="the record cannot be read", is_broken=True
            )
            offset = next_offset
        else:
            return


def _detect_signature(stream: BinaryIO) -> bytes:
    """Returns the bytes with which each record of this file begins."""
    stream.seek(0)
    return GZIP_MAGIC + b"\x08" if stream.read(2) == GZIP_MAGIC else b"WARC/1."


def _iter_until_broken(stream: BinaryIO, is_wanted: Callable[[str], bool]) -> Iterator[WarcRecord]:
    """Yields records from the stream's position up to the end or the first damaged one."""
    records = ArchiveIterator(stream)
    try:
        for record in records:
            page, skip_reason = _read_page(record, is_wanted)
            offset = records.get_record_offset()
            is_truncated = record.raw_stream.limit > 0
            yield WarcRecord(
                offset,
                records.offset,
                None if is_truncated else page,
                "it is cut short" if is_truncated else skip_reason,
                is_truncated,
            )
    except READ_ERRORS:
        return  # `iter_records` yields the broken record and looks for the next one


def _find_next_record(stream: BinaryIO, offset: int, signature: bytes, size: int) -> int | None:
    """Returns the offset of the next record after the damaged one at `offset`, or the size of the
    file if there is none; None if only blank lines are left.
    """
    stream.seek(offset)
    first_byte, pos = stream.read(1), offset + 1
    if not first_byte.strip() and not stream.read(8).strip():
        return None  # blank lines after the last record
    stream.seek(pos)
    while chunk := stream.read(CHUNK_SIZE):
        match = chunk.find(signature)
        if match >= 0:
            return pos + match
        pos += max(len(chunk) - len(signature) + 1, 1)
        stream.seek(pos)
    return size


def _read_page(record: Any, is_wanted: Callable[[str], bool]) -> tuple[Page | None, str]:
    """Returns (page, '') or (None, reason). Raises one of READ_ERRORS if the record is damaged."""
    if record.rec_type is None:
        raise ValueError("a record without a type")
    if record.rec_type != "response" or record.http_headers is None:
        return None, "no response"
    url = (record.rec_headers.get_header("WARC-Target-URI") or "").strip("<>")
    if not is_wanted(url):
        return None, "of no known source"
    status = int(record.http_headers.get_statuscode())
    if status != 200:
        return None, f"status {status}"
    if record.rec_headers.get_header("WARC-Truncated"):
        return None, "cut short by its crawler"
    body = record.content_stream().read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        return None, "too large"
    headers = {name.lower(): value for name, value in record.http_headers.headers}
    return Page(
        url, body, _parse_warc_date(record.rec_headers.get_header("WARC-Date")), status, headers
    ), ""


def _parse_warc_date(text: str) -> datetime:
    """Parses WARC-Date, which is in UTC."""
    timestamp = datetime.fromisoformat(text)
    return timestamp if timestamp.tzinfo else timestamp.replace(tzinfo=UTC)
