"""Stories kept as typed blocks in a page's state: the array itself says between which paragraphs an embed stands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from khabar.extraction.embeds.classify import classify
from khabar.extraction.embeds.element import fragment
from khabar.extraction.embeds.post_text import tidy
from khabar.extraction.embeds.recognise import Reader
from khabar.extraction.embeds.walk import Find
from khabar.model.items import Embed

_MEDIA_WORDS = (
    "html", "video", "embed", "iframe", "audio", "tweet", "twitter", "insta", "youtube", "facebook", "social",
    "jwplayer", "dailymotion", "telegram", "koo", "reddit", "tiktok", "threads", "cdata",
)  # fmt: skip
_MEDIA_TYPE = re.compile("|".join(_MEDIA_WORDS), re.I)
_TYPE_KEYS = ("type", "blockType", "block_type", "tn", "kind", "name", "provider", "__typename")
_TEXT_KEYS = ("text", "content", "html", "value", "body", "data", "paragraph")
_ELSEWHERE = re.compile(
    r"related|recommend|next|more|trend|popular|latest|\bads?\b|author|categor|breadcrumb|seo|meta|share|thumb|menu|comment",
    re.I,
)
_START = re.compile(r"(?:^|=|\()\s*(?=[{\[])")
_OPENING = 30  # letters by which a paragraph is known again
_SHORTEST, _LONGEST = 400, 2_000_000
_TRIES = 12


@dataclass(frozen=True)
class _Text:
    opening: str


def told(root: HtmlElement, reader: Reader, known: set[tuple[str, str | None]]) -> list[Find]:
    """Embeds of the page's own story that only its block array has, each on an empty element put at its place."""
    shown: dict[str, HtmlElement] | None = None
    for state in _states(root):
        shown = shown if shown is not None else _openings(root)
        owner = _story(state, shown)
        if owner is not None:
            return _set(list(_pieces(owner, reader)), shown, set(known))
    return []


def _states(root: HtmlElement) -> Iterator[Any]:
    """JSON values of a page's scripts that may hold a story with media."""
    for script in root.iter("script"):
        text = script.text
        if not text or not _SHORTEST < len(text) < _LONGEST or "ld+json" in (script.get("type") or ""):
            continue
        lower = text.lower() if any(f'"{key}"' in text for key in _TEXT_KEYS) else ""
        if any(word in lower for word in _MEDIA_WORDS):
            yield from _values(text)


def _values(text: str) -> Iterator[Any]:
    decoder, end = json.JSONDecoder(strict=False), 0
    for number, start in enumerate(_START.finditer(text)):
        if start.end() < end:
            continue
        if number >= _TRIES:
            return
        try:
            value, end = decoder.raw_decode(text, start.end())
        except (ValueError, RecursionError):
            continue
        if end - start.end() >= _SHORTEST:
            yield value


def _openings(root: HtmlElement) -> dict[str, HtmlElement]:
    """How each text block of the page begins → the block."""
    shown: dict[str, HtmlElement] = {}
    for el in root.iter("p", "li", "h2", "h3", "h4", "div", "span"):
        text = "".join(el.itertext()) if el.tag not in ("div", "span") else el.text or ""
        if opening := _opening(text):
            shown.setdefault(opening, el)
    return shown


def _opening(text: str) -> str:
    words = " ".join(text.split())
    return words[:_OPENING] if len(words) >= _OPENING else ""


def _story(value: Any, shown: dict[str, HtmlElement]) -> Any:
    """The smallest object that holds a list of blocks two of which the page shows."""
    waiting: list[tuple[Any, Any]] = [(value, value)]
    while waiting:
        node, owner = waiting.pop()
        if isinstance(node, list):
            hits = sum(any(o in shown for o in _said(item)) for item in node[:12] if isinstance(item, dict))
            if hits >= 2:
                return owner
            waiting += [(item, item if isinstance(item, dict) else owner) for item in reversed(node)]
        elif isinstance(node, dict):
            waiting += [(item, node) for item in reversed(list(node.values())) if isinstance(item, (dict, list))]
    return None


def _said(block: dict[str, Any]) -> Iterator[str]:
    for key in _TEXT_KEYS:
        value = block.get(key)
        if isinstance(value, str) and len(value) >= _OPENING:
            yield _opening(_plain(value[:400]))


def _plain(text: str) -> str:
    return re.sub(r"<[^<>]*>", " ", text) if "<" in text else text


def _pieces(node: Any, reader: Reader) -> Iterator[Embed | _Text]:
    """A story's texts and embeds, in its own order."""
    if isinstance(node, dict):
        if (embed := _typed(node, reader)) is not None:
            yield embed
            return
        for key, value in node.items():
            if not _ELSEWHERE.search(key):
                yield from _pieces(value, reader)
    elif isinstance(node, list):
        for item in node:
            yield from _pieces(item, reader)
    elif isinstance(node, str) and len(node) >= _OPENING:
        yield from _from_string(node, reader)


def _typed(block: dict[str, Any], reader: Reader) -> Embed | None:
    kind = " ".join(str(block[key]) for key in _TYPE_KEYS if isinstance(block.get(key), str))
    if not _MEDIA_TYPE.search(kind):
        return None
    strings = [value for value in block.values() if isinstance(value, str)]
    for value in strings:
        if ("<iframe" in value or "<blockquote" in value) and (embed := reader.from_html(value, "json")):
            return embed if embed.id else None
    for value in strings:
        if "/" in value and len(value) < 600 and " " not in value.strip() and (found := classify(value, reader.base)):
            return reader.of(found, f"{found.provider}.json", value)
    return None


def _from_string(text: str, reader: Reader) -> Iterator[Embed | _Text]:
    if "<" not in text:
        yield _Text(_opening(text))
        return
    root = fragment(text)
    for el in root.iter(etree.Element) if root is not None else ():
        embed = reader.read(el)
        if embed is not None and embed.id and embed.provider != "unknown":
            yield embed
        elif el.tag in ("p", "li", "h2", "h3", "h4", "div"):
            yield _Text(_opening(tidy("".join(el.itertext()))))


def _set(pieces: list[Embed | _Text], shown: dict[str, HtmlElement], known: set[tuple[str, str | None]]) -> list[Find]:
    finds: list[Find] = []
    last: HtmlElement | None = None
    first = next((shown[p.opening] for p in pieces if isinstance(p, _Text) and p.opening in shown), None)
    for piece in pieces:
        if isinstance(piece, _Text):
            last = shown.get(piece.opening, last)
            continue
        if (piece.provider, piece.id) in known or first is None or first.getparent() is None:
            continue
        known.add((piece.provider, piece.id))
        slot = first.makeelement("div")
        if last is None:
            first.addprevious(slot)
        else:
            last.addnext(slot)
            last = slot
        finds.append(Find(slot, replace(piece, via="json", place="body"), 0, 0))
    return finds
