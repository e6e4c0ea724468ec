"""Turns the selected segments into the article's blocks: removes headline, byline and date lines,
completes truncated paragraphs, puts embeds and images in place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress, groupby
from operator import not_

from khabar.extraction.body import ArticleBody
from khabar.extraction.body_container import flow_container
from khabar.extraction.body_selection import links_elsewhere
from khabar.extraction.boilerplate import comparison_key
from khabar.extraction.document import Element, HtmlDocument
from khabar.extraction.embedded_json import HydrationState, complete_paragraph, is_truncated
from khabar.extraction.embeds import ExtractedEmbeds
from khabar.extraction.embeds.walk import fill_gaps, is_kept_inside_only
from khabar.extraction.insets import PageInsets
from khabar.extraction.metadata import PageMetadata
from khabar.extraction.picture_urls import is_same_file
from khabar.extraction.restoration import reads_as_text
from khabar.extraction.segments import HEADING_LEVELS, Segment
from khabar.hindi.dates import find_dates
from khabar.hindi.names import parse_byline, parse_lone_dateline
from khabar.model.items import Block, Embed, Image, Inset

# The numbers in this module were chosen by hand, not measured.
_MIN_STORY_PARAGRAPH = 100  # characters of a paragraph that is certainly article text
_MAX_ARTICLE_ELEMENT = 20_000  # characters of an element that can be one article
_MIN_SUMMARY_ITEM = 40  # characters of an item that is neither a name nor a date
_DATE_LINE_FILLER = re.compile(r"[\d०-९/:.,|()\-–—\s]+|\b(?:am|pm|ist|by|on|at|बजे)\b", re.I)


@dataclass(frozen=True, slots=True)
class ArticleContent:
    """Blocks, and the embeds and images to which they refer by index."""

    blocks: tuple[Block, ...] = ()
    embeds: tuple[Embed, ...] = ()
    images: tuple[Image, ...] = ()
    lead_images: tuple[Image, ...] = ()  # between the headline and the text
    insets: tuple[Inset, ...] = ()
    problems: tuple[str, ...] = ()


def assemble_content(
    doc: HtmlDocument,
    body: ArticleBody,
    page_embeds: ExtractedEmbeds,
    page_insets: PageInsets,
    meta: PageMetadata,
    state: HydrationState,
    *,
    gallery: bool = False,
) -> ArticleContent:
    """Builds the blocks in reading order, with their embeds and images. With `gallery`, the lead
    image is also a block.
    """
    segments = _remove_header_lines(list(body.segments), meta, doc)
    segments = _strip_trailing_headings(segments)
    segments, problems = _complete_paragraphs(segments, state)
    embeds = _place_embeds(body, segments, page_embeds, meta)
    segments, embeds = _restore_lost_embeds(segments, embeds, page_embeds)
    lead_images = _find_lead_images(body, segments, meta)
    if not gallery:
        segments, lead_images = _remove_lead_image(segments, lead_images)
    images = tuple(segment.image for segment in segments if segment.image)
    image_indexes = {image.url: i for i, image in enumerate(images)}
    embeds, embed_indexes = _order_embeds(segments, embeds, page_embeds)
    blocks = tuple(_make_block(segment, embed_indexes, image_indexes) for segment in segments)
    embeds, blocks = _remove_outside_embeds(embeds, blocks)
    insets = page_insets.place_insets(segments)
    problems += page_insets.problems
    return ArticleContent(blocks, tuple(embeds), images, lead_images, insets, tuple(problems))


def _order_embeds(
    segments: Sequence[Segment], embeds: list[Embed], page_embeds: ExtractedEmbeds
) -> tuple[list[Embed], dict[str, int]]:
    """Sorts the embeds by their place in the text, which can differ from their order in broken
    markup; returns (embeds, index of each token's embed).
    """
    tokens = [segment.token for segment in segments if segment.token]
    positions = [page_embeds.find_token_index(token) for token in tokens]
    new_positions = dict(zip(tokens, sorted(positions), strict=True))
    result = list(embeds)
    for token, position in zip(tokens, positions, strict=True):
        result[new_positions[token]] = embeds[position]
    return result, new_positions


def _remove_outside_embeds(
    embeds: list[Embed], blocks: tuple[Block, ...]
) -> tuple[list[Embed], tuple[Block, ...]]:
    """Removes embeds outside the text that repeat one in it, as a copy of the text for phones does,
    and those that count only inside it. What a copy alone shows of a post is kept. Returns (embeds,
    blocks with the new indexes).
    """
    firsts: dict[tuple[str, str | None], int] = {
        (embed.provider, embed.id): i
        for i, embed in reversed(list(enumerate(embeds)))
        if embed.place != "page" and embed.id
    }
    merged, numbers = list(embeds), list(range(len(embeds)))
    for i, embed in enumerate(embeds):
        if embed.place != "page":
            continue
        first = firsts.get((embed.provider, embed.id))
        if first is not None:
            merged[first] = fill_gaps(merged[first], embed)
        if first is not None or is_kept_inside_only(embed):
            numbers.remove(i)
    if len(numbers) == len(embeds):
        return embeds, blocks
    indexes = {number: index for index, number in enumerate(numbers)}
    return [merged[number] for number in numbers], tuple(
        replace(block, embed=indexes[block.embed]) if block.embed is not None else block
        for block in blocks
    )


def _make_block(segment: Segment, embeds: Mapping[str, int], images: Mapping[str, int]) -> Block:
    if segment.token:
        return Block("embed", embed=embeds[segment.token], time=segment.time)
    if segment.image:
        return Block("image", image=images[segment.image.url], time=segment.time)
    return Block(segment.type, segment.text, segment.level, time=segment.time)


def _find_lead_images(
    body: ArticleBody, segments: Sequence[Segment], meta: PageMetadata
) -> tuple[Image, ...]:
    """Returns the pictures between the headline and the first text, in page order."""
    title = comparison_key(meta.headline.text or "")
    start = next(
        (
            i
            for i, segment in enumerate(body.all_segments)
            if segment.type == "heading" and segment.key == title
        ),
        None,
    )
    first_text = next((segment for segment in segments if segment.text), None)
    if first_text is None or start is None:
        return ()
    end = next(
        (i for i, segment in enumerate(body.all_segments) if segment.node is first_text.node),
        body.first,
    )
    between = body.all_segments[start:end]
    return tuple(
        segment.image for segment in between if segment.image and not links_elsewhere(segment.node)
    )


def _remove_lead_image(
    segments: list[Segment], lead_images: tuple[Image, ...]
) -> tuple[list[Segment], tuple[Image, ...]]:
    """Removes the lead image from the segments, where it is before any text, or is the first
    picture in the text, at another size. It keeps the caption and credit of both.
    """
    first = next((i for i, segment in enumerate(segments) if segment.image), None)
    copy = segments[first].image if first is not None else None
    if not lead_images or first is None or copy is None:
        return segments, lead_images
    lead = lead_images[0]
    is_above = copy == lead and not any(segment.text for segment in segments[:first])
    if not is_above and (copy.url == lead.url or not is_same_file(copy.url, lead.url)):
        return segments, lead_images
    lead = replace(lead, caption=lead.caption or copy.caption, credit=lead.credit or copy.credit)
    return [*segments[:first], *segments[first + 1 :]], (lead, *lead_images[1:])


def _remove_header_lines(
    segments: list[Segment], meta: PageMetadata, doc: HtmlDocument
) -> list[Segment]:
    """Removes the headline, standfirst, byline and date lines before the first paragraph that is
    certainly article text.
    """
    title, subtitle = comparison_key(meta.headline.text or ""), comparison_key(meta.subtitle or "")
    story_start = len(segments)
    for i, segment in enumerate(segments):
        is_long = segment.type == "paragraph" and len(segment.text) >= _MIN_STORY_PARAGRAPH
        if is_long and not (subtitle and segment.key in subtitle):
            story_start = i
            break
    flow = flow_container(segments[story_start].node) if story_start < len(segments) else None
    content = [segment for segment in segments if segment.image or segment.type == "paragraph"]
    if story_start == len(segments) and all(
        segment.text and segment.key in subtitle for segment in content
    ):
        subtitle = ""  # the page has no text but what was taken for the standfirst
    is_header = [
        bool(segment.text)
        and (
            segment.node is meta.headline.element
            or _is_header_line(
                segment, title, "" if _is_in_flow(segment, flow) else subtitle, meta, doc
            )
        )
        for segment in segments[:story_start]
    ]
    for start, end in _iter_lists(segments[:story_start]):
        # a summary, which stays whole, if an item is longer than a name or a date
        is_summary = any(len(segment.text) >= _MIN_SUMMARY_ITEM for segment in segments[start:end])
        if is_summary and not all(is_header[start:end]):
            is_header[start:end] = [False] * (end - start)
    result = [*compress(segments, map(not_, is_header)), *segments[story_start:]]
    return [
        segment for segment in result if not (segment.type == "heading" and segment.key == title)
    ]


def _iter_lists(segments: Sequence[Segment]) -> Iterator[tuple[int, int]]:
    """Yields the range of each run of list items."""
    for is_item, run in groupby(range(len(segments)), lambda i: segments[i].type == "list_item"):
        indexes = list(run)
        if is_item:
            yield indexes[0], indexes[-1] + 1


def _is_in_flow(segment: Segment, flow: Element | None) -> bool:
    """Whether a paragraph is in the same element as the article's text: if it equals the
    standfirst, it is the first paragraph and stays.
    """
    return flow is not None and segment.type == "paragraph" and flow_container(segment.node) is flow


def _is_header_line(
    segment: Segment, title: str, subtitle: str, meta: PageMetadata, doc: HtmlDocument
) -> bool:
    """Whether a segment repeats the headline or the standfirst, or is a byline or a date line."""
    key = segment.key
    if key == title or (key and (key in subtitle or (len(key) < 60 and key in title))):
        return True
    names = [
        comparison_key(name) for name in (*meta.credits.authors, meta.credits.desk or "") if name
    ]
    is_statement = len(segment.text.split()) >= 8 and segment.text.endswith(("।", "?", "!"))
    if key in names or (len(key) < 80 and not is_statement and any(name in key for name in names)):
        return True
    if len(segment.text) < 100 and find_dates(segment.text, doc.now):
        rest = _DATE_LINE_FILLER.sub("", segment.text)
        return len(rest) < 45 and not segment.text.rstrip().endswith(("।", "?", "!"))
    byline = (
        parse_byline(segment.text)
        if len(segment.text) < 60 and segment.type == "paragraph"
        else None
    )
    if byline is None or byline.authors or not (byline.desk or byline.agency):
        return False
    return bool(byline.desk) or parse_lone_dateline(segment.text) is None


def _strip_trailing_headings(segments: list[Segment]) -> list[Segment]:
    """Removes headings at the end: what followed them was boilerplate. A bold question that was
    taken for one is a paragraph.
    """
    while segments and segments[-1].type == "heading":
        paragraph = replace(segments[-1], type="paragraph", level=None)
        is_heading = str(segments[-1].node.tag) in HEADING_LEVELS
        if not is_heading and paragraph.text.endswith("?") and reads_as_text(paragraph):
            return [*segments[:-1], paragraph]
        segments = segments[:-1]
    return segments


def _complete_paragraphs(
    segments: list[Segment], state: HydrationState
) -> tuple[list[Segment], list[str]]:
    """Completes truncated paragraphs from the page's hydration state; returns (segments,
    problems).
    """
    result, problems = [], []
    for segment in segments:
        is_cut_off = segment.type == "paragraph" and is_truncated(segment.text)
        candidates = state.list_first_paragraphs(segment.text) if is_cut_off else ()
        full_text = complete_paragraph(segment.text, candidates) if candidates else None
        if full_text:
            problems.append(
                f"text: a paragraph cut at {len(segment.text)} characters was completed "
                "from JSON in the page's scripts"
            )
        result.append(replace(segment, text=full_text) if full_text else segment)
    return result, problems


def _find_story_start(body: ArticleBody, meta: PageMetadata, *, has_no_text: bool) -> int:
    """Returns the index in `all_segments` of the first article text. With `has_no_text`: of the
    first heading or link after the headline, where content about other articles begins.
    """
    if not has_no_text:
        return next(
            (i for i, segment in enumerate(body.all_segments) if i >= body.first and segment.text),
            0,
        )
    title = comparison_key(meta.headline.text or "")
    headline_index = next(
        (i for i, segment in enumerate(body.all_segments) if segment.key == title and segment.text),
        -1,
    )
    candidates = (
        i
        for i, segment in enumerate(body.all_segments)
        if i > headline_index and (segment.type == "heading" or segment.link_share > 0.5)
    )
    return next(candidates, len(body.all_segments))


def _place_embeds(
    body: ArticleBody, segments: Sequence[Segment], page_embeds: ExtractedEmbeds, meta: PageMetadata
) -> list[Embed]:
    """Sets the place of each embed: `body`, `lead` (above the text) or `page` (elsewhere)."""
    body_tokens = {segment.token for segment in segments if segment.token}
    positions = {segment.token: i for i, segment in enumerate(body.all_segments) if segment.token}
    nodes = {segment.token: segment.node for segment in body.all_segments if segment.token}
    # without text, only the order on the page tells where an embed belongs
    has_no_text = not any(segment.text for segment in segments)
    story_start = _find_story_start(body, meta, has_no_text=has_no_text)
    embeds = []
    for embed, token in zip(page_embeds.embeds, page_embeds.tokens, strict=True):
        if token in body_tokens:
            embed = replace(embed, place="body")
        elif token in positions and (has_no_text or embed.place != "page"):
            is_above = positions[token] < story_start and (
                has_no_text or _is_same_article(nodes[token], body.container)
            )
            embed = replace(embed, place="lead" if is_above else "page")
        embeds.append(embed)
    return embeds


def _is_same_article(node: Element, container: Element) -> bool:
    """Whether an embed's node is in the same <article>, <main>, or element with the <h1> as the
    text's container, or in another common ancestor of moderate size.
    """
    for ancestor in container.iterancestors():
        if ancestor.tag == "body":
            return False
        if any(parent is ancestor for parent in node.iterancestors()):
            is_close = ancestor.tag in ("article", "main") or ancestor.find(".//h1") is not None
            return is_close or len(ancestor.text_content()) < _MAX_ARTICLE_ELEMENT
    return bool(container.tag == "body")


def _restore_lost_embeds(
    segments: list[Segment], embeds: list[Embed], page_embeds: ExtractedEmbeds
) -> tuple[list[Segment], list[Embed]]:
    """Reinserts embeds of the body whose token got lost, after (or before) the text that was next
    to them; without such a text their place becomes `page`.
    """
    body_tokens = {segment.token for segment in segments if segment.token}
    body_ids = {
        (other.provider, other.id)
        for other, token in zip(embeds, page_embeds.tokens, strict=True)
        if token in body_tokens and other.id
    }
    for i, (embed, token) in enumerate(zip(embeds, page_embeds.tokens, strict=True)):
        if not token or token in body_tokens or embed.place != "body":
            continue
        position = _find_anchor_position(segments, *page_embeds.context.get(token, (None, None)))
        # an id that is in the body already: this one was in a hidden copy of the text
        if position is None or (embed.provider, embed.id) in body_ids:
            embeds[i] = replace(embed, place="page")
        else:
            segments.insert(position, Segment("embed", None, token=token))
            embeds[i] = replace(embed, place="body")
    return segments, embeds


def _find_anchor_position(
    segments: list[Segment], before: str | None, after: str | None
) -> int | None:
    for text, step in ((before, 1), (after, 0)):
        key = comparison_key(text or "")
        index = next(
            (i for i, segment in enumerate(segments) if key and segment.key.startswith(key)), None
        )
        if index is not None:
            return index + step
    return None
