"""Parses HTTP responses as WARC files hold them: status, headers, and the body as the page was.

A crawler may have removed the chunks or the content encoding and left the headers that name them.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import brotli

from khabar.parsing.codecs import GZIP_MAGIC, GZIP_WBITS, ZSTD_MAGIC, zstd

MAX_CODINGS = 5  # content encodings of one body, one in the other
MAX_MEMBERS = 100  # gzip members or zstd frames of one body
_STATUS_LINE = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})(?:[ \t][^\r\n]*)?\r?\n")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_CHUNK_HEAD = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]{0,1000})?\r\n")
_CONTROL_CHARACTERS = bytes(set(range(32)) - set(b"\t\n\f\r"))
_TEXT_SAMPLE = 512  # bytes that tell text from compressed data


class BodyError(ValueError):
    """A response that cannot be read. The message says why, in a few words."""


class BodyTooLarge(BodyError):
    """A body that is larger than allowed after decompression."""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A response: `body` as it was sent. Names of headers are in lower case; repeated ones are
    joined by commas.
    """

    status: int
    headers: dict[str, str]
    body: bytes


def parse_response(block: bytes) -> HttpResponse:
    """Parses an HTTP response. Raises BodyError without a status line or an end of the headers."""
    match = _STATUS_LINE.match(block)
    if match is None:
        raise BodyError("no HTTP status line")
    end = _HEAD_END.search(block, match.end() - 2)
    if end is None:
        raise BodyError("its HTTP headers have no end")
    headers: dict[str, str] = {}
    for line in block[match.end() : end.start()].splitlines():
        name, colon, value = decode_header(line).partition(":")
        if colon and name.strip():
            known = headers.get(name.strip().lower())
            headers[name.strip().lower()] = (
                value.strip() if known is None else f"{known}, {value.strip()}"
            )
    return HttpResponse(int(match[1]), headers, block[end.end() :])


def decode_header(header: bytes) -> str:
    """Decodes a header as UTF-8, else as Latin-1, as HTTP defines."""
    try:
        return header.decode()
    except UnicodeDecodeError:
        return header.decode("latin-1")


def decode_body(response: HttpResponse, max_bytes: int) -> bytes:
    """Returns the body without chunks and content encodings. Raises BodyError."""
    body = response.body
    if "chunked" in response.headers.get("transfer-encoding", "").lower():
        body = _remove_chunks(body)
    codings = [
        coding
        for word in response.headers.get("content-encoding", "").lower().split(",")
        if (coding := word.strip()) not in ("", "identity", "none")
    ]
    if len(codings) > MAX_CODINGS:
        raise BodyError(f"more than {MAX_CODINGS} content encodings")
    for coding in reversed(codings):
        body = _decode(coding, body, max_bytes)
    if len(body) > max_bytes:
        raise BodyTooLarge("too large")
    return body


def _remove_chunks(body: bytes) -> bytes:
    """Returns the chunks' data; the body itself if it does not begin with a chunk."""
    match = _CHUNK_HEAD.match(body)
    if match is None:
        return body
    parts: list[bytes] = []
    while match and (size := int(match[1], 16)):
        end = match.end() + size
        parts.append(body[match.end() : end])
        match = _CHUNK_HEAD.match(body, end + 2) if body[end : end + 2] == b"\r\n" else None
    if match is None:
        raise BodyError("its chunks are cut short or damaged")
    return b"".join(parts)


def _decode(coding: str, body: bytes, max_bytes: int) -> bytes:
    decoder = _DECODERS.get(coding)
    if decoder is None:
        raise BodyError(f"unknown content encoding {coding[:20]!r}")
    return body if not body or _is_text(body) else decoder(body, max_bytes)


def _is_text(body: bytes) -> bool:
    """Whether a body is text already, although a header names a content encoding."""
    sample = body[:_TEXT_SAMPLE]
    if (
        sample.startswith((GZIP_MAGIC, ZSTD_MAGIC))
        or sample.translate(None, _CONTROL_CHARACTERS) != sample
    ):
        return False
    return sample.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") or _is_utf8(sample)


def _is_utf8(sample: bytes) -> bool:
    """Whether bytes are UTF-8; the last letter may be cut."""
    return "\ufffd" not in sample.decode(errors="replace")[:-3]


def _gunzip(body: bytes, max_bytes: int) -> bytes:
    return _decompress(body, max_bytes, lambda: zlib.decompressobj(GZIP_WBITS), GZIP_MAGIC)


def _inflate(body: bytes, max_bytes: int) -> bytes:
    """Decompresses `deflate`: zlib, as HTTP defines it, or bare as some servers send it."""
    try:
        return _decompress(body, max_bytes, zlib.decompressobj, b"")
    except zlib.error:
        return _decompress(body, max_bytes, lambda: zlib.decompressobj(-zlib.MAX_WBITS), b"")


def _decompress_zstd(body: bytes, max_bytes: int) -> bytes:
    return _decompress(body, max_bytes, zstd.ZstdDecompressor, ZSTD_MAGIC)


def _decompress(body: bytes, max_bytes: int, make: Callable[[], object], magic: bytes) -> bytes:
    """Decompresses members that follow each other; bytes behind the last one are ignored, as
    browsers do.
    """
    parts, room = [], max_bytes + 1
    for _ in range(MAX_MEMBERS):
        decompressor: zlib._Decompress = make()  # type: ignore[assignment]  # zstd's is alike
        part = decompressor.decompress(body, room)
        parts.append(part)
        room -= len(part)
        if room <= 0:
            raise BodyTooLarge("too large")
        if not decompressor.eof:
            raise BodyError("its compressed body is cut short")
        body = decompressor.unused_data
        if not magic or not body.startswith(magic):
            return b"".join(parts)
    raise BodyError(f"more than {MAX_MEMBERS} compressed members")


def _decompress_brotli(body: bytes, max_bytes: int) -> bytes:
    decompressor, parts, room = brotli.Decompressor(), [], max_bytes + 1
    while not decompressor.is_finished():
        part = decompressor.process(body, output_buffer_limit=room)
        parts.append(part)
        room -= len(part)
        if room <= 0:
            raise BodyTooLarge("too large")
        if not part and not decompressor.is_finished() and decompressor.can_accept_more_data():
            raise BodyError("its compressed body is cut short")
        body = b""
    return b"".join(parts)


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
    "br": _decompress_brotli,
    "zstd": _decompress_zstd,
}
