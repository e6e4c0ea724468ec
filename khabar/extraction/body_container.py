"""Where on the page the article stands: the element its prose is densest in, checked against a second opinion."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import islice

from lxml.cssselect import CSSSelector

from khabar.extraction.boilerplate import names_of
from khabar.extraction.document import Element, is_brief, listed
from khabar.extraction.segments import Piece
from khabar.hindi.language import devanagari_share

PROSE = 80  # characters of unlinked text that are running text
_FAIR = 0.08  # of the article's text: less is a footer or an author's life
_BOX = 600  # characters of a teaser with all it holds
_HEADLINE = 20  # characters: a shorter link in a heading is a name
_STORY = 400  # characters of prose that make an <article> a story, not a card
_CENTRE = 0.85  # the article's element holds this share of the marked text
_LISTS = frozenset(listed("ul ol li dl dt dd blockquote p span strong b em i font center h1 h2 h3 h4 h5 h6"))


def named_container(body: Element, containers: Sequence[str], pieces: list[Piece]) -> Element | None:
    """The element a source's TOML names, unless it holds much less text than the page."""
    for selector in containers:
        found = CSSSelector(selector, translator="html")(body)
        if found:
            best = max(found, key=lambda one: len(one.text_content()))
            inside = sum(len(piece.text) for piece in pieces if piece.linked < 0.3 and holds(best, piece.node))
            whole = sum(len(piece.text) for piece in pieces if piece.linked < 0.3 and len(piece.text) > 80)
            if inside * 2 >= whole:
                return best
    return None


def own_article(body: Element, headline: Element | None, pieces: list[Piece]) -> Element | None:
    """Where one page shows several stories whole (endless scroll): the element of the one under the headline."""
    stories = [node for node in body.iter("article") if next(node.iterancestors("article"), None) is None]
    prose = [piece for piece in pieces if is_prose(piece)]
    told = [node for node in stories if sum(len(piece.text) for piece in prose if holds(node, piece.node)) >= _STORY]
    mine = next((node for node in stories if headline is not None and holds(node, headline)), None)
    if mine is None or all(node is mine for node in told):
        return None
    if mine in told:
        return mine
    # a brief among longer stories is set like them
    alike = any(node.get("class") == mine.get("class") and node.getparent() is mine.getparent() for node in told)
    return mine if alike and _tells(mine, pieces) else None


def _tells(story: Element, pieces: list[Piece]) -> bool:
    """Whether an element holds a sentence of a story, not the headline alone."""
    texts = [piece.text for piece in pieces if piece.type == "paragraph" and holds(story, piece.node)]
    return any(len(text) >= PROSE // 2 and text.endswith(("।", ".", "?", "!")) for text in texts)


def is_prose(piece: Piece) -> bool:
    """Whether a piece is running text: long, hardly linked, no card's excerpt."""
    long = piece.type in ("paragraph", "quote", "list_item") and len(piece.text) >= PROSE and piece.linked < 0.3
    return long and not is_teaser(piece.node)


def is_teaser(node: Element) -> bool:
    """Whether a piece is the excerpt of a card: three or more siblings, each opening with a linked headline."""
    for card in (node, *list(node.iterancestors())[:3]):
        parent = card.getparent()
        if parent is None or parent.tag in ("body", "html") or not _opens_with_link(card):
            continue
        alike = [one for one in parent.iterchildren(card.tag) if one.get("class") == card.get("class")]
        if len(alike) >= 3 and sum(map(_opens_with_link, alike)) >= 3:
            return True
    return False


def _opens_with_link(card: Element) -> bool:
    """Whether an element begins with a link of headline length that is no part of a sentence, and goes on."""
    for part in card.iter():
        if part.tag == "a" and (text := part.text_content().strip()):
            sentence = text.endswith((".", "।")) or re.match(r"\s*[a-z.,;:।)]", part.tail or "")
            return not sentence and 25 <= len(text) < len(card.text_content().strip()) - 20
        if (part.text or "").strip():
            return False
    return False


def in_box(node: Element, scope: Element) -> bool:
    """Whether a piece stands in a small box of the scope that is headed by a link of headline length."""
    for box in islice(node.iterancestors(), 4):
        if box is scope or not is_brief(box, _BOX):
            return False
        if any(_links_away(heading) for heading in box.iter("h2", "h3", "h4", "h5")):
            return True
    return False


def _links_away(heading: Element) -> bool:
    link = next(heading.iter("a"), None)
    link = link if link is not None else next(heading.iterancestors("a"), None)
    if link is None or (link.get("href") or "#").startswith("#"):
        return False
    return len(link.text_content().strip()) >= _HEADLINE


def find_scope(body: Element, pieces: list[Piece], marked: set[int]) -> Element | None:
    """The element the article stands in: where its prose is densest, unless trafilatura points elsewhere."""
    prose = [piece for piece in pieces if is_prose(piece)]
    answer = [pieces[at] for at in marked if pieces[at].type != "table"]
    dense = _densest(prose)
    if dense is None:
        return _centre(body, answer) if answer else None
    found = sum(len(piece.text) for piece in answer)
    shared = sum(len(piece.text) for piece in answer if holds(dense, piece.node))
    mass = sum(len(piece.text) for piece in prose if holds(dense, piece.node))
    centre = _centre(body, answer) if answer else dense
    apart = found > 10 * shared and 2 * found > mass and names_of(centre) != names_of(dense)
    if apart or found > 3 * max(shared, mass):  # elements of one name are parts of one story
        dense = centre
    return _with_siblings(_widened(dense, pieces, marked), pieces)


def _with_siblings(scope: Element, pieces: list[Piece]) -> Element:
    """What holds the paragraphs, where each has a wrapper of its own and only one is long enough to be found."""
    wrapper = wrapper_of(scope)
    parent = wrapper.getparent()
    if (
        parent is None
        or parent.tag in ("body", "html")
        or sum(bool(p.text) and holds(scope, p.node) for p in pieces) > 1
    ):
        return scope
    alike = sum((one.tag, one.get("class")) == (wrapper.tag, wrapper.get("class")) for one in parent)
    return parent if alike > 1 else scope


def _densest(prose: list[Piece]) -> Element | None:
    """The element with most running text; an ancestor counts less with every step."""
    mass: dict[Element, float] = {}
    for piece in prose:
        flow = flow_of(piece.node)
        for steps, holder in enumerate((flow, *list(flow.iterancestors())[:2])):  # a paragraph may sit in its own <div>
            mass[holder] = mass.get(holder, 0) + len(piece.text) / (1, 1.3, 2)[steps]
    return max(mass, key=lambda holder: mass[holder], default=None)


def flow_of(node: Element) -> Element:
    """The element a piece flows in: its nearest ancestor that is more than a list or a phrase."""
    while node.tag in _LISTS and node.getparent() is not None:
        node = node.getparent()
    return node


def wrapper_of(node: Element) -> Element:
    """The outermost element around a piece that holds nothing else."""
    flow = flow_of(node)
    while (parent := flow.getparent()) is not None and len(parent) == 1 and parent.tag in ("div", "section"):
        flow = parent
    return flow


def holds(scope: Element, node: Element) -> bool:
    """Whether a node is the scope or stands in it."""
    return node is scope or any(parent is scope for parent in node.iterancestors())


def _centre(body: Element, marked: list[Piece]) -> Element:
    """The smallest element that holds most of the marked text."""
    mass: dict[Element, int] = {}
    for piece in marked:
        for holder in (piece.node, *piece.node.iterancestors()):
            mass[holder] = mass.get(holder, 0) + len(piece.text)
    enough = _CENTRE * mass.get(body, 0)
    scope = body
    while (inner := next((child for child in scope if mass.get(child, 0) >= enough), None)) is not None:
        scope = inner
    return flow_of(scope)


def _height(node: Element, above: Mapping[Element, int]) -> int:
    """Which of the elements above (0: the lowest) is the first that holds the node."""
    return next(above[holder] for holder in (node, *node.iterancestors()) if holder in above)


def _widened(scope: Element, pieces: list[Piece], marked: set[int]) -> Element:
    """Climbs while an ancestor adds a fair share of marked prose in the same script, and less of anything else."""
    own = [piece for piece in pieces if piece.text and holds(scope, piece.node)]
    mass = sum(len(piece.text) for piece in own)
    hindi = devanagari_share(" ".join(piece.text for piece in own)) > 0.5
    inside = scope
    above = {holder: at for at, holder in enumerate((scope, *scope.iterancestors()))}
    heights = [_height(piece.node, above) if piece.text else 0 for piece in pieces]
    for holder in scope.iterancestors():
        added = [at for at, height in enumerate(heights) if above[inside] < height <= above[holder]]
        gained = [at for at in added if at in marked and is_prose(pieces[at])]
        gained = [at for at in gained if not hindi or devanagari_share(pieces[at].text) > 0.3]
        gain = sum(len(pieces[at].text) for at in gained)
        other = sum(len(pieces[at].text) for at in added if at not in gained)
        if gain > other and gain >= _FAIR * mass:
            inside = holder
    return inside
