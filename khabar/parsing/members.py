"""Reads a WARC file forward: plain, or gzip members or zstd frames one after another.

A member usually holds one record; `gzip x.warc` makes one member of all. A plain file counts as one
member. Nothing here moves back behind a member's start, and damaged ones are passed over.

`MemberReader.skip_member` goes to the end of a gzip member without decompressing it.
"""

from __future__ import annotations

import re
import zlib
from typing import BinaryIO, Protocol

from khabar.parsing.codecs import GZIP_MAGIC, GZIP_WBITS, ZSTD_MAGIC, zstd
from khabar.parsing.member_ends import MemberEnds

WINDOW = 256 << 10  # bytes of the file held
RAW_CHUNK = 4 << 10  # bytes of it decompressed at a time
CHUNK = 64 << 10  # bytes decompressed at a time
FIRST_CHUNK = 2 << 10  # of a member: the headers of its record, which may be all that is read
# Members decompressed to their end, each with one record, before any is skipped without. Chosen by
# hand, not measured.
SINGLE_MEMBERS = 3
MAX_DICTIONARY = 16 << 20  # bytes of a zstd dictionary
# How far before a decompression error the next member is searched: a damaged member may have been
# read beyond its end. Chosen by hand, not measured.
SEARCH_BACK = 32 << 10
DICTIONARY_MAGIC = b"\x5d\x2a\x4d\x18"  # the skippable frame that opens a WARC with a dictionary
_SKIPPABLE_MAGICS = tuple(bytes([byte]) + b"\x2a\x4d\x18" for byte in range(0x50, 0x60))
VERSION_LINE = re.compile(rb"WARC/\d\.\d\d?\r?\n")  # the first line of a record
LONGEST_VERSION_LINE = 11
_LINE_ENDS = re.compile(rb"[\r\n]*")


class MemberError(ValueError):
    """A member that cannot be decompressed. The message says why."""


class _Decompressor(Protocol):
    eof: bool
    unused_data: bytes

    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...


class MemberReader:
    """The decompressed bytes of one member at a time, read forward.

    `start`: offset of the current member. `is_compressed`: false for a plain file.
    """

    def __init__(self, file: BinaryIO, offset: int = 0) -> None:
        self._file, self.size = file, file.seek(0, 2)
        file.seek(0)
        first = file.read(4)
        self._window, self._window_start = b"", 0
        self._ends = MemberEnds(file, self.size)
        self._single_members, self._has_several = 0, False
        self._magic = GZIP_MAGIC if first.startswith(GZIP_MAGIC) else b""
        self._dictionary: zstd.ZstdDict | None = None
        if first == ZSTD_MAGIC or first in _SKIPPABLE_MAGICS:
            self._magic, self._dictionary = ZSTD_MAGIC, self._read_dictionary(first)
        self.is_compressed = bool(self._magic)
        self._open(offset)

    def _read_dictionary(self, first: bytes) -> zstd.ZstdDict | None:
        """Reads the dictionary before the first frame, as WARC files of web archives have it."""
        if first != DICTIONARY_MAGIC:
            return None
        length = int.from_bytes(self._file.read(4), "little")
        if length > MAX_DICTIONARY:
            raise MemberError(f"a zstd dictionary of {length} bytes")
        content = self._file.read(length)
        try:
            if content.startswith(ZSTD_MAGIC):
                content = zstd.ZstdDecompressor().decompress(content, MAX_DICTIONARY)
            dictionary = zstd.ZstdDict(content)
            zstd.ZstdDecompressor(dictionary)  # raises where it cannot be used
            return dictionary
        except Exception as error:
            raise MemberError(f"{type(error).__name__}: {error}") from error

    def _open(self, offset: int) -> None:
        """Goes to a member's start, or to any byte of a plain file."""
        self.start = offset
        self._raw, self._raw_end = b"", offset
        self._buffer, self._pos = b"", 0
        self._buffer_end = 0  # offset in the decompressed member
        self._decompressor: _Decompressor | None = None
        self._is_member_end = False
        if self._magic and offset < self.size:
            self._decompressor = self._make_decompressor()

    def _make_decompressor(self) -> _Decompressor:
        if self._magic == GZIP_MAGIC:
            return zlib.decompressobj(GZIP_WBITS)  # type: ignore[return-value]
        return zstd.ZstdDecompressor(self._dictionary)  # type: ignore[return-value]

    @property
    def offset(self) -> int:
        """Where reading can be resumed: in a plain file here, else at the member's start, or at its
        end once it is read.
        """
        if not self._magic:
            return self._raw_end - len(self._buffer) + self._pos
        is_read = self._is_member_end and self._pos == len(self._buffer)
        return self._raw_end - len(self._raw) if is_read else self.start

    # --- bytes of the member ---

    def peek(self, count: int) -> bytes:
        """Returns the next `count` bytes, fewer at the member's end, without moving on."""
        while len(self._buffer) - self._pos < count and (chunk := self._read_chunk()):
            self._buffer, self._pos = self._buffer[self._pos :] + chunk, 0
        return self._buffer[self._pos : self._pos + count]

    def read(self, count: int) -> bytes:
        """Returns the next `count` bytes, fewer at the member's end."""
        parts = [self._buffer[self._pos : self._pos + count]]
        self._pos += len(parts[0])
        count -= len(parts[0])
        while count and (chunk := self._read_chunk()):
            parts.append(chunk[:count])
            self._buffer, self._pos = chunk, len(parts[-1])
            count -= len(parts[-1])
        return b"".join(parts)

    def skip(self, count: int) -> int:
        """Moves on by `count` bytes, less at the member's end; returns by how many."""
        done = 0
        while done < count and (step := len(self.read(min(count - done, CHUNK)))):
            done += step
        return done

    def peek_head(self, max_bytes: int) -> bytes:
        """Returns the next lines up to a blank one, without moving on; nothing if another record
        begins before that, or if there is no blank line within `max_bytes`.
        """
        count = 1 << 10
        while True:
            self.peek(count)
            end = min(len(self._buffer), self._pos + count)
            next_record = self._buffer.find(b"\nWARC/", self._pos, end)
            stop = end if next_record < 0 else next_record + 1
            ends = [
                match + len(mark)
                for mark in (b"\n\n", b"\n\r\n")
                if (match := self._buffer.find(mark, self._pos, stop)) >= 0
            ]
            if ends:
                return self._buffer[self._pos : min(ends)]
            if stop < self._pos + count or count >= max_bytes:
                return b""
            count *= 2

    def skip_blank(self) -> bool:
        """Moves to the next byte that is no line end; False at the member's end."""
        while self.peek(1):
            self._pos += len(_LINE_ENDS.match(self._buffer, self._pos)[0])  # type: ignore[index]
            if self._pos < len(self._buffer):
                return True
        return False

    def find_record(self) -> bool:
        """Moves to the next place that begins as a record does, at least a byte ahead; False at the
        member's end.
        """
        self.read(1)
        while self.peek(LONGEST_VERSION_LINE):
            if match := VERSION_LINE.search(self._buffer, self._pos):
                self._pos = match.start()
                return True
            self._pos = max(self._pos, len(self._buffer) - LONGEST_VERSION_LINE + 1)
            if len(self.peek(LONGEST_VERSION_LINE)) < LONGEST_VERSION_LINE:
                self._pos = len(self._buffer)
        return False

    def _read_chunk(self) -> bytes:
        """Returns the next decompressed bytes; nothing at the member's end. Raises MemberError."""
        if not self._magic:
            return self._read_raw()
        while not self._is_member_end and self._decompressor:
            # zstd's keeps its input until there is room for the output
            needs_input = getattr(self._decompressor, "needs_input", True)
            data = self._raw or (self._read_raw() if needs_input else b"")
            try:
                chunk = self._decompressor.decompress(
                    data, CHUNK if self._buffer_end else FIRST_CHUNK
                )
            except Exception as error:
                raise MemberError(f"{type(error).__name__}: {error}") from error
            self._is_member_end = self._decompressor.eof
            self._raw = (
                self._decompressor.unused_data
                if self._is_member_end
                else getattr(self._decompressor, "unconsumed_tail", b"")
            )
            if chunk:
                self._buffer_end += len(chunk)
                return chunk
            if not data and needs_input and not self._is_member_end:
                raise MemberError("the compressed data is cut short")
        return b""

    def _read_raw(self) -> bytes:
        """Returns the next bytes of the file, more of a plain one than of a compressed one."""
        data = self._read_at(self._raw_end, RAW_CHUNK if self._magic else CHUNK)
        self._raw_end += len(data)
        return data

    def _read_at(self, offset: int, count: int) -> bytes:
        if offset >= self.size:
            return b""
        start = self._hold(offset)
        return self._window[start : start + count]

    def _hold(self, offset: int) -> int:
        """Makes the window of the file hold a byte; returns where in the window it is."""
        if not self._window_start <= offset < self._window_start + len(self._window):
            self._window_start = max(0, offset - 2 * SEARCH_BACK)
            self._file.seek(self._window_start)
            self._window = self._file.read(WINDOW)
        return offset - self._window_start

    # --- from member to member ---

    def next_member(self) -> bool:
        """Goes to the next member, when this one is read; False at the end of the file."""
        if not self._magic:
            return False
        self._open(self._skip_padding(self._raw_end - len(self._raw)))
        return self.start < self.size

    def note_records(self, count: int) -> None:
        """Notes how many records the member held that is read, for `skip_member`."""
        if count > 1:
            self._has_several = True
        else:
            self._single_members += count

    def skip_member(self, size: int) -> bool:
        """Goes from the start of a gzip member to its end without decompressing the rest, if it has
        `size` bytes: those of one record. False, and nothing is done, when that cannot be told.

        The end is found as `MemberEnds.find_end` says. A member of several records has more bytes
        than the first of them, so it is not skipped, unless a page in it tells the size of that
        first record where a member could end: then it could hide, or invent, records behind it. So
        nothing is skipped before SINGLE_MEMBERS members were read, nor after one with several
        records: writers of WARC files use one form. What remains open is the first such member of a
        file that begins otherwise. The checksum of a skipped member is not checked.
        """
        is_at_start = self._buffer_end - len(self._buffer) + self._pos == 0
        may_skip = self._single_members >= SINGLE_MEMBERS and not self._has_several
        if self._magic != GZIP_MAGIC or not may_skip or not is_at_start or self._is_member_end:
            return False
        end = self._ends.find_end(self.start, size)
        if end is None:
            return False
        self._raw, self._raw_end = b"", end
        self._buffer, self._pos, self._is_member_end = b"", 0, True
        return True

    def _skip_padding(self, offset: int) -> int:
        """Returns the offset behind line ends; the file's size if only zeros follow."""
        first_zero, count = None, 16
        while data := self._read_at(offset, count):
            rest = data.lstrip(b"\r\n" if first_zero is None else b"\0\r\n")
            offset, count = offset + len(data) - len(rest), CHUNK
            if rest and first_zero is not None:
                return first_zero
            if rest and not rest.startswith(b"\0"):
                return offset
            if rest:
                first_zero = offset
        return self.size

    def recover(self) -> None:
        """Goes to the next member that begins as a record does, behind this damaged one; to the end
        of the file if there is none.
        """
        offset = max(self.start + 1, self._raw_end - RAW_CHUNK - SEARCH_BACK)
        while (found := self._find_magic(offset)) < self.size:
            self._open(found)
            try:
                if self.peek(5) == b"WARC/":
                    return
            except MemberError:
                pass  # no member: these bytes only look like the first ones of a member
            offset = found + 1
        self._open(self.size)

    def _find_magic(self, offset: int) -> int:
        while offset < self.size:
            match = self._window.find(self._magic, self._hold(offset))
            if match >= 0:
                return self._window_start + match
            window_end = self._window_start + len(self._window)
            offset = window_end if window_end >= self.size else window_end - len(self._magic) + 1
        return self.size
