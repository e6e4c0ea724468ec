"""Completes an article's text from JSON-LD and from the data of the page's scripts, where the HTML
contains none of it or only a part. What the HTML contains is never dropped.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace

from khabar.extraction.blocks import ArticleContent
from khabar.extraction.body import ArticleBody
from khabar.extraction.boilerplate import comparison_key
from khabar.extraction.document import HtmlDocument
from khabar.extraction.embedded_json import HydrationState
from khabar.extraction.embeds import ExtractedEmbeds
from khabar.extraction.embeds.block_arrays import cut_opening
from khabar.extraction.jsonld import ARTICLE_TYPES, Node, body_texts, nodes_of_type, text_value
from khabar.extraction.liveblog import read_update_parts
from khabar.extraction.metadata import PageMetadata
from khabar.extraction.page_type import PageClassification
from khabar.extraction.part_alignment import insert_missing_parts, is_in_text
from khabar.extraction.script_stories import (
    FLIGHT_NAME,
    PageIdentity,
    find_own_story,
    identify_object,
)
from khabar.extraction.text_parts import TextPart, parse_text_parts, text_size
from khabar.model.items import Block

# Characters of text found in the HTML; with less, the page counts as one without text. Chosen by
# hand, not measured.
_MIN_TREE_TEXT = 200
# Characters up to which the page's script data is compared with its text; by hand, not measured:
# a part of an article is mostly one or a few paragraphs.
_MAX_PARTIAL_TEXT = 2500
_MIN_STATE_TEXT = 80  # characters of a text in script data; by hand, not measured
_MIN_DESCRIPTION = 40  # letters of a description by which the article's text is recognised
_MIN_OPENING = 25  # letters of a paragraph by which script data with the article is recognised
# Characters that the HTML must lack for a problem to be named; chosen by hand, not measured.
_MIN_NAMED_LOSS = 400

FROM_JSON = "text: taken from JSON in the page's scripts, not its HTML"


def complete_text(
    content: ArticleContent,
    doc: HtmlDocument,
    body: ArticleBody,
    meta: PageMetadata,
    state: HydrationState,
    classification: PageClassification,
) -> tuple[ArticleContent, PageClassification]:
    """Adds the text of the page's own article that its HTML lacks: from JSON-LD articleBody, else
    from the page's script data.

    A page without text gets all of it. Of a longer text, only whole missing paragraphs are added,
    if the other source contains the paragraphs of the page. Each origin is named in the problems.
    """
    if classification.page_type == "liveblog":
        return _add_updates(content, doc, body, meta), classification
    if classification.page_type not in ("article", "other") or "soft_404" in classification.signals:
        return content, classification
    shown = [block for block in content.blocks if block.text]
    shown_size = sum(len(block.text) for block in shown)
    identity = _describe_page(doc, meta, shown)
    parts, origin = _find_jsonld_body(doc, meta, identity), "JSON-LD articleBody"
    is_thin = shown_size < _MIN_TREE_TEXT
    scripts: Sequence[str] = state.scripts if is_thin else ()
    if not is_thin and shown_size < _MAX_PARTIAL_TEXT:
        scripts = _find_scripts_with_text(state, shown)
    if scripts:
        story = find_own_story(scripts, identity, max(_MIN_STATE_TEXT, text_size(parts) // 2))
        # the same text in more paragraphs, or more of it
        if story and (not parts or _contains_text(story.parts, parts)):
            parts, origin = story.parts, "the page's script data"
    if not parts:
        return content, classification
    if is_thin:
        return _fill_text(content, parts, FROM_JSON), _mark_as_article(classification)
    if "paywalled" in classification.signals:
        return content, classification
    return _add_missing_text(content, body, meta, parts, origin), classification


def place_script_embeds(content: ArticleContent, page_embeds: ExtractedEmbeds) -> ArticleContent:
    """Adds the embeds that only script data has, each after, or before, the text that is next to it
    there. An embed next to no text of the article is another one's.
    """
    embeds, blocks = list(content.embeds), list(content.blocks)
    texts = {cut_opening(block.text): block for block in blocks if block.text}
    texts.pop("", None)
    last_blocks: dict[str, Block] = {}  # opening of a text → the last embed put after it
    for embed, before, after in page_embeds.script_embeds:
        key = (embed.provider, embed.id)
        known = next((i for i, e in enumerate(embeds) if (e.provider, e.id) == key), None)
        anchor = last_blocks.get(before) or texts.get(before) or texts.get(after)
        if anchor is None or (known is not None and embeds[known].place != "unplaced"):
            continue
        number = len(embeds) if known is None else known
        embeds[number : number + 1] = [replace(embed, place="body")]
        block = Block("embed", embed=number)
        index = next(i for i, other in enumerate(blocks) if other is anchor)
        blocks.insert(index + (before in texts), block)
        last_blocks |= {before: block} if before in texts else {}
    if len(blocks) == len(content.blocks):
        return content
    return replace(_replace_blocks(content, tuple(blocks)), embeds=tuple(embeds))


def _describe_page(doc: HtmlDocument, meta: PageMetadata, shown: Sequence[Block]) -> PageIdentity:
    titles = (meta.headline.text, doc.get_meta("og:title"))
    descriptions = (doc.get_meta("og:description"), doc.get_meta("description"))
    keys = [comparison_key(block.text) for block in shown if block.type == "paragraph"]
    keys = [key for key in keys if len(key) >= _MIN_DESCRIPTION]
    shows_text = bool(keys)
    if not shows_text:
        keys = [comparison_key((text or "").rstrip(".… ")) for text in descriptions]
    return PageIdentity(
        tuple(dict.fromkeys(title for title in titles if title)),
        tuple(dict.fromkeys(url for url in (doc.url, meta.canonical_url, meta.amp_url) if url)),
        tuple(key for key in keys if len(key) >= _MIN_DESCRIPTION),
        shows_text,
    )


def _find_jsonld_body(
    doc: HtmlDocument, meta: PageMetadata, identity: PageIdentity
) -> tuple[TextPart, ...]:
    """Returns the parts of the articleBody of the node that is this page's article."""
    others = [
        node
        for node in nodes_of_type(doc.nodes, ARTICLE_TYPES)
        if node is not meta.article and identify_object(node, identity)
    ]
    for node in (meta.article, *others):
        parts = [part for text in body_texts(node) for part in parse_text_parts(text)]
        if parts and _is_own_node(node, parts, identity):
            return tuple(parts)
    return ()


def _is_own_node(node: Node, parts: Sequence[TextPart], identity: PageIdentity) -> bool:
    """Whether a node's text is this page's: its headline is not another one, or its text contains
    what the page shows or most of the headline's words.
    """
    title = text_value(node.get("headline")) or ""
    if identify_object(node, identity) or identity.matches_title(title) is not False:
        return True
    key = "".join(part.key for part in parts)
    return identity.matches_text(key) or identity.matches_words(" ".join(p.text for p in parts))


def _find_scripts_with_text(state: HydrationState, shown: Sequence[Block]) -> list[str]:
    """Returns the scripts that contain the beginning or the middle of the article's first or last
    paragraph, plain or with JSON escapes; if any does, also those with pieces of one stream.
    """
    paragraphs = [block.text for block in shown if block.type == "paragraph"]
    ends = {*paragraphs[:1], *paragraphs[-1:]}
    # a formatted word can cut the text of the data anywhere
    pieces = {text[i : i + _MIN_OPENING] for text in ends for i in (0, len(text) // 2)}
    forms = set[str]()
    for piece in pieces:
        escaped = json.dumps(piece)[1:-1]
        if len(piece) == _MIN_OPENING:
            forms |= {piece, escaped, escaped.replace("\\", "\\\\")}
    scripts = [script for script in state.scripts if any(form in script for form in forms)]
    return scripts and [
        script for script in state.scripts if FLIGHT_NAME in script or script in scripts
    ]


def _contains_text(parts: Iterable[TextPart], others: Iterable[TextPart]) -> bool:
    """Whether most of the characters of `others` occur in `parts`."""
    key = "".join(part.key for part in parts)
    found = [(len(part.key), part.key in key) for part in others]
    return 2 * sum(size for size, is_found in found if is_found) > sum(size for size, _ in found)


def _mark_as_article(classification: PageClassification) -> PageClassification:
    """Returns the type `article` for a page that was of type `other` for its lack of text."""
    if classification.page_type != "other":
        return classification
    signals = {name: value for name, value in classification.signals.items() if name != "other"}
    return PageClassification("article", signals)


def _add_updates(
    content: ArticleContent, doc: HtmlDocument, body: ArticleBody, meta: PageMetadata
) -> ArticleContent:
    """Returns the content of a live blog with the updates that only JSON-LD has."""
    parts = read_update_parts(doc)
    if not parts:
        return content
    if sum(len(block.text) for block in content.blocks) < _MIN_TREE_TEXT:
        return _fill_text(content, parts, "text: updates taken from JSON-LD, not the page's HTML")
    return _add_missing_text(content, body, meta, parts, "JSON-LD liveBlogUpdate")


def _fill_text(content: ArticleContent, parts: Sequence[TextPart], problem: str) -> ArticleContent:
    """Returns the content with all parts. What the page shows and the parts lack stays before
    them.
    """
    shown = [block for block in content.blocks if block.text]
    key = "".join(part.key for part in parts)
    kept = [block for block in shown if not is_in_text(block.text, key)]
    other_blocks = [block for block in content.blocks if not block.text]
    added = [Block(part.type, part.text, part.level, time=part.time) for part in parts]
    blocks = (*kept, *added, *other_blocks)
    return _replace_blocks(content, blocks, problem)


def _replace_blocks(
    content: ArticleContent, blocks: tuple[Block, ...], *problems: str
) -> ArticleContent:
    """Returns the content with other blocks; its insets follow the blocks before them."""
    positions = {id(block): i for i, block in enumerate(blocks)}
    insets = [
        replace(inset, after_block=positions.get(id(content.blocks[inset.after_block])))
        if inset.after_block is not None
        else inset
        for inset in content.insets
    ]
    return replace(
        content, blocks=blocks, insets=tuple(insets), problems=(*content.problems, *problems)
    )


def _add_missing_text(
    content: ArticleContent,
    body: ArticleBody,
    meta: PageMetadata,
    parts: Sequence[TextPart],
    origin: str,
) -> ArticleContent:
    """Returns the content with the paragraphs that only `parts` has, or with a problem if much is
    missing that cannot be inserted.
    """
    page_texts = [
        *(d.segment.text for d in body.decisions if d.is_kept or d.sign),
        *(image.caption or "" for image in (*content.images, *content.lead_images)),
        *(embed.text or "" for embed in content.embeds),
        meta.headline.text or "",
        meta.subtitle or "",
    ]
    blocks, added, missing = insert_missing_parts(content.blocks, parts, page_texts)
    if added:
        problem = f"text: {added} paragraphs that the HTML lacks were added from {origin}"
    elif missing >= _MIN_NAMED_LOSS:
        problem = f"text: {origin} has {missing} characters that the HTML lacks"
    else:
        return content
    return _replace_blocks(content, tuple(blocks), problem)
