"""Finds embeds that appear only in script data (hydration state, JSON-LD).

`find_empty_slots` finds the empty containers to place them in.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from lxml.html import HtmlElement

from khabar.extraction.embeds.classify import classify_url
from khabar.extraction.embeds.recognise import EmbedRecogniser
from khabar.extraction.jsonld import Node, node_types
from khabar.extraction.memory import remember_by_hash
from khabar.model.items import Embed

_EMBED_KEYWORDS = (
    "twitter-tweet",
    "instagram-media",
    "tiktok-embed",
    "text-post-media",
    "fb-post",
    "fb-video",
    "iframe",
    "twitter-video",
    "reddit-embed",
)
_MARKUP_START = re.compile(r"(?:<|u003[cC])(?:iframe|blockquote)")
_JSON_ESCAPE = re.compile(r"\\u00([23][0-9a-fA-F])|\\(/|\"|n|r|t)")
_ESCAPE_VALUES = {"/": "/", '"': '"', "n": " ", "r": " ", "t": " "}
# An embed code in a script: at most 2,000 characters of opening tag and 12,000 of content, so that
# an unclosed tag does not match the rest of the script. Chosen by hand, not measured.
_EMBED_HTML = re.compile(
    r"<(blockquote|iframe)\b[^<>]{0,2000}(?:class|src|cite|data-\w+)=.{0,12000}?</\1>", re.S
)
_SLOT_CLASS = re.compile(r"embed|plctwttr|tweet|twitter|instagram|social-?post", re.I)
_MAX_SCRIPT_LENGTH = 2_000_000  # characters; longer scripts are skipped (chosen by hand)
_VIDEO_KEYS = ("video", "associatedMedia")  # of a node, that contain its VideoObject
_MAX_VIDEO_LEVELS = 4  # nodes around a VideoObject (chosen by hand)
_ISO_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", re.I)


def find_script_embeds(
    root: HtmlElement,
    url: str,
    known_ids: set[tuple[str, str | None]],
    recogniser: EmbedRecogniser | None = None,
) -> list[Embed]:
    """Returns the embeds found in scripts other than JSON-LD, in order, each once, with `via`
    "json".

    `known_ids`: (provider, id) of embeds already found in the tree; these are left out.
    """
    recogniser = recogniser or EmbedRecogniser(url)
    embeds: dict[tuple[str, str | None], Embed] = {}
    for script in root.iter("script"):
        text = script.text
        if not text or len(text) > _MAX_SCRIPT_LENGTH or "ld+json" in (script.get("type") or ""):
            continue
        for embed in _find_embeds_in_script(text, recogniser):
            embeds.setdefault(
                (embed.provider, embed.id), replace(embed, via="json", place="unplaced")
            )
    return [embed for key, embed in embeds.items() if key not in known_ids]


def _find_embeds_in_script(text: str, recogniser: EmbedRecogniser) -> Iterator[Embed]:
    if not _may_have_code(text):
        return
    markup = unescape_json(text)
    if "<blockquote" not in markup and "<iframe" not in markup:
        return
    for match in _EMBED_HTML.finditer(markup):
        embed = recogniser.recognise_html(match.group(), "json")
        if embed is not None and embed.provider != "unknown" and embed.id:
            yield embed


@remember_by_hash
def _may_have_code(text: str) -> bool:
    has_markup = "iframe" in text or "blockquote" in text  # two searches, not one for each keyword
    return (
        has_markup
        and any(word in text for word in _EMBED_KEYWORDS)
        and bool(_MARKUP_START.search(text))
    )


def unescape_json(text: str) -> str:
    """Decodes JSON escapes of markup in a script's text, twice: state is often JSON in a JSON
    string.
    """
    for _ in range(2):
        if "\\" not in text:
            break
        text = _JSON_ESCAPE.sub(
            lambda match: chr(int(match[1], 16)) if match[1] else _ESCAPE_VALUES[match[2]], text
        )
    return text


def find_empty_slots(root: HtmlElement, used_nodes: set[HtmlElement]) -> list[HtmlElement]:
    """Returns the empty containers in the page that a script would fill with posts."""
    empty_slots: list[HtmlElement] = []
    for el in root.xpath("//body//*[self::div or self::figure or self::section][@class]"):
        is_slot = (
            _SLOT_CLASS.search(el.get("class") or "")
            and el not in used_nodes
            and _is_empty_slot(el, used_nodes)
        )
        if is_slot and not any(ancestor in empty_slots for ancestor in el.iterancestors()):
            empty_slots.append(el)
    return empty_slots


def _is_empty_slot(el: HtmlElement, used_nodes: set[HtmlElement]) -> bool:
    if "".join(el.itertext()).strip():
        return False
    return not any(
        inner in used_nodes
        or inner.tag in ("img", "iframe", "video", "audio", "script", "form", "a", "input")
        for inner in el.iter()
    )


def find_jsonld_videos(nodes: Iterable[Node], url: str) -> list[Embed]:
    """Returns the videos in JSON-LD, with `via` "jsonld"."""
    return [
        embed for node in _find_video_objects(nodes) if (embed := _build_video_embed(node, url))
    ]


def _find_video_objects(nodes: Iterable[Node]) -> Iterator[Node]:
    """Yields the VideoObjects among JSON-LD nodes and those that a node names as its own."""
    queue = deque[tuple[Any, int]]((node, 0) for node in nodes)
    while queue:
        node, level = queue.popleft()
        if isinstance(node, list):
            queue.extendleft((item, level) for item in reversed(node))
        elif isinstance(node, Mapping):
            if "VideoObject" in node_types(node):
                yield node
            elif level < _MAX_VIDEO_LEVELS:
                queue.extend((node[key], level + 1) for key in _VIDEO_KEYS if key in node)


def _build_video_embed(node: Node, base: str) -> Embed | None:
    for name in ("embedUrl", "contentUrl", "contentURL", "embedURL"):
        raw = node.get(name)
        target = classify_url(raw, base) if isinstance(raw, str) else None
        if target and target.provider not in ("pdf", "unknown"):
            title = node.get("name")
            return Embed(
                provider=target.provider,
                kind=target.kind,
                id=target.id,
                url=target.url,
                author_handle=target.handle,
                title=" ".join(title.split()) if isinstance(title, str) else None,
                duration=_parse_duration(node.get("duration")),
                rule=f"{target.provider}.jsonld",
                via="jsonld",
                raw_url=raw,
                place="unplaced",
            )
    return None


def _parse_duration(duration: object) -> int | None:
    """Converts an ISO 8601 duration (`PT1H2M3S`) to seconds. None if invalid, missing or 0."""
    match = _ISO_DURATION.fullmatch(duration.strip()) if isinstance(duration, str) else None
    parts = [float(part or 0) for part in match.groups()] if match else []
    total = sum(part * unit for part, unit in zip(parts, (86_400, 3600, 60, 1), strict=False))
    return round(total) or None
