"""Reads what an embed code says of a post beside its words: language, pictures, poll, thread."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from lxml.html import HtmlElement

from khabar.extraction.embeds.classify import classify_direct_url
from khabar.model.items import Embed

_LANGUAGE = re.compile(r"(?!q|und|zxx|mul)([a-z]{2,3})(?:[-_][A-Za-z0-9_-]{1,20})?", re.I)
_POLL_CLASS = re.compile(r"(?:^|[\s_-])poll(?:$|[\s_-])", re.I)
_POST_PATH = re.compile(r"/(?:status|post|koo)/")  # of X, Bluesky, Threads, Koo
_OPTION_TAGS = ("li", "label", "option", "button")
# A position is in brackets or a line of its own, or a mark of threads is beside it: `7/11` alone
# can be a date.
_POSITION = re.compile(
    r"(?P<open>[(\[]?)(?<![\d/])(?P<at>\d{1,2})\s?/\s?(?P<of>\d{1,2})(?![\d/])[)\]]?"
)
_THREAD_MARK = re.compile(r"🧵|\bthread\b|थ्रेड", re.I)
# Chosen by hand, not measured.
_MIN_PICTURE = 90  # declared pixels; a smaller picture is a portrait or an emoji
_MAX_PICTURES = 20
_MAX_POSTS = 50  # of a thread
_MAX_OPTIONS = 10
_MAX_OPTION = 120  # characters
_MAX_ALT = 1000  # characters
_MAX_ELEMENTS = 2000  # of an embed code


@dataclass(frozen=True, slots=True)
class PostDetails:
    """What an embed code says of a post beside its words. `pictures`: (address, alternative text)
    of each.
    """

    language: str | None = None
    pictures: tuple[tuple[str, str], ...] = ()
    poll: tuple[str, ...] = ()
    quoted: str | None = None
    thread: str | None = None

    @property
    def alts(self) -> tuple[str, ...]:
        """The alternative texts of the pictures; () if none has one."""
        alts = tuple(alt for _, alt in self.pictures)
        return alts if any(alts) else ()


_NO_DETAILS = PostDetails()


def add_details(embed: Embed, details: PostDetails) -> Embed:
    """Returns the embed with the details of its post."""
    if details is _NO_DETAILS:
        return embed
    pictures = tuple(address for address, _ in details.pictures if address not in embed.media)
    return replace(
        embed,
        media=(*embed.media, *pictures),
        alts=details.alts,
        language=details.language,
        poll=details.poll,
        quoted=details.quoted,
        thread=details.thread,
    )


def read_details(el: HtmlElement, embed: Embed) -> PostDetails:
    """Reads the details of an embed's post in its blockquote; none if it has no blockquote."""
    quote = el if el.tag == "blockquote" else next(el.iter("blockquote"), None)
    if quote is None:
        return _NO_DETAILS
    elements = list(islice(quote.iter(), _MAX_ELEMENTS))
    languages = (
        match[1].lower()
        for element in elements
        if (value := element.get("lang")) and (match := _LANGUAGE.fullmatch(value.strip()))
    )
    return PostDetails(
        next(languages, None),
        tuple(islice(_iter_pictures(elements), _MAX_PICTURES)),
        _read_poll(elements),
        _find_quoted_post(elements, embed),
        find_thread_position(embed.text) if embed.text else None,
    )


def _iter_pictures(elements: list[HtmlElement]) -> Iterator[tuple[str, str]]:
    """Yields (address, alternative text) of the pictures that are not declared small and not in the
    link to a profile.
    """
    seen = set()
    for img in elements:
        src = (img.get("src") or "") if img.tag == "img" else ""
        size = (img.get("width") or img.get("height") or "").removesuffix("px")
        if not src.startswith(("https://", "http://")) or src in seen:
            continue
        if (size.isdecimal() and int(size) < _MIN_PICTURE) or re.search(
            r"/(?:profile_images|emoji)/", src
        ):
            continue
        seen.add(src)
        yield src, " ".join((img.get("alt") or "")[:_MAX_ALT].split())


def _read_poll(elements: list[HtmlElement]) -> tuple[str, ...]:
    """Returns the options of the element whose class names a poll; () if it lists fewer than
    two.
    """
    poll = next((node for node in elements if _POLL_CLASS.search(node.get("class") or "")), None)
    if poll is None:
        return ()
    options = [
        " ".join(" ".join(option.itertext()).split())[:_MAX_OPTION]
        for option in islice(poll.iter(*_OPTION_TAGS), _MAX_OPTIONS)
    ]
    options = [option for option in options if option]
    return tuple(options) if len(options) > 1 else ()


def _find_quoted_post(elements: list[HtmlElement], embed: Embed) -> str | None:
    """Returns the address of the first other post to which the embed code links."""
    if embed.id is None:
        return None
    for link in elements:
        href = (link.get("href") or "") if link.tag == "a" else ""
        if not _POST_PATH.search(href):
            continue
        target = classify_direct_url(href)
        if target and target.provider == embed.provider and target.id not in (None, embed.id):
            return target.url
    return None


def find_thread_position(text: str) -> str | None:
    """Returns a post's position in its thread, `2/5`, if the text begins or ends with it: in
    brackets, in a line of its own, or with a mark of threads in the text.
    """
    lines = [line.strip() for line in text.strip().split("\n")]
    has_mark = bool(_THREAD_MARK.search(text))
    for line in (lines[0], lines[-1]):
        for match in islice(_POSITION.finditer(line[:12] + "\n" + line[-12:]), 4):
            is_own_line = match.group().strip() == line
            at, of = int(match["at"]), int(match["of"])
            if (
                1 <= at <= of <= _MAX_POSTS
                and of > 1
                and (match["open"] or is_own_line or has_mark)
            ):
                return f"{at}/{of}"
    return None
