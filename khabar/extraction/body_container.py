"""Finds the element that contains the article: the one with most prose, compared with the segments
that trafilatura found (hits).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from itertools import islice

from lxml.cssselect import CSSSelector

from khabar.extraction.boilerplate import MIN_PROSE, class_and_id
from khabar.extraction.document import Element, is_shorter_than, read_text, split_words
from khabar.extraction.hits import Hits
from khabar.extraction.segments import Segment
from khabar.hindi.language import compute_devanagari_share

# All numbers in this module were chosen by hand while pages were added to the tests; none was
# measured on its own.
_MAX_LINK_SHARE = 0.3  # share of characters inside links up to which a text is prose
# Least gain, as a share of the container's text, for which it is replaced by an ancestor: less is a
# footer or an author's biography.
_MIN_WIDENING_GAIN = 0.08
_MAX_TEASER_BOX = 600  # characters of a teaser with everything in its box
_MIN_HEADLINE_LINK = 20  # characters of a linked heading: a shorter one is a name
_MIN_STORY_PROSE = 400  # characters of prose that make an <article> a full story, not a card
# Share of a line's characters in links from which it is not counted as a possible hit. Measured on
# 804 pages: no result differs, and trafilatura runs on a third fewer to find the container.
_MAX_HIT_LINKS = 0.8
_CONTAINER_SHARE = 0.85  # share of the hits' text that the container must include
# In the search for the densest element: divisors for the text of an element's own paragraphs, of
# its children and of its grandchildren. A paragraph may have a <div> of its own.
_LEVEL_DIVISORS = (1, 1.3, 2)
_NON_CONTAINER_TAGS = frozenset(
    split_words("ul ol li dl dt dd blockquote p span strong b em i font center h1 h2 h3 h4 h5 h6")
)


def find_configured_container(
    body: Element, selectors: Sequence[str], segments: list[Segment]
) -> Element | None:
    """Returns the element that a selector of the source matches, unless it contains less than half
    of the page's text.
    """
    for selector in selectors:
        matches = CSSSelector(selector, translator="html")(body)
        if matches:
            best = max(matches, key=lambda match: len(match.text_content()))
            inside_size = sum(
                len(segment.text)
                for segment in segments
                if segment.link_share < _MAX_LINK_SHARE and contains_node(best, segment.node)
            )
            total_size = sum(
                len(segment.text)
                for segment in segments
                if segment.link_share < _MAX_LINK_SHARE and len(segment.text) > MIN_PROSE
            )
            if inside_size * 2 >= total_size:
                return best
    return None


def find_own_article(
    body: Element, headline: Element | None, segments: list[Segment]
) -> Element | None:
    """On a page with several complete articles (endless scroll), returns the <article> element with
    the headline; None on other pages.
    """
    stories = [
        node for node in body.iter("article") if next(node.iterancestors("article"), None) is None
    ]
    own_article = next(
        (node for node in stories if headline is not None and contains_node(node, headline)), None
    )
    if own_article is None or len(stories) < 2:
        return None
    prose = [segment for segment in segments if segment.is_prose]
    full_articles = [
        node
        for node in stories
        if sum(len(segment.text) for segment in prose if contains_node(node, segment.node))
        >= _MIN_STORY_PROSE
    ]
    if all(node is own_article for node in full_articles):
        return None
    if own_article in full_articles:
        return own_article
    # a short article next to longer ones has the same markup as they
    is_alike = any(
        node.get("class") == own_article.get("class")
        and node.getparent() is own_article.getparent()
        for node in full_articles
    )
    return own_article if is_alike and _has_sentence(own_article, segments) else None


def _has_sentence(story: Element, segments: list[Segment]) -> bool:
    """Whether an element contains an article's sentence besides the headline."""
    texts = [
        segment.text
        for segment in segments
        if segment.type == "paragraph" and contains_node(story, segment.node)
    ]
    return any(
        len(text) >= MIN_PROSE // 2 and text.endswith(("।", ".", "?", "!")) for text in texts
    )


def mark_prose(segments: Iterable[Segment]) -> list[Segment]:
    """Marks the segments without a rule that are running text: long, with few links, not the
    excerpt on a teaser.
    """
    return [
        replace(segment, is_prose=True) if not segment.rule and _is_prose(segment) else segment
        for segment in segments
    ]


def _is_prose(segment: Segment) -> bool:
    is_long = (
        segment.type in ("paragraph", "quote", "list_item")
        and len(segment.text) >= MIN_PROSE
        and segment.link_share < _MAX_LINK_SHARE
    )
    return is_long and not is_teaser(segment.node)


def is_teaser(node: Element) -> bool:
    """Whether an element belongs to a teaser card: it or an ancestor (up to three levels) is one of
    at least three siblings with the same class that each begin with a linked headline.
    """
    for card in (node, *islice(node.iterancestors(), 3)):
        parent = card.getparent()
        if parent is None or parent.tag in ("body", "html") or not _starts_with_link(card):
            continue
        siblings = [
            sibling
            for sibling in parent.iterchildren(card.tag)
            if sibling.get("class") == card.get("class")
        ]
        if len(siblings) >= 3 and sum(map(_starts_with_link, siblings)) >= 3:
            return True
    return False


def _starts_with_link(card: Element) -> bool:
    """Whether an element begins with a link as long as a headline (25 characters or more) that is
    not part of a sentence, followed by at least 20 characters of other text.
    """
    for part in card.iter():
        if part.tag == "a" and (text := read_text(part).strip()):
            is_sentence = text.endswith((".", "।")) or re.match(r"\s*[a-z.,;:।)]", part.tail or "")
            return not is_sentence and 25 <= len(text) < len(read_text(card).strip()) - 20
        if (part.text or "").strip():
            return False
    return False


def is_in_teaser_box(node: Element, container: Element) -> bool:
    """Whether an element is in a small box inside the container that has a linked heading as long
    as a headline.
    """
    for box in islice(node.iterancestors(), 4):
        if box is container or not is_shorter_than(box, _MAX_TEASER_BOX):
            return False
        if any(_has_headline_link(heading) for heading in box.iter("h2", "h3", "h4", "h5")):
            return True
    return False


def _has_headline_link(heading: Element) -> bool:
    link = next(heading.iter("a"), None)
    link = link if link is not None else next(heading.iterancestors("a"), None)
    if link is None or (link.get("href") or "#").startswith("#"):
        return False
    return len(link.text_content().strip()) >= _MIN_HEADLINE_LINK


def find_container(body: Element, segments: list[Segment], hits: Hits) -> Element | None:
    """Returns the element that contains the article: the one with most prose, unless trafilatura's
    hits are clearly in another one.
    """
    prose = [segment for segment in segments if segment.is_prose]
    densest = _find_densest(prose)
    if densest is None:
        hit_segments = _select_texts(segments, hits.all)
        return _find_hit_container(body, hit_segments) if hit_segments else None
    inside = frozenset(densest.iter())
    prose_size = sum(len(segment.text) for segment in prose if segment.node in inside)
    if _can_be_elsewhere(inside, prose_size, segments, hits):
        densest = _compare_with_hits(densest, prose_size, body, _select_texts(segments, hits.all))
    return _include_siblings(_widen_container(densest, segments, hits), segments)


def _select_texts(segments: list[Segment], indexes: Iterable[int]) -> list[Segment]:
    return [segments[i] for i in indexes if segments[i].type != "table"]


def _can_be_elsewhere(
    inside: Set[Element], prose_size: int, segments: list[Segment], hits: Hits
) -> bool:
    """Whether so much text outside the densest element can be hits that `_compare_with_hits` may
    return another element. Both its conditions need that the hits outside are longer than 9/20 of
    the prose and twice the hits inside. `inside`: the elements in the densest one. Wholly linked
    lines are not counted: menus and cards.
    """
    most_outside = sum(
        len(segment.text)
        for segment in _select_texts(segments, hits.possible)
        if segment.node not in inside and segment.link_share < _MAX_HIT_LINKS
    )
    least_inside = sum(
        len(segment.text)
        for segment in _select_texts(segments, hits.certain)
        if segment.node in inside
    )
    return 20 * most_outside > 9 * prose_size and most_outside > 2 * least_inside


def _compare_with_hits(
    densest: Element, prose_size: int, body: Element, hit_segments: list[Segment]
) -> Element:
    """Returns the densest element, or the one with the hits if they are clearly in another one."""
    hit_size = sum(len(segment.text) for segment in hit_segments)
    overlap = sum(
        len(segment.text) for segment in hit_segments if contains_node(densest, segment.node)
    )
    hit_container = _find_hit_container(body, hit_segments) if hit_segments else densest
    # the hits win if almost none of them is in the densest element (not if both elements have the
    # same class: then they are parts of one article), or if they are far longer than its prose
    is_apart = (
        hit_size > 10 * overlap
        and 2 * hit_size > prose_size
        and class_and_id(hit_container) != class_and_id(densest)
    )
    return hit_container if is_apart or hit_size > 3 * max(overlap, prose_size) else densest


def _include_siblings(container: Element, segments: list[Segment]) -> Element:
    """Returns the parent of the container if each paragraph has its own wrapper element and the
    container is one of these wrappers.
    """
    wrapper = outer_wrapper(container)
    parent = wrapper.getparent()
    inside = frozenset(container.iter())
    texts = (segment for segment in segments if segment.text and segment.node in inside)
    if parent is None or parent.tag in ("body", "html") or len(list(islice(texts, 2))) > 1:
        return container
    similar = sum(
        (child.tag, child.get("class")) == (wrapper.tag, wrapper.get("class")) for child in parent
    )
    return parent if similar > 1 else container


def _find_densest(prose: list[Segment]) -> Element | None:
    """Returns the element with most prose, where text counts less for ancestors further up."""
    scores: dict[Element, float] = {}
    for segment in prose:
        flow = flow_container(segment.node)
        ancestors = (flow, *islice(flow.iterancestors(), 2))
        for ancestor, divisor in zip(ancestors, _LEVEL_DIVISORS, strict=False):
            scores[ancestor] = scores.get(ancestor, 0) + len(segment.text) / divisor
    return max(scores, key=lambda ancestor: scores[ancestor], default=None)


def flow_container(node: Element) -> Element:
    """Returns the element itself or its nearest ancestor that is not a list, a paragraph, a heading
    or an inline element.
    """
    while node.tag in _NON_CONTAINER_TAGS and node.getparent() is not None:
        node = node.getparent()
    return node


def outer_wrapper(node: Element) -> Element:
    """Returns the outermost <div> or <section> that contains only this element's flow
    container.
    """
    flow = flow_container(node)
    while (
        (parent := flow.getparent()) is not None
        and len(parent) == 1
        and parent.tag in ("div", "section")
    ):
        flow = parent
    return flow


def contains_node(container: Element, node: Element) -> bool:
    """Whether a node is the container or inside it."""
    return node is container or container in node.iterancestors()


def _find_hit_container(body: Element, hit_segments: list[Segment]) -> Element:
    """Returns the smallest element that includes at least _CONTAINER_SHARE of the hits' text."""
    sizes: dict[Element, int] = {}
    for segment in hit_segments:
        for ancestor in (segment.node, *segment.node.iterancestors()):
            sizes[ancestor] = sizes.get(ancestor, 0) + len(segment.text)
    threshold = _CONTAINER_SHARE * sizes.get(body, 0)
    container = body
    while (
        inner := next((child for child in container if sizes.get(child, 0) >= threshold), None)
    ) is not None:
        container = inner
    return flow_container(container)


def _find_level(node: Element, levels: Mapping[Element, int]) -> int:
    """Returns the level (0: the container, 1: its parent …) of the first element in `levels` that
    contains the node.
    """
    return next(
        levels[ancestor] for ancestor in (node, *node.iterancestors()) if ancestor in levels
    )


def _widen_container(container: Element, segments: list[Segment], hits: Hits) -> Element:
    """Widens the container to an ancestor if this adds at least _MIN_WIDENING_GAIN more prose that
    trafilatura also found, in the same script, and more of it than other text.
    """
    levels = {ancestor: i for i, ancestor in enumerate((container, *container.iterancestors()))}
    if not any(
        segment.is_prose and _find_level(segment.node, levels)
        for segment in segments
        if segment.text
    ):
        return container
    segment_levels = [
        _find_level(segment.node, levels) if segment.text else 0 for segment in segments
    ]
    inside = [segments[i].text for i, level in enumerate(segment_levels) if not level]
    size = sum(map(len, inside))
    is_hindi = compute_devanagari_share(" ".join(filter(None, inside))) > 0.5
    widest = container
    for ancestor in container.iterancestors():
        new_indexes = [
            i
            for i, level in enumerate(segment_levels)
            if levels[widest] < level <= levels[ancestor]
        ]
        new_size = sum(len(segments[i].text) for i in new_indexes)
        # the gain has to be more than the rest of the new text
        least_gain = max(_MIN_WIDENING_GAIN * size, (new_size + 1) / 2)
        prose = [
            i
            for i in new_indexes
            if segments[i].is_prose
            and (not is_hindi or compute_devanagari_share(segments[i].text) > 0.3)
        ]
        if (
            sum(len(segments[i].text) for i in prose) >= least_gain
            and sum(len(segments[i].text) for i in prose if i in hits) >= least_gain
        ):
            widest = ancestor
    return widest
