"""Embeds that are only in a page's data (window state, JSON-LD): the same recogniser, placed where the page allows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from lxml.html import HtmlElement

from khabar.extraction.embeds.classify import classify
from khabar.extraction.embeds.recognise import Reader
from khabar.model.items import Embed

_MAY_HOLD = (
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
_ESCAPED = re.compile(r"\\u00([23][0-9a-fA-F])|\\(/|\"|n|r|t)")
_PLAIN = {"/": "/", '"': '"', "n": " ", "r": " ", "t": " "}
_FRAGMENT = re.compile(r"<(blockquote|iframe)\b[^<>]{0,2000}(?:class|src|cite|data-\w+)=.{0,12000}?</\1>", re.S)
_SLOT = re.compile(r"embed|plctwttr|tweet|twitter|instagram|social-?post", re.I)
_MOST = 2_000_000  # letters of one script
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", re.I)


def from_state(
    root: HtmlElement, url: str, known: set[tuple[str, str | None]], reader: Reader | None = None
) -> list[Embed]:
    """Embeds found in scripts alone, in order, each once, via `json`; `known` are those the tree already shows."""
    reader = reader or Reader(url)
    found: dict[tuple[str, str | None], Embed] = {}
    for script in root.iter("script"):
        text = script.text
        if not text or len(text) > _MOST or "ld+json" in (script.get("type") or ""):
            continue
        for embed in _in_script(text, reader):
            found.setdefault((embed.provider, embed.id), replace(embed, via="json", place="unplaced"))
    return [embed for key, embed in found.items() if key not in known]


def _in_script(text: str, reader: Reader) -> Iterator[Embed]:
    if not any(word in text for word in _MAY_HOLD):
        return
    plain = unescaped(text)
    if "<blockquote" not in plain and "<iframe" not in plain:
        return
    for piece in _FRAGMENT.finditer(plain):
        embed = reader.from_html(piece.group(), "json")
        if embed is not None and embed.provider != "unknown" and embed.id:
            yield embed


def unescaped(text: str) -> str:
    """A script's text with its JSON escapes of markup opened, twice: state is often JSON in a JSON string."""
    for _ in range(2):
        if "\\" not in text:
            break
        text = _ESCAPED.sub(lambda m: chr(int(m[1], 16)) if m[1] else _PLAIN[m[2]], text)
    return text


def slots(root: HtmlElement, taken: set[HtmlElement]) -> list[HtmlElement]:
    """Empty placeholders in the article that a script would fill with posts."""
    found: list[HtmlElement] = []
    for el in root.xpath("//body//*[self::div or self::figure or self::section][@class]"):
        empty = _SLOT.search(el.get("class") or "") and el not in taken and _hollow(el, taken)
        if empty and not any(up in found for up in el.iterancestors()):
            found.append(el)
    return found


def _hollow(el: HtmlElement, taken: set[HtmlElement]) -> bool:
    if "".join(el.itertext()).strip():
        return False
    return not any(
        inner in taken or inner.tag in ("img", "iframe", "video", "audio", "script", "form", "a", "input")
        for inner in el.iter()
    )


def videos(root: HtmlElement, url: str) -> list[Embed]:
    """Videos that JSON-LD names, via `jsonld`."""
    found: list[Embed] = []
    for script in root.iter("script"):
        if "ld+json" in (script.get("type") or "") and script.text and "VideoObject" in script.text:
            found += [embed for node in _video_objects(script.text) if (embed := _video(node, url))]
    return found


def _video_objects(text: str) -> Iterator[dict[str, Any]]:
    try:
        waiting: list[Any] = [json.loads(text, strict=False)]
    except ValueError:
        return
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, list):
            waiting = node + waiting
        elif isinstance(node, dict):
            if "VideoObject" in str(node.get("@type")):
                yield node
            else:
                waiting += [
                    v
                    for k, v in node.items()
                    if k in ("@graph", "video", "mainEntity", "mainEntityOfPage", "associatedMedia")
                ]


def _video(node: dict[str, Any], base: str) -> Embed | None:
    for name in ("embedUrl", "contentUrl", "contentURL", "embedURL"):
        raw = node.get(name)
        found = classify(raw, base) if isinstance(raw, str) else None
        if found and found.provider not in ("pdf", "unknown"):
            title = node.get("name")
            return Embed(
                provider=found.provider, kind=found.kind, id=found.id, url=found.url, author_handle=found.handle,
                title=" ".join(title.split()) if isinstance(title, str) else None,
                duration=_seconds(node.get("duration")), rule=f"{found.provider}.jsonld", via="jsonld", raw_url=raw,
                place="unplaced",
            )  # fmt: skip
    return None


def _seconds(duration: object) -> int | None:
    """`PT1H2M3S` in seconds; None for what is no ISO 8601 duration, or none at all."""
    found = _DURATION.fullmatch(duration.strip()) if isinstance(duration, str) else None
    parts = [float(part or 0) for part in found.groups()] if found else []
    whole = sum(part * unit for part, unit in zip(parts, (86_400, 3600, 60, 1), strict=False))
    return round(whole) or None
