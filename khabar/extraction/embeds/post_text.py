"""A post's own words, read from the code its provider hands out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lxml import etree
from lxml.html import HtmlElement

from khabar.extraction.embeds.classify import direct
from khabar.extraction.embeds.id_attributes import names
from khabar.extraction.embeds.id_timestamps import printed_day

_BLOCKS = names("p div section blockquote ul ol li h1 h2 h3 h4 h5 h6 header footer")
_MUTE = names("script style svg noscript template")
_HANDLE = r"\(@(?P<handle>[\w.-]+)\)"
# The dash nearest to the name parts text from name; an em dash wins over others, which names carry too.
_ATTRIBUTION = tuple(
    re.compile(rf"(?s)^(?P<text>.*){dash}\s*(?P<name>[^\n]*?)\s*{_HANDLE}\s*$") for dash in ("—", "[–―]|--|-\\s")
)
_PIC = re.compile(r"^(?:https?://)?pic\.(?:twitter|x)\.com/(\w+)$")
_PICS_LAST = re.compile(r"(?:\s*(?:https?://)?pic\.(?:twitter|x)\.com/\w+)+\s*$")
_CUT = re.compile(r"(?:…|\.\.\.)\s*https?://t\.co/\w+$")
_SHARED_BY = re.compile(
    r"(?i)^.*?\b(?:shared by|photo posted by|video posted by|posted by|geteilt von|partag[ée]e? par"
    r"|compartid[ao] (?:de|por)|condiviso da|partilhad[ao] por|gedeeld door)\s+"
)
_AT = re.compile(r"@([\w.]{2,})")
_STOCK_LINK = re.compile(
    r"(?i)^(?:view this (?:post|profile|photo) on instagram|sieh dir .* instagram an|इंस्टाग्राम पर .*)\.?$"
)


@dataclass(frozen=True, slots=True)
class Words:
    """What a post says. `day` is the date its code prints, where it prints one."""

    author: str | None = None
    handle: str | None = None
    text: str | None = None
    complete: bool | None = None
    media: tuple[str, ...] = ()
    day: str | None = None
    title: str | None = None


def read(el: HtmlElement, provider: str) -> Words:
    """The words of one embed element; empty Words when its code carries none."""
    if attrs := el.get("data-attrs"):
        return _substack(attrs)
    reader = _READERS.get(provider)
    if reader is None:
        return Words()
    quote = el if el.tag == "blockquote" else next(el.iter("blockquote"), el)
    return reader(quote)


def permalink(quote: HtmlElement) -> HtmlElement | None:
    """The link of a blockquote to its own post: the one behind `— Name (@handle)`, else the last.

    A quoted tweet's link stands before the own one; the links of tweets swallowed by an unclosed tag behind it.
    """
    links = [a for a in quote.iter("a") if _is_post(a.get("href")) and _owner(a) is quote]
    for link in links:
        if _attributed(flow(quote, link)):
            return link
    if links and not flow(quote, links[0]):
        return links[0]
    return links[-1] if links else None


def _is_post(href: str | None) -> bool:
    found = direct(href) if href else None
    return found is not None and found.id is not None and found.provider in ("x", "bluesky", "koo")


def _owner(link: HtmlElement) -> HtmlElement | None:
    return next(link.iterancestors("blockquote"), None)


def flow(el: HtmlElement, stop: HtmlElement | None = None) -> str:
    """The text of an element as it reads: <br> and blocks are line breaks; up to `stop`, scripts left out."""
    return tidy("".join(_pieces(el, stop)))


def _pieces(el: HtmlElement, stop: HtmlElement | None) -> Iterator[str]:
    walker = etree.iterwalk(el, events=("start", "end", "comment"))
    for event, node in walker:
        if event == "start":
            if node is stop:
                return
            if node.tag in _MUTE:
                walker.skip_subtree()
                continue
            yield "\n" if node.tag == "br" or node.tag in _BLOCKS else ""
            yield _spaced(node.text)
        elif node is not el:
            yield "\n" if node.tag in _BLOCKS else ""
            yield _spaced(node.tail)


def _spaced(text: str | None) -> str:
    return re.sub(r"\s+", " ", text) if text else ""


def tidy(text: str) -> str:
    """Single spaces, no space at line ends, at most one empty line."""
    lines = [" ".join(line.split()) for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _attributed(head: str) -> re.Match[str] | None:
    return next((found for form in _ATTRIBUTION if (found := form.match(head))), None)


def _dashed(quote: HtmlElement) -> Words:
    """X, Bluesky and Koo: text — Name (@handle) date."""
    link = permalink(quote)
    head = flow(quote, link)
    day = printed_day(" ".join(link.itertext())) if link is not None else None
    if link is None and (dated := printed_day(head[-40:])):  # the date's link was taken away
        day, head = dated, re.sub(r"\)[^)]*$", ")", head)
    found = _attributed(head)
    text, media = without_pics(found["text"] if found else head)
    media = _pic_links(quote, link) or media
    return Words(
        author=((found["name"] or "").strip() or None) if found else None,
        handle=found["handle"] if found else None,
        text=text or None,
        complete=not _CUT.search(text) if text else None,
        media=media,
        day=day,
    )


def without_pics(text: str) -> tuple[str, tuple[str, ...]]:
    """A tweet's text without the picture links that close it, and those links."""
    text = text.strip()
    codes = re.findall(r"pic\.(?:twitter|x)\.com/(\w+)", text)
    return _PICS_LAST.sub("", text).strip(), tuple(f"https://t.co/{code}" for code in dict.fromkeys(codes))


def _pic_links(quote: HtmlElement, stop: HtmlElement | None) -> tuple[str, ...]:
    links: dict[str, None] = {}
    for a in quote.iter("a"):
        if a is stop:
            break
        if found := _PIC.match("".join(a.itertext()).strip()):
            links[a.get("href") or f"https://t.co/{found[1]}"] = None
    return tuple(links)


def _instagram(quote: HtmlElement) -> Words:
    lines = [line for line in flow(quote).split("\n") if line and not _STOCK_LINK.match(line)]
    signed = next((line for line in reversed(lines) if _AT.search(line) and _is_signature(line)), None)
    author, handle = _signature(signed) if signed else (None, None)
    text = "\n".join(line for line in lines if line != signed).strip()
    time = next(quote.iter("time"), None)
    day = (time.get("datetime") or "")[:10] if time is not None else ""
    return Words(author, handle, text or None, True if text else None, day=day or None)


def _is_signature(line: str) -> bool:
    return bool(re.search(_HANDLE, line) and len(line) < 160 or _SHARED_BY.match(line))


def _signature(line: str) -> tuple[str | None, str | None]:
    found = _AT.search(line)
    name = _SHARED_BY.sub("", line[: found.start()] if found else line).strip(" (")
    return name or None, found[1].rstrip(".") if found else None


def _threads(quote: HtmlElement) -> Words:
    found = _AT.search(flow(quote))
    return Words(handle=found[1].rstrip(".") if found else None)


def _facebook(quote: HtmlElement) -> Words:
    paragraphs = [flow(p) for p in quote.iter("p")]
    text = "\n\n".join(p for p in paragraphs if p)
    author = handle = None
    for a in quote.iter("a"):
        href, name = a.get("href") or "", flow(a)
        if not name or any(up.tag == "p" for up in a.iterancestors("p", "blockquote")):
            continue
        if direct(href) is None and "facebook.com/" in href:
            author, handle = name, _profile(href)
            break
    rest = flow(quote)
    return Words(author, handle, text or None, True if text else None, day=printed_day(rest[len(text) :] or rest))


def _profile(href: str) -> str | None:
    found = re.search(r"facebook\.com/(?!people/|profile\.php|groups/|pages/)([\w.-]+)/?(?:[?#]|$)", href)
    return found[1] if found and not found[1].isdigit() else None


def _tiktok(quote: HtmlElement) -> Words:
    links = list(quote.iter("a"))
    first = next((a for a in links if re.search(r"tiktok\.com/@[\w.-]+/?(?:\?|$)", a.get("href") or "")), None)
    skip = {a for a in links if a is first or "/music/" in (a.get("href") or "")}
    found = _AT.search("".join(first.itertext())) if first is not None else None
    text = tidy("".join(_but(quote, skip)))
    return Words(handle=found[1] if found else None, text=text or None, complete=True if text else None)


def _but(el: HtmlElement, skip: set[HtmlElement]) -> Iterator[str]:
    """As `flow`, leaving out some elements."""
    yield "\n" if el.tag in _BLOCKS or el.tag == "br" else ""
    yield _spaced(el.text)
    for child in el:
        if isinstance(child.tag, str) and child.tag not in _MUTE and child not in skip:
            yield from _but(child, skip)
        yield _spaced(child.tail)
    yield "\n" if el.tag in _BLOCKS else ""


def _reddit(quote: HtmlElement) -> Words:
    links = [(a.get("href") or "", flow(a)) for a in quote.iter("a")]
    title = next((name for href, name in links if name and "/comments/" in href), None)
    user = next((found[1] for href, _ in links if (found := re.search(r"/u(?:ser)?/([\w-]+)", href))), None)
    return Words(handle=user, title=title)


def _substack(attrs: str) -> Words:
    try:
        card = json.loads(attrs)
    except ValueError:
        return Words()
    if not isinstance(card, dict):
        return Words()
    said = {key: value for key, value in card.items() if isinstance(value, str) and value.strip()}
    text, media = without_pics(said.get("full_text", ""))
    return Words(
        said.get("name"), said.get("username", "").lstrip("@") or None, text or None, True if text else None, media
    )


_READERS: dict[str, Callable[[HtmlElement], Words]] = {
    "x": _dashed, "bluesky": _dashed, "koo": _dashed, "instagram": _instagram, "threads": _threads,
    "facebook": _facebook, "tiktok": _tiktok, "reddit": _reddit,
}  # fmt: skip
