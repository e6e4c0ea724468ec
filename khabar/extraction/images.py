"""Image extraction: which elements are pictures, their captions and credits, the lead image."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import replace
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

import lxml.html

from khabar.extraction.document import Element, HtmlDocument, strip_tokens
from khabar.extraction.image_credits import split_credit
from khabar.extraction.memory import remember_names
from khabar.extraction.picture_urls import (
    LAZY_ATTRIBUTES,
    SRCSET_ATTRIBUTES,
    declared_size,
    encode_url,
    file_name,
    find_picture_url,
    is_same_file,
    is_stand_in,
    is_tracker,
)
from khabar.hindi.text import clean_text
from khabar.model.items import Image

_CAPTION_CLASS = re.compile(
    r"captio|(?:photo|image|img|pic|picture|figure|fig)[-_]?(?:credit|desc|courtesy)", re.I
)
_SHORT_CAPTION_CLASS = re.compile(r"(?:^|[\s_-])(?:cap|cptn|credits?|courtesy)(?:$|[\s_-])", re.I)
_CREDIT_CLASS = re.compile(r"credit|copyright|courtesy|source", re.I)
_BYLINE_CLASS = re.compile(r"author|byline|writer|reporter|profile", re.I)
_LIGHTBOX = re.compile(
    r"lightbox|fancybox|photoswipe|magnific|swipebox|colorbox|image-?popup|nofollow", re.I
)
_PHOTO_PATH = re.compile(
    r"/(?:view|show|see|zoom|full|large)?[-_]?(?:photo|image|picture|pic)s?(?:[-_/.]|$)"
)
_CUSTOM_PICTURE = re.compile(r"(?:^|-)(?:img|image|picture|photo|pic)(?:-lazy)?$")
_PICTURE_FILE = re.compile(r"^\S{1,2000}\.(?:jpe?g|png|webp|gif|avif)(?:$|\?)", re.I)
_ADDRESS_ATTRIBUTES = frozenset({"src", *LAZY_ATTRIBUTES, *SRCSET_ATTRIBUTES})
# Chosen by hand, not measured.
_MIN_PIXELS = 90  # width and height of a picture; smaller ones are icons
_MAX_RATIO = 21  # width of an aspect ratio (21 × 9)
_MAX_CAPTION = 500  # characters
_MAX_SHORT_CAPTION = 200  # characters of a line that only its class and place make a caption
_MAX_PORTRAIT = 200  # width of a portrait in a byline
_CAPTION_LEVELS = 2  # ancestors of a picture, each its only content, before a caption
_BYLINE_LEVELS = 3  # ancestors of a picture that can be a byline
_MAX_CREDIT_WORDS = 3  # words of an element named as a credit that cannot be a caption
_MIN_STEM = 5  # characters of a file name that is a sign when it is part of a link
_MAX_NOSCRIPT = 4000  # characters of a <noscript> whose markup is escaped


def is_picture(node: Element) -> bool:
    """Whether an element shows a picture: an <img>, a custom element named as one (<amp-img>,
    <lazy-image>) that has an address and no text, or a <noscript> with only an <img>.
    """
    tag = node.tag
    if tag == "img":
        return True
    if tag == "noscript":
        return _find_noscript_image(node) is not None
    return (
        isinstance(tag, str)
        and ("-" in tag or tag == "image")
        and bool(_CUSTOM_PICTURE.search(tag))
        and not node.text_content().strip()
        and any(map(_has_address, (node, *node.iter("img"))))
    )


def _has_address(img: Element) -> bool:
    return any(
        name in _ADDRESS_ATTRIBUTES or _PICTURE_FILE.search(value) for name, value in img.items()
    )


def _find_noscript_image(noscript: Element) -> Element | None:
    """Returns the only content of a <noscript>, an <img>; its markup can be escaped."""
    text = (noscript.text or "").strip()
    if len(noscript) == 0 and text.lower().startswith("<img ") and len(text) <= _MAX_NOSCRIPT:
        img = lxml.html.fragment_fromstring(text, create_parent="div").find("img")
        return img if not img.getparent().text_content().strip() else None
    return noscript.find(".//img") if not noscript.text_content().strip() else None


def is_caption_element(node: Element) -> bool:
    """Whether an element is a caption by its tag or class, and short enough to be one."""
    has_caption_name = node.tag == "figcaption" or _is_caption_class(node.get("class") or "")
    return (
        has_caption_name
        and len(node.text_content()) < _MAX_CAPTION
        and not any(map(is_picture, node.iter()))
    )


@remember_names
def _is_caption_class(names: str) -> bool:
    return bool(_CAPTION_CLASS.search(names))


def may_name_caption(names: str) -> bool:
    """Whether a class may be a caption's, by `is_caption_element` or `is_likely_caption`."""
    return bool(_CAPTION_CLASS.search(names) or _SHORT_CAPTION_CLASS.search(names))


def is_likely_caption(node: Element) -> bool:
    """Whether the class of an element directly after a picture says in short that it is a caption
    or a credit (`sp_cap`), and it is short, without links, and not several sentences.
    """
    name = node.get("class")
    if not name or not _SHORT_CAPTION_CLASS.search(name) or "drop" in name.lower():
        return False
    text, _ = split_credit(node.text_content().strip())
    return (
        len(text) <= _MAX_SHORT_CAPTION
        and not re.search(r"[।?!]\s*\S", text)
        and next(node.iter("a", "img"), None) is None
    )


def parse_image(node: Element, doc: HtmlDocument, repeated: Set[str] = frozenset()) -> Image | None:
    """Returns the picture of an element for which `is_picture` holds; None for icons, trackers,
    portraits in bylines and placeholders. `repeated`: see `find_repeated_urls`.
    """
    img = _find_noscript_image(node) if node.tag == "noscript" else node
    if img is None or _is_icon(img):
        return None
    url = find_picture_url(img, doc, repeated) or (
        find_picture_url(img, doc, repeated, has_caption=True) if _is_captioned(node) else None
    )
    if url is None and img.tag != "img":
        inner = next(img.iter("img"), None)
        files = (value for value in img.values() if _PICTURE_FILE.search(value))
        url = (
            find_picture_url(inner, doc, repeated)
            if inner is not None
            else doc.absolute_url(next(files, ""))
        )
    return Image(url) if url else None


def _is_icon(img: Element) -> bool:
    """Whether a picture is declared smaller than any photo, or is a portrait in a byline."""
    width, height = declared_size(img)
    smallest = min((side for side in (width, height) if side is not None), default=_MAX_PORTRAIT)
    if smallest < _MIN_PIXELS:
        return img.tag == "img" or not _is_ratio(width, height)
    return smallest < _MAX_PORTRAIT and any(
        _is_byline_class(names)
        for node in islice(img.iterancestors(), _BYLINE_LEVELS)
        if (names := node.get("class"))
    )


@remember_names
def _is_byline_class(names: str) -> bool:
    return bool(_BYLINE_CLASS.search(names))


def _is_ratio(width: int | None, height: int | None) -> bool:
    """Whether the size of a custom element is an aspect ratio, like 16 × 9; a small square is an
    icon.
    """
    return width is not None and height is not None and height < width <= _MAX_RATIO


def _is_captioned(node: Element) -> bool:
    """Whether a caption is directly after a picture, or after the element around it alone."""
    for element in (node, *islice(node.iterancestors(), _CAPTION_LEVELS)):
        following = element.getnext()
        if following is not None:
            return is_caption_element(following) and bool(following.text_content().strip())
    return False


def links_to_view(picture: Element, link: Element, href: str) -> bool:
    """Whether a link without words leads to a larger view of its picture: its path (`/view-photo/`)
    or its rel or class (`lightbox`, `nofollow`) says so, and a second one of these, or the
    picture's file name in the path. `href`: in lower case.
    """
    if link.text_content().strip():
        return False
    source = picture if picture.get("src") else next(picture.iter("img"), picture)
    stem = file_name(source.get("data-src") or source.get("src") or "").rpartition(".")[0].lower()
    names = " ".join(link.get(name) or "" for name in ("rel", "class", "role"))
    is_view = bool(_PHOTO_PATH.search(href))
    is_lightbox = bool(_LIGHTBOX.search(names)) or link.get("data-fancybox") is not None
    has_name = len(stem) >= _MIN_STEM and stem in href
    return (is_view or is_lightbox) and is_view + is_lightbox + has_name >= 2


def add_caption_from(image: Image, node: Element) -> Image:
    """Returns the image with caption and credit from its caption element, which can be the credit
    alone.
    """
    text = element_text(node)
    is_short = len(text.split()) <= _MAX_CREDIT_WORDS
    if _CREDIT_CLASS.search(node.get("class") or "") and (image.caption or is_short):
        rest, name = split_credit(text)
        return replace(image, credit=(text if rest else name) or image.credit)
    for part in node.iter("small", "cite", "span", "em", "p", "div"):
        if part is node or not _CREDIT_CLASS.search(part.get("class") or ""):
            continue
        credit = element_text(part)
        caption = text.removesuffix(credit) if text.endswith(credit) else text.removeprefix(credit)
        if credit and caption and caption != text and not caption.lstrip().startswith(("/", ",")):
            rest, name = split_credit(credit)
            caption = caption.strip(" ,|-–(")
            return replace(image, caption=caption or image.caption, credit=credit if rest else name)
    return add_caption(image, text)


def add_caption(image: Image, text: str) -> Image:
    """Returns the image with a caption; `… (फोटो: X)` is split into caption and credit. Of two
    captions the longer stays.
    """
    caption, credit = split_credit(text)
    caption = max(image.caption or "", caption, key=len)
    return replace(image, caption=caption or None, credit=credit or image.credit)


def element_text(node: Element) -> str:
    """Returns the text of an element, cleaned, as one line."""
    return " ".join(clean_text(strip_tokens(node.text_content())).split())


def find_lead_image(
    doc: HtmlDocument, article: Any, lead_images: Sequence[Image], body_images: Sequence[Image]
) -> tuple[Image | None, str]:
    """Chooses the lead image: the first one above the text, else that of JSON-LD or the meta tags,
    else the first one in the text; returns (image or None, origin).
    """
    if lead_images:
        return lead_images[0], "visible"
    claims = [
        ("jsonld", url) for url in _jsonld_image_urls(article.get("image") if article else None)
    ]
    claims += [
        ("meta", url)
        for url in (doc.get_meta("og:image", "og:image:url"), doc.get_meta("twitter:image"))
        if url
    ]
    for origin, link in claims:
        url = doc.absolute_url(link)
        # a URL without a path is the site's home page
        if not url or not urlsplit(url).path.strip("/") or is_tracker(url):
            continue
        same = next((image for image in body_images if is_same_file(image.url, url)), None)
        if same or not is_stand_in(url, doc):
            return same or Image(encode_url(url) or url), origin
    return (body_images[0], "visible") if body_images else (None, "")


def _jsonld_image_urls(value: Any) -> list[str]:
    items = value if isinstance(value, list) else [value]
    urls = [
        item.get("url") or item.get("contentUrl") if isinstance(item, dict) else item
        for item in items[:5]
    ]
    return [url for url in urls if isinstance(url, str)]
