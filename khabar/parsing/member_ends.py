"""Finds where a gzip member ends from the bytes around its end, without decompressing it."""

from __future__ import annotations

from collections import deque
from typing import BinaryIO

from khabar.parsing.codecs import GZIP_MAGIC

SCAN_CHUNK = 64 << 10  # bytes of the file searched at a time
SMALLEST_MEMBER = 18  # bytes: header and trailer
MAX_SIZE = 4 << 20  # decompressed bytes of a member whose end is searched; few pages are larger
# Places held at a time: each is compared once for every member. 4 MB of compressed pages have 200.
MAX_PLACES = 1000


class MemberEnds:
    """The places of a file where a gzip member may end: the first bytes of another one follow. The
    four bytes before tell the size of what ends there, decompressed (RFC 1952, ISIZE).

    Each byte of the file is searched once; members are asked for in their order.
    """

    def __init__(self, file: BinaryIO, file_size: int) -> None:
        self._file, self._file_size = file, file_size
        self._searched_end = 0
        self._places: deque[tuple[int, int]] = deque()  # offset, size in the bytes before it

    def find_end(self, start: int, size: int) -> int | None:
        """Returns the end of the member at `start`, which has `size` bytes when decompressed; None
        when it cannot be told without decompressing.

        It is the next place, if that tells `size` and no other may be the end, up to the greatest
        length that the member can have. Whoever is archived may put a whole member, with a record
        of another's URL, into a page, and a size before it. But the true end also tells the size,
        so a place inside the member makes two of them, and then the end cannot be told.
        """
        # `size` is doubled for a compressor that makes its input longer: zlib's default adds 13
        # bytes and 0.03 %, flushing after every five bytes doubles it. 4 KB: the gzip header.
        limit = start + 2 * size + (4 << 10)
        # In a file that was cut short the true end may be missing.
        if size > MAX_SIZE or limit >= self._file_size:
            return None
        self._search(start, limit)
        if self._searched_end < limit or len(self._places) > MAX_PLACES:
            return None
        # Sizes of no page: line ends or zeros, which may stand behind a member, are read as one.
        ends = [
            place
            for place in self._places
            if place[0] <= limit and (place[1] == size or not 0 < place[1] <= MAX_SIZE)
        ]
        is_found = len(ends) == 1 and ends[0] == self._places[0] and ends[0][1] == size
        return ends[0][0] if is_found else None

    def _search(self, start: int, limit: int) -> None:
        """Makes the places those from `start` to `limit`, and some behind it; stops when there are
        too many.
        """
        while self._places and self._places[0][0] <= start:
            self._places.popleft()
        self._searched_end = max(self._searched_end, start + SMALLEST_MEMBER)
        while self._searched_end < limit and len(self._places) <= MAX_PLACES:
            first = self._searched_end - 4
            self._file.seek(first)
            data = self._file.read(4 + SCAN_CHUNK + len(GZIP_MAGIC) - 1)
            at = data.find(GZIP_MAGIC, 4)
            while at >= 0:
                size = int.from_bytes(data[at - 4 : at], "little")
                self._places.append((first + at, size))
                at = data.find(GZIP_MAGIC, at + 1)
            self._searched_end += SCAN_CHUNK
