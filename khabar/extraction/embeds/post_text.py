"""Extracts the text, author and date of a post from the embed code its provider hands out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from khabar.extraction.embeds.classify import classify_direct_url
from khabar.extraction.embeds.id_attributes import split_names
from khabar.extraction.embeds.id_timestamps import parse_printed_date
from khabar.extraction.embeds.post_details import PostDetails, find_thread_position

_BLOCK_TAGS = split_names("p div section blockquote ul ol li h1 h2 h3 h4 h5 h6 header footer")
_NON_TEXT_TAGS = split_names("script style svg noscript template")
_HANDLE = r"\(@(?P<handle>[\w.-]+)\)"
# The last dash separates text from name. An em dash takes precedence over the others, which also
# occur in names.
_ATTRIBUTION = tuple(
    re.compile(rf"(?s)^(?P<text>.*){dash}\s*(?P<name>[^\n]*?)\s*{_HANDLE}\s*$")
    for dash in ("—", "[–―]|--|-\\s")
)
_PIC_LINK = re.compile(r"^(?:https?://)?pic\.(?:twitter|x)\.com/(\w+)$")
_TRAILING_PIC_LINKS = re.compile(r"(?:\s*(?:https?://)?pic\.(?:twitter|x)\.com/\w+)+\s*$")
_TRUNCATED_END = re.compile(r"(?:…|\.\.\.)\s*https?://t\.co/\w+$")
_SHARED_BY = re.compile(
    r"(?i)^.*?\b(?:shared by|photo posted by|video posted by|posted by|geteilt von|partag[ée]e? par"
    r"|compartid[ao] (?:de|por)|condiviso da|partilhad[ao] por|gedeeld door)\s+"
)
_MENTION = re.compile(r"@([\w.]{2,})")
_STOCK_LINK_TEXT = re.compile(
    r"(?i)^(?:view this (?:post|profile|photo) on instagram|sieh dir .* instagram an"
    r"|इंस्टाग्राम पर .*)\.?$"
)
_ATTRIBUTED_PROVIDERS = ("x", "bluesky", "koo")  # their code is: text — Name (@handle) date
_MAX_SIGNATURE_LENGTH = 160  # characters of a signature line; chosen by hand, not measured
_MAX_PICTURES = 20  # of a card; chosen by hand, not measured
_MAX_TRAILING_DATE_LENGTH = 40  # characters searched for a date; chosen by hand, not measured


@dataclass(frozen=True, slots=True)
class PostText:
    """The contents of a post. `complete` is False if its text is truncated. `printed_date` is the
    date printed in the embed code (YYYY-MM-DD), or None.
    """

    author: str | None = None
    handle: str | None = None
    text: str | None = None
    complete: bool | None = None
    media: tuple[str, ...] = ()
    printed_date: str | None = None
    title: str | None = None
    details: PostDetails | None = None  # of a card that is JSON


def read_post(el: HtmlElement, provider: str) -> PostText:
    """Reads the post in an embed element. Returns an empty `PostText` if the code contains none."""
    if card_json := el.get("data-attrs"):
        return _read_substack(card_json)
    reader = _READERS.get(provider)
    if reader is None:
        return PostText()
    quote = el if el.tag == "blockquote" else next(el.iter("blockquote"), el)
    return reader(quote)


def find_permalink(quote: HtmlElement) -> HtmlElement | None:
    """Returns the link of a blockquote to its own post: the one after `— Name (@handle)`, else the
    last one.

    A quoted tweet's link comes before it; links of tweets swallowed by an unclosed tag come after
    it.
    """
    links = [
        a
        for a in quote.iter("a")
        if _is_post_url(a.get("href")) and next(a.iterancestors("blockquote"), None) is quote
    ]
    for link in links:
        if _match_attribution(render_text(quote, link)):
            return link
    if links and not render_text(quote, links[0]):
        return links[0]
    return links[-1] if links else None


def _is_post_url(href: str | None) -> bool:
    target = classify_direct_url(href) if href else None
    return target is not None and target.id is not None and target.provider in _ATTRIBUTED_PROVIDERS


def render_text(el: HtmlElement, stop: HtmlElement | None = None) -> str:
    """Renders an element as text up to `stop`: <br> and block elements become line breaks, scripts
    are skipped.
    """
    return normalize_whitespace("".join(_iter_text_parts(el, stop)))


def _iter_text_parts(el: HtmlElement, stop: HtmlElement | None) -> Iterator[str]:
    walker = etree.iterwalk(el, events=("start", "end", "comment"))
    for event, node in walker:
        if event == "start":
            if node is stop:
                return
            if node.tag in _NON_TEXT_TAGS:
                walker.skip_subtree()
                continue
            yield "\n" if node.tag == "br" or node.tag in _BLOCK_TAGS else ""
            yield _collapse_spaces(node.text)
        elif node is not el:
            yield "\n" if node.tag in _BLOCK_TAGS else ""
            yield _collapse_spaces(node.tail)


def _collapse_spaces(text: str | None) -> str:
    return re.sub(r"\s+", " ", text) if text else ""


def normalize_whitespace(text: str) -> str:
    """Collapses spaces, trims lines, and allows at most one empty line in a row."""
    lines = [" ".join(line.split()) for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _match_attribution(head: str) -> re.Match[str] | None:
    return next((match for pattern in _ATTRIBUTION if (match := pattern.match(head))), None)


def _read_attributed_post(quote: HtmlElement) -> PostText:
    """Reads the markup of X, Bluesky and Koo: text — Name (@handle) date."""
    link = find_permalink(quote)
    head = render_text(quote, link)
    printed_date = parse_printed_date(" ".join(link.itertext())) if link is not None else None
    # the link with the date was removed, but its text was not
    if link is None and (trailing_date := parse_printed_date(head[-_MAX_TRAILING_DATE_LENGTH:])):
        printed_date, head = trailing_date, re.sub(r"\)[^)]*$", ")", head)
    attribution = _match_attribution(head)
    text, media = strip_pic_links(attribution["text"] if attribution else head)
    media = _find_pic_links(quote, link) or media
    return PostText(
        author=((attribution["name"] or "").strip() or None) if attribution else None,
        handle=attribution["handle"] if attribution else None,
        text=text or None,
        complete=not _TRUNCATED_END.search(text) if text else None,
        media=media,
        printed_date=printed_date,
    )


def strip_pic_links(text: str) -> tuple[str, tuple[str, ...]]:
    """Returns a tweet's text without the picture links at its end, and all its picture URLs."""
    text = text.strip()
    codes = re.findall(r"pic\.(?:twitter|x)\.com/(\w+)", text)
    return _TRAILING_PIC_LINKS.sub("", text).strip(), tuple(
        f"https://t.co/{code}" for code in dict.fromkeys(codes)
    )


def _find_pic_links(quote: HtmlElement, stop: HtmlElement | None) -> tuple[str, ...]:
    links: dict[str, None] = {}
    for a in quote.iter("a"):
        if a is stop:
            break
        if match := _PIC_LINK.match("".join(a.itertext()).strip()):
            links[a.get("href") or f"https://t.co/{match[1]}"] = None
    return tuple(links)


def _read_instagram(quote: HtmlElement) -> PostText:
    lines = [
        line for line in render_text(quote).split("\n") if line and not _STOCK_LINK_TEXT.match(line)
    ]
    signature = next(
        (line for line in reversed(lines) if _MENTION.search(line) and _is_signature(line)), None
    )
    author, handle = _parse_signature(signature) if signature else (None, None)
    text = "\n".join(line for line in lines if line != signature).strip()
    time_element = next(quote.iter("time"), None)
    printed_date = (time_element.get("datetime") or "")[:10] if time_element is not None else ""
    return PostText(
        author, handle, text or None, True if text else None, printed_date=printed_date or None
    )


def _is_signature(line: str) -> bool:
    return bool(
        re.search(_HANDLE, line) and len(line) < _MAX_SIGNATURE_LENGTH or _SHARED_BY.match(line)
    )


def _parse_signature(line: str) -> tuple[str | None, str | None]:
    mention = _MENTION.search(line)
    name = _SHARED_BY.sub("", line[: mention.start()] if mention else line).strip(" (")
    return name or None, mention[1].rstrip(".") if mention else None


def _read_threads(quote: HtmlElement) -> PostText:
    mention = _MENTION.search(render_text(quote))
    return PostText(handle=mention[1].rstrip(".") if mention else None)


def _read_facebook(quote: HtmlElement) -> PostText:
    paragraphs = [render_text(p) for p in quote.iter("p")]
    text = "\n\n".join(p for p in paragraphs if p)
    author = handle = None
    for a in quote.iter("a"):
        href, name = a.get("href") or "", render_text(a)
        if not name or any(ancestor.tag == "p" for ancestor in a.iterancestors("p", "blockquote")):
            continue
        if classify_direct_url(href) is None and "facebook.com/" in href:
            author, handle = name, _parse_profile_handle(href)
            break
    full_text = render_text(quote)
    return PostText(
        author,
        handle,
        text or None,
        True if text else None,
        printed_date=parse_printed_date(full_text[len(text) :] or full_text),
    )


def _parse_profile_handle(href: str) -> str | None:
    match = re.search(
        r"facebook\.com/(?!people/|profile\.php|groups/|pages/)([\w.-]+)/?(?:[?#]|$)", href
    )
    return match[1] if match and not match[1].isdigit() else None


def _read_tiktok(quote: HtmlElement) -> PostText:
    links = list(quote.iter("a"))
    profile_link = next(
        (a for a in links if re.search(r"tiktok\.com/@[\w.-]+/?(?:\?|$)", a.get("href") or "")),
        None,
    )
    skip_elements = {a for a in links if a is profile_link or "/music/" in (a.get("href") or "")}
    mention = (
        _MENTION.search("".join(profile_link.itertext())) if profile_link is not None else None
    )
    text = normalize_whitespace("".join(_iter_text_without(quote, skip_elements)))
    return PostText(
        handle=mention[1] if mention else None, text=text or None, complete=True if text else None
    )


def _iter_text_without(el: HtmlElement, skip_elements: set[HtmlElement]) -> Iterator[str]:
    """Like `_iter_text_parts`, but skips some elements."""
    yield "\n" if el.tag in _BLOCK_TAGS or el.tag == "br" else ""
    yield _collapse_spaces(el.text)
    for child in el:
        if (
            isinstance(child.tag, str)
            and child.tag not in _NON_TEXT_TAGS
            and child not in skip_elements
        ):
            yield from _iter_text_without(child, skip_elements)
        yield _collapse_spaces(child.tail)
    yield "\n" if el.tag in _BLOCK_TAGS else ""


def _read_reddit(quote: HtmlElement) -> PostText:
    links = [(a.get("href") or "", render_text(a)) for a in quote.iter("a")]
    title = next((name for href, name in links if name and "/comments/" in href), None)
    user = next(
        (match[1] for href, _ in links if (match := re.search(r"/u(?:ser)?/([\w-]+)", href))), None
    )
    return PostText(handle=user, title=title)


def _read_substack(card_json: str) -> PostText:
    try:
        card = json.loads(card_json)
    except ValueError:
        return PostText()
    if not isinstance(card, dict):
        return PostText()
    fields = {key: value for key, value in card.items() if isinstance(value, str) and value.strip()}
    text, media = strip_pic_links(fields.get("full_text", ""))
    pictures = tuple(_iter_substack_pictures(card.get("photos")))
    quoted = card.get("quoted_tweet")
    quoted_url = quoted.get("url") if isinstance(quoted, dict) else None
    return PostText(
        fields.get("name"),
        fields.get("username", "").lstrip("@") or None,
        text or None,
        True if text else None,
        media if not pictures else (),
        details=PostDetails(
            pictures=pictures,
            quoted=quoted_url if isinstance(quoted_url, str) and quoted_url else None,
            thread=find_thread_position(text),
        ),
    )


def _iter_substack_pictures(photos: Any) -> Iterator[tuple[str, str]]:
    """Yields (address, alternative text) of the pictures in a Substack card."""
    for photo in photos[:_MAX_PICTURES] if isinstance(photos, list) else ():
        address = photo.get("img_url") if isinstance(photo, dict) else None
        if isinstance(address, str) and address.startswith(("https://", "http://")):
            alt = photo.get("alt_text")
            yield address, " ".join(alt.split()) if isinstance(alt, str) else ""


_READERS: dict[str, Callable[[HtmlElement], PostText]] = {
    "x": _read_attributed_post,
    "bluesky": _read_attributed_post,
    "koo": _read_attributed_post,
    "instagram": _read_instagram,
    "threads": _read_threads,
    "facebook": _read_facebook,
    "tiktok": _read_tiktok,
    "reddit": _read_reddit,
}
