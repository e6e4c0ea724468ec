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

import trafilatura
from lxml import etree

from khabar.extraction.body_container import PROSE, find_scope, flow_of, holds, named_container, own_article
from khabar.extraction.body_selection import brief, choose, introduction, picture_story, subheading
from khabar.extraction.boilerplate import squeezed
from khabar.extraction.boilerplate_phrases import is_junk, without_also_read
from khabar.extraction.document import Document, Element
from khabar.extraction.gallery import is_named, slides
from khabar.extraction.images import with_caption
from khabar.extraction.segments import Piece, walk

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # "discarding data" is our verdict to give, not its

_TEXTS = frozenset({"paragraph", "quote", "list_item", "heading", "table"})
_CAPTION = 300
_ENOUGH = 0.6  # of the page's prose
_MANY = 2000  # pieces: jusText, a part of trafilatura's rescue, takes their square in time


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
    marked = _marked(pieces, [_opinion(within if within is not None else body, pieces, within), *hints], within)
    scope = within if within is not None else find_scope(body, pieces, marked)
    scope, chosen = _story(pieces, marked, scope if scope is not None else body, headline)
    chosen = sorted({*chosen, *(slides(doc, pieces, headline) if is_named(doc) else ())})
    kept = [subheading(pieces[at], pieces[at + 1 : at + 3]) for at in chosen]
    texts = [at for at in chosen if pieces[at].text]
    return Body(tuple(kept), tuple(pieces), scope, *((texts[0], texts[-1]) if texts else (0, -1)))


def _story(
    pieces: list[Piece], marked: set[int], scope: Element, headline: Element | None
) -> tuple[Element, list[int]]:
    """The element the story stands in and the places of its pieces."""
    chosen = choose(pieces, marked, scope)
    told = any(pieces[at].text and pieces[at].type != "heading" for at in chosen)
    if not told and (short := brief(pieces, headline)):
        return flow_of(pieces[short[-1]].node), short
    return scope, sorted({*introduction(pieces, marked, scope, headline), *chosen, *picture_story(pieces, chosen)})


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


def _opinion(element: Element, pieces: Sequence[Piece], within: Element | None) -> str:
    """What trafilatura takes for the article; its slow rescue is asked where that is much less than there is."""
    quick = _asked(element, fast=True)
    prose = [piece for piece in pieces if len(piece.text) >= PROSE and piece.linked < 0.3]
    whole = sum(len(piece.text) for piece in prose if within is None or holds(within, piece.node))
    return quick if len(quick) >= _ENOUGH * whole > 0 or len(pieces) > _MANY else _asked(element, fast=False)


def _asked(element: Element, *, fast: bool) -> str:
    """Its answer as plain text; '' when it finds none. `fast`: its own rules alone, no other extractor's."""
    tree = element if element.tag == "html" else _page_around(element)
    try:
        found: Any = trafilatura.bare_extraction(
            tree, with_metadata=False, include_comments=False, include_tables=True, deduplicate=False, fast=fast
        )
    except (ValueError, AttributeError, KeyError, IndexError, RecursionError, etree.LxmlError):
        return ""
    return (found.text or "") if found else ""


def _page_around(element: Element) -> Element:
    page = element.makeelement("html")
    inner = copy.deepcopy(element)
    inner.tail = None
    holder = page if inner.tag == "body" else etree.SubElement(page, "body")
    holder.append(inner)
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
