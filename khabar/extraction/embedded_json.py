"""Article text that a page keeps in its own state: __NEXT_DATA__, window.__STATE__ = {…}, JSON
escaped in a string.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator
from functools import cached_property

import lxml.html
from lxml import etree

from khabar.extraction.boilerplate_phrases import is_boilerplate_line
from khabar.extraction.document import Element
from khabar.hindi.text import clean_text

_LONG_STRING = re.compile(r'"((?:[^"\\]|\\.){40,})"', re.S)
_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|.)", re.S)
_TAG = re.compile(r"<[^<>]{1,400}>")
_SENTENCE_END = re.compile(r"[।॥.?!…:;|][\"”’'»)\]\s]*$")
_WHITESPACE = re.compile(r"\s+")
_MIN_PREFIX = 60  # characters two texts must share before one may complete the other


class HydrationState:
    """What a page's scripts say. Opened only when somebody asks: most pages show their story
    whole.
    """

    def __init__(self, root: Element) -> None:
        self._scripts = [script.text for script in root.iter("script") if script.text]

    @cached_property
    def strings(self) -> tuple[str, ...]:
        """Every long string, unescaped; JSON inside a string is opened once more."""
        return tuple(string for text in self._scripts for string in _iter_strings(text, depth=0))

    @cached_property
    def first_paragraphs(self) -> tuple[str, ...]:
        """The first paragraph of each string."""
        return tuple(map(first_paragraph, self.strings))


def _iter_strings(text: str, depth: int) -> Iterator[str]:
    for match in _LONG_STRING.finditer(text):
        value = _unescape_string(match[1])
        if depth == 0 and value.lstrip()[:1] in "{[" and '"' in value:
            yield from _iter_strings(value, 1)
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
    # lone surrogates cannot leave the page: they are nobody's letters
    return str(value).encode("utf-8", "ignore").decode("utf-8")


def is_truncated(text: str) -> bool:
    """Whether a paragraph ends amid a sentence."""
    return len(text) >= _MIN_PREFIX and (
        not _SENTENCE_END.search(text) or text.endswith(("...", "…"))
    )


def complete_paragraph(text: str, candidates: Iterable[str]) -> str | None:
    """The whole paragraph when `text` is cut and a string of the state opens with the same
    words; else None.
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
    # a description goes on with other things: the cut sentence alone is taken from it
    sentences = [
        match.group()
        for candidate in longer
        if (match := re.match(rf".{{{len(prefix)}}}[^।.?!]*[।.?!]", candidate, re.S))
    ]
    return min(sentences, key=len, default=None)


def first_paragraph(string: str) -> str:
    """The first paragraph of a string that may hold HTML, as plain text."""
    first = re.split(r"</p\s*>|<br\s*/?>\s*<br|\n\s*\n", string.strip(), maxsplit=1, flags=re.I)[0]
    return _collapse_whitespace(html.unescape(_TAG.sub("", first)))


def _collapse_whitespace(text: str) -> str:
    return _WHITESPACE.sub(" ", clean_text(text)).strip()


def find_story(strings: Iterable[str], bodies: Iterable[str], min_size: int = 200) -> list[str]:
    """Paragraphs of a page whose tree holds no article: the longest story its state or JSON-LD
    tells.
    """
    best: list[str] = []
    for string in (*strings, *bodies):
        if len(string) > max(min_size, sum(map(len, best))):
            paragraphs = _parse_story(string)
            if sum(map(len, paragraphs)) > max(min_size, sum(map(len, best))):
                best = paragraphs
    return best


def _parse_story(string: str) -> list[str]:
    """The paragraphs of an HTML or plain string that reads like a story; nothing for code and
    lists of keys.
    """
    if _TAG.search(string):
        try:
            tree = lxml.html.fragment_fromstring(string, create_parent="div")
        except (etree.LxmlError, ValueError):
            return []
        etree.strip_elements(tree, "script", "style", with_tail=False)
        for block in tree.iter("p", "div", "br", "li", "h2", "h3", "h4"):
            block.tail = "\n\n" + (block.tail or "")
        string = tree.text_content()
    paragraphs = [_collapse_whitespace(part) for part in re.split(r"\n\s*\n|\r", string)]
    lines = [part for part in paragraphs if not is_boilerplate_line(part)]
    sentences = sum(len(re.findall(r"[।.?!](?:\s|$)", part)) for part in lines)
    return lines if sentences >= 3 and not re.search(r"[{};]\s*[\w.]+\s*[=(]", string) else []
