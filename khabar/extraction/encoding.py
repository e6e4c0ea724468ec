"""The encoding of a page: decodes its bytes as browsers do."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from khabar.hindi.mojibake import decode_windows_1252

# Chosen by hand, not measured.
MIN_GOOD_PER_BROKEN = 50  # good non-ASCII characters for each broken one in nearly valid UTF-8
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Browsers read all three as windows-1252 (WHATWG Encoding).
_WINDOWS_1252_LABELS = frozenset({"iso8859-1", "ascii", "cp1252"})
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{3,40})""", re.I)
_HEADER_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]{3,40})""", re.I)


def decode_body(body: bytes, content_type: str = "") -> tuple[str, str, str | None]:
    """Decodes a page; returns (text, encoding, problem or None).

    Tries in this order: byte order mark, strict UTF-8, UTF-8 with a few broken characters, the
    charset of the header and of the meta tag, UTF-8 with replacement characters.
    """
    for bom, name in _BOMS:
        if body.startswith(bom):
            return body[len(bom) :].decode(name, "replace"), name, None
    try:
        return body.decode("utf-8"), "utf-8", None
    except UnicodeDecodeError:
        text = body.decode("utf-8", "replace")
    if _is_nearly_utf8(text):
        return text, "utf-8", f"decoding: {text.count(chr(0xFFFD))} broken characters in UTF-8"
    for name in _iter_charsets(body, content_type):
        try:
            if codecs.lookup(name).name in _WINDOWS_1252_LABELS:
                return decode_windows_1252(body), name, None
            return body.decode(name), name, None
        except (UnicodeDecodeError, LookupError):
            continue
    return text, "utf-8", "decoding: neither UTF-8 nor the declared charset"


def _is_nearly_utf8(text: str) -> bool:
    """Whether a page is UTF-8 that was cut or slightly damaged."""
    good = sum(ch > "\x7f" and ch != "\ufffd" for ch in text)
    return 0 < text.count("\ufffd") * MIN_GOOD_PER_BROKEN <= good


def _iter_charsets(body: bytes, content_type: str) -> Iterator[str]:
    if header_match := _HEADER_CHARSET.search(content_type):
        yield header_match[1]
    for match in _CHARSET.finditer(body[:8192]):
        yield match[1].decode("ascii")
