"""Image extraction: the URL behind lazy loading, caption, credit, and the lead image."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import lxml.html

from khabar.extraction.document import Element, HtmlDocument, split_words, strip_tokens
from khabar.hindi.text import clean_text
from khabar.model.items import Image

_URL_ATTRIBUTES = split_words("""
    data-src data-original data-lazy-src data-lazy data-srcset data-url data-image data-img src
    srcset""")
_NOT_A_PICTURE = re.compile(
    r"/(?:logo|icons?|clock|sprite|spacer|pixel|blank|placeholder|avatar|emoji|ads?)[/_.\-]"
    r"|[_/\-](?:default|placeholder|noimage|no-image|"
    r"no_image|nopreview|no-preview|dummy|spacer|blank|1x1|favicon|logo)[_\-\d]*\.\w+"
    r"|default[_-]?\w{0,12}\.(?:png|gif|jpe?g|svg)|^data:|\.svg(?:$|\?)|"
    r"doubleclick|scorecardresearch|facebook\.com/tr|gravatar",
    re.I,
)
_CREDIT_TAIL = re.compile(
    r"\s*[(\[|,।-]*\s*(?:photo|image|picture|pic|फ\u093c?ोटो|तस्वीर|चित्र|स्रोत|सोर्स|source|bild|foto"
    r"|सौजन्य|साभार|क्रेडिट|इमेज)"
    r"\s*(?:credits?|courtesy|by|साभार|सौजन्य|क्रेडिट"
    r"|सोर्स)?\s*[:：\-–]\s*(?P<who>[^()\[\]]{2,80}?)\s*[)\]]?\s*$",
    re.I,
)
_CAPTION_CLASS = re.compile(r"caption|captio|photo-?credit|image-?credit|img-?desc|pic-?desc", re.I)
_CUSTOM_PICTURE = re.compile(r"(?:^|-)(?:img|image|picture|photo|pic)(?:-lazy)?$")
_PICTURE_FILE = re.compile(r"^\S{1,2000}\.(?:jpe?g|png|webp|gif|avif)(?:$|\?)", re.I)
_URL_PLACEHOLDER = re.compile(r"\$\{\w+\}")  # `${width}` in a URL
# Chosen by hand, not measured.
_MIN_PIXELS = 90  # width and height of a picture; smaller ones are icons
_MAX_RATIO = 21  # width of an aspect ratio (21 × 9)
_MAX_CAPTION = 500  # characters
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
        name in _URL_ATTRIBUTES or _PICTURE_FILE.search(value) for name, value in img.items()
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
    has_caption_name = node.tag == "figcaption" or bool(
        _CAPTION_CLASS.search(node.get("class") or "")
    )
    return (
        has_caption_name
        and len(node.text_content()) < _MAX_CAPTION
        and not any(map(is_picture, node.iter()))
    )


def parse_image(node: Element, doc: HtmlDocument) -> Image | None:
    """Returns the picture of an element for which `is_picture` holds; None for icons, trackers and
    placeholders.
    """
    img = _find_noscript_image(node) if node.tag == "noscript" else node
    if img is None:
        return None
    width, height = img.get("width"), img.get("height")
    if (_is_tiny(width) or _is_tiny(height)) and not (
        img.tag != "img" and _is_ratio(width, height)
    ):
        return None
    url = find_image_url(img, doc)
    if url is None and img.tag != "img":
        inner = next(img.iter("img"), None)
        files = (value for value in img.values() if _PICTURE_FILE.search(value))
        url = find_image_url(inner, doc) if inner is not None else doc.absolute_url(next(files, ""))
    return Image(url) if url else None


def _is_tiny(size: str | None) -> bool:
    digits = re.match(r"\d+", size or "")
    return digits is not None and int(digits.group()) < _MIN_PIXELS


def _is_ratio(width: str | None, height: str | None) -> bool:
    """Whether the size of a custom element is an aspect ratio, like 16 × 9; a small square is an
    icon.
    """
    sides = (width or "").strip(), (height or "").strip()
    return all(map(str.isdecimal, sides)) and int(sides[1]) < int(sides[0]) <= _MAX_RATIO


def find_image_url(img: Element, doc: HtmlDocument) -> str | None:
    """Returns the first usable URL among the attributes for lazy loading, src and srcset."""
    for name in _URL_ATTRIBUTES:
        value = (img.get(name) or "").strip()
        if "srcset" in name:
            value = _select_widest(value)
        url = doc.absolute_url(_URL_PLACEHOLDER.sub("600", value))
        if url and not _NOT_A_PICTURE.search(url):
            return url
    return None


def _select_widest(srcset: str) -> str:
    """Returns the URL with the greatest width or density in a srcset, '' if it is empty."""
    candidates = []
    for option in re.split(r",\s+", srcset):
        url, _, descriptor = " ".join(option.split()).partition(" ")
        width = re.match(r"\d{1,6}(?:\.\d{1,3})?", descriptor)
        if url:
            candidates.append((float(width.group()) if width else 0.0, url))
    return max(candidates)[1] if candidates else ""


def add_caption_from(image: Image, node: Element) -> Image:
    """Returns the image with caption and credit from its caption element."""
    credit = ""
    for part in node.iter("small", "cite", "span", "em"):
        if re.search(r"credit|copyright|courtesy|source", part.get("class") or "", re.I):
            credit = element_text(part)
            break
    caption = element_text(node)
    if credit and caption.endswith(credit) and credit != caption:
        return replace(
            image, caption=caption[: -len(credit)].rstrip(" ,|-–") or image.caption, credit=credit
        )
    return add_caption(image, caption)


def add_caption(image: Image, caption: str) -> Image:
    """Returns the image with a caption; `… (फोटो: X)` is split into caption and credit."""
    credit = None
    if match := _CREDIT_TAIL.search(caption):
        credit, caption = match["who"].strip(), caption[: match.start()].rstrip()
    return replace(image, caption=caption or image.caption, credit=credit or image.credit)


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
        if url and urlsplit(url).path.strip("/") and not _NOT_A_PICTURE.search(url):
            same = next(
                (image for image in body_images if _file_name(image.url) == _file_name(url)), None
            )
            return (same or Image(url)), origin
    return (body_images[0], "visible") if body_images else (None, "")


def _jsonld_image_urls(value: Any) -> list[str]:
    items = value if isinstance(value, list) else [value]
    urls = [
        item.get("url") or item.get("contentUrl") if isinstance(item, dict) else item
        for item in items[:5]
    ]
    return [url for url in urls if isinstance(url, str)]


def _file_name(url: str) -> str:
    """Returns a URL's file name without a size: photo-300x200.jpg → photo.jpg."""
    name = url.split("?")[0].rstrip("/").rsplit("/", 1)[-1]
    return re.sub(r"[-_]\d{2,4}x\d{2,4}(?=\.)", "", name)
