"""Which of the page's pieces are the article, once it is known where it stands: its prose and
what belongs to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from khabar.extraction.body_container import (
    contains_node,
    flow_container,
    is_in_teaser_box,
    is_prose,
    is_teaser,
    outer_wrapper,
)
from khabar.extraction.boilerplate import comparison_key
from khabar.extraction.boilerplate_phrases import AUTHOR_LINE
from khabar.extraction.document import Element
from khabar.extraction.liveblog_times import is_time_label
from khabar.extraction.segments import Segment

_MAX_LABEL = 25  # a shorter line that is no sentence is a label
_MIN_CAPTIONED_PICTURES = 3  # captioned pictures that can be a story
_SENTENCE_MARK = re.compile(r"[।.?!]")
_SENTENCE_END = re.compile(r"[।.?!…][\"”’'»)\]]*$")
_MAX_SUBHEADING = 110


def select_segments(segments: list[Segment], hits: set[int], container: Element) -> list[int]:
    """Prose of the article, what stands between its paragraphs, and what flows on in the same
    element.
    """
    inside = [i for i, segment in enumerate(segments) if contains_node(container, segment.node)]
    flows: dict[Element, int] = {}
    for i in inside:
        if is_prose(segments[i]) or (i in hits and segments[i].link_share < 0.5):
            flow = flow_container(segments[i].node)
            flows[flow] = flows.get(flow, 0) + len(segments[i].text)
    main_flows = {flow for flow, size in flows.items() if size * 4 >= sum(flows.values())}
    in_flow = {
        i
        for i in inside
        if not main_flows.isdisjoint(
            (flow := flow_container(segments[i].node), *flow.iterancestors())
        )
    }
    prose = [i for i in inside if is_prose(segments[i]) and (i in hits or i in in_flow)] or sorted(
        in_flow & hits
    )
    if not prose:
        return []
    candidates = (
        in_flow
        | set(range(prose[0], prose[-1] + 1))
        | _find_opening_heading(inside, segments, prose[0])
    )
    candidates |= _select_adjacent(inside, segments, hits, prose)
    selection = [
        i
        for i in inside
        if i in candidates and _is_article_part(segments[i], i in hits, segments[i + 1 : i + 2])
    ]
    return _remove_boxes(selection, segments, container)


def _remove_boxes(selection: list[int], segments: list[Segment], container: Element) -> list[int]:
    """Without teasers of other stories amid the text, and the author's life behind it."""
    in_boxes = {i for i in selection if is_in_teaser_box(segments[i].node, container)}
    if 3 * _text_size(in_boxes, segments) <= _text_size(
        selection, segments
    ):  # more: updates of a live blog, each under a linked heading
        selection = [i for i in selection if i not in in_boxes]
    end = next(
        (position for position, i in enumerate(selection) if AUTHOR_LINE.match(segments[i].text)),
        len(selection),
    )
    return (
        selection[:end]
        if _text_size(selection[end:], segments) < _text_size(selection[:end], segments)
        else selection
    )


def _text_size(indexes: Iterable[int], segments: list[Segment]) -> int:
    return sum(len(segments[i].text) for i in indexes)


def select_brief(segments: list[Segment], headline: Element | None) -> list[int]:
    """The sentences that follow the headline, up to the next heading or card: a story too short
    to be found by mass.
    """
    start = next((i for i, segment in enumerate(segments) if segment.node is headline), None)
    if start is None:
        return []
    selection: list[int] = []
    for i in range(start + 1, len(segments)):
        segment = segments[i]
        if (
            segment.type == "heading"
            or segment.link_share > 0.5
            or (segment.text and is_teaser(segment.node))
        ):
            break
        if segment.type in ("image", "embed") or _SENTENCE_END.search(segment.text):
            selection.append(i)
        elif any(segments[j].text for j in selection):
            break
    return selection if any(segments[i].text for i in selection) else []


def select_picture_story(segments: list[Segment], selection: list[int]) -> list[int]:
    """The pictures of a page that tells its story in captions; none where the text says more."""
    pictures = [
        i
        for i, segment in enumerate(segments)
        if segment.image and segment.image.caption and not links_elsewhere(segment.node)
    ]
    caption_size = sum(len(image.caption or "") for i in pictures if (image := segments[i].image))
    return (
        pictures
        if len(pictures) >= _MIN_CAPTIONED_PICTURES
        and caption_size > sum(len(segments[i].text) for i in selection)
        else []
    )


def _find_opening_heading(inside: list[int], segments: list[Segment], first: int) -> set[int]:
    """The heading right before the first prose, in the same element or the one around it."""
    previous = first - 2 if _is_time_line(segments[first - 1]) else first - 1
    if previous not in inside or segments[previous].type != "heading":
        return set()
    flow = flow_container(segments[first].node)
    return (
        {previous} if flow_container(segments[previous].node) in (flow, flow.getparent()) else set()
    )


def _select_adjacent(
    inside: list[int], segments: list[Segment], hits: set[int], prose: list[int]
) -> set[int]:
    """Lines right behind the prose, and sentences right before it, in elements that stand beside
    those of the prose.

    Marked ones, or sentences whose element is set like one of the prose; with a heading and a
    clock, if those have one.
    """
    flows = [outer_wrapper(segments[i].node) for i in prose]
    parents, styles = (
        {flow.getparent() for flow in flows},
        {(flow.tag, flow.get("class")) for flow in flows},
    )
    result, pending = set[int](), set[int]()
    for start, step in ((prose[0], -1), (prose[-1], 1)):
        i, pending = start + step, set()
        while i in inside:
            if segments[i].type in ("embed", "image"):
                pending, i = {*pending, i}, i + step
                continue
            flow = outer_wrapper(segments[i].node)
            if flow.getparent() not in parents and not (step < 0 and flow in parents):
                break
            is_sentence = _is_sentence(segments[i])
            is_alike = segments[i].link_share < 0.3 and (flow.tag, flow.get("class")) in styles
            if (is_sentence and is_alike) or (
                i in hits and not _is_label(segments[i]) and (is_sentence or step > 0)
            ):
                result |= {i, *pending}
            elif not (is_alike and step > 0 and _is_part_heading(segments[i], flows)):
                break
            pending = set() if i in result else {*pending, i}
            i += step
    return result


def _is_part_heading(segment: Segment, flows: Sequence[Element]) -> bool:
    """Whether a piece is what each update of a live blog, each part of a list begins with: its
    clock or its heading.
    """
    if segment.type == "heading":
        return any(next(flow.iter("h2", "h3", "h4"), None) is not None for flow in flows)
    return is_time_label(segment.text)


def _is_sentence(segment: Segment) -> bool:
    return segment.type in ("paragraph", "quote") and bool(_SENTENCE_END.search(segment.text))


def select_introduction(
    segments: list[Segment], hits: set[int], container: Element, headline: Element | None
) -> list[int]:
    """Marked prose between the headline and the story's element: an opening paragraph that a box of
    its own holds.

    And sentences that stand in the element around the story's: the rest of it waits behind a
    button.
    """
    start = next((i for i, segment in enumerate(segments) if segment.node is headline), None)
    first = next(
        (i for i, segment in enumerate(segments) if contains_node(container, segment.node)), None
    )
    if start is None or first is None:
        return []
    selection = [
        i for i in range(start + 1, first) if i in hits and _is_introduction(segments[i], container)
    ]
    between = range(selection[0], first) if selection else ()
    return sorted({*selection, *(i for i in between if segments[i].type == "embed")})


def _is_introduction(segment: Segment, container: Element) -> bool:
    return is_prose(segment) or (
        _is_sentence(segment) and flow_container(segment.node) is container.getparent()
    )


def _is_article_part(segment: Segment, is_hit: bool, following: Sequence[Segment]) -> bool:
    """Whether a piece amid the article is a part of it: no teaser, no lone label, no list of
    links.
    """
    if segment.type == "image":
        return not links_elsewhere(segment.node)
    if segment.type == "embed":
        return True
    if is_teaser(segment.node) or _is_time_line(segment):
        return False
    if (
        segment.type == "list_item"
        and segment.link_share > 0.6
        and not _SENTENCE_END.search(segment.text)
    ):
        return False
    if is_hit:
        return segment.link_share < 0.9 or (
            bool(_SENTENCE_MARK.search(segment.text)) and segment.link_share < 1
        )
    if _is_label(segment):
        is_list_heading = bool(following) and (
            following[0].type == "list_item"
            or (segment.bold_share > 0.95 and is_prose(following[0]))
        )
        return segment.link_share < 0.5 and is_list_heading
    return segment.link_share < 0.5


def _is_time_line(segment: Segment) -> bool:
    """Whether a line is all in a <time>: when an update was written, not what it says."""
    return any(
        comparison_key(time.text_content()) == segment.key for time in segment.node.iter("time")
    )


def links_elsewhere(node: Element) -> bool:
    """A picture that links to another page is a teaser; one that links to its own file is not."""
    link = next(node.iterancestors("a"), None)
    href = (link.get("href") or "").split("?")[0].lower() if link is not None else ""
    return (
        bool(href)
        and not href.startswith("#")
        and not re.search(r"\.(?:jpe?g|png|webp|gif|avif)$", href)
    )


def _is_label(segment: Segment) -> bool:
    return (
        segment.type == "paragraph"
        and len(segment.text) < _MAX_LABEL
        and not _SENTENCE_MARK.search(segment.text)
    )


def promote_subheading(segment: Segment, following: Sequence[Segment]) -> Segment:
    """A short line all in bold, no sentence, with text behind it, is what the page shows as a
    sub-heading.
    """
    if (
        _is_label(segment)
        and not segment.text.endswith(":")
        and following
        and following[0].type == "list_item"
    ):
        return replace(segment, type="heading", level=3)
    is_subheading = (
        segment.type == "paragraph"
        and segment.bold_share > 0.95
        and len(segment.text) <= _MAX_SUBHEADING
        and "\n" not in segment.text
        and not segment.text.endswith(("।", ".", ",", "|", ";"))
        and any(
            later.type in ("paragraph", "list_item", "image", "embed") and later.bold_share < 0.95
            for later in following
        )
    )
    return replace(segment, type="heading", level=3) if is_subheading else segment
