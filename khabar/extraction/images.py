"""Pictures: the real address behind lazy loading, the caption, the credit, the lead picture."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from khabar.extraction.document import Document, Element, listed, without_tokens
from khabar.hindi.text import clean
from khabar.model.items import Image

_LAZY = listed("data-src data-original data-lazy-src data-lazy data-srcset data-url data-image data-img src srcset")
_NO_PICTURE = re.compile(
    r"/(?:logo|icons?|clock|sprite|spacer|pixel|blank|placeholder|avatar|emoji|ads?)[/_.\-]|[_/\-](?:default|placeholder|noimage|no-image|"
    r"no_image|nopreview|no-preview|dummy|spacer|blank|1x1|favicon|logo)[_\-\d]*\.\w+|default[_-]?\w{0,12}\.(?:png|gif|jpe?g|svg)|^data:|\.svg(?:$|\?)|"
    r"doubleclick|scorecardresearch|facebook\.com/tr|gravatar",
    re.I,
)
_CREDIT = re.compile(
    r"\s*[(\[|,।-]*\s*(?:photo|image|picture|pic|फ\u093c?ोटो|तस्वीर|चित्र|स्रोत|सोर्स|source|bild|foto|सौजन्य|साभार|क्रेडिट|इमेज)"
    r"\s*(?:credits?|courtesy|by|साभार|सौजन्य|क्रेडिट|सोर्स)?\s*[:：\-–]\s*(?P<who>[^()\[\]]{2,80}?)\s*[)\]]?\s*$",
    re.I,
)
_CAPTION = re.compile(r"caption|captio|photo-?credit|image-?credit|img-?desc|pic-?desc", re.I)
_FORMAT = re.compile(r"\$\{\w+\}")


def is_picture(node: Element) -> bool:
    """Whether an element shows a picture; a <noscript> that holds only one does."""
    return node.tag in ("img", "amp-img") or (node.tag == "noscript" and _only_picture(node))


def _only_picture(node: Element) -> bool:
    return node.find(".//img") is not None and not node.text_content().strip()


def caption_class(node: Element) -> bool:
    """Whether an element is a picture's caption by its tag or name, and short enough to be one."""
    named = node.tag == "figcaption" or bool(_CAPTION.search(node.get("class") or ""))
    return named and len(node.text_content()) < 500 and node.find(".//img") is None


def picture_of(node: Element, doc: Document) -> Image | None:
    """The picture of an <img> (or of a noscript copy of one); None for icons, trackers and placeholders."""
    img = node.find(".//img") if node.tag == "noscript" else node
    if _tiny(img.get("width")) or _tiny(img.get("height")):
        return None
    url = address_of(img, doc)
    return Image(url) if url else None


def _tiny(size: str | None) -> bool:
    digits = re.match(r"\d+", size or "")
    return digits is not None and int(digits.group()) < 90


def address_of(img: Element, doc: Document) -> str | None:
    """The first usable address among the lazy attributes, src and srcset."""
    for name in _LAZY:
        value = (img.get(name) or "").strip()
        if "srcset" in name:
            value = _widest(value)
        url = doc.absolute(_FORMAT.sub("600", value))
        if url and not _NO_PICTURE.search(url):
            return url
    return None


def _widest(srcset: str) -> str:
    """The address with the greatest width or density of a srcset."""
    options = [part.split() for part in re.split(r",\s+", srcset) if part.strip()]
    sized = [(_number(one[1]) if len(one) > 1 else 0.0, one[0]) for one in options]
    return max(sized)[1] if sized else ""


def _number(text: str) -> float:
    found = re.match(r"\d{1,6}(?:\.\d{1,3})?", text)
    return float(found.group()) if found else 0.0


def captioned(image: Image, node: Element) -> Image:
    """The picture with the words of its caption element, the credit parted from them."""
    credit = next((words_of(part) for part in node.iter("small", "cite", "span", "em") if _is_credit(part)), "")
    caption = words_of(node)
    if credit and caption.endswith(credit) and credit != caption:
        return replace(image, caption=caption[: -len(credit)].rstrip(" ,|-–") or image.caption, credit=credit)
    return with_caption(image, caption)


def with_caption(image: Image, caption: str) -> Image:
    """The picture with a caption in plain words; `… (फोटो: X)` parts into caption and credit."""
    credit = None
    if found := _CREDIT.search(caption):
        credit, caption = found["who"].strip(), caption[: found.start()].rstrip()
    return replace(image, caption=caption or image.caption, credit=credit or image.credit)


def _is_credit(part: Element) -> bool:
    return bool(re.search(r"credit|copyright|courtesy|source", part.get("class") or "", re.I))


def words_of(node: Element) -> str:
    """An element's words, clean, in one line."""
    return " ".join(clean(without_tokens(node.text_content())).split())


def lead_image(
    doc: Document, article: Any, above: Sequence[Image], inside: Sequence[Image]
) -> tuple[Image | None, str]:
    """The picture that stands for the article: shown above it, else by JSON-LD or meta, else the first one inside."""
    if above:
        return above[0], "visible"
    claims = [("jsonld", url) for url in _jsonld_images(article.get("image") if article else None)]
    claims += [("meta", url) for url in (doc.first("og:image", "og:image:url"), doc.first("twitter:image")) if url]
    for how, link in claims:
        url = doc.absolute(link)
        if url and urlsplit(url).path.strip("/") and not _NO_PICTURE.search(url):  # a bare host is the site, no picture
            same = next((image for image in inside if _file(image.url) == _file(url)), None)
            return (same or Image(url)), how
    return (inside[0], "visible") if inside else (None, "")


def _jsonld_images(value: Any) -> list[str]:
    many = value if isinstance(value, list) else [value]
    urls = [one.get("url") or one.get("contentUrl") if isinstance(one, dict) else one for one in many[:5]]
    return [url for url in urls if isinstance(url, str)]


def _file(url: str) -> str:
    name = url.split("?")[0].rstrip("/").rsplit("/", 1)[-1]
    return re.sub(r"[-_]\d{2,4}x\d{2,4}(?=\.)", "", name)
