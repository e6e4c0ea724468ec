"""Turns the text of an article that is stored as JSON or as one string into typed parts: HTML,
plain text with line breaks, arrays of strings, and the block arrays of content management systems.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import lxml.html
from lxml import etree

from khabar.extraction.boilerplate import comparison_key
from khabar.extraction.boilerplate_phrases import match_wording
from khabar.hindi.text import clean_text
from khabar.model.items import BlockType

# A part of the page's data with such a name is about other articles, or about this one.
UNRELATED_KEY = re.compile(
    r"related|recommend|next|prev|more|trend|popular|latest|also|\bads?\b|advert|promo|author"
    r"|byline|writer|contributor|categor|breadcrumb|seo|meta|share|thumb|menu|nav|footer|header$"
    r"|comment|widget|sidebar|config|translat|label|caption|credit|image|photo|gallery|video|alt"
    r"|tags?$|topics?$|keyword|analytics|schema|script|style",
    re.I,
)
_UNRELATED_TYPE = re.compile(
    r"related|recommend|also|interstitial|read-?(?:more|next)|story-?(?:card|link)|\bads?\b|advert"
    r"|promo|newsletter|image|photo|gallery|video|audio|embed|tweet|twitter|instagram|facebook"
    r"|youtube|iframe|caption|author|byline|divider|button|social|comment|poll|script",
    re.I,
)
_TYPE_KEYS = ("type", "_type", "blockType", "block_type", "nodeType", "tn", "kind", "name", "style")
_SUBTYPE_KEYS = ("subtype", "subType", "sub_type", "listItem")
_TEXT_KEY = re.compile(r"(?:^|_|-)(?:text|content|html|value|body|data|paragraph|para|p)s?$", re.I)
_HEADING_TYPE = re.compile(r"head|title|\bh[1-6]\b|sub-?head", re.I)
_LEVEL = re.compile(r"\bh(?:ead(?:ing|er))?[-_]?([1-6])\b", re.I)
_QUOTE_TYPE = re.compile(r"quote", re.I)
_LIST_TYPE = re.compile(r"list|bullet|number|\b[uo]l\b|\bli\b", re.I)
_INLINE_TYPE = re.compile(r"^(?:text|span|link|a|b|i|u|em|strong|mark|hyperlink)$", re.I)
_BLOCK_TYPE = re.compile(r"paragraph|\bp\b|head|\bh[1-6]\b|quote|\bblock\b|list-?item|\bli\b", re.I)
_FLIGHT_BLOCKS: Mapping[str, BlockType] = {
    "p": "paragraph", "li": "list_item", "blockquote": "quote",
    "h2": "heading", "h3": "heading", "h4": "heading", "h5": "heading",
}  # fmt: skip
_MARKUP = re.compile(r"<[a-zA-Z/!][^<>]{0,400}>")
_ESCAPED_MARKUP = re.compile(r"&lt;/?(?:p|div|br|span|h[2-5]|strong|b)\b", re.I)
_HTML_BLOCKS = frozenset(
    ("p", "div", "li", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article")
)
_SENTENCE_END = re.compile(r"[।॥.?!…:][\"”’'»)\]\s]*$")
# A mark that a template replaces with an advertisement: $$ARTICLEAD$$, {{ad}}, %%AD_1%%.
_TEMPLATE_MARK = re.compile(
    r"\s*(?:\$\$|\{\{|%%|\[\[|##)[\w .:-]{1,40}(?:\$\$|\}\}|%%|\]\]|##)\s*$"
)
_CODE = re.compile(r"[{};]\s*[\w.]+\s*[=(]|=>|\bfunction\s*\(")
# Limits chosen by hand, not measured.
_MAX_DEPTH = 24  # levels of a block array; Gutenberg's and Slate's have fewer than 10
_MAX_VALUES = 20_000  # values of one block array
_MAX_TEXT = 400_000  # characters of one article
_MIN_WHOLE_LINES = 0.6  # share of lines that end a sentence, from which on lines are paragraphs
_MIN_UNNAMED_TEXT = 40  # characters of a text under a key that does not name it as text


@dataclass(frozen=True, slots=True)
class TextPart:
    """A paragraph, sub-heading, list item or quote of an article."""

    text: str
    type: BlockType = "paragraph"
    level: int | None = None  # of a heading, 2-6
    time: str | None = None  # ISO 8601: a live blog's update of that time begins here

    @property
    def key(self) -> str:
        """The text normalised for comparison."""
        return comparison_key(self.text)


def text_size(parts: tuple[TextPart, ...]) -> int:
    """Characters of all parts."""
    return sum(len(part.text) for part in parts)


def parse_text_parts(string: str, kind: BlockType = "paragraph") -> list[TextPart]:
    """Returns the parts of an HTML or plain string; [] for code. `kind` is the type of a plain
    text.
    """
    string = string[:_MAX_TEXT]
    if _ESCAPED_MARKUP.search(string):
        string = html.unescape(string)
    if _MARKUP.search(string):
        return _parse_html(string, kind)
    string = html.unescape(string)
    if _CODE.search(string):
        return []
    paragraphs = re.split(r"\n\s*\n|\r", string)
    lines = [line for line in string.split("\n") if line.strip()]
    # single line breaks are wrapped lines unless most lines end as paragraphs do
    whole_lines = sum(bool(_SENTENCE_END.search(line)) for line in lines)
    if len(lines) > len(paragraphs) and whole_lines >= _MIN_WHOLE_LINES * len(lines):
        paragraphs = lines
    return _make_parts((text, kind, None) for text in paragraphs)


def _make_parts(texts: Iterator[tuple[str, BlockType, int | None]]) -> list[TextPart]:
    parts = (
        TextPart(" ".join(clean_text(text).split()), kind, level if kind == "heading" else None)
        for text, kind, level in texts
    )
    return [
        part
        for part in parts
        if part.text
        and match_wording(part.text) != "certain"
        and not _TEMPLATE_MARK.match(part.text)
    ]


def _parse_html(string: str, kind: BlockType) -> list[TextPart]:
    """Returns the blocks of an HTML fragment in document order; two <br> end a paragraph."""
    try:
        root = lxml.html.fragment_fromstring(string, create_parent="div")
    except (etree.LxmlError, ValueError, AssertionError):
        return []
    etree.strip_elements(
        root, "script", "style", "figure", "iframe", "table", "template", with_tail=False
    )
    texts: list[tuple[str, BlockType, int | None]] = [("", kind, None)]
    open_blocks: list[tuple[BlockType, int | None]] = [(kind, None)]
    breaks = 0
    for event, el in etree.iterwalk(root, events=("start", "end")):
        tag = el.tag if isinstance(el.tag, str) else ""
        is_block = tag in _HTML_BLOCKS and el is not root
        if tag == "br" and event == "start":
            breaks += 1
        if is_block and event == "start":
            open_blocks.append(_classify_tag(tag, open_blocks[-1]))
        if is_block and event == "end":
            open_blocks.pop()
        if is_block or breaks == 2:
            texts.append(("", *open_blocks[-1]))
            breaks = 0
        text = (el.text if event == "start" else el.tail if el is not root else None) or ""
        if text.strip():
            breaks = 0
        gap = " " if tag == "br" and event == "start" else ""
        texts[-1] = (texts[-1][0] + gap + text, *texts[-1][1:])
    return _make_parts(iter(texts))


def _classify_tag(tag: str, around: tuple[BlockType, int | None]) -> tuple[BlockType, int | None]:
    if tag[0] == "h":
        return "heading", max(2, int(tag[1]))
    types: Mapping[str, BlockType] = {"li": "list_item", "blockquote": "quote"}
    return (types[tag], None) if tag in types else around


@dataclass(slots=True)
class BlockArrayReader:
    """Reads the parts of a JSON value in order. `is_other(object)` is true for an object that is
    another article, whose texts are left out.
    """

    is_other: Any
    parts: list[TextPart] = field(default_factory=list)
    values: int = 0
    size: int = 0

    def read(
        self, value: Any, kind: BlockType = "paragraph", level: int | None = None, depth: int = 0
    ) -> None:
        """Adds the parts of a value. `kind` and `level`: block type of its texts."""
        self.values += 1
        if depth > _MAX_DEPTH or self.values > _MAX_VALUES or self.size > _MAX_TEXT:
            return
        if isinstance(value, str):
            self._add_text(value, kind, level)
        elif isinstance(value, list) and _is_flight_element(value):
            self._read_flight_element(value, kind, level, depth)
        elif isinstance(value, list):
            if _is_inline_run(value, is_in_block=False):
                self._add_text(join_inline_text(value), kind, level)
                return
            for item in value:
                self.read(item, kind, level, depth + 1)
        elif isinstance(value, dict) and not self.is_other(value):
            self._read_object(value, kind, level, depth)

    def _add_text(self, text: str, kind: BlockType, level: int | None) -> None:
        if not _is_running_text(text, kind):
            return
        self.size += len(text)
        new = parse_text_parts(text, kind)
        self.parts += [
            TextPart(part.text, "heading", level) if kind == "heading" else part for part in new
        ]

    def _read_flight_element(
        self, element: list[Any], kind: BlockType, level: int | None, depth: int
    ) -> None:
        """Reads ["$", tag, key, {"children": …}], an element of a React server component."""
        properties = element[3] if len(element) > 3 and isinstance(element[3], dict) else {}
        tag = element[1] if isinstance(element[1], str) else ""
        if tag in _FLIGHT_BLOCKS:
            kind, level = _FLIGHT_BLOCKS[tag], int(tag[1]) if tag[0] == "h" else None
            self._add_text(join_inline_text(properties.get("children")), kind, level)
        elif tag not in ("script", "style", "link", "meta", "title", "nav", "footer", "a", "aside"):
            markup = properties.get("dangerouslySetInnerHTML")
            if isinstance(markup, dict):
                self.read(markup.get("__html"), kind, level, depth + 1)
            for key, child in properties.items():
                if isinstance(child, (list, dict)) and key != "dangerouslySetInnerHTML":
                    self.read(child, kind, level, depth + 1)

    def _read_object(
        self, block: dict[str, Any], kind: BlockType, level: int | None, depth: int
    ) -> None:
        types = _join_values(block, (*_TYPE_KEYS, *_SUBTYPE_KEYS))
        if types and _UNRELATED_TYPE.search(types):
            return
        kind, level = _classify_block(block, types, kind, level)
        title = block.get("title") or block.get("heading") or block.get("subheading")
        if isinstance(title, str) and kind == "paragraph" and len(block) > 1:
            self._add_text(title, "heading", 2)
        texts = [
            value
            for key, value in block.items()
            if isinstance(value, str) and _TEXT_KEY.search(key) and _is_running_text(value, kind)
        ]
        if not texts:
            texts = [
                value
                for key, value in block.items()
                if isinstance(value, str)
                and len(value) >= _MIN_UNNAMED_TEXT
                and not UNRELATED_KEY.search(key)
                and _is_running_text(value, kind)
                and value is not title
            ]
        if texts:
            self._add_text(max(texts, key=len), kind, level)
        for key, value in block.items():
            if not isinstance(value, (list, dict)) or UNRELATED_KEY.search(key):
                continue
            if isinstance(value, list) and _is_inline_run(
                value, is_in_block=bool(_BLOCK_TYPE.search(types))
            ):
                self._add_text(join_inline_text(value), kind, level)
            elif not (texts and key in ("marks", "inlineStyleRanges", "entityRanges", "markDefs")):
                self.read(value, kind, level, depth + 1)


def _classify_block(
    block: Mapping[str, Any], types: str, kind: BlockType, level: int | None
) -> tuple[BlockType, int | None]:
    """Returns the type and heading level that a block's own type names, else those given."""
    tag = block.get("tag") if isinstance(block.get("tag"), str) else ""
    if _HEADING_TYPE.search(f"{types} {tag}"):
        number = _LEVEL.search(f"{types} {tag}")
        value = int(number[1]) if number else block.get("level")
        return "heading", min(6, max(2, value)) if isinstance(value, int) else 2
    if _QUOTE_TYPE.search(types):
        return "quote", None
    if _LIST_TYPE.search(types):
        return "list_item", None
    return kind, level


def _join_values(block: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    values = (block.get(key) for key in keys)
    return " ".join(value for value in values if isinstance(value, str) and len(value) < 60)


def _is_running_text(text: str, kind: BlockType) -> bool:
    """Whether a string is words for a reader, not an address, an identifier or a class name."""
    text = text.strip()
    if text.startswith(("http", "data:", "/", "{", "[", "$")):
        return False
    return " " in text or (kind == "heading" and len(text) > 2 and not text.isascii())


def _is_flight_element(value: list[Any]) -> bool:
    return len(value) >= 2 and value[0] == "$"


def _is_inline_run(value: list[Any], *, is_in_block: bool) -> bool:
    """Whether a list is the text of one block cut at its formatting. Without a block around it, the
    list must mix strings with elements, as React does.
    """
    if is_in_block:
        return bool(value) and all(
            isinstance(item, str) or (isinstance(item, dict) and _is_inline_object(item))
            for item in value
        )
    has_strings = any(isinstance(item, str) for item in value)
    has_elements = any(
        isinstance(item, list)
        and _is_flight_element(item)
        and isinstance(item[1], str)
        and bool(_INLINE_TYPE.match(item[1]))
        for item in value
    )
    return has_strings and has_elements


def _is_inline_object(item: Mapping[str, Any]) -> bool:
    types = _join_values(item, _TYPE_KEYS)
    has_text = any(isinstance(item.get(key), str) for key in ("text", "value"))
    return bool(_INLINE_TYPE.match(types)) or (not types and has_text)


def join_inline_text(value: Any, depth: int = 0) -> str:
    """Joins the strings of a block that is cut at its formatting (bold, links)."""
    if isinstance(value, str):
        return value
    if depth > _MAX_DEPTH:
        return ""
    if isinstance(value, list) and _is_flight_element(value):
        properties = value[3] if len(value) > 3 and isinstance(value[3], dict) else {}
        return join_inline_text(properties.get("children"), depth + 1)
    if isinstance(value, list):
        return "".join(join_inline_text(item, depth + 1) for item in value)
    if isinstance(value, dict):
        inner = next(
            (value[key] for key in ("text", "value", "children", "content") if value.get(key)), ""
        )
        return join_inline_text(inner, depth + 1)
    return ""
