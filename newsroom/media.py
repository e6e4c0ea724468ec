"""Tiny valid files for the pages' pictures, videos and documents. The crawler never requests them;
a browser may.
"""

from __future__ import annotations

import base64
import struct
import zlib
from pathlib import PurePosixPath

from newsroom.responses import SiteResponse


def _make_png() -> bytes:
    """One grey pixel."""
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\x00\x80", 9)),
        (b"IEND", b""),
    )
    encoded_chunks = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(encoded_chunks)


_JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP////////////////////////////////////////////"
    "//////////////////////////////////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA="
)
_MP4 = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2\x00\x00\x00\x08mdat"
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
_FILES = {
    ".png": ("image/png", _make_png()),
    ".jpg": ("image/jpeg", _JPEG),
    ".mp4": ("video/mp4", _MP4),
    ".pdf": ("application/pdf", PDF),
    ".css": ("text/css", b"body{font-family:sans-serif}"),
    ".ico": ("image/png", _make_png()),
}


def file_response(path: str) -> SiteResponse | None:
    """Returns a file of that path's type; None for an unknown type."""
    file = _FILES.get(PurePosixPath(path).suffix)
    return SiteResponse(file[1], content_type=file[0]) if file else None
