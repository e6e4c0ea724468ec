"""Which of the page's pieces are the article, once it is known where it stands: its prose and what belongs to it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from khabar.extraction.body_container import flow_of, holds, in_box, is_prose, is_teaser, wrapper_of
from khabar.extraction.boilerplate import squeezed
from khabar.extraction.boilerplate_phrases import AUTHOR_LINE
from khabar.extraction.document import Element
from khabar.extraction.liveblog_times import is_stamp
from khabar.extraction.segments import Piece

_LABEL = 25  # a shorter line that is no sentence is a label
_GALLERY = 3  # captioned pictures that can be a story
_SENTENCE = re.compile(r"[।.?!]")
_SENTENCE_END = re.compile(r"[।.?!…][\"”’'»)\]]*$")
_SUBHEAD_MAX = 110


def choose(pieces: list[Piece], marked: set[int], scope: Element) -> list[int]:
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
    near |= _beside(held, pieces, marked, prose)
    chosen = [at for at in held if at in near and _belongs(pieces[at], at in marked, pieces[at + 1 : at + 2])]
    return _without_boxes(chosen, pieces, scope)


def _without_boxes(chosen: list[int], pieces: list[Piece], scope: Element) -> list[int]:
    """Without teasers of other stories amid the text, and the author's life behind it."""
    boxed = {at for at in chosen if in_box(pieces[at].node, scope)}
    if 3 * _mass(boxed, pieces) <= _mass(chosen, pieces):  # more: updates of a live blog, each under a linked heading
        chosen = [at for at in chosen if at not in boxed]
    end = next((place for place, at in enumerate(chosen) if AUTHOR_LINE.match(pieces[at].text)), len(chosen))
    return chosen[:end] if _mass(chosen[end:], pieces) < _mass(chosen[:end], pieces) else chosen


def _mass(places: Iterable[int], pieces: list[Piece]) -> int:
    return sum(len(pieces[at].text) for at in places)


def brief(pieces: list[Piece], headline: Element | None) -> list[int]:
    """The sentences that follow the headline, up to the next heading or card: a story too short to be found by mass."""
    start = next((at for at, piece in enumerate(pieces) if piece.node is headline), None)
    if start is None:
        return []
    found: list[int] = []
    for at in range(start + 1, len(pieces)):
        piece = pieces[at]
        if piece.type == "heading" or piece.linked > 0.5 or (piece.text and is_teaser(piece.node)):
            break
        if piece.type in ("image", "embed") or _SENTENCE_END.search(piece.text):
            found.append(at)
        elif any(pieces[one].text for one in found):
            break
    return found if any(pieces[at].text for at in found) else []


def picture_story(pieces: list[Piece], chosen: list[int]) -> list[int]:
    """The pictures of a page that tells its story in captions; none where the text says more."""
    shown = [
        at for at, piece in enumerate(pieces) if piece.image and piece.image.caption and not leads_away(piece.node)
    ]
    captions = sum(len(image.caption or "") for at in shown if (image := pieces[at].image))
    return shown if len(shown) >= _GALLERY and captions > sum(len(pieces[at].text) for at in chosen) else []


def _opening(held: list[int], pieces: list[Piece], first: int) -> set[int]:
    """The heading right before the first prose, in the same element or the one around it."""
    above = first - 2 if _is_time(pieces[first - 1]) else first - 1
    if above not in held or pieces[above].type != "heading":
        return set()
    flow = flow_of(pieces[first].node)
    return {above} if flow_of(pieces[above].node) in (flow, flow.getparent()) else set()


def _beside(held: list[int], pieces: list[Piece], marked: set[int], prose: list[int]) -> set[int]:
    """Lines right behind the prose, and sentences right before it, in elements that stand beside those of the prose.

    Marked ones, or sentences whose element is set like one of the prose; with a heading and a clock, if those have one.
    """
    flows = [wrapper_of(pieces[at].node) for at in prose]
    around, styles = {flow.getparent() for flow in flows}, {(flow.tag, flow.get("class")) for flow in flows}
    found, waiting = set[int](), set[int]()
    for start, step in ((prose[0], -1), (prose[-1], 1)):
        at, waiting = start + step, set()
        while at in held:
            if pieces[at].type in ("embed", "image"):
                waiting, at = {*waiting, at}, at + step
                continue
            flow = wrapper_of(pieces[at].node)
            if flow.getparent() not in around and not (step < 0 and flow in around):
                break
            said = _is_sentence(pieces[at])
            alike = pieces[at].linked < 0.3 and (flow.tag, flow.get("class")) in styles
            if (said and alike) or (at in marked and not _is_label(pieces[at]) and (said or step > 0)):
                found |= {at, *waiting}
            elif not (alike and step > 0 and _heads(pieces[at], flows)):
                break
            waiting = set() if at in found else {*waiting, at}
            at += step
    return found


def _heads(piece: Piece, flows: Sequence[Element]) -> bool:
    """Whether a piece is what each update of a live blog, each part of a list begins with: its clock or its heading."""
    if piece.type == "heading":
        return any(next(flow.iter("h2", "h3", "h4"), None) is not None for flow in flows)
    return is_stamp(piece.text)


def _is_sentence(piece: Piece) -> bool:
    return piece.type in ("paragraph", "quote") and bool(_SENTENCE_END.search(piece.text))


def introduction(pieces: list[Piece], marked: set[int], scope: Element, headline: Element | None) -> list[int]:
    """Marked prose between the headline and the story's element: an opening paragraph that a box of its own holds.

    And sentences that stand in the element around the story's: the rest of it waits behind a button.
    """
    start = next((at for at, piece in enumerate(pieces) if piece.node is headline), None)
    first = next((at for at, piece in enumerate(pieces) if holds(scope, piece.node)), None)
    if start is None or first is None:
        return []
    found = [at for at in range(start + 1, first) if at in marked and _introduces(pieces[at], scope)]
    between = range(found[0], first) if found else ()
    return sorted({*found, *(at for at in between if pieces[at].type == "embed")})


def _introduces(piece: Piece, scope: Element) -> bool:
    return is_prose(piece) or (_is_sentence(piece) and flow_of(piece.node) is scope.getparent())


def _belongs(piece: Piece, marked: bool, following: Sequence[Piece]) -> bool:
    """Whether a piece amid the article is a part of it: no teaser, no lone label, no list of links."""
    if piece.type == "image":
        return not leads_away(piece.node)
    if piece.type == "embed":
        return True
    if is_teaser(piece.node) or _is_time(piece):
        return False
    if piece.type == "list_item" and piece.linked > 0.6 and not _SENTENCE_END.search(piece.text):
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


def subheading(piece: Piece, following: Sequence[Piece]) -> Piece:
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
