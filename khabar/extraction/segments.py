"""The tree's own text in reading order: one walk over the pruned tree gives pieces, before anyone judges them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from khabar.extraction.boilerplate import names_of, squeezed
from khabar.extraction.document import Document, Element, is_brief, listed
from khabar.extraction.images import caption_class, captioned, is_picture, picture_of
from khabar.hindi.text import clean
from khabar.model.items import BlockType, Image

_INLINE = frozenset(
    listed("""
    a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd mark q ruby rb rp rt s samp small span
    strike strong sub sup time tt u var wbr o:p text picture source track param""")
)
_HEADINGS = {f"h{n}": n for n in range(1, 7)}
_BOLD = frozenset(["b", "strong", "mark"])
_QUIET = frozenset(listed("script style template head noscript title meta link"))
_LIST_LINE = re.compile(r"^(?:\(?[\d०-९]{1,2}[.)]\s*|[•●▪►*◆–-]\s+)\S")
_SENTENCE_END = re.compile(r"[।॥.?!…:;|][\"”’'»)\]]*$")
_CAPTION = 600  # characters
_BREAK = "\x1e"  # a <br>; two part a paragraph


@dataclass(frozen=True, slots=True)
class Piece:
    """One candidate block. `node` is the element that holds it, `linked` and `bold` are shares of its characters."""

    type: BlockType
    node: Element
    text: str = ""
    level: int | None = None
    linked: float = 0.0
    bold: float = 0.0
    token: str | None = None  # of an embed
    image: Image | None = None
    time: str | None = None  # of the live blog's update it opens

    @property
    def key(self) -> str:
        return squeezed(self.text)


@dataclass(slots=True)
class _Run:
    """Inline text being gathered: (words, in a link, in bold)."""

    parts: list[tuple[str, bool, bool]] = field(default_factory=list)

    def add(self, text: str | None, linked: bool, bold: bool) -> None:
        if text:
            self.parts.append((text, linked, bold))

    def paragraphs(self) -> Iterator[list[tuple[str, bool, bool]]]:
        """The run cut at double breaks."""
        current: list[tuple[str, bool, bool]] = []
        breaks = 0
        for part in self.parts:
            blank = not part[0].strip(" \t\r\n\f\xa0\u200b")
            breaks = breaks + 1 if part[0] == _BREAK else breaks if blank else 0
            if breaks == 2 and current:
                yield current
                current = []
            current.append(part)
        if current:
            yield current


class Walk:
    """One walk; the pieces are in `pieces` afterwards."""

    def __init__(self, doc: Document, tokens: re.Pattern[str] | None) -> None:
        self.doc = doc
        self.tokens = tokens
        self.pieces: list[Piece] = []
        self.run = _Run()

    def block(self, element: Element, kind: BlockType, level: int | None = None) -> None:
        """A block element: what it holds, flushed before and after."""
        self.run.add(element.text, False, False)
        for child in element:
            self.child(child, element, kind, level, False, False)
        self.flush(element, kind, level)

    def child(self, node: Element, holder: Element, kind: BlockType, level: int | None, link: bool, bold: bool) -> None:
        """One child of a block or inline element, and the text behind it."""
        tag = node.tag if isinstance(node.tag, str) else ""
        if tag == "br" or (tag == "span" and "br" in names_of(node).split() and not node.text_content().strip()):
            self.run.add(_BREAK, link, bold)
            if tag == "span":
                self.run.add(_BREAK, link, bold)
        elif is_picture(node):
            self.picture(node, holder)
        elif tag in _QUIET or not tag:
            pass
        elif caption_class(node) and self._captions(node):
            self.caption(node)
        elif tag in _INLINE:
            link_here, bold_here = link or _is_link(node), bold or tag in _BOLD
            self.run.add(node.text, link_here, bold_here)
            for inner in node:
                self.child(inner, holder, kind, level, link_here, bold_here)
        else:
            self.flush(holder, kind, level)
            self.element(node, tag, kind, level, link)
        self.run.add(node.tail, link, bold)

    def element(self, node: Element, tag: str, kind: BlockType, level: int | None, link: bool) -> None:
        """A block-level element inside another."""
        start = len(self.pieces)
        if tag in _HEADINGS:
            self.block(node, "heading", max(2, _HEADINGS[tag]))
        elif tag == "table" and (text := data_table(node)) and not (self.tokens and self.tokens.search(text)):
            self.pieces.append(Piece("table", node, text, linked=_link_share(node)))
        elif tag in ("li", "dt", "dd"):
            self.block(node, "list_item")
        elif tag == "blockquote":
            self.block(node, "quote")
        else:
            self.block(node, kind, level)
        if link:  # a block wrapped in a link is a card
            self.pieces[start:] = [replace(piece, linked=1.0) for piece in self.pieces[start:]]

    def picture(self, node: Element, holder: Element) -> None:
        image = picture_of(node, self.doc)
        if image and not any(piece.image and piece.image.url == image.url for piece in self.pieces):
            self.flush(holder, "paragraph", None)
            self.pieces.append(Piece("image", node, image=image))

    def _captions(self, node: Element) -> bool:
        """Whether what is called a caption is one: no paragraphs in it, or few words right behind a picture."""
        if not any(True for _ in node.iter("p", "h2", "h3")):
            return True
        behind_picture = bool(self.pieces and self.pieces[-1].image)
        return behind_picture and is_brief(node, _CAPTION) and not any(map(is_picture, node.iter()))

    def caption(self, node: Element) -> None:
        """A caption belongs to the picture just before it; without one it is nobody's text."""
        last = self.pieces[-1] if self.pieces else None
        if last and last.image and not "".join(part[0] for part in self.run.parts).strip():
            self.pieces[-1] = replace(last, image=captioned(last.image, node))

    def flush(self, node: Element, kind: BlockType, level: int | None) -> None:
        run, self.run = self.run, _Run()
        for parts in run.paragraphs():
            self.pieces += self._split(parts, node, kind, level)

    def _split(
        self, parts: list[tuple[str, bool, bool]], node: Element, kind: BlockType, level: int | None
    ) -> list[Piece]:
        whole = "".join(part[0] for part in parts)
        if whole.isspace():
            return []
        if self.tokens and self.tokens.search(whole):
            return self._around_tokens(whole, node, kind, level)
        lines = [line for line in (_tidy(line) for line in whole.split(_BREAK)) if line]
        if not lines:
            return []
        size = max(1, sum(len(part[0].strip()) for part in parts))
        linked = sum(len(part[0].strip()) for part in parts if part[1]) / size
        bold = sum(len(part[0].strip()) for part in parts if part[2]) / size
        return [Piece(one, node, text, level, linked, bold) for one, text in _lines(lines, kind)]

    def _around_tokens(self, whole: str, node: Element, kind: BlockType, level: int | None) -> list[Piece]:
        pieces = []
        at = 0
        assert self.tokens
        for match in self.tokens.finditer(whole):
            pieces += [Piece(kind, node, text, level)] if (text := _tidy(whole[at : match.start()])) else []
            pieces.append(Piece("embed", node, token=match.group()))
            at = match.end()
        return pieces + ([Piece(kind, node, text, level)] if (text := _tidy(whole[at:])) else [])


def _lines(lines: list[str], kind: BlockType) -> list[tuple[BlockType, str]]:
    """Lines between single breaks: list items, paragraphs of their own, or one text of several lines."""
    if len(lines) > 1 and kind == "paragraph":
        if sum(bool(_LIST_LINE.match(line)) for line in lines) > len(lines) / 2:
            return [("list_item" if _LIST_LINE.match(line) else kind, line) for line in lines]
        if all(_SENTENCE_END.search(line) for line in lines[:-1]):
            return [(kind, line) for line in lines]
    return [(kind, ("\n" if kind != "heading" else " ").join(lines))]


def _tidy(text: str) -> str:
    return " ".join(clean(text.replace("\x1e", " ").replace("\u200b", "")).split()).strip()


def walk(doc: Document, root: Element, tokens: re.Pattern[str] | None = None) -> list[Piece]:
    """All pieces under `root`, in document order."""
    one = Walk(doc, tokens)
    one.block(root, "paragraph")
    return one.pieces


def data_table(table: Element) -> str | None:
    """The text of a table of facts: a line a row, cells parted by ` | `; None for a table that lays out the page."""
    if table.find(".//table") is not None or table.find(".//p/p") is not None:
        return None
    rows = [[_tidy(cell.text_content()) for cell in row.iterchildren("td", "th")] for row in table.iter("tr")]
    rows = [row for row in rows if any(row)]
    cells = [cell for row in rows for cell in row]
    if len(rows) < 2 or max(map(len, rows)) < 2 or max(map(len, cells)) > 400:
        return None
    return "\n".join(" | ".join(row) for row in rows)


def _is_link(node: Element) -> bool:
    return node.tag == "a" and (node.get("href") or "#").strip() not in ("", "#")


def _link_share(element: Element) -> float:
    size = len(element.text_content().strip()) or 1
    return sum(len(link.text_content().strip()) for link in element.iter("a")) / size
