"""Pages out of a WARC file, plain or gzipped record by record, as Common Crawl writes its news."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from khabar.model.items import Page

MAX_BYTES = 8 << 20  # unpacked: what a live page may have, too
CHUNK = 1 << 20
ZIPPED = b"\x1f\x8b"
# What a damaged record makes its reader raise.
BROKEN = (ArchiveLoadFailed, AttributeError, EOFError, KeyError, OSError, UnicodeError, ValueError, zlib.error)


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its place in the file, and the page it holds or why it holds none. `broken`: it cannot be read."""

    offset: int
    after: int  # where the next one begins: everything before it has been given
    page: Page | None = None
    left_out: str = ""
    broken: bool = False


def pages(stream: BinaryIO, offset: int, wanted: Callable[[str], bool]) -> Iterator[Record]:
    """Every record from `offset` (a record's beginning) on; the 200 responses of `wanted` addresses as pages.

    What cannot be read is given as one broken record, and reading goes on at the next that can.
    """
    size, mark = _size(stream), _mark(stream)
    while offset < size:
        stream.seek(offset)
        for record in _until_broken(stream, wanted):
            offset = record.after
            yield record
        if offset < size and (following := _next_record(stream, offset, mark, size)):
            yield Record(offset, following, left_out="the record cannot be read", broken=True)
            offset = following
        else:
            return


def _size(stream: BinaryIO) -> int:
    return stream.seek(0, 2)


def _mark(stream: BinaryIO) -> bytes:
    """How a record begins in this file."""
    stream.seek(0)
    return ZIPPED + b"\x08" if stream.read(2) == ZIPPED else b"WARC/1."


def _until_broken(stream: BinaryIO, wanted: Callable[[str], bool]) -> Iterator[Record]:
    records = ArchiveIterator(stream)
    try:
        for record in records:
            held, left_out = _held(record, wanted)
            offset = records.get_record_offset()
            is_cut = record.raw_stream.limit > 0
            yield Record(
                offset, records.offset, None if is_cut else held, "it is cut short" if is_cut else left_out, is_cut
            )
    except BROKEN:
        return  # `pages` names the record and finds the next


def _next_record(stream: BinaryIO, offset: int, mark: bytes, size: int) -> int | None:
    """Where reading can go on behind what is broken at `offset`: the file's end when nowhere. None: nothing is left."""
    stream.seek(offset)
    before, at = stream.read(1), offset + 1
    if not before.strip() and not stream.read(8).strip():
        return None  # blank lines after the last record
    stream.seek(at)
    while chunk := stream.read(CHUNK):
        found = chunk.find(mark)
        if found >= 0:
            return at + found
        at += max(len(chunk) - len(mark) + 1, 1)
        stream.seek(at)
    return size


def _held(record: Any, wanted: Callable[[str], bool]) -> tuple[Page | None, str]:
    """The page a record holds, or why it holds none for us. ValueError: its own head is damaged."""
    if record.rec_type is None:
        raise ValueError("a record without a type")
    if record.rec_type != "response" or record.http_headers is None:
        return None, "no response"
    url = (record.rec_headers.get_header("WARC-Target-URI") or "").strip("<>")
    if not wanted(url):
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
    return Page(url, body, _moment(record.rec_headers.get_header("WARC-Date")), status, headers), ""


def _moment(told: str) -> datetime:
    """WARC-Date, which is UTC."""
    moment = datetime.fromisoformat(told)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
