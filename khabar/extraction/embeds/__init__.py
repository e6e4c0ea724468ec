"""Finds embedded posts, videos, charts and documents in an article and replaces each with a token.

The text extractor must not see an embed's markup, or it would count its words as the article's.
`extract_embeds` therefore puts a token in place of each embed; the caller finds the tokens again in
the extracted text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha1

from lxml import etree
from lxml.html import HtmlElement

from khabar.extraction.embeds import block_arrays, placeholders
from khabar.extraction.embeds.candidates import survey_elements
from khabar.extraction.embeds.classify import EmbedTarget, classify_url
from khabar.extraction.embeds.cleanup import (
    clean_tree,
    find_texts,
    remove_element,
    tag_bare_urls,
)
from khabar.extraction.embeds.element import serialize_element
from khabar.extraction.embeds.embedded_json import (
    find_empty_slots,
    find_jsonld_videos,
    find_script_embeds,
)
from khabar.extraction.embeds.flattened_tweets import find_flattened_tweets
from khabar.extraction.embeds.pasted_code import find_codes, replace_pasted_code
from khabar.extraction.embeds.recognise import EmbedRecogniser
from khabar.extraction.embeds.sdk_calls import place_sdk_posts, remove_repeated_posts
from khabar.extraction.embeds.walk import EmbedFinder, FoundEmbed
from khabar.extraction.jsonld import Node
from khabar.model.items import Embed

__all__ = [
    "EmbedTarget",
    "ExtractedEmbeds",
    "classify_url",
    "find_flattened_tweets",
    "find_script_embeds",
    "extract_embeds",
]

_MAX_LONE_VIDEOS = 3  # videos of JSON-LD that can be one article's; chosen by hand, not measured


@dataclass(frozen=True)
class ExtractedEmbeds:
    """The embeds of a page in page order, one per placement, each with its token in the tree.

    An embed that occurs only in the page's script data has the token "" and the place `unplaced`.
    `unknown_hosts`: host of unrecognised frames → count. `unknown_paths`: host of known providers →
    count of frames and embed codes whose URL has no known form. `nonce`: the part of the tokens
    that is unique to the page. `context`: see `placeholders.find_token_context`. `script_embeds`:
    see `block_arrays.find_unshown_embeds`; none if the page has text.
    """

    embeds: tuple[Embed, ...]
    tokens: tuple[str, ...]
    unknown_hosts: Mapping[str, int]
    unknown_paths: Mapping[str, int]
    nonce: str
    context: Mapping[str, tuple[str | None, str | None]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    script_embeds: tuple[tuple[Embed, str, str], ...] = ()

    @property
    def token_pattern(self) -> re.Pattern[str]:
        """A pattern that matches any token of this page."""
        return re.compile(rf"EMBEDX{self.nonce}\d{{4,}}X" if self.nonce else "(?!)")

    def find_token_index(self, token: str) -> int:
        """Returns the index of a token's embed. Raises ValueError for other text."""
        if not token:
            raise ValueError("an empty token stands for no embed")
        return self.tokens.index(token)


def extract_embeds(
    root: HtmlElement, url: str, now: datetime | None = None, nodes: Iterable[Node] = ()
) -> ExtractedEmbeds:
    """Finds all embeds of a parsed page and replaces each embed's outermost wrapper with
    `<p>TOKEN</p>`.

    Modifies the tree. Also removes what looks like an embed but is not: timelines, share and follow
    buttons, like boxes, comment widgets, invitations to channels. Creation times decoded from ids
    that lie after `now` (default: the current time) are ignored. `nodes`: the page's JSON-LD.
    """
    recogniser = EmbedRecogniser(url, now)
    survey = survey_elements(root)
    clean_tree(root, survey.classes, survey.social_links)
    texts = find_texts(root)
    problems: list[str] = []
    if codes := find_codes(texts):
        problems = replace_pasted_code(codes, recogniser)
        survey = survey_elements(root)
    tag_bare_urls(texts)
    sdk_posts = place_sdk_posts(root, url)
    survey.add_marked(root)
    finder = EmbedFinder(root, recogniser, survey.candidates)
    found_embeds = remove_repeated_posts(finder.find_embeds(), sdk_posts)
    has_no_text = not finder.has_text()
    found_embeds, unplaced_embeds = _add_script_embeds(
        root, url, finder, found_embeds, find_jsonld_videos(nodes, url)
    )
    nonce = _make_nonce(root, url) if found_embeds else ""
    tokens = [f"EMBEDX{nonce}{number:04d}X" for number in range(len(found_embeds))]
    embeds, placeholder_by_token = _replace_with_tokens(found_embeds, tokens)
    context = placeholders.find_token_context(root, placeholder_by_token)
    return ExtractedEmbeds(
        (*embeds, *unplaced_embeds),
        (*tokens, *("" for _ in unplaced_embeds)),
        recogniser.unknown_hosts,
        recogniser.unknown_paths,
        nonce,
        context,
        tuple(problems),
        tuple(block_arrays.find_unshown_embeds(root, recogniser)) if has_no_text else (),
    )


def _add_script_embeds(
    root: HtmlElement,
    url: str,
    finder: EmbedFinder,
    found_embeds: list[FoundEmbed],
    jsonld_videos: list[Embed],
) -> tuple[list[FoundEmbed], list[Embed]]:
    """Adds embeds that occur only in scripts.

    They are placed in the page's empty slots if there are exactly as many slots; otherwise they are
    returned separately, without a place.
    """
    known_ids = {(found_embed.embed.provider, found_embed.embed.id) for found_embed in found_embeds}
    if array_embeds := block_arrays.find_array_embeds(root, finder.recogniser, known_ids):
        found_embeds = _sort_by_position(root, [*found_embeds, *array_embeds])
        known_ids |= {
            (found_embed.embed.provider, found_embed.embed.id) for found_embed in array_embeds
        }
    script_embeds = find_script_embeds(root, url, known_ids, finder.recogniser)
    if script_embeds:
        empty_slots = find_empty_slots(
            root, {node for found_embed in found_embeds for node in found_embed.all_nodes}
        )
        if len(empty_slots) == len(script_embeds):
            slot_embeds = [
                FoundEmbed(el, replace(embed, place="body"))
                for el, embed in zip(empty_slots, script_embeds, strict=True)
            ]
            return _sort_by_position(root, [*found_embeds, *slot_embeds]), []
    return _add_jsonld_titles(found_embeds, jsonld_videos), [
        *script_embeds,
        *_find_lone_videos(found_embeds, script_embeds, jsonld_videos),
    ]


def _sort_by_position(root: HtmlElement, found_embeds: list[FoundEmbed]) -> list[FoundEmbed]:
    order = {el: number for number, el in enumerate(root.iter(etree.Element))}
    return sorted(found_embeds, key=lambda found_embed: order[found_embed.node])


def _add_jsonld_titles(
    found_embeds: list[FoundEmbed], jsonld_videos: list[Embed]
) -> list[FoundEmbed]:
    """Fills in missing titles and durations of shown players from JSON-LD."""
    videos_by_id = {(embed.provider, embed.id): embed for embed in jsonld_videos}
    for found_embed in found_embeds:
        if video := videos_by_id.get((found_embed.embed.provider, found_embed.embed.id)):
            title = found_embed.embed.title or video.title
            found_embed.embed = replace(
                found_embed.embed,
                title=title,
                duration=found_embed.embed.duration or video.duration,
            )
    return found_embeds


def _find_lone_videos(
    found_embeds: list[FoundEmbed], script_embeds: list[Embed], jsonld_videos: list[Embed]
) -> list[Embed]:
    """Returns the article's videos if only JSON-LD has them. If the page shows any player, that is
    assumed to be the same video; of a long list, which is no article's, the first is taken.
    """
    page_videos = [
        embed
        for embed in (*(found_embed.embed for found_embed in found_embeds), *script_embeds)
        if embed.kind in ("video", "short", "live")
        and embed.place != "page"
        and embed.provider != "unknown"
    ]
    if page_videos:
        return []
    videos = list({(video.provider, video.id): video for video in jsonld_videos}.values())
    return videos if len(videos) <= _MAX_LONE_VIDEOS else videos[:1]


def _make_nonce(root: HtmlElement, url: str) -> str:
    """Returns 8 hex digits that do not occur in the page's text after EMBEDX. Deterministic per
    page.
    """
    text = etree.tostring(root, method="text", encoding="unicode")
    nonce = sha1(url.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()[:8]
    while f"EMBEDX{nonce}" in text:
        nonce = sha1(nonce.encode(), usedforsecurity=False).hexdigest()[:8]
    return nonce


def _replace_with_tokens(
    found_embeds: list[FoundEmbed], tokens: list[str]
) -> tuple[list[Embed], dict[str, HtmlElement]]:
    """Returns the embeds with their HTML and captions, and the placeholder of each token."""
    all_nodes = {node for found_embed in found_embeds for node in found_embed.all_nodes}
    discard_rules = placeholders.DiscardRules()
    embeds, placeholder_by_token = [], {}
    for found_embed, token in zip(found_embeds, tokens, strict=True):
        outermost = (
            found_embed.node
            if found_embed.is_unclosed
            else placeholders.find_wrapper(found_embed, all_nodes - set(found_embed.all_nodes))
        )
        embeds.append(_add_html_and_caption(found_embed, outermost))
        for line in placeholders.find_credit_lines(outermost, found_embed.embed.provider):
            remove_element(line)
        placeholder = placeholders.insert_token(outermost, found_embed, token)
        if found_embed.embed.place != "page":
            placeholders.move_out_of_discards(placeholder, discard_rules)
        placeholder_by_token[token] = placeholder
    return embeds, placeholder_by_token


def _add_html_and_caption(found_embed: FoundEmbed, outermost: HtmlElement) -> Embed:
    is_bare_url = found_embed.embed.rule.endswith(".bare")
    html = (
        found_embed.embed.raw_url
        if is_bare_url
        else serialize_element(outermost, found_embed.embed.provider)
    )
    return replace(
        found_embed.embed, html=html, caption=placeholders.find_caption(outermost, found_embed.node)
    )
