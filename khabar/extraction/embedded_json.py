"""Article text that a page keeps in its own state: __NEXT_DATA__, window.__STATE__ = {…}, JSON escaped in a string."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator
from functools import cached_property

import lxml.html
from lxml import etree

from khabar.extraction.boilerplate_phrases import is_junk
from khabar.extraction.document import Element
from khabar.hindi.text import clean

_STRING = re.compile(r'"((?:[^"\\]|\\.){40,})"', re.S)
_ESCAPES = re.compile(r"\\(?:u[0-9a-fA-F]{4}|.)", re.S)
_TAG = re.compile(r"<[^<>]{1,400}>")
_WHOLE = re.compile(r"[।॥.?!…:;|][\"”’'»)\]\s]*$")
_SPACE = re.compile(r"\s+")
_ENOUGH = 60  # characters two texts must share before one may complete the other


class State:
    """What a page's scripts say. Opened only when somebody asks: most pages show their story whole."""

    def __init__(self, root: Element) -> None:
        self._scripts = [script.text for script in root.iter("script") if script.text]

    @cached_property
    def strings(self) -> tuple[str, ...]:
        """Every long string, unescaped; JSON inside a string is opened once more."""
        return tuple(string for text in self._scripts for string in _strings(text, depth=0))

    @cached_property
    def openings(self) -> tuple[str, ...]:
        """The first paragraph of each string."""
        return tuple(map(opening, self.strings))


def _strings(text: str, depth: int) -> Iterator[str]:
    for match in _STRING.finditer(text):
        value = _unescaped(match[1])
        if depth == 0 and value.lstrip()[:1] in "{[" and '"' in value:
            yield from _strings(value, 1)
        elif not value.startswith(("http", "data:", "/")):
            yield value


def _unescaped(raw: str) -> str:
    if "\\" not in raw:
        return raw
    try:
        value = json.loads(f'"{raw}"', strict=False)
    except ValueError:
        value = _ESCAPES.sub(lambda m: chr(int(m[0][2:], 16)) if m[0][1] == "u" and len(m[0]) == 6 else m[0][1:], raw)
    # lone surrogates cannot leave the page: they are nobody's letters
    return str(value).encode("utf-8", "ignore").decode("utf-8")


def is_cut(text: str) -> bool:
    """Whether a paragraph ends amid a sentence."""
    return len(text) >= _ENOUGH and (not _WHOLE.search(text) or text.endswith(("...", "…")))


def completed(text: str, openings: Iterable[str]) -> str | None:
    """The whole paragraph when `text` is cut and a string of the state opens with the same words; else None."""
    start = _squashed(text)
    if not is_cut(start):
        return None
    cut = start.rstrip(".… ")
    wholes = [whole for whole in openings if whole.startswith(cut) and len(whole) > len(cut)]
    ended = [whole for whole in wholes if _WHOLE.search(whole) and len(whole) <= 3 * len(cut) + 400]
    if ended:
        return min(ended, key=len)
    # a description goes on with other things: the cut sentence alone is taken from it
    sentences = [
        found.group() for whole in wholes if (found := re.match(rf".{{{len(cut)}}}[^।.?!]*[।.?!]", whole, re.S))
    ]
    return min(sentences, key=len, default=None)


def opening(string: str) -> str:
    """The first paragraph of a string that may hold HTML, as plain text."""
    first = re.split(r"</p\s*>|<br\s*/?>\s*<br|\n\s*\n", string.strip(), maxsplit=1, flags=re.I)[0]
    return _squashed(html.unescape(_TAG.sub("", first)))


def _squashed(text: str) -> str:
    return _SPACE.sub(" ", clean(text)).strip()


def story(strings: Iterable[str], bodies: Iterable[str], at_least: int = 200) -> list[str]:
    """Paragraphs of a page whose tree holds no article: the longest story its state or JSON-LD tells."""
    best: list[str] = []
    for string in (*strings, *bodies):
        if len(string) > max(at_least, sum(map(len, best))):
            paragraphs = _told(string)
            if sum(map(len, paragraphs)) > max(at_least, sum(map(len, best))):
                best = paragraphs
    return best


def _told(string: str) -> list[str]:
    """The paragraphs of an HTML or plain string that reads like a story; nothing for code and lists of keys."""
    if _TAG.search(string):
        try:
            tree = lxml.html.fragment_fromstring(string, create_parent="div")
        except (etree.LxmlError, ValueError):
            return []
        etree.strip_elements(tree, "script", "style", with_tail=False)
        for block in tree.iter("p", "div", "br", "li", "h2", "h3", "h4"):
            block.tail = "\n\n" + (block.tail or "")
        string = tree.text_content()
    paragraphs = [_squashed(part) for part in re.split(r"\n\s*\n|\r", string)]
    kept = [part for part in paragraphs if not is_junk(part)]
    sentences = sum(len(re.findall(r"[।.?!](?:\s|$)", part)) for part in kept)
    return kept if sentences >= 3 and not re.search(r"[{};]\s*[\w.]+\s*[=(]", string) else []
