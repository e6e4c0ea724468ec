"""Selects the segments of the article once its container is known: the prose, and the headings,
lists, pictures and embeds that belong to it. Segments are passed as indexes into the page's list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import islice, pairwise

from khabar.extraction.body_container import (
    contains_node,
    flow_container,
    is_in_teaser_box,
    is_teaser,
    outer_wrapper,
)
from khabar.extraction.boilerplate import comparison_key
from khabar.extraction.boilerplate_phrases import AUTHOR_LINE
from khabar.extraction.document import Element
from khabar.extraction.hits import Hits
from khabar.extraction.images import links_to_view
from khabar.extraction.inline_text import MAX_SUBHEADING, MIN_BOLD_SHARE
from khabar.extraction.liveblog_times import is_time_label
from khabar.extraction.segments import Segment

# All numbers in this module were chosen by hand while pages were added to the tests; none was
# measured on its own.
_MAX_LABEL = 25  # characters: a shorter line without a sentence mark is a label
_MIN_CAPTIONED_PICTURES = 3  # captioned pictures that can be a story in pictures
_MIN_FLOW_SHARE = 0.25  # share of the found text that makes an element one of the article's flows
# Share of the prose in wrappers alike that makes it the article's. Measured on 804 pages: one
# differs, which has its standfirst back.
_MIN_ALIKE_SHARE = 0.5
_MAX_ITEM_LINK_SHARE = 0.6  # share of an item's characters in links; with more it is a link
_MIN_LINKED = 0.8  # share of a text's characters in links from which it is wholly linked
_MIN_LINKED_SENTENCE = 60  # characters of a wholly linked sentence; a shorter one can be a headline
_FULL_STOP = re.compile(r"[।॥.][\"”’'»)\]]*$")  # headlines end without one
_MAX_NAMES = 50  # links of a paragraph that are compared with its text
_NAME_SEPARATORS = frozenset(", ، ; । . और व एवं तथा and &".split())
_SENTENCE_MARK = re.compile(r"[।.?!]")
# Stricter than the same pattern in segments and embedded_json, where : ; | end a line as well.
_SENTENCE_END = re.compile(r"[।.?!…][\"”’'»)\]]*$")


def select_segments(segments: list[Segment], hits: Hits, container: Element) -> list[int]:
    """Selects the article's prose, everything between its paragraphs, and the rest of the elements
    that contain most of it; then removes what is not part of an article.
    """
    elements = frozenset(container.iter())
    inside = [i for i, segment in enumerate(segments) if segment.node in elements]
    main_flows = _find_main_flows(inside, segments, hits)
    in_flow = {
        i
        for i in inside
        if not main_flows.isdisjoint(
            (flow := flow_container(segments[i].node), *flow.iterancestors())
        )
    }
    alike = _find_alike(inside, segments)
    prose = [
        i for i in inside if segments[i].is_prose and (i in in_flow or i in alike or i in hits)
    ] or [i for i in sorted(in_flow) if i in hits]
    if not prose:
        return []
    candidates = (
        in_flow
        | set(range(prose[0], prose[-1] + 1))
        | _find_opening_heading(inside, segments, prose[0])
    )
    candidates |= _select_adjacent(inside, segments, hits, prose)
    linked_text = _find_linked_text(segments, prose)

    def is_part(i: int) -> bool:
        return _is_article_part(segments[i], lambda: i in hits, segments[i + 1 : i + 2])

    selection = [i for i in inside if i in candidates and (i in linked_text or is_part(i))]
    return _remove_boxes(selection, segments, container)


def _find_alike(inside: list[int], segments: list[Segment]) -> set[int]:
    """Returns the prose in wrappers alike, siblings with one tag and class, that contain most of
    the prose: where each paragraph has its own wrapper, none of them is a main flow.
    """
    groups: dict[tuple[Element, str, str], list[int]] = {}
    prose = [i for i in inside if segments[i].is_prose]
    for i in prose:
        wrapper = outer_wrapper(segments[i].node)
        if name := wrapper.get("class"):
            groups.setdefault((wrapper.getparent(), wrapper.tag, name), []).append(i)
    size = _text_size(prose, segments)
    return {
        i
        for group in groups.values()
        if _text_size(group, segments) >= _MIN_ALIKE_SHARE * size
        for i in group
    }


def _find_main_flows(inside: list[int], segments: list[Segment], hits: Hits) -> set[Element]:
    """Returns the flow containers with at least _MIN_FLOW_SHARE of the prose and the hits."""
    least: dict[Element, int] = {}
    most: dict[Element, int] = {}  # if all are hits that can be
    for i in inside:
        segment = segments[i]
        if segment.is_prose or (segment.link_share < 0.5 and i in hits.possible):
            flow, size = flow_container(segment.node), len(segment.text)
            most[flow] = most.get(flow, 0) + size
            is_counted = segment.is_prose or i in hits.certain
            least[flow] = least.get(flow, 0) + (size if is_counted else 0)
    least_total, most_total = sum(least.values()), sum(most.values())
    main_flows = {
        flow
        for flow, size in least.items()
        if size >= _MIN_FLOW_SHARE * (most_total - most[flow] + size)
    }
    possible_flows = {
        flow
        for flow, size in most.items()
        if size >= _MIN_FLOW_SHARE * (least_total - least[flow] + size)
    }
    if least_total and main_flows == possible_flows:
        return main_flows
    sizes: dict[Element, int] = {}
    for i in inside:
        if segments[i].is_prose or (segments[i].link_share < 0.5 and i in hits):
            flow = flow_container(segments[i].node)
            sizes[flow] = sizes.get(flow, 0) + len(segments[i].text)
    total = sum(sizes.values())
    return {flow for flow, size in sizes.items() if size >= _MIN_FLOW_SHARE * total}


def _find_linked_text(segments: list[Segment], prose: list[int]) -> set[int]:
    """Returns the texts between two paragraphs of one element that belong to the article though all
    their words are links: sentences, and lists of names (places, teams) after an introduction.
    """
    result = set[int]()
    for first, last in pairwise(prose):
        flow = flow_container(segments[first].node)
        if last - first < 2 or flow is not flow_container(segments[last].node):
            continue
        for i in range(first + 1, last):
            segment, before = segments[i], segments[i - 1]
            if segment.link_share < _MIN_LINKED or flow_container(segment.node) is not flow:
                continue
            is_introduced = (
                before.type == "heading" or before.text.endswith((":", "-", "–"))
            ) and (before.link_share < 0.5)
            is_sentence = len(segment.text) >= _MIN_LINKED_SENTENCE and bool(
                _FULL_STOP.search(segment.text)
            )
            if segment.type == "paragraph" and segment.node.tag != "a":
                is_part = is_sentence or _lists_names(segment.node, segment.text)
            else:
                is_part = (
                    segment.type == "list_item"
                    and len(segment.text) <= _MAX_LABEL
                    and (is_introduced or i - 1 in result)
                )
            result |= {i} if is_part and not is_teaser(segment.node) else set()
    return result


def _lists_names(paragraph: Element, text: str) -> bool:
    """Whether a paragraph consists of short links with commas or "and" between them."""
    names = [
        " ".join(link.text_content().split()) for link in islice(paragraph.iter("a"), _MAX_NAMES)
    ]
    rest = re.sub("|".join(map(re.escape, filter(None, names))), " ", text) if names else text
    return (
        len(names) >= 2
        and max(map(len, names)) <= _MAX_LABEL
        and not set(rest.split()) - _NAME_SEPARATORS
        and bool(rest.strip())
    )


def complete_lists(segments: list[Segment], selection: Iterable[int]) -> list[int]:
    """Adds the other items of each list of which an item is selected: a list is article text as a
    whole. Links stay out where they are most of the items.
    """
    result = set(selection)
    lists = {_find_list(segments[i]) for i in result if segments[i].type == "list_item"} - {None}
    if not lists:
        return sorted(result)
    items: dict[Element, list[int]] = {}
    for i, segment in enumerate(segments):
        if segment.type == "list_item" and (parent := _find_list(segment)) in lists:
            items.setdefault(parent, []).append(i)
    for indexes in items.values():
        plain = [i for i in indexes if segments[i].link_share < _MAX_ITEM_LINK_SHARE]
        result.update(indexes if 2 * len(plain) > len(indexes) else plain)
    return sorted(result)


def _find_list(segment: Segment) -> Element | None:
    return next(segment.node.iterancestors("ul", "ol", "dl"), None)


def _remove_boxes(selection: list[int], segments: list[Segment], container: Element) -> list[int]:
    """Removes teasers of other articles from the text, and the author's biography after it."""
    in_boxes = {i for i in selection if is_in_teaser_box(segments[i].node, container)}
    # more than a third of the text: updates of a live blog, each under a linked heading
    if 3 * _text_size(in_boxes, segments) <= _text_size(selection, segments):
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
    """Selects the sentences after the headline up to the next heading or card: an article too short
    to be found by its amount of text.
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
    """Selects the pictures of an article whose captions are longer than its text, else none."""
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
    """Returns the heading directly before the first prose (a line with a time may be between them),
    if it is in the same element or its parent.
    """
    previous = first - 2 if _is_time_line(segments[first - 1]) else first - 1
    if previous not in inside or segments[previous].type != "heading":
        return set()
    flow = flow_container(segments[first].node)
    return (
        {previous} if flow_container(segments[previous].node) in (flow, flow.getparent()) else set()
    )


def _select_adjacent(
    inside: list[int], segments: list[Segment], hits: Hits, prose: list[int]
) -> set[int]:
    """Selects lines directly after the prose and sentences directly before it, in siblings of the
    elements of the prose.

    They must be hits, or sentences in an element with the same tag and class as one of the prose;
    a heading or a time between them is included if the prose has those, too.
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
                (is_sentence or step > 0) and not _is_label(segments[i]) and i in hits
            ):
                result |= {i, *pending}
            elif not (is_alike and step > 0 and _is_part_heading(segments[i], flows)):
                break
            pending = set() if i in result else {*pending, i}
            i += step
    return result


def _is_part_heading(segment: Segment, flows: Sequence[Element]) -> bool:
    """Whether a segment is a time or a heading of the kind with which the updates of a live blog or
    the parts of a list begin.
    """
    if segment.type == "heading":
        return any(next(flow.iter("h2", "h3", "h4"), None) is not None for flow in flows)
    return is_time_label(segment.text)


def _is_sentence(segment: Segment) -> bool:
    return segment.type in ("paragraph", "quote") and bool(_SENTENCE_END.search(segment.text))


def select_introduction(
    segments: list[Segment], hits: Hits, container: Element, headline: Element | None
) -> list[int]:
    """Selects hits between the headline and the container: an opening paragraph in an element of
    its own, or sentences in the container's parent (the rest is hidden behind a button).
    """
    start = next((i for i, segment in enumerate(segments) if segment.node is headline), None)
    inside = frozenset(container.iter())
    first = next((i for i, segment in enumerate(segments) if segment.node in inside), None)
    if start is None or first is None:
        return []
    selection = []
    for i in range(start + 1, first):
        in_parent = flow_container(segments[i].node) is container.getparent()
        is_text = segments[i].is_prose or (_is_sentence(segments[i]) and in_parent)
        if is_text and i in hits:
            selection.append(i)
    between = range(selection[0], first) if selection else ()
    return sorted({*selection, *(i for i in between if segments[i].type == "embed")})


def _is_article_part(
    segment: Segment, is_hit: Callable[[], bool], following: Sequence[Segment]
) -> bool:
    """Whether a segment inside the article is part of it: not a teaser, a label without a list, or
    a list of links. `is_hit` is called only if it decides; `following`: the next segment, if any.
    """
    if segment.type == "image":
        return not links_elsewhere(segment.node)
    if segment.type == "embed":
        return True
    if is_teaser(segment.node) or _is_time_line(segment):
        return False
    if (
        segment.type == "list_item"
        and segment.link_share > _MAX_ITEM_LINK_SHARE
        and not _SENTENCE_END.search(segment.text)
    ):
        return False
    is_part = segment.link_share < 0.5
    if is_part and _is_label(segment):
        is_part = bool(following) and (
            following[0].type == "list_item"
            or (segment.bold_share > MIN_BOLD_SHARE and following[0].is_prose)
        )
    may_be_part = segment.link_share < 0.9 or (
        segment.link_share < 1 and bool(_SENTENCE_MARK.search(segment.text))
    )
    return is_part or (may_be_part and is_hit())


def find_rejection(segment: Segment, following: Sequence[Segment], container: Element) -> str:
    """Returns the rule by which a segment before the end of the text was not selected."""
    if not contains_node(container, segment.node):
        return "outside"
    if segment.text and (is_teaser(segment.node) or is_in_teaser_box(segment.node, container)):
        return "teaser"
    if segment.text and _is_time_line(segment):
        return "time"
    if _is_label(segment):
        return "label"
    if segment.link_share >= 0.5 or not _is_article_part(segment, lambda: False, following):
        return "links"
    return "unlike"


def _is_time_line(segment: Segment) -> bool:
    """Whether a whole line is inside a <time>: the time of an update, not its text."""
    return any(
        comparison_key(time.text_content()) == segment.key for time in segment.node.iter("time")
    )


def links_elsewhere(node: Element) -> bool:
    """Whether a picture links to another page, which makes it a teaser, not to its own file or to
    a larger view of it.
    """
    link = next(node.iterancestors("a"), None)
    href = (link.get("href") or "").split("?")[0].lower() if link is not None else ""
    return (
        bool(href)
        and not href.startswith("#")
        and not re.search(r"\.(?:jpe?g|png|webp|gif|avif)$", href)
        and not links_to_view(node, link, href)
    )


def _is_label(segment: Segment) -> bool:
    return (
        segment.type == "paragraph"
        and len(segment.text) < _MAX_LABEL
        and not _SENTENCE_MARK.search(segment.text)
    )


def promote_subheading(segment: Segment, following: Sequence[Segment]) -> Segment:
    """Returns the segment as a heading of level 3 if it is a label before a list, or a short bold
    line, not a sentence, before text. `following`: the next two segments.
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
        and segment.bold_share > MIN_BOLD_SHARE
        and len(segment.text) <= MAX_SUBHEADING
        and "\n" not in segment.text
        and not segment.text.endswith(("।", ".", ",", "|", ";"))
        and any(
            later.type in ("paragraph", "list_item", "image", "embed")
            and later.bold_share < MIN_BOLD_SHARE
            for later in following
        )
    )
    return replace(segment, type="heading", level=3) if is_subheading else segment
