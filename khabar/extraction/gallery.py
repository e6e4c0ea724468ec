"""Photo galleries: recognises them, and selects the pictures of the gallery and the text between
them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlsplit

from khabar.extraction.body_container import contains_node, is_teaser, outer_wrapper
from khabar.extraction.body_selection import links_elsewhere
from khabar.extraction.document import Element, HtmlDocument
from khabar.extraction.jsonld import ARTICLE_TYPES, nodes_of_type
from khabar.extraction.segments import Segment

GALLERY_TYPES = frozenset({"ImageGallery", "MediaGallery"})
MIN_PICTURES = 3  # fewer only illustrate a text; chosen by hand, not measured
_GALLERY_URL = re.compile(
    r"/(?:photo-?galler(?:y|ies)|photos?|photo-?stor(?:y|ies)|photomazza|photoshow|gallery"
    r"|slideshow|pictures|web-?stor(?:y|ies)|visual-?stor(?:y|ies))/",
    re.I,
)
_SLIDE_URL = re.compile(r"/?(?:(?:photo|slide|pic|image|page|p)[-_/=]?)?\d{1,3}/?$", re.I)
# Share of the page's pictures that the gallery's element must contain; the rest are banners or
# portraits of authors. Chosen by hand, not measured.
_PICTURE_SHARE = 0.8


def has_gallery_url(doc: HtmlDocument) -> bool:
    """Whether the URL path is that of a gallery."""
    return bool(_GALLERY_URL.search(urlsplit(doc.url).path))


def is_declared_gallery(doc: HtmlDocument) -> bool:
    """Whether URL or JSON-LD declare the page a gallery (JSON-LD only if it has no article)."""
    return has_gallery_url(doc) or bool(
        nodes_of_type(doc.nodes, GALLERY_TYPES) and not nodes_of_type(doc.nodes, ARTICLE_TYPES)
    )


def select_slides(
    doc: HtmlDocument, segments: Sequence[Segment], headline: Element | None
) -> list[int]:
    """Returns the indexes of the gallery's pictures and of the text between them; [] if there are
    fewer than MIN_PICTURES.
    """
    start = next((i for i, segment in enumerate(segments) if segment.node is headline), -1) + 1
    pictures = [
        i
        for i in range(start, len(segments))
        if segments[i].image and _is_own_picture(segments[i].node, doc)
    ]
    if len(pictures) < MIN_PICTURES:
        return []
    container = _find_picture_container([segments[i].node for i in pictures])
    pictures = [i for i in pictures if contains_node(container, segments[i].node)]
    inside = [i for i in range(start, len(segments)) if contains_node(container, segments[i].node)]
    end = _find_end(segments, pictures[-1], inside)
    return [i for i in inside if i < end and (i in pictures or _is_picture_text(segments[i]))]


def _is_own_picture(node: Element, doc: HtmlDocument) -> bool:
    """Whether a picture has no link, or one to its own file or its own page of the gallery (…/2,
    …?slide=2).
    """
    if not links_elsewhere(node):
        return True
    link = doc.absolute_url(next(node.iterancestors("a")).get("href")) or ""
    page_url = doc.url.split("?")[0].rstrip("/")
    return link.startswith(page_url) and bool(
        _SLIDE_URL.fullmatch(link[len(page_url) :].lstrip("?"))
    )


def _find_picture_container(pictures: Sequence[Element]) -> Element:
    """Returns the smallest element that contains at least _PICTURE_SHARE of the pictures."""
    counts = Counter(ancestor for picture in pictures for ancestor in picture.iterancestors())
    candidates = [
        ancestor for ancestor, count in counts.items() if count >= _PICTURE_SHARE * len(pictures)
    ]
    return max(candidates, key=lambda ancestor: sum(1 for _ in ancestor.iterancestors()))


def _find_end(segments: Sequence[Segment], last: int, inside: Sequence[int]) -> int:
    """Returns the index after the text of the last picture: the end of its element, else the next
    heading or link.
    """
    wrapper = outer_wrapper(segments[last].node)
    following = [i for i in inside if i > last]
    in_wrapper = [i for i in following if contains_node(wrapper, segments[i].node)]
    if in_wrapper:
        return in_wrapper[-1] + 1
    return next(
        (
            i
            for i in following
            if not _is_picture_text(segments[i]) or segments[i].type == "heading"
        ),
        len(segments),
    )


def _is_picture_text(segment: Segment) -> bool:
    return bool(segment.token) or (
        bool(segment.text) and segment.link_share < 0.5 and not is_teaser(segment.node)
    )
