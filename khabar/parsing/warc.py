"""Reads pages from a WARC file: plain, compressed per record (gzip, zstd) or as one gzip member.

Reading moves forward only, and every record is yielded: as a page, or with the reason why not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO

from khabar.model.items import Page
from khabar.parsing.http_bodies import BodyError, BodyTooLarge, decode_body, parse_response
from khabar.parsing.members import VERSION_LINE, MemberError, MemberReader

MAX_BYTES = 8 << 20  # bytes of a page after decompression, as for fetched pages
MAX_HEAD = 32 << 10  # bytes of a record's headers
MAX_BLOCK = MAX_BYTES + (1 << 20)  # bytes of a record: a page and its HTTP headers
RECORD_END = b"\r\n\r\n"  # behind a record's block
_LENGTH = re.compile(r"\d{1,18}")
_RECORD_TYPES = frozenset(
    "warcinfo request response resource metadata revisit conversion continuation".split()
)


class RecordError(ValueError):
    """A record that cannot be read. The message says why, in a few words."""


@dataclass(frozen=True, slots=True)
class WarcRecord:
    """One record: its offsets in the file, and its page or the reason why it is skipped.
    `is_broken`: the record cannot be read.
    """

    offset: int
    next_offset: int  # where reading can be resumed; never before `offset`
    page: Page | None = None
    skip_reason: str = ""
    is_broken: bool = False

    @property
    def size(self) -> int:
        """Bytes of the page."""
        return len(self.page.body) if self.page else 0


@dataclass(frozen=True, slots=True)
class _Head:
    """Headers of a record, with lower-case names."""

    headers: dict[str, str]
    kind: str
    length: int

    @property
    def url(self) -> str:
        return self.headers.get("warc-target-uri", "").strip("<>")


def iter_records(
    stream: BinaryIO, offset: int, refuse_url: Callable[[str], str]
) -> Iterator[WarcRecord]:
    """Yields every record from `offset`, an earlier `next_offset`. Responses with status 200 have a
    page, unless `refuse_url(url)` returns a reason against them.

    A damaged part of the file is yielded as one broken record; reading continues after it. A
    damaged body of a record that is not wanted may go unnoticed: see `MemberReader.skip_member`.
    """
    try:
        reader = MemberReader(stream, offset)
    except MemberError as error:  # its zstd dictionary cannot be read
        yield WarcRecord(offset, stream.seek(0, 2), None, str(error), is_broken=True)
        return
    is_open = reader.start < reader.size
    while is_open:
        try:
            yield from _iter_member(reader, refuse_url)
            is_open = reader.next_member()
        except MemberError as error:
            start = reader.start
            reader.recover()
            yield WarcRecord(start, reader.offset, None, str(error), is_broken=True)
            is_open = reader.start < reader.size


def detect_record_types(stream: BinaryIO, count: int) -> set[str]:
    """Returns the types of the first `count` records that can be read."""
    kinds: set[str] = set()
    for number, record in enumerate(iter_records(stream, 0, lambda _: "response record")):
        if number == count:
            break
        if not record.is_broken:
            kinds.add(record.skip_reason.removesuffix(" record"))
    return kinds


def _iter_member(reader: MemberReader, refuse_url: Callable[[str], str]) -> Iterator[WarcRecord]:
    """Yields the records of a member, or of a plain file. Raises MemberError when the member is
    damaged, instead of its last record.
    """
    count = 0
    while reader.skip_blank():
        offset, count = reader.offset, count + 1
        try:
            page, skip_reason = _read_record(reader, refuse_url)
            is_broken = False
        except RecordError as error:
            page, skip_reason, is_broken = None, str(error), True
        reader.skip_blank()  # also checks the checksum of a member that ends here
        yield WarcRecord(offset, max(reader.offset, offset), page, skip_reason, is_broken)
    reader.note_records(count)


def _read_record(reader: MemberReader, refuse_url: Callable[[str], str]) -> tuple[Page | None, str]:
    """Returns (page, '') or (None, reason), behind the record. Raises RecordError for a broken one,
    behind it or at the next line that begins as a record does.
    """
    raw = reader.peek_head(MAX_HEAD)
    try:
        head = _parse_head(raw)
        if not reader.is_compressed and reader.offset + len(raw) + head.length > reader.size:
            raise RecordError("it is cut short, or its Content-Length is wrong")
    except RecordError:
        reader.find_record()
        raise
    skip_reason = _skip_reason(head, refuse_url)
    if skip_reason and reader.skip_member(len(raw) + head.length + len(RECORD_END)):
        return None, skip_reason
    reader.skip(len(raw))
    block = b"" if skip_reason else reader.read(head.length)
    if (len(block) or reader.skip(head.length)) < head.length:
        raise RecordError("it is cut short, or its Content-Length is wrong")
    if reader.peek(1) not in (b"", b"\r", b"\n") and reader.peek(5) != b"WARC/":
        reader.find_record()
        raise RecordError("it has more bytes than its Content-Length")
    return (None, skip_reason) if skip_reason else _read_page(head, block)


def _parse_head(raw: bytes) -> _Head:
    """Parses the headers of a record. Raises RecordError."""
    match = VERSION_LINE.match(raw)
    if match is None:
        raise RecordError("no record begins here")
    headers: dict[str, str] = {}
    for line in raw[match.end() :].decode(errors="replace").splitlines():
        name, colon, value = line.partition(":")
        if colon:
            headers.setdefault(name.strip().lower(), value.strip())
        elif line.strip() and not line.startswith((" ", "\t")):  # a continued line
            raise RecordError("its headers cannot be read")
    if "warc-type" not in headers:
        raise RecordError("it has no WARC-Type")
    length = headers.get("content-length", "")
    if not _LENGTH.fullmatch(length):
        raise RecordError(f"its Content-Length is {length[:40]!r}")
    return _Head(headers, headers["warc-type"].lower(), int(length))


def _skip_reason(head: _Head, refuse_url: Callable[[str], str]) -> str:
    """Returns why a record is not read, as its headers tell; '' if it is."""
    if head.kind != "response":
        return f"{head.kind} record" if head.kind in _RECORD_TYPES else "record of another type"
    if not head.url.lower().startswith(("http:", "https:")):
        return "no response of a web server"
    if reason := refuse_url(head.url):
        return reason
    if "warc-truncated" in head.headers:
        return "cut short by its crawler"
    return "too large" if head.length > MAX_BLOCK else ""


def _read_page(head: _Head, block: bytes) -> tuple[Page | None, str]:
    """Returns (page, '') or (None, reason). Raises RecordError.

    Whatever a decoder raises costs this record alone and is named: there is no list of exceptions.
    """
    try:
        response = parse_response(block)
        if response.status != 200:
            return None, f"status {response.status}"
        fetched_at = _parse_warc_date(head.headers.get("warc-date"))
        body = decode_body(response, MAX_BYTES)
    except BodyTooLarge as error:
        return None, str(error)
    except (BodyError, RecordError) as error:
        raise RecordError(str(error)) from error
    except Exception as error:
        raise RecordError(f"{type(error).__name__}: {error}") from error
    return Page(head.url, body, fetched_at, response.status, response.headers), ""


def _parse_warc_date(text: str | None) -> datetime:
    """Parses WARC-Date, which is in UTC. Raises RecordError."""
    if not text:
        raise RecordError("it has no WARC-Date")
    try:
        timestamp = datetime.fromisoformat(text)
        return (timestamp if timestamp.tzinfo else timestamp.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise RecordError(f"its WARC-Date is {text[:40]!r}") from error
