"""Reads one element: embed id attributes, candidate URLs, size, title, serialized HTML."""

from __future__ import annotations

import html as entities
import re
from collections.abc import Callable, Iterator

import lxml.html
from lxml import etree
from lxml.html import HtmlElement

from khabar.extraction.embeds.id_attributes import ID_ATTRIBUTES, IdAttribute

_STOCK_TITLE = re.compile(
    r"^(?:youtube(?: video)? player|(?:x|twitter) (?:post|tweet)|tweet|instagram (?:post|embed)"
    r"|embed(?:ded)?(?: .*)?|iframe|video|video player|vimeo video player"
    r"|facebook(?: post| video)?|fb:post facebook social plugin|advertisement|title|player"
    r"|spotify embed)$",
    re.I,
)
_SOURCE_ATTRIBUTES = ("src", "data-src", "data-lazy-src", "data")
_SOURCE_ATTRIBUTE = re.compile(r"^data$|src|(?:^|-)(?:url|lazy|original|iframe)$")
_NON_URL_ATTRIBUTE = re.compile(
    r"(?:name|id|title|alt|class|style|srcdoc|role|label|placeholder|type|allow|sandbox)$"
    r"|aria-|on|(?:data-)?(?:title|name|alt|label|caption|description|ad-)"
)
_URL_START = re.compile(r"\s*(?:https?:)?\\?/\\?/|\s*/\w|at://", re.I)
_UNFILLED = re.compile(r"[\s\"'<>{}\\^]|\$\w+\$")  # characters that no URL contains
# Limits below: all chosen by hand, not measured.
_MAX_HTML_BYTES = 8192  # of an embed's HTML that is stored
_MAX_PLAYER_TEXT = 300  # characters; an element with more text is not a player
_MIN_FRAME_WIDTH, _MIN_FRAME_HEIGHT = 200, 150  # CSS pixels; smaller frames show no content


def _index_attributes(key_of: Callable[[IdAttribute], str]) -> dict[str, list[IdAttribute]]:
    index: dict[str, list[IdAttribute]] = {}
    for id_attribute in ID_ATTRIBUTES:
        if key := key_of(id_attribute):
            index.setdefault(key, []).append(id_attribute)
    return index


_BY_TAG = _index_attributes(lambda row: row.selector if row.selector[:1] != "." else "")
_BY_CLASS = _index_attributes(lambda row: row.selector[1:] if row.selector.startswith(".") else "")
_BY_ATTR = _index_attributes(lambda row: "" if row.selector else row.attrs[0])


def find_id_attributes(el: HtmlElement, tag: str) -> Iterator[IdAttribute]:
    """Yields the rows of `ID_ATTRIBUTES` that may apply to the element: by tag, then attribute,
    then class.
    """
    yield from _BY_TAG.get(tag, ())
    for name in el.keys():  # noqa: SIM118  iterating an element yields its children
        yield from _BY_ATTR.get(name, ())
    for token in (el.get("class") or "").split():
        yield from _BY_CLASS.get(token, ())


def has_id_attributes(tag: str, names: tuple[str, ...], classes: str) -> bool:
    """Returns whether `ID_ATTRIBUTES` has rows for this tag, these attribute names or these
    classes.
    """
    return (
        tag in _BY_TAG
        or not _BY_ATTR.keys().isdisjoint(names)
        or not _BY_CLASS.keys().isdisjoint(classes.split())
    )


def label_rule(id_attribute: IdAttribute, tag: str) -> str:
    """Returns how the id attribute was written, for the rule name: bare, amp, blockquote, script,
    setup, iframe, attr …
    """
    if id_attribute.attrs[0] == "data-khabar-bare":
        return "bare"
    if id_attribute.attrs[0] == "data-khabar-script":
        return "setup"
    if tag.startswith("amp-"):
        return "amp"
    return {"blockquote": "blockquote", "script": "script", "iframe": "iframe"}.get(tag) or (
        tag if "-" in tag else "attr"
    )


def read_raw_url(el: HtmlElement, id_attribute: IdAttribute) -> str | None:
    """Returns the URL in the row's first attribute as written. None if the attribute holds a bare
    id.
    """
    value = el.get(id_attribute.attrs[0]) or ""
    return value if "/" in value else None


def find_urls(el: HtmlElement, skip: tuple[str, ...] = ()) -> Iterator[str]:
    """Yields attribute values that may be URLs: src first, then any other attribute a lazy loader
    may use. Names, ids, titles and labels are never URLs.
    """
    for name in _SOURCE_ATTRIBUTES:
        if value := el.get(name):
            yield value
    for name, value in el.items():
        if (
            "/" in value
            and name not in skip
            and name not in _SOURCE_ATTRIBUTES
            and not _NON_URL_ATTRIBUTE.match(name)
            and _URL_START.match(value)
        ):
            yield value


def find_source_urls(el: HtmlElement) -> Iterator[str]:
    """Yields the URLs in attributes whose names say that a frame loads them, without those that a
    template has not filled in.
    """
    for name, value in el.items():
        if _SOURCE_ATTRIBUTE.search(name) and not _UNFILLED.search(value.strip()):
            yield value


def is_large_enough(el: HtmlElement) -> bool:
    """Returns whether a frame is visible and large enough to show content (no tracking pixel)."""
    style = (el.get("style") or "").replace(" ", "").lower()
    if "display:none" in style or "visibility:hidden" in style or el.get("hidden") is not None:
        return False
    return _is_side_long_enough(el, style, "width", _MIN_FRAME_WIDTH) and _is_side_long_enough(
        el, style, "height", _MIN_FRAME_HEIGHT
    )


def _is_side_long_enough(el: HtmlElement, style: str, side: str, minimum: int) -> bool:
    size_match = re.search(rf"(?:^|;){side}:(\d+)(?:\.\d+)?px", style) or re.match(
        r"^\s*(\d+)(?:px)?\s*$", el.get(side) or ""
    )
    return size_match is None or int(size_match[1]) >= minimum


def read_title(el: HtmlElement) -> str | None:
    """Returns the element's title, unless it is a player's default title."""
    title = " ".join((el.get("title") or el.get("playlabel") or el.get("data-title") or "").split())
    return title if title and not _STOCK_TITLE.match(title) else None


def is_text_heavy(el: HtmlElement) -> bool:
    """Returns whether the element has more text than a player would have: it then wraps article
    text.
    """
    count = 0
    for text in el.itertext("p", "div", "span", "li", "h2", "h3", "a", "figure", "section"):
        count += len(text.strip())
        if count > _MAX_PLAYER_TEXT:
            return True
    return False


def parse_fragment(text: str) -> HtmlElement | None:
    """Parses a piece of HTML whose entities may have been escaped up to twice. None if it has no
    markup.
    """
    for _ in range(2):
        if "<" in text:
            break
        text = entities.unescape(text)
    if "<" not in text:
        return None
    try:
        return lxml.html.fromstring(f"<div>{text}</div>")
    except (etree.ParserError, ValueError):
        return None


def serialize_element(el: HtmlElement, provider: str) -> str:
    """Returns the element's HTML, cut to 8 KiB.

    The SVG and inline styles of Instagram's and Threads' placeholder card are left out.
    """
    text = str(lxml.html.tostring(el, encoding="unicode", with_tail=False))
    if provider in ("instagram", "threads"):
        text = re.sub(r"<svg\b.*?</svg>|\sstyle=\"[^\"]*\"|\sstyle='[^']*'", "", text, flags=re.S)
    return text.encode("utf-8", "replace")[:_MAX_HTML_BYTES].decode("utf-8", "ignore")
