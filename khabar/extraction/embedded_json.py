"""Article text in the hydration state of a page: __NEXT_DATA__, window.__STATE__ = {…}, JSON
escaped in a string.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from unicodedata import normalize

from lxml import etree

from khabar.extraction.document import Element
from khabar.hindi.text import clean_text

# First 40 characters, as most strings are shorter; then to the end without steps back.
_LONG_STRING = re.compile(r'"((?=(?:[^"\\]|\\.){40})[^"\\]*+(?:\\.[^"\\]*+)*+)"', re.S)
_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|.)", re.S)
_TAG = re.compile(r"<[^<>]{1,400}>")
_SENTENCE_END = re.compile(r"[।॥.?!…:;|][\"”’'»)\]\s]*$")
# Of the outermost elements: there frameworks attach a page's data.
_JSON_ATTRIBUTES = etree.XPath(
    "(body/*/@*|body/*/*/@*|body/*/*/*/@*)[starts-with(., '{') and string-length() > 400]",
    smart_strings=False,
)
_WHITESPACE = re.compile(r"\s+")
# Chosen by hand, not measured, as the 40 characters of _LONG_STRING.
_MIN_PREFIX = 60  # characters two texts must share before one may complete the other


class HydrationState:
    """Long strings in a page's scripts. Parsed on first use only, and only those that are needed:
    most pages have their complete text in the HTML.
    """

    def __init__(self, root: Element) -> None:
        self._first_paragraphs: dict[str, tuple[str, ...]] = {}  # by their first letter
        scripts = [
            (text, (script.get("type") or "").lower())
            for script in root.iter("script")
            if (text := script.text)
        ]
        self._texts = [text for text, _ in scripts]
        # without JSON-LD; with the attributes in which some frameworks store it
        self.scripts = [
            *(text for text, kind in scripts if "ld+json" not in kind),
            *_JSON_ATTRIBUTES(root),
        ]

    def list_first_paragraphs(self, text: str) -> tuple[str, ...]:
        """Returns the first paragraph, as plain text, of each string that can begin like `text`."""
        return (*self._read_strings(""), *self._read_strings(_first_letter(text.lstrip())))

    def _read_strings(self, letter: str) -> tuple[str, ...]:
        """Returns the first paragraphs of the strings that begin with a letter; with "", of those
        that begin with markup, an escape or a mark.
        """
        if letter not in self._first_paragraphs:
            self._first_paragraphs[letter] = tuple(
                first_paragraph(string)
                for raw in self._raw_strings.get(letter, ())
                for string in _open_string(raw)
            )
        return self._first_paragraphs[letter]

    @cached_property
    def _raw_strings(self) -> Mapping[str, Sequence[str]]:
        """All strings of 40 characters or more, with their escapes, by their first letter."""
        strings: dict[str, list[str]] = {}
        for text in self._texts:
            for match in _LONG_STRING.finditer(text):
                letter = _first_letter(match[1]) if match[1][0].isalnum() else ""
                strings.setdefault(letter, []).append(match[1])
        return strings


def _first_letter(text: str) -> str:
    return normalize("NFD", text[:1])[:1]


def iter_long_strings(text: str, depth: int = 0) -> Iterator[str]:
    """Yields the strings of 40 characters or more in a script, unescaped, without addresses."""
    for match in _LONG_STRING.finditer(text):
        yield from _open_string(match[1], depth)


def _open_string(raw: str, depth: int = 0) -> Iterator[str]:
    """Yields the value of a string in a script, of one that contains JSON the strings in it."""
    value = _unescape_string(raw)
    if depth == 0 and value.lstrip()[:1] in "{[" and '"' in value:
        yield from iter_long_strings(value, 1)
    elif not value.startswith(("http", "data:", "/")):
        yield value


def _unescape_string(raw: str) -> str:
    if "\\" not in raw:
        return raw
    try:
        value = json.loads(f'"{raw}"', strict=False)
    except ValueError:
        value = _ESCAPE.sub(
            lambda m: chr(int(m[0][2:], 16)) if m[0][1] == "u" and len(m[0]) == 6 else m[0][1:], raw
        )
    if "\\ud" not in raw and "\\uD" not in raw:
        return str(value)
    # lone surrogates cannot be encoded and are no characters
    return str(value).encode("utf-8", "ignore").decode("utf-8")


def is_truncated(text: str) -> bool:
    """Whether a paragraph of at least _MIN_PREFIX characters ends in the middle of a sentence."""
    return len(text) >= _MIN_PREFIX and (
        not _SENTENCE_END.search(text) or text.endswith(("...", "…"))
    )


def complete_paragraph(text: str, candidates: Iterable[str]) -> str | None:
    """Returns the complete paragraph if `text` is truncated and a candidate begins with the same
    words, else None.
    """
    paragraph = _collapse_whitespace(text)
    if not is_truncated(paragraph):
        return None
    prefix = paragraph.rstrip(".… ")
    longer = [
        candidate
        for candidate in candidates
        if candidate.startswith(prefix) and len(candidate) > len(prefix)
    ]
    complete = [
        candidate
        for candidate in longer
        if _SENTENCE_END.search(candidate) and len(candidate) <= 3 * len(prefix) + 400
    ]
    if complete:
        return min(complete, key=len)
    # a much longer candidate continues with other text: only the rest of the sentence is used
    sentences = [
        match.group()
        for candidate in longer
        if (match := re.match(rf".{{{len(prefix)}}}[^।.?!]*[।.?!]", candidate, re.S))
    ]
    return min(sentences, key=len, default=None)


def first_paragraph(string: str) -> str:
    """Returns the first paragraph of a string that may contain HTML, as plain text."""
    first = re.split(r"</p\s*>|<br\s*/?>\s*<br|\n\s*\n", string.strip(), maxsplit=1, flags=re.I)[0]
    return _collapse_whitespace(html.unescape(_TAG.sub("", first)))


def _collapse_whitespace(text: str) -> str:
    return _WHITESPACE.sub(" ", clean_text(text)).strip()
