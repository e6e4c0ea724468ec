"""Stories told in pictures: which of a page's pictures are the story's own, and the words that go with each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlsplit

from khabar.extraction.body_container import holds, is_teaser, wrapper_of
from khabar.extraction.body_selection import leads_away
from khabar.extraction.document import Document, Element
from khabar.extraction.jsonld import ARTICLES, of_type
from khabar.extraction.segments import Piece

GALLERIES = frozenset({"ImageGallery", "MediaGallery"})
FEW = 3  # pictures: fewer illustrate
_ADDRESS = re.compile(
    r"/(?:photo-?galler(?:y|ies)|photos?|photo-?stor(?:y|ies)|photomazza|photoshow|gallery|slideshow|pictures|web-?stor(?:y|ies)|visual-?stor(?:y|ies))/",
    re.I,
)
_SLIDE = re.compile(r"/?(?:(?:photo|slide|pic|image|page|p)[-_/=]?)?\d{1,3}/?$", re.I)
_MOST = 0.8  # of the pictures: the rest are an author's, a banner's


def by_address(doc: Document) -> bool:
    """Whether the address is a gallery's."""
    return bool(_ADDRESS.search(urlsplit(doc.url).path))


def is_named(doc: Document) -> bool:
    """Whether the page says it is a gallery: by its address, or by JSON-LD that tells of no article."""
    return by_address(doc) or bool(of_type(doc.nodes, GALLERIES) and not of_type(doc.nodes, ARTICLES))


def slides(doc: Document, pieces: Sequence[Piece], headline: Element | None) -> list[int]:
    """Places of a gallery's own pictures and of the words between them; [] for fewer than three pictures."""
    start = next((at for at, piece in enumerate(pieces) if piece.node is headline), -1) + 1
    shown = [at for at in range(start, len(pieces)) if pieces[at].image and _is_own(pieces[at].node, doc)]
    if len(shown) < FEW:
        return []
    holder = _holder([pieces[at].node for at in shown])
    shown = [at for at in shown if holds(holder, pieces[at].node)]
    inside = [at for at in range(start, len(pieces)) if holds(holder, pieces[at].node)]
    ends = _end(pieces, shown[-1], inside)
    return [at for at in inside if at < ends and (at in shown or _goes_with(pieces[at]))]


def _is_own(node: Element, doc: Document) -> bool:
    """A picture that links nowhere, to its own file, or to its own page of the gallery (…/2, …?slide=2)."""
    if not leads_away(node):
        return True
    link = doc.absolute(next(node.iterancestors("a")).get("href")) or ""
    here = doc.url.split("?")[0].rstrip("/")
    return link.startswith(here) and bool(_SLIDE.fullmatch(link[len(here) :].lstrip("?")))


def _holder(pictures: Sequence[Element]) -> Element:
    """The smallest element that holds most of the pictures."""
    held = Counter(holder for picture in pictures for holder in picture.iterancestors())
    enough = [holder for holder, count in held.items() if count >= _MOST * len(pictures)]
    return max(enough, key=lambda holder: sum(1 for _ in holder.iterancestors()))


def _end(pieces: Sequence[Piece], last: int, inside: Sequence[int]) -> int:
    """Where the words of the last picture end: with its own element, else at the next heading or link."""
    item = wrapper_of(pieces[last].node)
    behind = [at for at in inside if at > last]
    within = [at for at in behind if holds(item, pieces[at].node)]
    if within:
        return within[-1] + 1
    return next((at for at in behind if not _goes_with(pieces[at]) or pieces[at].type == "heading"), len(pieces))


def _goes_with(piece: Piece) -> bool:
    return bool(piece.token) or (bool(piece.text) and piece.linked < 0.5 and not is_teaser(piece.node))
