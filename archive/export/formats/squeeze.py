"""A file that is compressed as it is written: zstd, one frame."""

from __future__ import annotations

import sys

from archive.export.folder import Folder, Part

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LEVEL = 3
ENDING = ".zst"


class Squeezed:
    """Bytes in, zstd out."""

    def __init__(self, part: Part) -> None:
        self._part, self._press = part, zstd.ZstdCompressor(LEVEL)

    def write(self, chunk: bytes) -> None:
        self._part.write(self._press.compress(chunk))

    def close(self) -> None:
        self._part.write(self._press.flush())
        self._part.close()


def opened(folder: Folder, name: str, *, compress: bool) -> Part | Squeezed:
    """A new file of the dataset, named with `.zst` when it is compressed."""
    return Squeezed(folder.open(name + ENDING)) if compress else folder.open(name)
