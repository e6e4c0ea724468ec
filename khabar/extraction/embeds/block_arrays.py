"""Finds embeds in stories that a page's script data stores as an array of typed blocks.

The array gives the paragraphs between which each embed belongs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from khabar.extraction.embeds.classify import classify_url
from khabar.extraction.embeds.element import parse_fragment
from khabar.extraction.embeds.post_text import normalize_whitespace
from khabar.extraction.embeds.recognise import EmbedRecogniser
from khabar.extraction.embeds.walk import FoundEmbed
from khabar.extraction.memory import remember_by_hash
from khabar.model.items import Embed

_MEDIA_WORDS = (
    "html",
    "video",
    "embed",
    "iframe",
    "audio",
    "tweet",
    "twitter",
    "insta",
    "youtube",
    "facebook",
    "social",
    "jwplayer",
    "dailymotion",
    "telegram",
    "koo",
    "reddit",
    "tiktok",
    "threads",
    "cdata",
)
_MEDIA_TYPE = re.compile("|".join(_MEDIA_WORDS), re.I)
_TYPE_KEYS = (
    "type",
    "subtype",
    "blockType",
    "block_type",
    "tn",
    "kind",
    "name",
    "provider",
    "__typename",
)
_TEXT_KEYS = ("text", "content", "html", "value", "body", "data", "paragraph")
_HEADLINE_KEYS = frozenset({"headline", "headlines", "title"})
_UNRELATED_KEY = re.compile(
    r"related|recommend|next|more|trend|popular|latest|\bads?\b|author|categor|breadcrumb|seo|meta"
    r"|share|thumb|menu|comment",
    re.I,
)
_JSON_START = re.compile(r"(?:^|=|\()\s*(?=[{\[])")
# Limits in characters unless stated; all chosen by hand, not measured.
_OPENING_LENGTH = 30  # first characters of a paragraph, by which it is matched to the page's text
# a script outside this range is not parsed
_MIN_SCRIPT_LENGTH, _MAX_SCRIPT_LENGTH = 400, 2_000_000
_MAX_JSON_ATTEMPTS = 12  # possible starts of JSON tried per script
_MAX_CHECKED_BLOCKS = 12  # items at the start of a list that are compared with the page
_MIN_SHOWN_BLOCKS = 2  # of these that must be on the page for the list to be its story
_MAX_URL_LENGTH = 600  # longest value of a media block that is taken for a URL
_MAX_OPENING_MARKUP = 400  # markup in which a block's opening is looked for
_MAX_STORY_LEVELS = 40  # lists and objects around a text anywhere in a story
_MAX_PARTS = 3000  # texts and embeds read on a page without text
_MAX_BLOCK_LEVELS = 4  # lists and objects around a text in one item of a list
_EMBED_ID = re.compile(r"[\w-]{5,40}")
_ID_PROVIDER = re.compile(r"tweet|youtube|vimeo|dailymotion", re.I)
_TAG = re.compile(r"<[^<>]*>")
_CAMEL_CASE = re.compile(r"(?<=[a-z])(?=[A-Z])|_")


@dataclass(frozen=True)
class _StoryText:
    """A text of a story; if `is_boundary`, the beginning or end of an object with a headline."""

    opening: str
    is_boundary: bool = False


def find_array_embeds(
    root: HtmlElement, recogniser: EmbedRecogniser, known_ids: set[tuple[str, str | None]]
) -> list[FoundEmbed]:
    """Returns the embeds of the page's own story that only its block array contains.

    Each is attached to an empty element that is inserted at its position in the tree.
    """
    shown_blocks: dict[str, HtmlElement] | None = None
    for state in _iter_script_states(root):
        shown_blocks = shown_blocks if shown_blocks is not None else _index_openings(root)
        story = _find_story(state, shown_blocks)
        if story is not None:
            return _place_embeds(
                list(_iter_story_parts(story, recogniser)), shown_blocks, set(known_ids)
            )
    return []


def find_unshown_embeds(
    root: HtmlElement, recogniser: EmbedRecogniser
) -> list[tuple[Embed, str, str]]:
    """Returns the embeds in the script data of a page whose HTML has no text, each with the
    openings of the texts before and after it, "" if there is none.
    """
    found: list[tuple[Embed, str, str]] = []
    for state in _iter_script_states(root):
        parts = list(islice(_iter_story_parts(state, recogniser), _MAX_PARTS))
        following = [""] * len(parts)
        for i in range(len(parts) - 1, 0, -1):
            part = parts[i]
            following[i - 1] = following[i]
            if isinstance(part, _StoryText) and (part.opening or part.is_boundary):
                following[i - 1] = part.opening
        before = ""
        for part, after in zip(parts, following, strict=True):
            if isinstance(part, _StoryText):
                before = part.opening if part.opening or part.is_boundary else before
            else:
                found.append((replace(part, via="json", place="unplaced"), before, after))
    return found


def _iter_script_states(root: HtmlElement) -> Iterator[Any]:
    """Yields the JSON values in a page's scripts that may contain a story with media."""
    for script in root.iter("script"):
        text = script.text
        if (
            not text
            or not _MIN_SCRIPT_LENGTH < len(text) < _MAX_SCRIPT_LENGTH
            or "ld+json" in (script.get("type") or "")
        ):
            continue
        if _may_have_story(text):
            yield from _iter_json_values(text)


@remember_by_hash
def _may_have_story(text: str) -> bool:
    """Whether a script has the keys of texts, and names of media."""
    return any(f'"{key}"' in text for key in _TEXT_KEYS) and (
        any(word in text for word in _MEDIA_WORDS)
        or any(word in text.lower() for word in _MEDIA_WORDS)
    )


def _iter_json_values(text: str) -> Iterator[Any]:
    decoder, end = json.JSONDecoder(strict=False), 0
    for attempt, start in enumerate(_JSON_START.finditer(text)):
        if start.end() < end:
            continue
        if attempt >= _MAX_JSON_ATTEMPTS:
            return
        try:
            value, end = decoder.raw_decode(text, start.end())
        except (ValueError, RecursionError):
            continue
        if end - start.end() >= _MIN_SCRIPT_LENGTH:
            yield value


def _index_openings(root: HtmlElement) -> dict[str, HtmlElement]:
    """Maps the opening of each text block of the page to its element."""
    shown_blocks: dict[str, HtmlElement] = {}
    for el in root.iter("p", "li", "h2", "h3", "h4", "div", "span"):
        text = "".join(el.itertext()) if el.tag not in ("div", "span") else el.text or ""
        if opening := cut_opening(text):
            shown_blocks.setdefault(opening, el)
    return shown_blocks


def cut_opening(text: str) -> str:
    """Returns the opening by which a paragraph is found again; "" of a short one."""
    line = " ".join(text[:_MAX_OPENING_MARKUP].split())
    return line[:_OPENING_LENGTH] if len(line) >= _OPENING_LENGTH else ""


def _find_story(value: Any, shown_blocks: dict[str, HtmlElement]) -> Any:
    """Returns the smallest object that contains a list of blocks, two of which the page shows."""
    stack: list[tuple[Any, Any]] = [(value, value)]
    while stack:
        node, owner = stack.pop()
        if isinstance(node, list):
            blocks = [item for item in node[:_MAX_CHECKED_BLOCKS] if isinstance(item, dict)]
            matches = (True for block in blocks if _is_shown(block, shown_blocks))
            if (
                len(blocks) >= _MIN_SHOWN_BLOCKS
                and sum(islice(matches, _MIN_SHOWN_BLOCKS)) == _MIN_SHOWN_BLOCKS
            ):
                return owner
            stack += [(item, item if isinstance(item, dict) else owner) for item in reversed(node)]
        elif isinstance(node, dict):
            stack += [
                (item, node)
                for item in reversed(list(node.values()))
                if isinstance(item, (dict, list))
            ]
    return None


def _is_shown(
    block: dict[str, Any], shown_blocks: Mapping[str, HtmlElement], level: int = 0
) -> bool:
    """Whether the page shows one of a block's texts, or of the blocks inside it (cards of
    elements).
    """
    for key, value in block.items():
        if isinstance(value, str):
            if len(value) >= _OPENING_LENGTH and key in _TEXT_KEYS:
                text = value[:_MAX_OPENING_MARKUP]
                text = _TAG.sub(" ", text) if "<" in text else text
                if cut_opening(text) in shown_blocks:
                    return True
        elif level < _MAX_BLOCK_LEVELS:
            for inner in value[:_MAX_CHECKED_BLOCKS] if isinstance(value, list) else (value,):
                if isinstance(inner, dict) and _is_shown(inner, shown_blocks, level + 2):
                    return True
    return False


def _iter_story_parts(
    node: Any, recogniser: EmbedRecogniser, level: int = 0
) -> Iterator[Embed | _StoryText]:
    """Yields the texts and embeds of a story, in order; not those deeper than _MAX_STORY_LEVELS."""
    if level > _MAX_STORY_LEVELS:
        return
    if isinstance(node, dict):
        if (embed := _recognise_media_block(node, recogniser)) is not None:
            yield embed
            return
        boundary = [_StoryText("", is_boundary=True)] if _HEADLINE_KEYS & node.keys() else []
        yield from boundary
        for key, value in node.items():
            if not _UNRELATED_KEY.search(key):
                yield from _iter_story_parts(value, recogniser, level + 1)
        yield from boundary
    elif isinstance(node, list):
        for item in node:
            yield from _iter_story_parts(item, recogniser, level + 1)
    elif isinstance(node, str) and len(node) >= _OPENING_LENGTH:
        yield from _parse_story_string(node, recogniser)


def _recognise_media_block(block: dict[str, Any], recogniser: EmbedRecogniser) -> Embed | None:
    type_text = " ".join(str(block[key]) for key in _TYPE_KEYS if isinstance(block.get(key), str))
    if not _MEDIA_TYPE.search(type_text):
        return None
    metadata = block.get("metadata")
    fields = {**metadata, **block} if isinstance(metadata, dict) else block
    strings = [value for value in fields.values() if isinstance(value, str)]
    for value in strings:
        if ("<iframe" in value or "<blockquote" in value) and (
            embed := recogniser.recognise_html(value, "json")
        ):
            return embed if embed.id else None
    for value in strings:
        if (
            "/" in value
            and len(value) < _MAX_URL_LENGTH
            and " " not in value.strip()
            and (target := classify_url(value, recogniser.base))
        ):
            return recogniser.build_embed(target, f"{target.provider}.json", value)
    return _recognise_block_id(fields, type_text, recogniser)


def _recognise_block_id(
    fields: dict[str, Any], type_text: str, recogniser: EmbedRecogniser
) -> Embed | None:
    """Returns the embed that a block names by an id alone, as an attribute of the page would."""
    provider = _ID_PROVIDER.search(type_text)
    for key, value in fields.items():
        name = _CAMEL_CASE.sub("-", key).lower()
        if not name.endswith("id") or not isinstance(value, (str, int)):
            continue
        if name in ("video-id", "videoid", "embed-id", "media-id") and provider:
            name = f"{provider.group().lower()}-id"
        if not name.isascii() or not _EMBED_ID.fullmatch(f"{name}") or name == "id":
            continue
        if _EMBED_ID.fullmatch(str(value)):
            embed = recogniser.recognise_html(f'<div data-{name}="{value}"></div>', "json")
            if embed is not None and embed.id and embed.provider != "unknown":
                return embed
    return None


def _parse_story_string(text: str, recogniser: EmbedRecogniser) -> Iterator[Embed | _StoryText]:
    if "<" not in text:
        yield _StoryText(cut_opening(text))
        return
    root = parse_fragment(text)
    for el in root.iter(etree.Element) if root is not None else ():
        embed = recogniser.recognise_element(el)
        if embed is not None and embed.id and embed.provider != "unknown":
            yield embed
        elif el.tag in ("p", "li", "h2", "h3", "h4", "div"):
            yield _StoryText(cut_opening(normalize_whitespace("".join(el.itertext()))))


def _place_embeds(
    parts: list[Embed | _StoryText],
    shown_blocks: dict[str, HtmlElement],
    known_ids: set[tuple[str, str | None]],
) -> list[FoundEmbed]:
    found_embeds: list[FoundEmbed] = []
    last_element: HtmlElement | None = None
    first_element = next(
        (
            shown_blocks[part.opening]
            for part in parts
            if isinstance(part, _StoryText) and part.opening in shown_blocks
        ),
        None,
    )
    for part in parts:
        if isinstance(part, _StoryText):
            last_element = shown_blocks.get(part.opening, last_element)
            continue
        if (
            (part.provider, part.id) in known_ids
            or first_element is None
            or first_element.getparent() is None
        ):
            continue
        known_ids.add((part.provider, part.id))
        slot = first_element.makeelement("div")
        if last_element is None:
            first_element.addprevious(slot)
        else:
            last_element.addnext(slot)
            last_element = slot
        found_embeds.append(FoundEmbed(slot, replace(part, via="json", place="body")))
    return found_embeds
