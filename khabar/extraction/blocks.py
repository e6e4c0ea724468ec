"""From the article's pieces to its blocks: lines of the masthead off, cut paragraphs whole, embeds at their place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from khabar.extraction.body import Body
from khabar.extraction.body_container import flow_of
from khabar.extraction.body_selection import leads_away
from khabar.extraction.boilerplate import squeezed
from khabar.extraction.document import Document, Element
from khabar.extraction.embedded_json import State, completed, is_cut
from khabar.extraction.embeds import Lifted
from khabar.extraction.metadata import Metadata
from khabar.extraction.segments import Piece
from khabar.hindi.dates import find_dates
from khabar.hindi.names import read_byline
from khabar.model.items import Block, Embed, Image

_PROSE = 100  # characters of a paragraph that is certainly the story
_BESIDE_DATE = re.compile(r"[\d०-९/:.,|()\-–—\s]+|\b(?:am|pm|ist|by|on|at|बजे)\b", re.I)


@dataclass(frozen=True, slots=True)
class Assembled:
    blocks: tuple[Block, ...] = ()
    embeds: tuple[Embed, ...] = ()
    images: tuple[Image, ...] = ()
    above: tuple[Image, ...] = ()  # shown between headline and story
    problems: tuple[str, ...] = ()


def assemble(
    doc: Document, body: Body, lifted: Lifted, meta: Metadata, state: State, *, gallery: bool = False
) -> Assembled:
    """Blocks in reading order, with the embeds and images they point at. A gallery's first picture is one of them."""
    pieces = _without_masthead(list(body.pieces), meta, doc)
    pieces = _without_tail(pieces)
    pieces, problems = _whole(pieces, state)
    embeds = _placed(body, pieces, lifted, meta)
    pieces, embeds = _anchored(pieces, embeds, lifted)
    above = _above(body, pieces, meta)
    pieces = [piece for at, piece in enumerate(pieces) if gallery or not _opens(at, piece, pieces, above)]
    images = tuple(piece.image for piece in pieces if piece.image)
    places = {image.url: at for at, image in enumerate(images)}
    embeds, numbers = _numbered(pieces, embeds, lifted)
    blocks = tuple(_block(piece, numbers, places) for piece in pieces)
    return Assembled(blocks, tuple(embeds), images, above, tuple(problems))


def _numbered(pieces: Sequence[Piece], embeds: list[Embed], lifted: Lifted) -> tuple[list[Embed], dict[str, int]]:
    """The embeds in the order the story shows them, which broken markup may have turned; each token's number."""
    shown = [piece.token for piece in pieces if piece.token]
    told = [lifted.index(token) for token in shown]
    numbers = dict(zip(shown, sorted(told), strict=True))
    ordered = list(embeds)
    for token, number in zip(shown, told, strict=True):
        ordered[numbers[token]] = embeds[number]
    return ordered, numbers


def _block(piece: Piece, embeds: Mapping[str, int], images: Mapping[str, int]) -> Block:
    if piece.token:
        return Block("embed", embed=embeds[piece.token], time=piece.time)
    if piece.image:
        return Block("image", image=images[piece.image.url], time=piece.time)
    return Block(piece.type, piece.text, piece.level, time=piece.time)


def _above(body: Body, pieces: Sequence[Piece], meta: Metadata) -> tuple[Image, ...]:
    """Pictures between the headline and the first words of the story, as the page shows them."""
    title = squeezed(meta.headline.text or "")
    start = next((at for at, piece in enumerate(body.all) if piece.key == title and piece.type == "heading"), None)
    story = next((piece for piece in pieces if piece.text), None)
    if story is None or start is None:
        return ()
    end = next((at for at, piece in enumerate(body.all) if piece.node is story.node), body.first)
    between = body.all[start:end]
    return tuple(piece.image for piece in between if piece.image and not leads_away(piece.node))


def _opens(at: int, piece: Piece, pieces: Sequence[Piece], above: Sequence[Image]) -> bool:
    """The lead picture is the article's own field, no block of it."""
    return bool(piece.image and above and piece.image == above[0]) and not any(one.text for one in pieces[:at])


def _without_masthead(pieces: list[Piece], meta: Metadata, doc: Document) -> list[Piece]:
    """Without headline, standfirst, byline and date lines that the walk met before the story."""
    title, subtitle = squeezed(meta.headline.text or ""), squeezed(meta.subtitle or "")
    story = next((at for at, piece in enumerate(pieces) if _is_story(piece, subtitle)), len(pieces))
    flow = flow_of(pieces[story].node) if story < len(pieces) else None
    told = [piece for piece in pieces if piece.image or piece.type == "paragraph"]
    if story == len(pieces) and all(piece.text and piece.key in subtitle for piece in told):
        subtitle = ""  # what was taken for a standfirst is all there is
    kept = [
        piece
        for at, piece in enumerate(pieces)
        if at >= story
        or not (piece.text and _is_masthead(piece, title, "" if _flows_in(piece, flow) else subtitle, meta, doc))
    ]
    return [piece for piece in kept if not (piece.type == "heading" and piece.key == title)]


def _flows_in(piece: Piece, flow: Element | None) -> bool:
    """Whether a paragraph stands among those of the story: what looks like a standfirst there opens the text."""
    return flow is not None and piece.type == "paragraph" and flow_of(piece.node) is flow


def _is_story(piece: Piece, subtitle: str) -> bool:
    return piece.type == "paragraph" and len(piece.text) >= _PROSE and not (subtitle and piece.key in subtitle)


def _is_masthead(piece: Piece, title: str, subtitle: str, meta: Metadata, doc: Document) -> bool:
    key = piece.key
    if key == title or (key and (key in subtitle or (len(key) < 60 and key in title))):
        return True
    names = [squeezed(name) for name in (*meta.credits.authors, meta.credits.desk or "") if name]
    if key in names or (len(key) < 80 and any(name in key for name in names)):
        return True
    if len(piece.text) < 100 and find_dates(piece.text, doc.now):
        rest = _BESIDE_DATE.sub("", piece.text)
        return len(rest) < 45 and not piece.text.rstrip().endswith(("।", "?", "!"))
    byline = read_byline(piece.text) if len(piece.text) < 60 and piece.type == "paragraph" else None
    return bool(byline and (byline.desk or byline.agency) and not byline.authors)


def _without_tail(pieces: list[Piece]) -> list[Piece]:
    """A heading that nothing follows announced furniture."""
    while pieces and pieces[-1].type == "heading":
        pieces = pieces[:-1]
    return pieces


def _whole(pieces: list[Piece], state: State) -> tuple[list[Piece], list[str]]:
    """Paragraphs that the tree cuts, completed from the page's state."""
    whole, problems = [], []
    for piece in pieces:
        cut = piece.type == "paragraph" and is_cut(piece.text)
        full = completed(piece.text, state.openings) if cut else None
        if full:
            problems.append(
                f"text: a paragraph cut at {len(piece.text)} characters was completed from the page's state"
            )
        whole.append(replace(piece, text=full) if full else piece)
    return whole, problems


def _first_words(body: Body, meta: Metadata, *, silent: bool) -> int:
    """The place where the story begins; on a page that tells none, where other stories' headlines and links do."""
    if not silent:
        return next((at for at, piece in enumerate(body.all) if at >= body.first and piece.text), 0)
    title = squeezed(meta.headline.text or "")
    head = next((at for at, piece in enumerate(body.all) if piece.key == title and piece.text), -1)
    behind = (at for at, piece in enumerate(body.all) if at > head and (piece.type == "heading" or piece.linked > 0.5))
    return next(behind, len(body.all))


def _placed(body: Body, pieces: Sequence[Piece], lifted: Lifted, meta: Metadata) -> list[Embed]:
    """Each embed with its place: in the body, above it, or elsewhere on the page."""
    inside = {piece.token for piece in pieces if piece.token}
    where = {piece.token: at for at, piece in enumerate(body.all) if piece.token}
    nodes = {piece.token: piece.node for piece in body.all if piece.token}
    silent = not any(piece.text for piece in pieces)  # then there is nothing a player could stand beside
    first = _first_words(body, meta, silent=silent)
    embeds = []
    for embed, token in zip(lifted.embeds, lifted.tokens, strict=True):
        if token in inside:
            embed = replace(embed, place="body")
        elif token in where and (silent or embed.place != "page"):
            above = where[token] < first and (silent or _same_article(nodes[token], body.scope))
            embed = replace(embed, place="lead" if above else "page")
        embeds.append(embed)
    return embeds


def _same_article(node: Element, scope: Element) -> bool:
    """Whether one article element, main or the headline's own element holds both the player and the story."""
    for holder in scope.iterancestors():
        if holder.tag == "body":
            return False
        if any(parent is holder for parent in node.iterancestors()):
            near = holder.tag in ("article", "main") or holder.find(".//h1") is not None
            return near or len(holder.text_content()) < 20_000
    return bool(scope.tag == "body")


def _anchored(pieces: list[Piece], embeds: list[Embed], lifted: Lifted) -> tuple[list[Piece], list[Embed]]:
    """Embeds whose token got lost, put behind (or before) the text block that stood next to them."""
    inside = {piece.token for piece in pieces if piece.token}
    shown = {
        (one.provider, one.id) for one, token in zip(embeds, lifted.tokens, strict=True) if token in inside and one.id
    }
    for at, (embed, token) in enumerate(zip(embeds, lifted.tokens, strict=True)):
        if not token or token in inside or embed.place != "body":
            continue
        spot = _spot(pieces, *lifted.around.get(token, (None, None)))
        if spot is None or (embed.provider, embed.id) in shown:  # a hidden copy of the text went, and this with it
            embeds[at] = replace(embed, place="page")
        else:
            pieces.insert(spot, Piece("embed", None, token=token))
            embeds[at] = replace(embed, place="body")
    return pieces, embeds


def _spot(pieces: list[Piece], before: str | None, behind: str | None) -> int | None:
    for text, step in ((before, 1), (behind, 0)):
        key = squeezed(text or "")
        found = next((at for at, piece in enumerate(pieces) if key and piece.key.startswith(key)), None)
        if found is not None:
            return found + step
    return None
