"""Restores segments that a single sign removed: a word in a class name, a phrase, or that they are
hidden. What stands between two paragraphs of the article and reads like them is text of the
article, unless a second sign agrees with the first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, islice

from khabar.extraction.body_container import contains_node, flow_container
from khabar.extraction.boilerplate import MIN_PROSE
from khabar.extraction.boilerplate_phrases import is_reported
from khabar.extraction.document import Element
from khabar.extraction.pruning import is_hidden
from khabar.extraction.roles import confirms_role, is_author_box, is_named_by_role, is_notice
from khabar.extraction.segments import Segment

# The numbers in this module were chosen by hand while pages were added to the tests.
_MAX_LINK_SHARE = 0.3  # share of characters inside links up to which removed text is restored
_MAX_WRAPPERS = 3  # elements around removed text inside the element with the paragraphs
_MIN_WORDS = 4  # words of a line that can be a sentence
_MIN_LONG_LINE = 6  # words of a line without a sentence end that can be one
_MIN_CAPTION = 8  # of a line that begins like a picture's credit
_MAX_CERTAIN_SHARE = 1 / 3  # share of the text with boilerplate wording that decides for all of it
_SENTENCE_END = re.compile(r"[।॥.?!…:][\"”’'»)\]]*$")
_STATEMENT_END = re.compile(r"[।॥.?…:][\"”’'»)\]]*$")
_CAPTION_LABEL = re.compile(r"^[\W_]*(?:photo|image|pic|फ़?ोटो|तस्वीर)\b", re.I)


@dataclass(frozen=True, slots=True)
class Restoration:
    """Which removed segments are text of the article (`indexes`), and the second sign against each
    of the others that has one: form, links, wording, hidden, role, edge, place, selector.
    """

    indexes: frozenset[int] = frozenset()
    second_signs: Mapping[int, str] = field(default_factory=dict)


def reads_as_text(segment: Segment) -> bool:
    """Whether a segment can be text of an article by its form: a sentence or a table, with few
    links.
    """
    if not segment.text or segment.link_share >= _MAX_LINK_SHARE or segment.type == "heading":
        return False
    if segment.type == "table":
        return True
    words = len(segment.text.split())
    return words >= _MIN_WORDS and (
        bool(_SENTENCE_END.search(segment.text)) or len(segment.text) >= MIN_PROSE
    )


def restore_segments(
    segments: Sequence[Segment],
    selected: set[int],
    container: Element,
    people: Sequence[str] = (),
) -> Restoration:
    """Decides about the removed segments. `selected`: indexes of the article's own segments;
    `container`: the element around them; `people`: the article's authors.
    """
    texts = [i for i in selected if segments[i].text]
    if not texts:
        return Restoration()
    regions = {container}
    for i in texts:
        flow = flow_container(segments[i].node)
        regions.update([flow], flow.iterancestors())
    restored: set[int] = set()
    signs: dict[int, str] = {}
    at_edges = []
    for group in _iter_groups(segments):
        sign = _find_second_sign(segments, group, people)
        if not sign and not min(texts) < group[0] < max(texts):
            at_edges.append(group)
            continue
        if not sign and not _is_among(segments[group[0]], container, regions, _MAX_WRAPPERS):
            sign = "place"
        found = set() if sign else _select_text(segments, group, texts)
        if not sign and not found and segments[group[0]].rule in ("class", "tag"):
            sign = "no sentence"
        restored |= found
        signs.update(dict.fromkeys(group, sign) if sign else {})
    first, last = min(texts), max(texts)
    for group in sorted(at_edges, key=lambda group: abs(group[0] - first)):
        edge = last if group[0] > last else first
        if (
            _is_adjacent(segments, group, edge)
            and _is_among(segments[group[0]], container, regions, 1)
            and _is_text_at_edge(segments, group, is_end=edge == last)
            and (found := _select_text(segments, group, texts, is_end=edge == last))
        ):
            restored |= found
            first, last = min(first, *found), max(last, *found)
        else:
            signs.update(dict.fromkeys(group, "edge"))
    return Restoration(frozenset(restored), signs)


def _iter_groups(segments: Sequence[Segment]) -> Iterator[list[int]]:
    """Yields the indexes of the segments that were removed together: with one element, or a line
    for its wording.
    """
    removed = [i for i, segment in enumerate(segments) if segment.rule and segment.rule != "copy"]
    for removal, indexes in groupby(removed, lambda i: id(segments[i].removal)):
        if removal == id(None):
            yield from ([i] for i in indexes)
        else:
            yield list(indexes)


def _is_among(segment: Segment, container: Element, regions: set[Element], wrappers: int) -> bool:
    """Whether removed text stood among the article's paragraphs: at most `wrappers` elements inside
    one that contains some of them. `regions`: the elements around the paragraphs.
    """
    node = segment.removal.parent if segment.removal else segment.node
    flow = flow_container(node)
    return contains_node(container, node) and any(
        ancestor in regions for ancestor in (flow, *islice(flow.iterancestors(), wrappers))
    )


def _is_adjacent(segments: Sequence[Segment], group: Sequence[int], edge: int) -> bool:
    """Whether only pictures, embeds and other removed segments are between the group and the first
    or last text of the article.
    """
    start, end = (edge + 1, group[0]) if group[0] > edge else (group[-1] + 1, edge)
    return all(not segment.text or segment.rule for segment in segments[start:end])


def _find_second_sign(
    segments: Sequence[Segment], group: Sequence[int], people: Sequence[str]
) -> str:
    """Returns the second sign that a group of removed segments is boilerplate, "" for none."""
    removal = segments[group[0]].removal
    if removal is None:
        return _find_sign_against_line(segments, group[0])
    texts = [i for i in group if segments[i].text]
    text = "\n".join(segments[i].text for i in texts)
    if removal.rule == "invisible" or removal.has_controls:
        return "form" if removal.has_controls else "hidden"
    if removal.rule == "selector":
        return "" if removal.element.tag in ("p", "li", "blockquote") else "selector"
    linked = sum(len(segments[i].text) * segments[i].link_share for i in texts)
    if linked >= _MAX_LINK_SHARE * len(text) or any(
        segments[i].type == "heading" and segments[i].link_share > 0.5 for i in texts
    ):
        return "links"
    certain = sum(len(segments[i].text) for i in texts if segments[i].is_certain)
    if certain >= _MAX_CERTAIN_SHARE * len(text) or (texts and segments[texts[0]].is_certain):
        return "wording"
    if removal.rule == "hidden":
        return ""
    if is_hidden(removal.element):
        return "hidden"
    has_picture = any(segments[i].image for i in group)
    if confirms_role(removal.element, text, people, has_picture=has_picture):
        return "role"
    prose = sum(len(segments[i].text) for i in texts if _is_prose(segments[i]))
    return "role" if is_named_by_role(removal.element) and 2 * prose < len(text) else ""


def _find_sign_against_line(segments: Sequence[Segment], i: int) -> str:
    """Returns the second sign against a line with doubtful wording."""
    segment = segments[i]
    if segment.is_certain or segment.link_share > 0:
        return "wording" if segment.is_certain else "links"
    is_caption = _CAPTION_LABEL.match(segment.text)
    if is_caption and any(other.image for other in segments[max(0, i - 1) : i + 2]):
        return "role"
    min_words = _MIN_CAPTION if is_caption else _MIN_LONG_LINE
    is_long = len(segment.text.split()) >= min_words
    return "" if is_long or (not is_caption and reads_as_text(segment)) else "wording"


def _is_text_at_edge(segments: Sequence[Segment], group: Sequence[int], *, is_end: bool) -> bool:
    """Whether a group directly after (`is_end`) or before the article's text is part of it. There,
    boilerplate is usual, so it must be a report or a step of instructions, the hidden rest of the
    text, or prose in an element that is not named by a role alone.
    """
    segment = segments[group[0]]
    if segment.removal is None:
        return reads_as_text(segment) and (
            is_reported(segment.text) or _is_in_list(segments, group[0])
        )
    size = sum(len(segments[i].text) for i in group if reads_as_text(segments[i]))
    if segment.rule == "hidden":
        return is_end and (segment.removal.is_revealed or size >= 2 * MIN_PROSE)
    element = segment.removal.element
    if segment.rule not in ("class", "tag") or is_notice(element) or is_author_box(element):
        return False
    prose = sum(_is_prose(segments[i]) for i in group)
    return prose > 1 or (prose > 0 and not is_named_by_role(element))


def _select_text(
    segments: Sequence[Segment], group: Sequence[int], texts: Sequence[int], *, is_end: bool = False
) -> set[int]:
    """Selects the text of a group with its headings, pictures and embeds, without what the article
    has already (`texts`); nothing if it has neither a statement nor a list, or is hidden where
    readers cannot open it. `is_end`: it follows the article's text.
    """
    removal = segments[group[0]].removal
    if removal is None:
        return _without_copies(segments, set(group), texts)
    if removal.rule == "selector" or (
        removal.rule == "hidden" and not removal.is_revealed and not is_end
    ):
        return set()
    items = [segments[i] for i in group if segments[i].type == "list_item"]
    is_list = len(items) > 1 and sum(len(item.text.split()) for item in items) >= 3 * len(items)
    if not is_list and not any(
        reads_as_text(segments[i])
        and (segments[i].type == "table" or _STATEMENT_END.search(segments[i].text))
        for i in group
    ):
        return set()
    return _without_copies(segments, {i for i in group if not segments[i].is_certain}, texts)


def _is_prose(segment: Segment) -> bool:
    return reads_as_text(segment) and len(segment.text) >= MIN_PROSE


def _is_in_list(segments: Sequence[Segment], i: int) -> bool:
    """Whether a line is an item of a list of at least two unlinked ones: a step of instructions."""
    if segments[i].type != "list_item":
        return False
    box = segments[i].node.getparent()
    return any(
        other.type == "list_item"
        and other is not segments[i]
        and other.node.getparent() is box
        and other.link_share < _MAX_LINK_SHARE
        for other in segments
    )


def _without_copies(segments: Sequence[Segment], found: set[int], texts: Sequence[int]) -> set[int]:
    """Returns the found segments without those whose text the article has already; nothing if no
    text is left.
    """
    everything = " ".join(segments[i].key for i in sorted(texts))
    keys = set(everything.split())
    result = {
        i
        for i in found
        if not (key := segments[i].key)
        or not (key in keys or (len(key) > MIN_PROSE // 2 and key in everything))
    }
    has_text = any(reads_as_text(segments[i]) or segments[i].type == "list_item" for i in result)
    return result if has_text or len(found) == 1 else set()


def as_restored(segment: Segment) -> Segment:
    """Returns a restored segment as one of the article's own."""
    return replace(segment, rule="", removal=None)
