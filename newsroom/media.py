"""Tiny valid files for whatever the pages show: nobody's crawler asks for them, a browser may."""

from __future__ import annotations

import base64
import struct
import zlib
from pathlib import PurePosixPath

from newsroom.answers import Answer


def _png() -> bytes:
    """One grey pixel."""
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\x00\x80", 9)),
        (b"IEND", b""),
    )
    packed = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


_JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////"
    "wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA="
)
_MP4 = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2\x00\x00\x00\x08mdat"
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
_FILES = {
    ".png": ("image/png", _png()),
    ".jpg": ("image/jpeg", _JPEG),
    ".mp4": ("video/mp4", _MP4),
    ".pdf": ("application/pdf", PDF),
    ".css": ("text/css", b"body{font-family:sans-serif}"),
    ".ico": ("image/png", _png()),
}


def file_answer(path: str) -> Answer | None:
    """The file of that name's kind; None for a kind we do not keep."""
    found = _FILES.get(PurePosixPath(path).suffix)
    return Answer(found[1], content_type=found[0]) if found else None
