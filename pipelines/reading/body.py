"""Which pieces of the page are the article: trafilatura is asked, the tree's own text is kept.

Its answer marks pieces; the marked ones show where the article stands, and what stands between them belongs to it
unless it is furniture. So nothing it breaks in Hindi (joiners, entities, order) can reach the text.
"""

from __future__ import annotations

import copy
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import lxml.html
import trafilatura
from lxml import etree

from pipelines.reading.furniture import is_junk, squeezed, without_also_read
from pipelines.reading.images import with_caption
from pipelines.reading.page import Document, Element
from pipelines.reading.pieces import Piece, walk
from pipelines.reading.scope import PROSE, find_scope, flow_of, holds, is_prose, is_teaser, named_container, own_article

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # "discarding data" is our verdict to give, not its

_TEXTS = frozenset({"paragraph", "quote", "list_item", "heading", "table"})
_LABEL = 25  # a shorter line that is no sentence is a label
_CAPTION = 300
_GALLERY = 3  # captioned pictures that can be a story
_MANY = 2000  # pieces: jusText, a part of trafilatura's rescue, takes their square in time
_SENTENCE = re.compile(r"[।.?!]")
_SUBHEAD_MAX = 110


@dataclass(frozen=True, slots=True)
class Body:
    """The article's pieces in order. `first` and `last` are their places among all pieces of the page."""

    pieces: tuple[Piece, ...] = ()
    all: tuple[Piece, ...] = ()
    scope: Element = None
    first: int = 0
    last: int = -1
    problems: tuple[str, ...] = ()


def read_body(
    doc: Document,
    root: Element,
    tokens: re.Pattern[str] | None,
    headline: Element | None = None,
    containers: Sequence[str] = (),
    hints: Sequence[str] = (),
) -> Body:
    """The article's pieces out of a pruned tree. `hints` are texts that claim to be its body (JSON-LD articleBody)."""
    body = root.find("body")
    pieces = _captioned(_once(_relevant(walk(doc, body, tokens))))
    within = named_container(body, containers, pieces)
    if within is None:
        within = own_article(body, headline, pieces)
    marked = _marked(pieces, [_asked(within if within is not None else body, len(pieces) > _MANY), *hints], within)
    scope = within if within is not None else find_scope(body, pieces, marked)
    if scope is None:
        return Body(all=tuple(pieces), scope=body)
    chosen = _chosen(pieces, marked, scope)
    chosen = sorted({*chosen, *_picture_story(pieces, chosen)})
    kept = [_subheading(pieces[at], pieces[at + 1 : at + 3]) for at in chosen]
    texts = [at for at in chosen if pieces[at].text]
    return Body(tuple(kept), tuple(pieces), scope, *((texts[0], texts[-1]) if texts else (0, -1)))


def _relevant(pieces: list[Piece]) -> list[Piece]:
    """Without lines that are furniture by their words; also-read lines glued to a paragraph cut off."""
    kept = []
    for piece in pieces:
        if piece.type in ("paragraph", "list_item", "quote"):
            piece = replace(piece, text=without_also_read(piece.text))
        if piece.type not in _TEXTS or not is_junk(piece.text, piece.linked):
            kept.append(piece)
    return kept


def _once(pieces: list[Piece]) -> list[Piece]:
    """A page may hold its text twice (mobile and desktop, spoken copy): the copy in the second element goes."""
    seen: dict[str, Element] = {}
    kept = []
    for piece in pieces:
        key = piece.key if piece.type == "paragraph" else ""
        if len(key) < PROSE or seen.setdefault(key, flow_of(piece.node)) is flow_of(piece.node):
            kept.append(piece)
    return kept


def _captioned(pieces: list[Piece]) -> list[Piece]:
    """A line that shares a small element with a picture, and nothing else, is its caption."""
    kept: list[Piece] = []
    for piece in pieces:
        last = kept[-1] if kept else None
        if last and last.image and piece.type in ("paragraph", "heading") and _is_caption(last.node, piece):
            kept[-1] = replace(last, image=with_caption(last.image, piece.text))
        else:
            kept.append(piece)
    return kept


def _is_caption(picture: Element, line: Piece) -> bool:
    if len(line.text) > _CAPTION or line.linked > 0.8:
        return False
    holder = next((one for one in picture.iterancestors() if holds(one, line.node)), None)
    if holder is None or holder.tag in ("body", "article", "main"):
        return False
    return squeezed(holder.text_content()) == line.key


def _asked(element: Element, many: bool = False) -> str:
    """What trafilatura takes for the article's text; '' when it finds none. `many`: without its slow rescue."""
    tree = element if element.tag == "html" else _page_around(element)
    try:
        found: Any = trafilatura.bare_extraction(
            tree, with_metadata=False, include_comments=False, include_tables=True, deduplicate=False, fast=many
        )
    except (ValueError, AttributeError, KeyError, IndexError, RecursionError, etree.LxmlError):
        return ""
    return (found.text or "") if found else ""


def _page_around(element: Element) -> Element:
    page = lxml.html.document_fromstring("<html><body></body></html>")
    inner = copy.deepcopy(element)
    inner.tail = None
    if inner.tag == "body":
        page.replace(page.find("body"), inner)
    else:
        page.find("body").append(inner)
    return page


def _marked(pieces: list[Piece], texts: list[str], within: Element | None) -> set[int]:
    """Places of the pieces whose words stand in one of the texts."""
    whole = "\n".join(squeezed(text) for text in texts)
    lines = {squeezed(line) for text in texts for line in text.splitlines()}
    return {
        at
        for at, piece in enumerate(pieces)
        if piece.type in _TEXTS
        and _stands_in(piece.key, whole, lines)
        and (within is None or holds(within, piece.node))
    }


def _stands_in(key: str, whole: str, lines: set[str]) -> bool:
    if len(key) < 25:
        return key in lines
    return key in whole or (len(key) > 100 and key[:40] in whole and key[-40:] in whole)


def _chosen(pieces: list[Piece], marked: set[int], scope: Element) -> list[int]:
    """Prose of the article, what stands between its paragraphs, and what flows on in the same element."""
    held = [at for at, piece in enumerate(pieces) if holds(scope, piece.node)]
    flows: dict[Element, int] = {}
    for at in held:
        if is_prose(pieces[at]) or (at in marked and pieces[at].linked < 0.5):
            flow = flow_of(pieces[at].node)
            flows[flow] = flows.get(flow, 0) + len(pieces[at].text)
    major = {flow for flow, mass in flows.items() if mass * 4 >= sum(flows.values())}
    flowing = {at for at in held if not major.isdisjoint((flow := flow_of(pieces[at].node), *flow.iterancestors()))}
    prose = [at for at in held if is_prose(pieces[at]) and (at in marked or at in flowing)] or sorted(flowing & marked)
    if not prose:
        return []
    near = flowing | set(range(prose[0], prose[-1] + 1)) | _opening(held, pieces, prose[0])
    return [at for at in held if at in near and _belongs(pieces[at], at in marked, pieces[at + 1 : at + 2])]


def _picture_story(pieces: list[Piece], chosen: list[int]) -> list[int]:
    """The pictures of a page that tells its story in captions; none where the text says more."""
    shown = [
        at for at, piece in enumerate(pieces) if piece.image and piece.image.caption and not leads_away(piece.node)
    ]
    captions = sum(len(image.caption or "") for at in shown if (image := pieces[at].image))
    return shown if len(shown) >= _GALLERY and captions > sum(len(pieces[at].text) for at in chosen) else []


def _opening(held: list[int], pieces: list[Piece], first: int) -> set[int]:
    """The heading right before the first prose, in the same element or the one around it."""
    if first - 1 not in held or pieces[first - 1].type != "heading":
        return set()
    flow = flow_of(pieces[first].node)
    return {first - 1} if flow_of(pieces[first - 1].node) in (flow, flow.getparent()) else set()


def _belongs(piece: Piece, marked: bool, following: Sequence[Piece]) -> bool:
    """Whether a piece amid the article is a part of it: no teaser, no lone label, no list of links."""
    if piece.type == "image":
        return not leads_away(piece.node)
    if piece.type == "embed":
        return True
    if is_teaser(piece.node) or _is_time(piece):
        return False
    if marked:
        return piece.linked < 0.9 or (bool(_SENTENCE.search(piece.text)) and piece.linked < 1)
    if _is_label(piece):
        heads = bool(following) and (following[0].type == "list_item" or (piece.bold > 0.95 and is_prose(following[0])))
        return piece.linked < 0.5 and heads
    return piece.linked < 0.5


def _is_time(piece: Piece) -> bool:
    """Whether a line is all in a <time>: when an update was written, not what it says."""
    return any(squeezed(time.text_content()) == piece.key for time in piece.node.iter("time"))


def leads_away(node: Element) -> bool:
    """A picture that links to another page is a teaser; one that links to its own file is not."""
    link = next(node.iterancestors("a"), None)
    href = (link.get("href") or "").split("?")[0].lower() if link is not None else ""
    return bool(href) and not href.startswith("#") and not re.search(r"\.(?:jpe?g|png|webp|gif|avif)$", href)


def _is_label(piece: Piece) -> bool:
    return piece.type == "paragraph" and len(piece.text) < _LABEL and not _SENTENCE.search(piece.text)


def _subheading(piece: Piece, following: Sequence[Piece]) -> Piece:
    """A short line all in bold, no sentence, with text behind it, is what the page shows as a sub-heading."""
    if _is_label(piece) and not piece.text.endswith(":") and following and following[0].type == "list_item":
        return replace(piece, type="heading", level=3)
    is_one = (
        piece.type == "paragraph"
        and piece.bold > 0.95
        and len(piece.text) <= _SUBHEAD_MAX
        and "\n" not in piece.text
        and not piece.text.endswith(("।", ".", ",", "|", ";"))
        and any(after.type in ("paragraph", "list_item", "image", "embed") and after.bold < 0.95 for after in following)
    )
    return replace(piece, type="heading", level=3) if is_one else piece
