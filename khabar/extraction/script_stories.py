"""Finds the text of the page's own article in the data of its scripts. A text is the page's own
only by a second sign: its object, or an object close around it, has the page's headline or address,
or the text contains what the page shows or announces.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from khabar.extraction.boilerplate import comparison_key
from khabar.extraction.embedded_json import iter_long_strings
from khabar.extraction.headline import title_similarity
from khabar.extraction.text_parts import (
    UNRELATED_KEY,
    BlockArrayReader,
    TextPart,
    parse_text_parts,
    text_size,
)

_JSON_START = re.compile(r"(?:^|=)\s*(?=[{\[])|\(\s*(?=[{\[\"'])")
_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'", re.S)
_QUOTE_OR_ESCAPE = re.compile(r'\\.|"', re.S)
FLIGHT_NAME = "__next_f"  # of the array to which React server components are pushed
_FLIGHT_PUSH = re.compile(r"__next_f\.push\(\s*(?=\[)")
_FLIGHT_ROW = re.compile(rb"(?P<name>[0-9a-f]{1,8}):(?:T(?P<length>[0-9a-f]{1,8}),|[A-Z]{0,2})")
_TITLE_KEY = re.compile(r"head-?line|title$|heading$", re.I)
_ADDRESS_KEY = re.compile(r"url$|^link$|href$|slug$|permalink$|canonical|path$", re.I)
_ID_KEY = re.compile(r"(?:^|_|-)id$|[a-z]Id$|^id", re.I)
_OWNING_KEY = re.compile(
    r"url|link|slug|permalink|id$|date|publish|author|byline|headline|image|thumb|body|content",
    re.I,
)
_FILE = re.compile(r"\.(?:jpe?g|png|webp|gif|svg|avif|mp4|m3u8|mp3|js|css|pdf)$", re.I)
_DIGITS = re.compile(r"\d{5,}")
_ADDRESS_NUMBER = re.compile(r"[-_]\d{2,}$|\d{5,}")
_SENTENCE = re.compile(r"[।.?!](?:\s|$|[\"”’])")
# Limits: a script outside the range is not parsed. All chosen by hand, not measured.
_MIN_SCRIPT, _MAX_SCRIPT = 150, 4_000_000  # characters
_MAX_STARTS = 40  # possible starts of JSON tried per script
_MIN_VALUE = 100  # characters of JSON that can contain an article
_MAX_NODES = 200_000  # objects and lists searched on one page
# characters and values read on one page: each array is read once for itself and once for every
# array around it
_MAX_TEXT_READ = 2_000_000
_MAX_LEVELS = 60  # levels of nesting searched
_MAX_OWNER_LEVELS = 3  # objects around a text in which a headline or an address belongs to it
_MIN_SLUG = 15  # characters of a slug by which an address is recognised
_SAME_TITLE = 0.8  # similarity (title_similarity) of two forms of one headline
_OTHER_TITLE = 0.4  # similarity below which a headline is another article's
_MIN_TITLE_WORDS = 3
_MIN_SENTENCES = 3  # sentences of a text that only its words connect with the page
# Share of the headline's words of four letters or more that occur in the text. Measured on 5,434
# articles: 91 % of them have it with their own headline, 7 % with another article's.
_MIN_HEADLINE_SHARE = 0.5
_MIN_SHARED_TEXT = 40  # letters of a text that both the page and the candidate contain


@dataclass(frozen=True)
class PageIdentity:
    """What the page itself says of its article: headlines, URLs, and the paragraphs it shows, or
    its description if it shows none (`shows_text` is false).
    """

    titles: tuple[str, ...]
    urls: tuple[str, ...]
    texts: tuple[str, ...] = ()  # comparison keys of long enough texts
    shows_text: bool = False

    @cached_property
    def paths(self) -> frozenset[str]:
        """The paths of the URLs that are not a home page."""
        return frozenset(path for url in self.urls if (path := _clean_path(url)))

    def matches_title(self, title: str) -> bool | None:
        """Whether a title is this article's; None if it is too short, or similar but not alike."""
        if len(title.split()) < _MIN_TITLE_WORDS or not self.titles:
            return None
        similarity = max(title_similarity(title, own) for own in self.titles)
        return True if similarity >= _SAME_TITLE else False if similarity < _OTHER_TITLE else None

    def matches_address(self, address: str) -> bool | None:
        """Whether an address or a slug is this page's; None if it is no article's."""
        path, paths = _clean_path(address), self.paths
        if not path or _FILE.search(path) or not paths:
            return None
        if path in paths:
            return True
        slug = path.rsplit("/", 1)[-1]
        if len(slug) >= _MIN_SLUG and any(own.rsplit("/", 1)[-1].startswith(slug) for own in paths):
            return True
        # an article's address has several words or a number
        return False if slug.count("-") >= 2 or _ADDRESS_NUMBER.search(slug) else None

    def matches_words(self, text: str) -> bool:
        """Whether a text contains enough of the headline's words."""
        words = {key for key in map(comparison_key, text.split()) if len(key) >= 4}
        for title in self.titles:
            title_words = {key for key in map(comparison_key, title.split()) if len(key) >= 4}
            share = len(title_words & words) / len(title_words) if title_words else 0.0
            if len(title_words) >= _MIN_TITLE_WORDS and share >= _MIN_HEADLINE_SHARE:
                return True
        return False

    def matches_text(self, key: str) -> bool:
        """Whether a text, given as comparison key, contains what the page shows or announces."""
        return any(text in key for text in self.texts)


@dataclass(frozen=True, slots=True)
class ScriptStory:
    """The text of an article in script data. `is_own`: an object around it names this page;
    None if none names any article. `distance`: objects between that object and the text.
    """

    parts: tuple[TextPart, ...]
    is_own: bool | None
    distance: int = 0

    @property
    def size(self) -> int:
        return text_size(self.parts)

    @property
    def key(self) -> str:
        """The whole text normalised for comparison."""
        return "".join(part.key for part in self.parts)


def find_own_story(
    scripts: Sequence[str], identity: PageIdentity, min_size: int
) -> ScriptStory | None:
    """Returns the longest text of more than `min_size` characters that is this page's article, else
    None. Of a script that is not JSON, each long string is a text that no object names.
    """
    stories = list(_find_stories(_iter_flight_values(scripts), identity))
    for script in scripts:
        if FLIGHT_NAME in script:
            continue
        values = list(iter_script_values(script))
        stories += _find_stories(values, identity)
        if not values:
            texts = (string for string in iter_long_strings(script) if len(string) > min_size)
            stories += [ScriptStory(tuple(parse_text_parts(text)), None) for text in texts]
    stories = [story for story in stories if story.size > min_size]
    own = [story for story in stories if story.is_own]
    if own:
        return max(own, key=lambda story: (story.size, -story.distance))
    other_keys = {story.key for story in stories if story.is_own is False}
    candidates = [
        story
        for story in stories
        if story.is_own is None and story.key not in other_keys and _is_connected(story, identity)
    ]
    best = max(candidates, key=lambda story: story.size, default=None)
    # of several texts that nothing names, none is used unless they are parts of one
    if best is None or any(
        story.parts[0].key not in best.key and story.parts[-1].key not in best.key
        for story in candidates
    ):
        return None
    return best


def _is_connected(story: ScriptStory, identity: PageIdentity) -> bool:
    """Whether a text that no object names is about the page's article: it contains what the page
    shows, or, on a page that shows no text, most of the headline's words.
    """
    text = " ".join(part.text for part in story.parts)
    if identity.matches_text(story.key):
        return True
    if identity.shows_text:
        return False
    has_sentences = len(_SENTENCE.findall(text)) >= _MIN_SENTENCES
    return has_sentences and identity.matches_words(text)


def iter_script_values(text: str) -> Iterator[Any]:
    """Yields the JSON values in a script: whole scripts, assigned values, arguments, and JSON in a
    JSON string.
    """
    if not _MIN_SCRIPT <= len(text) <= _MAX_SCRIPT:
        return
    decoder, end = json.JSONDecoder(strict=False), 0
    for start in islice(_JSON_START.finditer(text), _MAX_STARTS):
        if start.end() < end:
            continue
        try:
            if text[start.end()] == "'":
                value, end = _decode_quoted(text, start.end())
            else:
                value, end = decoder.raw_decode(text, start.end())
        except (ValueError, RecursionError):
            continue
        if end - start.end() < _MIN_VALUE:
            continue
        yield from _open_string(value)


def _decode_quoted(text: str, start: int) -> tuple[str, int]:
    """Decodes a JavaScript string in single quotes; returns (string, end). Raises ValueError."""
    quoted = _QUOTED.match(text, start)
    if quoted is None:
        raise ValueError("no closing quote")
    escapes = {"\\'": "'", '"': '\\"'}
    inner = _QUOTE_OR_ESCAPE.sub(lambda m: escapes.get(m[0], m[0]), quoted[1])
    return str(json.loads(f'"{inner}"', strict=False)), quoted.end()


def _open_string(value: Any) -> Iterator[Any]:
    """Yields a JSON value; of a string, the JSON value in it."""
    if not isinstance(value, str):
        yield value
    elif value.lstrip()[:1] in ("{", "["):
        try:
            yield json.loads(value, strict=False)
        except (ValueError, RecursionError):
            return


def _iter_flight_values(scripts: Sequence[str]) -> Iterator[Any]:
    """Yields one array with the rows of React server components, of which each script contains a
    piece: every row can be an element of the story.
    """
    decoder = json.JSONDecoder(strict=False)
    pieces = []
    for script in scripts:
        for push in _FLIGHT_PUSH.finditer(script):
            try:
                value, _ = decoder.raw_decode(script, push.end())
            except (ValueError, RecursionError):
                continue
            pieces += [piece for piece in value[1:2] if isinstance(piece, str)]
    rows = dict(_iter_flight_rows("".join(pieces)[:_MAX_SCRIPT].encode("utf-8", "ignore")))
    if not rows:
        yield from [pieces] if pieces else []
        return
    texts = {name: row for name, (row, is_text) in rows.items() if is_text}
    decoder = json.JSONDecoder(strict=False, object_hook=lambda node: _insert_texts(node, texts))
    values: list[Any] = list(texts.values())
    for row, is_text in rows.values():
        if is_text or row[:1] not in ("{", "["):
            continue
        try:
            values.append(decoder.raw_decode(row)[0])
        except (ValueError, RecursionError):
            continue
    if values:
        yield values


def _iter_flight_rows(data: bytes) -> Iterator[tuple[str, tuple[str, bool]]]:
    """Yields (name, (content, is a text)) for each row `NAME:JSON` or `NAME:T<length>,TEXT`."""
    position = 0
    while position < len(data):
        row = _FLIGHT_ROW.match(data, position)
        if row is None:  # not a row: the next line may be one
            position = data.find(b"\n", position) + 1 or len(data)
            continue
        start = row.end()
        end = start + int(row["length"], 16) if row["length"] else data.find(b"\n", start)
        end = len(data) if end < 0 else end
        content = data[start:end].decode("utf-8", "replace")
        yield row["name"].decode(), (content, bool(row["length"]))
        position = end + (data[end : end + 1] == b"\n")


def _insert_texts(node: dict[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    """Replaces the references ("$1a") of an object to text rows by the texts."""
    for key, value in node.items():
        if isinstance(value, str) and value[:1] == "$" and value[1:] in texts:
            node[key] = texts[value[1:]]
    return node


def _find_stories(values: Iterable[Any], identity: PageIdentity) -> Iterator[ScriptStory]:
    """Yields the texts long enough for an article, each with what the objects around it name."""
    # (value, key, what the objects around it name: the nearest first)
    stack: list[tuple[Any, str, tuple[bool | None, ...], int]] = [(v, "", (), 0) for v in values]
    visited = text_read = 0
    while stack and visited < _MAX_NODES and text_read < _MAX_TEXT_READ:
        value, key, owners, level = stack.pop()
        visited += 1
        if level > _MAX_LEVELS or UNRELATED_KEY.search(key):
            continue
        if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
            stack += [(child, key, owners, level + 1) for child in _open_string(value)]
            continue
        if isinstance(value, dict):
            owners = (identify_object(value, identity), *owners)[: _MAX_OWNER_LEVELS + 1]
            stack += [
                (child, str(name), owners, level + 1)
                for name, child in value.items()
                if isinstance(child, (dict, list)) or _is_long_text(child)
            ]
            continue
        if isinstance(value, list):
            stack += [
                (child, "", owners, level + 1) for child in value if isinstance(child, (dict, list))
            ]
        parts, cost = _read_parts(value, identity)
        text_read += cost
        if parts:
            distance = next((i for i, owner in enumerate(owners) if owner is not None), len(owners))
            is_own = owners[distance] if distance < len(owners) else None
            yield ScriptStory(parts, is_own, distance)


def _is_long_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) > _MIN_SHARED_TEXT and " " in value


def _read_parts(value: Any, identity: PageIdentity) -> tuple[tuple[TextPart, ...], int]:
    """Returns (parts, cost of reading) of a string or an array; no parts of an array that contains
    whole articles.
    """
    if isinstance(value, str):
        return tuple(parse_text_parts(value)), len(value)
    is_collection = any(
        isinstance(item, dict) and _is_whole_article(item, identity) for item in value
    )
    if is_collection:
        return (), len(value)
    reader = BlockArrayReader(lambda block: _is_other_article(block, identity))
    reader.read(value)
    while reader.parts and reader.parts[-1].type == "heading":
        reader.parts.pop()
    return tuple(reader.parts), reader.values + reader.size


def _is_whole_article(item: Mapping[str, Any], identity: PageIdentity) -> bool:
    return bool(identify_object(item, identity)) and sum(
        bool(_OWNING_KEY.search(key)) for key in item
    ) >= 2  # fmt: skip


def _is_other_article(block: Mapping[str, Any], identity: PageIdentity) -> bool:
    """Whether an object in an array is another article: it has a headline and an address, an id,
    a date, an author or a body of its own.
    """
    if identify_object(block, identity) is not False:
        return False
    has_title = any(_TITLE_KEY.search(key) for key in block)
    return has_title and any(
        _OWNING_KEY.search(key) and not _TITLE_KEY.search(key) or key.lower() == "headline"
        for key in block
    )


def identify_object(node: Mapping[str, Any], identity: PageIdentity) -> bool | None:
    """Whether an object names this page's article (True), another one (False) or none (None), by
    its headline, else its address, else its id.
    """
    titles, addresses, ids = [], [], []
    for key, value in islice(node.items(), 200):
        if isinstance(value, dict) and "headline" in key.lower():
            titles += [text for text in value.values() if isinstance(text, str)]
        elif isinstance(value, str) and value and len(value) < 600:
            if _TITLE_KEY.search(key):
                titles.append(value)
            elif _ADDRESS_KEY.search(key):
                addresses.append(value)
            elif _ID_KEY.search(key):
                ids.append(value)
        elif isinstance(value, int) and _ID_KEY.search(key):
            ids.append(str(value))
    matches = [identity.matches_title(title) for title in titles]
    address_matches = [identity.matches_address(address) for address in addresses]
    own_ids = {number for path in identity.paths for number in _DIGITS.findall(path)}
    if True in matches or True in address_matches or not own_ids.isdisjoint(ids):
        return True
    return False if False in matches or False in address_matches else None


def _clean_path(url: str) -> str:
    """Returns the path of a URL without its slashes at the ends and its suffix; '' if invalid."""
    try:
        path = urlsplit(url.strip()).path.strip("/")
    except ValueError:
        return ""
    return re.sub(r"\.(?:s?html?|php|aspx|cms|amp)$|/amp$", "", path)
