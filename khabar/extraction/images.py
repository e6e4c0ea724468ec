"""Pictures: the real address behind lazy loading, the caption, the credit, the lead picture."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from khabar.extraction.document import Element, HtmlDocument, split_words, strip_tokens
from khabar.hindi.text import clean_text
from khabar.model.items import Image

_URL_ATTRIBUTES = split_words(
    "data-src data-original data-lazy-src data-lazy data-srcset data-url data-image data-img src srcset"
)
_NOT_A_PICTURE = re.compile(
    r"/(?:logo|icons?|clock|sprite|spacer|pixel|blank|placeholder|avatar|emoji|ads?)[/_.\-]|[_/\-](?:default|placeholder|noimage|no-image|"
    r"no_image|nopreview|no-preview|dummy|spacer|blank|1x1|favicon|logo)[_\-\d]*\.\w+|default[_-]?\w{0,12}\.(?:png|gif|jpe?g|svg)|^data:|\.svg(?:$|\?)|"
    r"doubleclick|scorecardresearch|facebook\.com/tr|gravatar",
    re.I,
)
_CREDIT_TAIL = re.compile(
    r"\s*[(\[|,।-]*\s*(?:photo|image|picture|pic|फ\u093c?ोटो|तस्वीर|चित्र|स्रोत|सोर्स|source|bild|foto|सौजन्य|साभार|क्रेडिट|इमेज)"
    r"\s*(?:credits?|courtesy|by|साभार|सौजन्य|क्रेडिट|सोर्स)?\s*[:：\-–]\s*(?P<who>[^()\[\]]{2,80}?)\s*[)\]]?\s*$",
    re.I,
)
_CAPTION_CLASS = re.compile(r"caption|captio|photo-?credit|image-?credit|img-?desc|pic-?desc", re.I)
_URL_PLACEHOLDER = re.compile(r"\$\{\w+\}")


def is_picture(node: Element) -> bool:
    """Whether an element shows a picture; a <noscript> that holds only one does."""
    return node.tag in ("img", "amp-img") or (node.tag == "noscript" and _has_only_picture(node))


def _has_only_picture(node: Element) -> bool:
    return node.find(".//img") is not None and not node.text_content().strip()


def is_caption_element(node: Element) -> bool:
    """Whether an element is a picture's caption by its tag or name, and short enough to be one."""
    has_caption_name = node.tag == "figcaption" or bool(
        _CAPTION_CLASS.search(node.get("class") or "")
    )
    return has_caption_name and len(node.text_content()) < 500 and node.find(".//img") is None


def parse_image(node: Element, doc: HtmlDocument) -> Image | None:
    """The picture of an <img> (or of a noscript copy of one); None for icons, trackers and
    placeholders.
    """
    img = node.find(".//img") if node.tag == "noscript" else node
    if _is_tiny(img.get("width")) or _is_tiny(img.get("height")):
        return None
    url = find_image_url(img, doc)
    return Image(url) if url else None


def _is_tiny(size: str | None) -> bool:
    digits = re.match(r"\d+", size or "")
    return digits is not None and int(digits.group()) < 90


def find_image_url(img: Element, doc: HtmlDocument) -> str | None:
    """The first usable address among the lazy attributes, src and srcset."""
    for name in _URL_ATTRIBUTES:
        value = (img.get(name) or "").strip()
        if "srcset" in name:
            value = _select_widest(value)
        url = doc.absolute_url(_URL_PLACEHOLDER.sub("600", value))
        if url and not _NOT_A_PICTURE.search(url):
            return url
    return None


def _select_widest(srcset: str) -> str:
    """The address with the greatest width or density of a srcset."""
    options = [part.split() for part in re.split(r",\s+", srcset) if part.strip()]
    candidates = [
        (_parse_number(option[1]) if len(option) > 1 else 0.0, option[0]) for option in options
    ]
    return max(candidates)[1] if candidates else ""


def _parse_number(text: str) -> float:
    match = re.match(r"\d{1,6}(?:\.\d{1,3})?", text)
    return float(match.group()) if match else 0.0


def add_caption_from(image: Image, node: Element) -> Image:
    """The picture with the words of its caption element, the credit parted from them."""
    credit = next(
        (
            element_text(part)
            for part in node.iter("small", "cite", "span", "em")
            if _is_credit(part)
        ),
        "",
    )
    caption = element_text(node)
    if credit and caption.endswith(credit) and credit != caption:
        return replace(
            image, caption=caption[: -len(credit)].rstrip(" ,|-–") or image.caption, credit=credit
        )
    return add_caption(image, caption)


def add_caption(image: Image, caption: str) -> Image:
    """The picture with a caption in plain words; `… (फोटो: X)` parts into caption and credit."""
    credit = None
    if match := _CREDIT_TAIL.search(caption):
        credit, caption = match["who"].strip(), caption[: match.start()].rstrip()
    return replace(image, caption=caption or image.caption, credit=credit or image.credit)


def _is_credit(part: Element) -> bool:
    return bool(re.search(r"credit|copyright|courtesy|source", part.get("class") or "", re.I))


def element_text(node: Element) -> str:
    """An element's words, clean, in one line."""
    return " ".join(clean_text(strip_tokens(node.text_content())).split())


def find_lead_image(
    doc: HtmlDocument, article: Any, lead_images: Sequence[Image], body_images: Sequence[Image]
) -> tuple[Image | None, str]:
    """The picture that stands for the article: shown above it, else by JSON-LD or meta, else the
    first one inside.
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
        if (
            url and urlsplit(url).path.strip("/") and not _NOT_A_PICTURE.search(url)
        ):  # a bare host is the site, no picture
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
    name = url.split("?")[0].rstrip("/").rsplit("/", 1)[-1]
    return re.sub(r"[-_]\d{2,4}x\d{2,4}(?=\.)", "", name)
