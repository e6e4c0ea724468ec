"""Splits the pruned tree into segments (candidate blocks) in document order, in one walk; nothing
is selected or rejected here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from itertools import groupby

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
    parse_image,
)
from khabar.extraction.picture_urls import find_repeated_urls
from khabar.extraction.removal import Removal
from khabar.extraction.tables import table_text
from khabar.hindi.names import parse_byline
from khabar.hindi.text import clean_text
from khabar.model.items import BlockType, Image

HEADING_LEVELS = {f"h{n}": n for n in range(1, 7)}
_PICTURE_TAGS = ("img", "noscript", "image")  # and custom elements
_BOLD_TAGS = frozenset(["b", "strong", "mark"])
_SKIP_TAGS = frozenset(split_words("script style template head noscript title meta link"))
_LIST_LINE = re.compile(r"^(?:\(?[\d०-९]{1,2}[.)]\s*|[•●▪►*◆–-]\s+)\S")
_SENTENCE_END = re.compile(r"[।॥.?!…:;|][\"”’'»)\]]*$")
_MAX_CAPTION = 600  # characters of a caption that contains paragraphs; by hand, not measured
_LINE_BREAK = "\x1e"  # stands for a <br>; two of them end a paragraph
# A bold line with one of these at its end is no sub-heading, nor is a dateline or a byline.
_NO_HEADING_END = ("।", ".", ",", "|", ";", "-", "–", "—")
_MAX_CREDIT_WORDS = 3  # words of a line with a comma that names a person or a desk and a place
MAX_SUBHEADING = 110  # characters; by hand, not measured
MIN_BOLD_SHARE = 0.95  # share of bold characters of a sub-heading; by hand, not measured
_MIN_TEXT_BELOW = 40  # characters of the text below a sub-heading; by hand, not measured
_BOLD_CLASSES = frozenset(
    split_words("strong bold fw-bold fw-bolder fw-semibold font-bold font-weight-bold")
)
_BOLD_STYLE = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)", re.I)
_LINE_STYLE = re.compile(r"white-space\s*:\s*(pre|normal|nowrap|break-spaces)", re.I)
_TextPart = tuple[str, bool, bool]  # (text, is in a link, is in bold)


@dataclass(frozen=True, slots=True)
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


@dataclass(slots=True)
class _InlineBuffer:
    """Collects inline text until a block ends: parts (text, is in a link, is in bold)."""

    parts: list[_TextPart] = field(default_factory=list)

    def add_text(self, text: str | None, in_link: bool, in_bold: bool) -> None:
        if text and (self.parts or not text.isspace()):
            self.parts.append((text, in_link, in_bold))

    def add_lines(self, text: str | None, in_link: bool, in_bold: bool) -> None:
        """Adds text whose newlines the page shows as line breaks."""
        for number, line in enumerate((text or "").replace("\r\n", "\n").split("\n")):
            if number:
                self.add_text(_LINE_BREAK, in_link, in_bold)
            self.add_text(line, in_link, in_bold)

    def split_paragraphs(self) -> Iterator[list[_TextPart]]:
        """Yields the parts of each paragraph; double line breaks separate paragraphs."""
        current: list[_TextPart] = []
        breaks = 0
        for part in self.parts:
            is_blank = not part[0].strip(" \t\r\n\f\xa0\u200b")
            breaks = breaks + 1 if part[0] == _LINE_BREAK else breaks if is_blank else 0
            if breaks == 2 and current:
                yield current
                current = []
            current.append(part)
        if current:
            yield current


class SegmentWalker:
    """Walks a tree once; afterwards `segments` contains the result."""

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
        self.buffer = _InlineBuffer()
        self.keeps_lines = False  # the page shows newlines in the text as line breaks

    def add_text(self, text: str | None, in_link: bool = False, in_bold: bool = False) -> None:
        """Adds inline text to the buffer."""
        add = self.buffer.add_lines if self.keeps_lines else self.buffer.add_text
        add(text, in_link, in_bold)

    def visit_block(self, element: Element, kind: BlockType, level: int | None = None) -> None:
        """Visits a block element. `kind` and `level`: block type and heading level of its text."""
        self.add_text(element.text)
        for child in element:
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
        if tag == "br" or (
            tag == "span"
            and names
            and "br" in class_and_id(node).split()
            and not node.text_content().strip()
        ):
            self.buffer.add_text(_LINE_BREAK, in_link, in_bold)
            if tag == "span":
                self.buffer.add_text(_LINE_BREAK, in_link, in_bold)
        elif (tag in _PICTURE_TAGS or "-" in tag) and is_picture(node):
            self.add_picture(node, parent)
        elif tag == "template" and node in self.removals:
            self.flush_text(parent, kind, level)
            self.add_removed(self.removals[node], kind, level)
        elif tag in _SKIP_TAGS or not tag:
            pass
        elif (names or tag == "figcaption") and (
            (is_caption_element(node) and self._is_caption(node))
            or (names and self._follows_picture() and is_likely_caption(node))
        ):
            self.set_caption(node)
        elif tag in INLINE_TAGS:
            child_in_link = in_link or _is_link(node)
            child_in_bold = in_bold or tag in _BOLD_TAGS or _is_styled_bold(node)
            self.keeps_lines = _keeps_lines(node, keeps_lines)
            self.add_text(node.text, child_in_link, child_in_bold)
            for inner in node:
                self.visit_child(inner, parent, kind, level, child_in_link, child_in_bold)
        else:
            self.flush_text(parent, kind, level)
            self.keeps_lines = _keeps_lines(node, keeps_lines)
            self.visit_element(node, tag, kind, level, in_link)
        self.keeps_lines = keeps_lines
        self.add_text(node.tail, in_link, in_bold)

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
            self.segments[start:] = [
                replace(segment, link_share=1.0) for segment in self.segments[start:]
            ]

    def add_removed(self, removal: Removal, kind: BlockType, level: int | None) -> None:
        """Adds the segments of an element that was removed from the tree, each with its rule."""
        walker = SegmentWalker(self.doc, self.tokens, self.removals, self.repeated_urls)
        walker.visit_child(removal.element, removal.element, kind, level, False, False)
        walker.flush_text(removal.element, kind, level)
        self.segments += [
            replace(
                segment,
                rule=segment.rule or removal.rule,
                is_certain=bool(segment.rule),  # removed twice
                removal=removal,
            )
            for segment in walker.segments
        ]

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
            part[0].strip() for part in self.buffer.parts
        )

    def set_caption(self, node: Element) -> None:
        """Adds a caption to the picture directly before it, or to the table in the same figure;
        drops it if there is neither.
        """
        previous = self.segments[-1] if self.segments else None
        if (
            previous is None
            or previous.rule
            or "".join(part[0] for part in self.buffer.parts).strip()
        ):
            return
        if previous.image:
            self.segments[-1] = replace(previous, image=add_caption_from(previous.image, node))
        elif previous.type == "table" and node.getparent() in previous.node.iterancestors("figure"):
            lines = (text_with_breaks(node), previous.text)
            self.segments[-1] = replace(previous, text="\n".join(filter(None, lines)))

    def flush_text(self, node: Element, kind: BlockType, level: int | None) -> None:
        """Turns the collected inline text into segments of `node`, and empties the buffer."""
        if not self.buffer.parts:
            return
        buffer, self.buffer = self.buffer, _InlineBuffer()
        text, in_link, in_bold = buffer.parts[0]
        if len(buffer.parts) == 1 and _LINE_BREAK not in text and "EMBEDX" not in text:
            if line := _clean_line(text):  # most blocks of a page: a link of a menu or a card
                self.segments.append(
                    Segment(kind, node, line, level, float(in_link), float(in_bold))
                )
            return
        for parts in buffer.split_paragraphs():
            self.segments += self._make_segments(parts, node, kind, level)

    def _make_segments(
        self, parts: list[_TextPart], node: Element, kind: BlockType, level: int | None
    ) -> list[Segment]:
        raw_text = "".join(part[0] for part in parts)
        if raw_text.isspace():
            return []
        if self.tokens and self.tokens.search(raw_text):
            return self._split_at_tokens(raw_text, node, kind, level)
        lines = [
            line for line in (_clean_line(line) for line in raw_text.split(_LINE_BREAK)) if line
        ]
        if not lines:
            return []
        if kind == "paragraph" and len(lines) > 1 and any(part[2] for part in parts):
            stretches = list(_split_at_subheadings(parts))
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
        link_share, bold_share = _share(parts, 1), _share(parts, 2)
        return [
            Segment(line_kind, node, text, level, link_share, bold_share)
            for line_kind, text in _classify_lines(lines, kind)
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
                if (text := _clean_line(raw_text[pos : match.start()]))
                else []
            )
            segments.append(Segment("embed", node, token=match.group()))
            pos = match.end()
        return segments + (
            [Segment(kind, node, text, level)] if (text := _clean_line(raw_text[pos:])) else []
        )


def _share(parts: Sequence[_TextPart], flag: int) -> float:
    """Returns the share of the characters of the parts with a flag (1: link, 2: bold)."""
    if not any(part[flag] for part in parts):
        return 0.0
    size = max(1, sum(len(part[0].strip()) for part in parts))
    return sum(len(part[0].strip()) for part in parts if part[flag]) / size


def _split_at_subheadings(parts: list[_TextPart]) -> Iterator[tuple[bool, list[_TextPart]]]:
    """Yields (is a sub-heading, parts) for the stretches of a paragraph. A sub-heading is a short
    bold line at its beginning or after a sentence, before a line that is not bold.
    """
    lines = [
        list(line)
        for is_break, line in groupby(parts, lambda part: part[0] == _LINE_BREAK)
        if not is_break
    ]
    below = sum(len(part[0].strip()) for line in lines for part in line)
    texts = [_clean_line("".join(part[0] for part in line)) for line in lines]
    stretch: list[_TextPart] = []
    previous = ""
    for number, (line, text) in enumerate(zip(lines, texts, strict=True)):
        below -= len(text)
        is_heading = (
            0 < len(text) <= MAX_SUBHEADING
            and (not previous or bool(_SENTENCE_END.search(previous)))
            and _share(line, 2) > MIN_BOLD_SHARE
            and _share(line, 1) < 0.5
            and not text.endswith(_NO_HEADING_END)
            and not _is_credit(text)
            and below >= _MIN_TEXT_BELOW
            and _share(lines[number + 1], 2) < 0.5
        )
        if is_heading:
            yield from ((False, stretch),) if stretch else ()
            yield True, line
            stretch = []
        else:
            stretch += [*([(_LINE_BREAK, False, False)] if stretch else []), *line]
        previous = text or previous
    if stretch:
        yield False, stretch


def _is_credit(line: str) -> bool:
    """Whether a bold line is a dateline (`नई दिल्ली:`) or a byline, not a sub-heading."""
    words = len(line.split())
    if line.endswith(":"):
        return words < 3
    byline = parse_byline(line)
    return bool(byline.desk or byline.agency) or ("," in line and words <= _MAX_CREDIT_WORDS)


def _classify_lines(lines: list[str], kind: BlockType) -> list[tuple[BlockType, str]]:
    """Returns (type, text) for the lines between single <br> tags: separate list items if most
    begin like one, separate paragraphs if all end like sentences, else one text.
    """
    if len(lines) > 1 and kind == "paragraph":
        if sum(bool(_LIST_LINE.match(line)) for line in lines) > len(lines) / 2:
            return [("list_item" if _LIST_LINE.match(line) else kind, line) for line in lines]
        if all(_SENTENCE_END.search(line) for line in lines[:-1]):
            return [(kind, line) for line in lines]
    return [(kind, ("\n" if kind != "heading" else " ").join(lines))]


def _clean_line(text: str) -> str:
    return " ".join(clean_text(text.replace("\x1e", " ").replace("\u200b", "")).split()).strip()


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


def _keeps_lines(node: Element, inherited: bool) -> bool:
    """Whether a page shows the newlines in an element as line breaks."""
    if (style := node.get("style")) and (match := _LINE_STYLE.search(style)):
        return match[1] in ("pre", "break-spaces")
    return inherited or node.tag == "pre" or "whitespace-pre" in (node.get("class") or "")


def _is_styled_bold(node: Element) -> bool:
    classes, style = node.get("class"), node.get("style")
    return bool(classes and not _BOLD_CLASSES.isdisjoint(classes.lower().split())) or bool(
        style and _BOLD_STYLE.search(style)
    )


def _is_link(node: Element) -> bool:
    return node.tag == "a" and (node.get("href") or "#").strip() not in ("", "#")


def _link_share(element: Element) -> float:
    size = len(element.text_content().strip()) or 1
    return sum(len(link.text_content().strip()) for link in element.iter("a")) / size
