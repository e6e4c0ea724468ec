"""Finds posts that inline scripts create with a provider's SDK: FB.XFBML.parse(), instgrm.Embeds.

A post needs two signs near each other in one script: a call of the SDK, or the class of an embed
code given to a new element, and the whole URL of a post of the same provider.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import islice

from lxml.html import HtmlElement

from khabar.extraction.embeds.classify import EmbedTarget, classify_direct_url
from khabar.extraction.embeds.cleanup import remove_element
from khabar.extraction.embeds.player_scripts import MAX_SCRIPT_LENGTH, find_all, is_in_comment
from khabar.extraction.embeds.providers import PROVIDERS, Provider
from khabar.extraction.embeds.walk import FoundEmbed

_ROWS = tuple(row for row in PROVIDERS if row.sdk_calls)
_URL = re.compile(r"[\"'`=]((?:https?:)?(?:\\?/){2}[^\s\"'`<>(){}]{6,600})")
_NEW_ELEMENT = re.compile(
    r"createElement|\.innerHTML|insertAdjacentHTML|\.html\(|\.append|\.prepend|document\.write\("
    r"|\.className|classList|setAttribute|\.attr\("
)
_MARKUP = re.compile(r"(?:<|u003[cC])(?:iframe|blockquote)")  # `embedded_json` reads these
# What makes a URL something else than a post to show.
_OTHER_USE = re.compile(r"shar(?:e|ing)|\bFB\.ui|open\(|location|sameAs|profile|follow", re.I)
_ELEMENT_NAME = re.compile(
    r"(?:getElementById\(\s{0,9}[\"']|(?:querySelector|\$|jQuery)\(\s{0,9}[\"']#)([\w:.-]{1,80})"
)
# Limits; all chosen by hand, not measured.
_MAX_DISTANCE = 2000  # characters between the two signs
_MAX_CLASS_DISTANCE = 300  # characters between a class and what makes its element
_MAX_SIGNS = 30  # read in a script
_MAX_URLS = 100  # of a script
_MAX_POSTS = 10  # of a script; a longer list is data
_MAX_NAMES = 50  # of elements that are read in a script
_CONTEXT_LENGTH = 60  # characters before a URL that may say what it is for


def place_sdk_posts(root: HtmlElement, base: str) -> list[HtmlElement]:
    """Puts an element for each post of such a script into the empty element that the script names,
    else after the script; returns these elements.
    """
    markers: list[HtmlElement] = []
    elements: dict[str, HtmlElement] | None = None
    for script in root.iter("script"):
        text = script.text
        if not text or len(text) > MAX_SCRIPT_LENGTH or "json" in (script.get("type") or ""):
            continue
        for row in _ROWS:
            if row.hosts[0] not in text:
                continue
            urls, names = _read_script(text, row, base)
            if urls and elements is None:
                elements = {el.get("id"): el for el in root.xpath("//body//*[@id]")}
            places = ((elements or {}).get(name) for name in names)
            empty_places = iter([el for el in places if el is not None and _is_empty(el)])
            last = script
            for url in urls:
                marker = script.makeelement("span", {"data-khabar-script": url})
                if (place := next(empty_places, None)) is not None:
                    place.append(marker)
                else:
                    last.addnext(marker)
                    last = marker
                markers.append(marker)
    return markers


def remove_repeated_posts(
    found_embeds: list[FoundEmbed], markers: Iterable[HtmlElement]
) -> list[FoundEmbed]:
    """Removes the posts of `place_sdk_posts` that the page's markup shows, too."""
    nodes = set(markers)
    if not nodes:
        return found_embeds
    shown = {
        (found.embed.provider, found.embed.id) for found in found_embeds if found.node not in nodes
    }
    kept = []
    for found in found_embeds:
        if found.node in nodes and (found.embed.provider, found.embed.id) in shown:
            remove_element(found.node)
        else:
            kept.append(found)
    return kept


def _is_empty(el: HtmlElement) -> bool:
    return len(el) == 0 and not (el.text or "").strip()


def _read_script(text: str, row: Provider, base: str) -> tuple[list[str], list[str]]:
    """Returns the URLs of the posts of this provider that a script creates, and the names of the
    elements near its calls.
    """
    signs = sorted(islice(_find_signs(text, row), _MAX_SIGNS))
    if not signs or _MARKUP.search(text):
        return [], []
    urls: dict[str | None, str] = {}
    for match in islice(_URL.finditer(text), _MAX_URLS):
        url = match[1].replace("\\/", "/").rstrip("\\")
        target = _classify_post(url, row, base) if _is_near(match.start(), signs) else None
        if (
            target
            and target.id not in urls
            and not is_in_comment(text, match.start())
            and not _has_other_use(text, match)
        ):
            urls[target.id] = url
    if not 0 < len(urls) <= _MAX_POSTS:
        return [], []
    names = islice(_ELEMENT_NAME.finditer(text), _MAX_NAMES)
    return list(urls.values()), [name[1] for name in names if _is_near(name.start(), signs)]


def _find_signs(text: str, row: Provider) -> Iterator[int]:
    """Yields the places of calls of the provider's SDK, and of classes of its embed codes near what
    makes an element.
    """
    for call in row.sdk_calls:
        for position in islice(find_all(text, call), _MAX_SIGNS):
            if not is_in_comment(text, position):
                yield position
    for name in row.code_classes:
        for position in islice(find_all(text, name), _MAX_SIGNS):
            start = max(0, position - _MAX_CLASS_DISTANCE)
            is_new = _NEW_ELEMENT.search(text, start, position + _MAX_CLASS_DISTANCE)
            if is_new and not is_in_comment(text, position):
                yield position


def _is_near(position: int, signs: list[int]) -> bool:
    number = bisect_left(signs, position - _MAX_DISTANCE)
    return number < len(signs) and signs[number] <= position + _MAX_DISTANCE


def _classify_post(url: str, row: Provider, base: str) -> EmbedTarget | None:
    target = classify_direct_url(url, base)
    return target if target and target.id and target.provider == row.name else None


def _has_other_use(text: str, match: re.Match[str]) -> bool:
    start = max(0, match.start() - _CONTEXT_LENGTH)
    return _OTHER_USE.search(text, start, match.start()) is not None
