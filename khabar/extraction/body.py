"""Body extraction: selects the segments of the page that form the article body.

Trafilatura's output is only used to locate the body: segments whose text occurs in it are called
hits, and the hits show which element contains the article. The text itself is always taken from our
own tree, because trafilatura damages Hindi (zero-width joiners, entities, order).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace

from khabar.extraction.body_container import (
    contains_node,
    find_configured_container,
    find_container,
    find_own_article,
    flow_container,
    mark_prose,
)
from khabar.extraction.body_selection import (
    complete_lists,
    find_rejection,
    promote_subheading,
    select_brief,
    select_introduction,
    select_picture_story,
    select_segments,
)
from khabar.extraction.boilerplate import MIN_PROSE, comparison_key
from khabar.extraction.boilerplate_phrases import Wording, match_wording, strip_also_read
from khabar.extraction.document import Element, HtmlDocument
from khabar.extraction.gallery import is_declared_gallery, select_slides
from khabar.extraction.hits import TEXT_TYPES, Hits, find_hits, run_trafilatura
from khabar.extraction.image_credits import is_credit_line
from khabar.extraction.images import add_caption
from khabar.extraction.losses import Decision
from khabar.extraction.removal import Removal
from khabar.extraction.restoration import (
    Restoration,
    as_restored,
    reads_as_text,
    restore_segments,
)
from khabar.extraction.segments import Segment, collect_segments

_MAX_CAPTION = 300  # characters; chosen by hand, not measured


@dataclass(frozen=True, slots=True)
class ArticleBody:
    """The selected segments in page order. `first` and `last`: indexes of the first and last one
    with text in `all_segments` (0 and -1 if there is none); `container`: the element around them.
    """

    segments: tuple[Segment, ...] = ()
    all_segments: tuple[Segment, ...] = ()
    container: Element = None
    first: int = 0
    last: int = -1
    decisions: tuple[Decision, ...] = ()  # about every segment of the page, in its order


def extract_body(
    doc: HtmlDocument,
    root: Element,
    tokens: re.Pattern[str] | None,
    headline: Element | None = None,
    selectors: Sequence[str] = (),
    reference_texts: Sequence[str] = (),
    removals: Mapping[Element, Removal] | None = None,
    publishers: Sequence[str] = (),
    people: Sequence[str] = (),
) -> ArticleBody:
    """Selects the article's segments from a tree pruned by `prune_tree`.

    `tokens` matches embed tokens, `selectors` are the source's CSS selectors of the container,
    `reference_texts` other texts that should be the body (JSON-LD articleBody), `removals` what
    `prune_tree` returned, `publishers` the publisher's names, `people` the authors.
    """
    body = root.find("body")
    collected = collect_segments(doc, body, tokens, removals or {})
    marked = _mark_second_copies(_mark_boilerplate_lines(collected, publishers))
    everything = mark_prose(_attach_captions(marked))
    positions = [i for i, segment in enumerate(everything) if not segment.rule]
    segments = [everything[i] for i in positions]
    boundary = find_configured_container(body, selectors, segments)
    if boundary is None:
        boundary = find_own_article(body, headline, segments)
    hits = Hits(body, segments, reference_texts, boundary)
    container = boundary if boundary is not None else find_container(body, segments, hits)
    container, selection = _select_article(
        segments, hits, container if container is not None else body, headline
    )
    selection = sorted(
        {*selection, *(select_slides(doc, segments, headline) if is_declared_gallery(doc) else ())}
    )
    chosen = {positions[i] for i in selection}
    restoration = restore_segments(everything, chosen, container, people)
    restored = restoration.indexes
    decisions = _explain_decisions(everything, chosen, restoration, container, headline)
    if doubtful := _find_doubtful(decisions, chosen | restored):
        confirmed = _ask_second_opinion(body, everything, doubtful)
        restored |= confirmed
        decisions = tuple(
            replace(decision, is_kept=True, rule="second opinion") if i in confirmed else decision
            for i, decision in enumerate(decisions)
        )
    everything = [
        as_restored(segment) if i in restored else segment for i, segment in enumerate(everything)
    ]
    positions = [i for i, segment in enumerate(everything) if not segment.rule]
    segments = [everything[i] for i in positions]
    selection = [at for at, i in enumerate(positions) if i in chosen or i in restored]
    result = [promote_subheading(segments[i], segments[i + 1 : i + 3]) for i in selection]
    text_indexes = [i for i in selection if segments[i].text]
    return ArticleBody(
        tuple(result),
        tuple(segments),
        container,
        *((text_indexes[0], text_indexes[-1]) if text_indexes else (0, -1)),
        decisions,
    )


def _find_doubtful(decisions: Sequence[Decision], taken: Set[int]) -> list[int]:
    """Returns the indexes of sentences inside the article that were not selected, although no rule
    is against them.
    """
    first, last = min(taken, default=0), max(taken, default=-1)
    return [
        i
        for i in range(first + 1, last)
        if decisions[i].rule == "unlike" and reads_as_text(decisions[i].segment)
    ]


def _ask_second_opinion(
    body: Element, segments: Sequence[Segment], doubtful: Sequence[int]
) -> frozenset[int]:
    """Returns which doubtful segments trafilatura takes for text when it favours recall."""
    hits = find_hits(
        [segments[i] for i in doubtful], [run_trafilatura(body, fast=False, recall=True)]
    )
    return frozenset(doubtful[at] for at in hits)


def _explain_decisions(
    segments: Sequence[Segment],
    chosen: set[int],
    restoration: Restoration,
    container: Element,
    headline: Element | None,
) -> tuple[Decision, ...]:
    """Returns why each segment is text of the article or not. `chosen`: indexes of its own."""
    decisions = []
    last = max(chosen, default=-1)
    for i, segment in enumerate(segments):
        if i in chosen or i in restoration.indexes:
            rule = f"restored, {segment.rule}" if segment.rule else "text"
            decisions.append(Decision(segment, True, rule))
            continue
        sign = restoration.second_signs.get(i, "wording" if segment.is_certain else "")
        rule = segment.rule
        if segment.node is headline:
            rule = sign = "headline"
        elif not rule and i > last:
            rule, sign = "after the end", "edge"
        elif not rule and not reads_as_text(segment):
            rule = sign = "no sentence"
        elif not rule:
            rule = find_rejection(segment, segments[i + 1 : i + 2], container)
            sign = "" if rule in ("outside", "unlike") else rule
        decisions.append(Decision(segment, False, rule, sign))
    return tuple(decisions)


def _select_article(
    segments: list[Segment], hits: Hits, container: Element, headline: Element | None
) -> tuple[Element, list[int]]:
    """Returns the element that contains the article and the indexes of its segments."""
    selection = select_segments(segments, hits, container)
    has_text = any(segments[i].text and segments[i].type != "heading" for i in selection)
    if not has_text and (short := select_brief(segments, headline)):
        return flow_container(segments[short[-1]].node), short
    introduction = select_introduction(segments, hits, container, headline)
    pictures = select_picture_story(segments, selection)
    return container, complete_lists(segments, {*introduction, *selection, *pictures})


def _mark_boilerplate_lines(segments: list[Segment], publishers: Sequence[str]) -> list[Segment]:
    """Marks lines that are boilerplate by their wording, and removes also-read lines at the end of
    paragraphs.
    """
    result = []
    for segment in segments:
        if segment.type in ("paragraph", "list_item", "quote"):
            text = strip_also_read(segment.text, segment.link_share)
            segment = segment if text == segment.text else replace(segment, text=text)
        wording: Wording = ""
        if segment.type in TEXT_TYPES:
            wording = match_wording(
                segment.text, segment.link_share, segment.bold_share, publishers
            )
        if wording:
            is_certain = wording == "certain" or bool(segment.rule)
            segment = replace(segment, rule=segment.rule or "wording", is_certain=is_certain)
        result.append(segment)
    return result


def _mark_second_copies(segments: list[Segment]) -> list[Segment]:
    """Marks copies of a paragraph in other elements than the one where it occurs first.

    Some pages contain their text twice (for mobile and desktop, or to be read aloud).
    """
    container_by_key: dict[str, Element] = {}
    result = []
    for segment in segments:
        key = segment.key if segment.type == "paragraph" and not segment.rule else ""
        is_copy = len(key) >= MIN_PROSE and container_by_key.setdefault(
            key, flow_container(segment.node)
        ) is not flow_container(segment.node)
        result.append(replace(segment, rule="copy", is_certain=True) if is_copy else segment)
    return result


def _attach_captions(segments: list[Segment]) -> list[Segment]:
    """Turns a line into the picture's caption if their common ancestor contains no other text, or
    if it is directly after it and only a credit.
    """
    result: list[Segment] = []
    for segment in segments:
        previous = result[-1] if result else None
        if (
            previous
            and previous.image
            and not previous.rule
            and segment.type in ("paragraph", "heading")
            and (
                (not segment.rule and _is_caption(previous.node, segment))
                or (segment.rule in ("", "wording") and is_credit_line(segment.text))
            )
        ):
            result[-1] = replace(previous, image=add_caption(previous.image, segment.text))
        else:
            result.append(segment)
    return result


def _is_caption(picture: Element, line: Segment) -> bool:
    if len(line.text) > _MAX_CAPTION or line.link_share > 0.8:
        return False
    shared_ancestor = next(
        (ancestor for ancestor in picture.iterancestors() if contains_node(ancestor, line.node)),
        None,
    )
    if shared_ancestor is None or shared_ancestor.tag in ("body", "article", "main"):
        return False
    return comparison_key(shared_ancestor.text_content()) == line.key
