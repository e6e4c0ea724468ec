"""Joins an embed code shown as text that an editor split over neighbouring paragraphs.

Only what can be nothing but the rest of the code is joined: attributes inside the opening tag, and
nothing between it and the closing tag but the words of a quoted post.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml.html import HtmlElement

from khabar.extraction.document import read_short_text
from khabar.extraction.embeds.id_attributes import split_names

_BLOCKS = split_names("p div center figure")
_INLINE = split_names("span font strong b em i a")
_BLOCK_CHILDREN = ("p", "div", "ul", "ol", "table", "section", "figure", "pre", "blockquote")
_CODE_CHILDREN = ("code", "kbd", "samp")
_NAME = re.compile(r"\s*<(iframe|blockquote|div|script)(?=[\s>]|$)", re.I)
# An opening tag with attributes of ASCII names; without values, only those that embed codes have.
_OPENING_TAG = re.compile(
    r"\s*+<[a-z]++(?:\s*+(?:[a-z][a-z:-]*+\s*+=\s*+"
    r"(?:\"[^\"<>]{0,2000}+\"|'[^'<>]{0,2000}+'|[^\s\"'<>=]{1,2000}+)"
    r"|(?:webkit|moz)?allowfullscreen|async|defer|data-instgrm-captioned))*+\s*+>",
    re.I,
)
_CODE_START = re.compile(r"\s*<(?:iframe|blockquote|div)[\s>]", re.I)
_SCRIPT = re.compile(r"\s*+<script\b[^<>]{0,500}+>\s*+</script>\s*+", re.I)
# Limits; all chosen by hand, not measured.
_MAX_PARTS = 15  # blocks of a code
_MAX_LENGTH = 4000  # characters of a code in all


@dataclass(frozen=True)
class SplitCode:
    """An embed code and the blocks that contain it, the first of which begins with it."""

    text: str
    blocks: tuple[HtmlElement, ...]


def join_split_code(owner: HtmlElement) -> SplitCode | None:
    """Returns the code that begins with this element's text and ends in a later block; None if it
    ends in the same block, never, or has other words in it.
    """
    block = find_block(owner)
    first = _read_block(block) if block is not None else None
    name = _NAME.match(first) if first else None
    if block is None or first is None or name is None:
        return None
    closing_tag = f"</{name[1].lower()}>"
    parts, blocks = [first], [block]
    while closing_tag not in parts[-1].lower():
        following = _find_following(blocks[-1])
        text = _read_block(following) if following is not None else None
        is_full = len(blocks) >= _MAX_PARTS or sum(map(len, parts)) > _MAX_LENGTH
        if is_full or following is None or text is None or _CODE_START.match(text):
            return None
        parts.append(text)
        blocks.append(following)
    code = "\n".join(parts)
    if len(blocks) == 1 or not _is_code(code, name[1].lower()):
        return None
    return SplitCode(code, tuple(blocks))


def find_script_blocks(block: HtmlElement) -> list[HtmlElement]:
    """Returns the blocks behind a code that are nothing but the text of a <script> of it."""
    blocks: list[HtmlElement] = []
    following = _find_following(block)
    while following is not None and len(blocks) < _MAX_PARTS:
        text = _read_block(following)
        if text is None or not _SCRIPT.fullmatch(text):
            break
        blocks.append(following)
        following = _find_following(following)
    return blocks


def find_block(owner: HtmlElement) -> HtmlElement | None:
    """Returns the block whose text begins with the text of this element, or None."""
    node = owner
    while node.tag in _INLINE:
        parent = node.getparent()
        if parent is None or (parent.text or "").strip() or parent[0] is not node:
            return None
        node = parent
    return node if node.tag in _BLOCKS else None


def _find_following(block: HtmlElement) -> HtmlElement | None:
    """Returns the next block, if no text stands between."""
    following: HtmlElement | None = block.getnext()
    if (block.tail or "").strip() or following is None or following.tag not in _BLOCKS:
        return None
    return following


def _read_block(block: HtmlElement) -> str | None:
    """Returns the text of a block that has no blocks or elements for code in it, or None."""
    if next(block.iterdescendants(*_BLOCK_CHILDREN, *_CODE_CHILDREN), None) is not None:
        return None
    return read_short_text(block, _MAX_LENGTH)


def _is_code(code: str, name: str) -> bool:
    """Returns whether a text is one element of this name, with a text in it only if that is a
    quoted post's.
    """
    opening_tag = _OPENING_TAG.match(code)
    if opening_tag is None:
        return False
    end = code.lower().find(f"</{name}>", opening_tag.end())
    return end >= 0 and (name == "blockquote" or not code[opening_tag.end() : end].strip())
