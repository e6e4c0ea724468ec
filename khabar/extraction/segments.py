"""Splits the pruned tree into segments (candidate blocks) in document order, in one walk; nothing
is selected or rejected here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from khabar.extraction.boilerplate import INLINE_TAGS, class_and_id, comparison_key
from khabar.extraction.document import (
    Element,
    HtmlDocument,
    is_shorter_than,
    split_words,
    text_with_breaks,
)
from khabar.extraction.images import (
    add_caption_from,
    is_caption_element,
    is_likely_caption,
    is_picture,
    may_name_caption,
    parse_image,
)
from khabar.extraction.inline_text import (
    LINE_BREAK,
    TextPart,
    classify_lines,
    clean_line,
    measure_share,
    split_at_subheadings,
    split_paragraphs,
)
from khabar.extraction.memory import MAX_NAMES
from khabar.extraction.picture_urls import find_repeated_urls
from khabar.extraction.removal import Removal
from khabar.extraction.tables import table_text
from khabar.model.items import BlockType, Image

HEADING_LEVELS = {f"h{n}": n for n in range(1, 7)}
_PICTURE_TAGS = ("img", "noscript", "image")  # and custom elements
_BOLD_TAGS = frozenset(["b", "strong", "mark"])
_SKIP_TAGS = frozenset(split_words("script style template head noscript title meta link"))
_MAX_CAPTION = 600  # characters of a caption that contains paragraphs; by hand, not measured
_BOLD_CLASSES = frozenset(
    split_words("strong bold fw-bold fw-bolder fw-semibold font-bold font-weight-bold")
)
_BOLD_STYLE = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)", re.I)
_LINE_STYLE = re.compile(r"white-space\s*:\s*(pre|normal|nowrap|break-spaces)", re.I)


@dataclass(slots=True)  # not frozen: that takes three times as long, and a page has hundreds
class Segment:
    """One candidate block. `node` is the element it comes from; `link_share` and `bold_share` are
    the shares (0–1) of its characters inside links and in bold.

    `rule`: why it is not considered as text of the article, "" if it is: the rule of `removal`, the
    element it was removed with, "wording" or "copy". `is_certain`: a second sign agrees.
    """

    type: BlockType
    node: Element
    text: str = ""
    level: int | None = None
    link_share: float = 0.0
    bold_share: float = 0.0
    token: str | None = None  # stands for an embed
    image: Image | None = None
    time: str | None = None  # ISO 8601: of the live blog update that begins here
    rule: str = ""
    is_certain: bool = False
    is_prose: bool = False  # see body_container.mark_prose
    removal: Removal | None = None

    @property
    def key(self) -> str:
        """The text normalised for comparison."""
        return comparison_key(self.text)


class _ClassTraits(NamedTuple):
    """What the class of an element says about it."""

    is_bold: bool = False
    keeps_lines: bool = False
    may_be_caption: bool = False


_NO_TRAITS = _ClassTraits()


def _read_class(names: str) -> _ClassTraits:
    return _ClassTraits(
        not _BOLD_CLASSES.isdisjoint(names.lower().split()),
        "whitespace-pre" in names,
        may_name_caption(names),
    )


_recall_class = lru_cache(maxsize=4096)(_read_class)  # a site uses few different class names


class SegmentWalker:
    """Walks a tree once; afterwards `segments` contains the result. `parts`: the inline text since
    the last block.
    """

    def __init__(
        self,
        doc: HtmlDocument,
        tokens: re.Pattern[str] | None,
        removals: Mapping[Element, Removal],
        repeated_urls: Set[str],
    ) -> None:
        self.doc = doc
        self.tokens = tokens
        self.removals = removals
        self.repeated_urls = repeated_urls  # see find_repeated_urls
        self.picture_urls: set[str] = set()
        self.segments: list[Segment] = []
        self.parts: list[TextPart] = []
        self.keeps_lines = False  # the page shows newlines in the text as line breaks

    def add_text(self, text: str, in_link: bool = False, in_bold: bool = False) -> None:
        """Adds inline text, unless it is white space at the beginning of a block."""
        if not (self.parts or not text.isspace()):
            return
        if self.keeps_lines and ("\n" in text):
            for number, line in enumerate(text.replace("\r\n", "\n").split("\n")):
                self._add_part(LINE_BREAK if number else "", in_link, in_bold)
                self._add_part(line, in_link, in_bold)
        else:
            self.parts.append((text, in_link, in_bold))

    def _add_part(self, text: str, in_link: bool, in_bold: bool) -> None:
        if text and (self.parts or not text.isspace()):
            self.parts.append((text, in_link, in_bold))

    def visit_block(self, element: Element, kind: BlockType, level: int | None = None) -> None:
        """Visits a block element. `kind` and `level`: block type and heading level of its text."""
        if text := element.text:
            self.add_text(text)
        for child in element[:]:  # a slice is read faster than an iterator
            self.visit_child(child, element, kind, level, False, False)
        self.flush_text(element, kind, level)

    def visit_child(
        self,
        node: Element,
        parent: Element,
        kind: BlockType,
        level: int | None,
        in_link: bool,
        in_bold: bool,
    ) -> None:
        """Visits a child of a block or inline element, and the text after it (its tail)."""
        tag = node.tag if isinstance(node.tag, str) else ""
        keeps_lines = self.keeps_lines
        names = node.get("class") if tag else None
        read_class = _recall_class if len(names or "") <= MAX_NAMES else _read_class
        traits = read_class(names) if names else _NO_TRAITS
        if tag == "br" or (
            tag == "span"
            and names
            and "br" in class_and_id(node).split()
            and not node.text_content().strip()
        ):
            self._add_part(LINE_BREAK, in_link, in_bold)
            if tag == "span":
                self._add_part(LINE_BREAK, in_link, in_bold)
        elif (tag in _PICTURE_TAGS or "-" in tag) and is_picture(node):
            self.add_picture(node, parent)
        elif tag == "template" and node in self.removals:
            self.flush_text(parent, kind, level)
            self.add_removed(self.removals[node], kind, level)
        elif tag in _SKIP_TAGS or not tag:
            pass
        elif (traits.may_be_caption or tag == "figcaption") and (
            (is_caption_element(node) and self._is_caption(node))
            or (names and self._follows_picture() and is_likely_caption(node))
        ):
            self.set_caption(node)
        else:
            style = node.get("style")
            if style or traits.keeps_lines or tag == "pre":
                self.keeps_lines = _keeps_lines(
                    style or "", keeps_lines or traits.keeps_lines or tag == "pre"
                )
            if tag in INLINE_TAGS:
                is_bold = (
                    in_bold
                    or traits.is_bold
                    or tag in _BOLD_TAGS
                    or bool(style and _BOLD_STYLE.search(style))
                )
                is_linked = in_link or (tag == "a" and _is_link(node))
                self._visit_inline(node, parent, kind, level, is_linked, is_bold)
            else:
                self.flush_text(parent, kind, level)
                self.visit_element(node, tag, kind, level, in_link)
        self.keeps_lines = keeps_lines
        if text := node.tail:
            self.add_text(text, in_link, in_bold)

    def _visit_inline(
        self,
        node: Element,
        parent: Element,
        kind: BlockType,
        level: int | None,
        in_link: bool,
        in_bold: bool,
    ) -> None:
        if text := node.text:
            self.add_text(text, in_link, in_bold)
        for child in node[:]:
            self.visit_child(child, parent, kind, level, in_link, in_bold)

    def visit_element(
        self, node: Element, tag: str, kind: BlockType, level: int | None, in_link: bool
    ) -> None:
        """Visits a block element inside another."""
        start = len(self.segments)
        if tag in HEADING_LEVELS:
            self.visit_block(node, "heading", max(2, HEADING_LEVELS[tag]))
        elif tag == "table" and (text := table_text(node)):
            self.segments.append(Segment("table", node, text, link_share=_link_share(node)))
            if self.tokens:
                tokens = self.tokens.findall(node.text_content())
                self.segments += [Segment("embed", node, token=token) for token in tokens]
        elif tag in ("li", "dt", "dd"):
            self.visit_block(node, "list_item")
        elif tag == "blockquote":
            self.visit_block(node, "quote")
        else:
            self.visit_block(node, kind, level)
        if in_link:  # a block wrapped in a link is a card
            for segment in self.segments[start:]:
                segment.link_share = 1.0

    def add_removed(self, removal: Removal, kind: BlockType, level: int | None) -> None:
        """Adds the segments of an element that was removed from the tree, each with its rule."""
        walker = SegmentWalker(self.doc, self.tokens, self.removals, self.repeated_urls)
        walker.visit_child(removal.element, removal.element, kind, level, False, False)
        walker.flush_text(removal.element, kind, level)
        for segment in walker.segments:
            segment.is_certain = bool(segment.rule)  # removed twice
            segment.rule = segment.rule or removal.rule
            segment.removal = removal
        self.segments += walker.segments

    def add_picture(self, node: Element, parent: Element) -> None:
        """Adds an image segment, unless the picture is not usable or already there."""
        image = parse_image(node, self.doc, self.repeated_urls)
        if image and image.url not in self.picture_urls:
            self.picture_urls.add(image.url)
            self.flush_text(parent, "paragraph", None)
            self.segments.append(Segment("image", node, image=image))

    def _is_caption(self, node: Element) -> bool:
        """Whether an element named as a caption is one: without paragraphs, or short and directly
        after a picture.
        """
        if not any(True for _ in node.iter("p", "h2", "h3")):
            return True
        return (
            self._follows_picture()
            and is_shorter_than(node, _MAX_CAPTION)
            and not any(map(is_picture, node.iter()))
        )

    def _follows_picture(self) -> bool:
        """Whether nothing is between the last picture and the walker's place."""
        last = self.segments[-1] if self.segments else None
        return bool(last and last.image and not last.rule) and not any(
            part[0].strip() for part in self.parts
        )

    def set_caption(self, node: Element) -> None:
        """Adds a caption to the picture directly before it, or to the table in the same figure;
        drops it if there is neither.
        """
        previous = self.segments[-1] if self.segments else None
        if previous is None or previous.rule or "".join(part[0] for part in self.parts).strip():
            return
        if previous.image:
            self.segments[-1] = replace(previous, image=add_caption_from(previous.image, node))
        elif previous.type == "table" and node.getparent() in previous.node.iterancestors("figure"):
            lines = (text_with_breaks(node), previous.text)
            self.segments[-1] = replace(previous, text="\n".join(filter(None, lines)))

    def flush_text(self, node: Element, kind: BlockType, level: int | None) -> None:
        """Turns the collected inline text into segments of `node`, and forgets it."""
        if not self.parts:
            return
        parts, self.parts = self.parts, []
        text, in_link, in_bold = parts[0]
        if len(parts) == 1 and LINE_BREAK not in text and "EMBEDX" not in text:
            if line := clean_line(text):  # most blocks of a page: a link of a menu or a card
                self.segments.append(
                    Segment(kind, node, line, level, float(in_link), float(in_bold))
                )
            return
        for paragraph in split_paragraphs(parts):
            self.segments += self._make_segments(paragraph, node, kind, level)

    def _make_segments(
        self, parts: list[TextPart], node: Element, kind: BlockType, level: int | None
    ) -> list[Segment]:
        raw_text = "".join(part[0] for part in parts)
        if raw_text.isspace():
            return []
        if self.tokens and self.tokens.search(raw_text):
            return self._split_at_tokens(raw_text, node, kind, level)
        lines = [line for line in (clean_line(line) for line in raw_text.split(LINE_BREAK)) if line]
        if not lines:
            return []
        if kind == "paragraph" and len(lines) > 1 and any(part[2] for part in parts):
            stretches = list(split_at_subheadings(parts))
            if any(is_heading for is_heading, _ in stretches):
                return [
                    segment
                    for is_heading, stretch in stretches
                    for segment in (
                        self._make_segments(stretch, node, "heading", 3)
                        if is_heading
                        else self._make_segments(stretch, node, kind, level)
                    )
                ]
        link_share, bold_share = measure_share(parts, 1), measure_share(parts, 2)
        return [
            Segment(line_kind, node, text, level, link_share, bold_share)
            for line_kind, text in classify_lines(lines, kind)
        ]

    def _split_at_tokens(
        self, raw_text: str, node: Element, kind: BlockType, level: int | None
    ) -> list[Segment]:
        segments = []
        pos = 0
        assert self.tokens
        for match in self.tokens.finditer(raw_text):
            segments += (
                [Segment(kind, node, text, level)]
                if (text := clean_line(raw_text[pos : match.start()]))
                else []
            )
            segments.append(Segment("embed", node, token=match.group()))
            pos = match.end()
        return segments + (
            [Segment(kind, node, text, level)] if (text := clean_line(raw_text[pos:])) else []
        )


def collect_segments(
    doc: HtmlDocument,
    root: Element,
    tokens: re.Pattern[str] | None,
    removals: Mapping[Element, Removal],
) -> list[Segment]:
    """Returns all segments below `root` in document order, those of removed elements with the rule.
    `tokens` matches embed tokens.
    """
    walker = SegmentWalker(doc, tokens, removals, find_repeated_urls(root))
    walker.visit_block(root, "paragraph")
    return walker.segments


def _keeps_lines(style: str, default: bool) -> bool:
    """Whether a page shows the newlines in an element with this style as line breaks."""
    match = _LINE_STYLE.search(style)
    return match[1] in ("pre", "break-spaces") if match else default


def _is_link(node: Element) -> bool:
    return (node.get("href") or "#").strip() not in ("", "#")


def _link_share(element: Element) -> float:
    size = len(element.text_content().strip()) or 1
    return sum(len(link.text_content().strip()) for link in element.iter("a")) / size
