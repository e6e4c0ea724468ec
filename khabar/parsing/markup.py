"""Scans XML and HTML-like markup of any quality in linear time and bounded memory.

Nothing is validated: prefixes need no declaration, names no certain case, elements no end, and a
bare & is a letter.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from html.entities import html5
from itertools import chain

# Characters of a tag, or of a text that has no end in the buffer, before it is taken as it is.
# Chosen by hand, not measured.
MAX_TOKEN = 1 << 18
# A value in quotes has no <, so that a search for its end goes no further than the next tag.
_TAG = re.compile(
    r"([^<]*+)<(/?)([^\W\d][\w.:-]*+)"
    r"((?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+'|[\"'])*+)>"
)
_DECLARATION = re.compile(r"<[?!][^<>]*+>")
_STRAY_RUN = re.compile(r"<+(?=<)")  # the last may begin a tag
_SECTIONS = {"<!--": "-->", "<![CDATA[": "]]>"}
_REFERENCE = re.compile(r"&(?:#(\d{1,20})|#[xX]([0-9A-Fa-f]{1,20})|([A-Za-z][A-Za-z0-9]{1,31}));")
_ATTRIBUTE = re.compile(r"(?<![\w.:-])([\w.:-]++)\s*+=\s*+(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_ENCODING = re.compile(rb"\s*<\?xml[^<>]{0,200}?encoding\s*=\s*[\"']([\w.-]+)", re.I)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
# Encodings that a declaration may name; any other body is decoded as UTF-8.
_SINGLE_BYTE = re.compile(r"(iso8859-|cp125)\d+$")

# (text before the tag, the tag's local name in lower case with a / if it ends an element, its
# attributes as written); the name is "" for text alone.
Token = tuple[str, str, str]


def decode_chunks(chunks: Iterable[bytes]) -> Iterator[str]:
    """Decodes by byte order mark or XML declaration, else as UTF-8; invalid bytes become U+FFFD."""
    decoder: codecs.IncrementalDecoder | None = None
    for chunk in chunks:
        decoder = decoder or codecs.getincrementaldecoder(_find_encoding(chunk))("replace")
        yield decoder.decode(chunk)
    if decoder:
        yield decoder.decode(b"", final=True)


def _find_encoding(start: bytes) -> str:
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding
    if match := _ENCODING.match(start):
        try:
            name = codecs.lookup(match[1].decode()).name
        except LookupError:
            return "utf-8"
        if _SINGLE_BYTE.match(name):
            return name
    return "utf-8"


def scan_markup(texts: Iterable[str]) -> Iterator[Token]:
    """Yields the tags of a document, each with the text before it. Comments and declarations are
    left out; references are resolved, except in CDATA.
    """
    rest = end_mark = ""
    local_names = dict[str, str]()
    for part in chain(filter(None, texts), ("",)):
        buffer, position = rest + part, 0
        while position < len(buffer):
            if not end_mark and (match := _TAG.match(buffer, position)):
                text, slash, written_name, attributes = match.groups()
                name = local_names.get(written_name) or _cut_prefix(written_name, local_names)
                yield resolve_references(text), slash + name, attributes
                if attributes and attributes[-1] == "/" and not slash:
                    yield "", "/" + name, ""
                position = match.end()
                continue
            start = position
            position, end_mark, text = _read_other(buffer, start, end_mark, is_last=not part)
            if text:
                yield text, "", ""
            if position == start:
                break  # the next part is needed
        rest = buffer[position:]


def _cut_prefix(written_name: str, local_names: dict[str, str]) -> str:
    """Returns a tag's local name in lower case, and remembers those of the first thousand."""
    name = written_name.rpartition(":")[2].lower()
    if len(local_names) < 1000:
        local_names[written_name] = name
    return name


def _read_other(
    buffer: str, position: int, end_mark: str, *, is_last: bool
) -> tuple[int, str, str]:
    """Reads what is no tag: text, a comment, CDATA, a declaration, a < alone.

    Returns the position after it, the mark that ends the section it is in, and text. The position
    is unchanged where more is needed. `end_mark`: of the section at the position.
    """
    if end_mark:
        end = buffer.find(end_mark, position)
        stop = end if end >= 0 else max(position, len(buffer) - (0 if is_last else 2))
        text = buffer[position:stop] if end_mark == "]]>" else ""
        return (end + 3, "", text) if end >= 0 else (stop, end_mark, text)
    start = buffer.find("<", position)
    start = start if start >= 0 else len(buffer)
    is_cut = not is_last and len(buffer) - position < MAX_TOKEN and buffer.find("<", start + 1) < 0
    if start > position:
        # a reference may be cut by the end of the buffer
        is_whole = start < len(buffer) or not is_cut
        return (
            (start, "", resolve_references(buffer[position:start]))
            if is_whole
            else (position, "", "")
        )
    for mark, section_end in _SECTIONS.items():
        if buffer.startswith(mark, position):
            return position + len(mark), section_end, ""
    if declaration := _DECLARATION.match(buffer, position):
        return declaration.end(), "", ""
    if is_cut:
        return position, "", ""
    stray = run[0] if (run := _STRAY_RUN.match(buffer, position)) else "<"
    return position + len(stray), "", stray


def resolve_references(text: str) -> str:
    """Resolves character references that end with a semicolon. Those to no character (surrogates,
    NUL, beyond Unicode) are removed; any other & stays as it is.
    """
    return _REFERENCE.sub(_resolve_reference, text) if "&" in text else text


def _resolve_reference(reference: re.Match[str]) -> str:
    decimal, hexadecimal, name = reference.groups()
    if name:
        return html5.get(name + ";", reference[0])
    number = int(hexadecimal, 16) if hexadecimal else int(decimal)
    return chr(number) if 0 < number < 0xD800 or 0xDFFF < number < 0x110000 else ""


def find_attribute(attributes: str, *names: str) -> str:
    """Returns the value of the first attribute with one of the names; '' if there is none."""
    for match in _ATTRIBUTE.finditer(attributes):
        if match[1].lower() in names:
            return resolve_references(match[2] or match[3] or match[4] or "")
    return ""
