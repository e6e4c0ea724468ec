"""Recognises facades: elements that become a player when the reader clicks or scrolls to them.

A facade needs two signs: the provider's name (tag, class, attribute) and an id of the form that the
provider's ids have, or the video's address and its thumbnail.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from lxml.html import HtmlElement

from khabar.extraction.document import is_shorter_than
from khabar.extraction.embeds.classify import EmbedTarget, classify_direct_url, classify_url
from khabar.extraction.embeds.cleanup import is_alone_on_line
from khabar.extraction.embeds.id_attributes import split_names
from khabar.extraction.embeds.named_ids import PROVIDER_WORDS, build_id_url, split_words

_PROVIDER_ATTRIBUTE = re.compile(
    r"(?:^|[-_])(?:provider|loader|type|service|platform|source|vendor|network|host|player|kind)$"
)
_JSON_ATTRIBUTE = re.compile(
    r"^data-(?:[a-z]+-)?(?:attrs|config|options|settings|props|params|json)$"
)
_ID_NAME_WORDS = split_names("id src video embed code key ref media post status value url path")
_NON_ID_NAMES = split_names("class style href title name alt type width height")
_POST_BOX_CLASSES = split_names(
    "tweet tweet-embed embed-tweet embedded-tweet twitter-embed embed-twitter twitter-post"
    " instagram instagram-embed embed-instagram instagram-post tiktok-wrap"
)
_POST_BOX_CLASS = re.compile("tweet|twitter|instagram|tiktok")  # a quick test
LINK_PART = re.compile(r"youtu|vimeo|dailymotion|dai\.ly|\.pdf")
_FACADE_CLASS = re.compile(
    r"lazy|popup|pop-up|lite|facade|embed|lightbox|fancybox|magnific|play(?:er|-|_|$)", re.I
)
_PDF_CLASS = re.compile(r"pdf", re.I)
_VIEWER_CLASS = re.compile(r"emb|view|flip|reader", re.I)
_LIST_CLASS = re.compile(r"\bcard|-card|related|listing|playlist|recommend|carousel|slider", re.I)
_EMBED_PATH = re.compile(r"/embed/|player\.vimeo\.com/", re.I)
# Limits; all chosen by hand, not measured.
_MAX_LINK_TEXT = 200  # characters of a link that is a facade: the video's title
_MAX_POST_TEXT = 1500  # characters of a post
_MIN_POST_LINK_SHARE = 0.8  # a box whose text is a post's has this share of it inside the link
_MAX_JSON_LENGTH = 4000  # characters of JSON in an attribute that is read
_LIST_ANCESTORS = 4  # ancestors that may make a link one of a list
_MAX_LINKS = 20  # links of a box that are read


def may_be_facade(tag: str, names: tuple[str, ...], classes: str) -> bool:
    """Returns whether tag, attribute names and classes leave a facade possible."""
    if is_post_box(classes):
        return True
    has_id, names_provider = _read_names(names)
    return has_id and (
        names_provider
        or tag == "media-player"
        or ("-" in tag and not PROVIDER_WORDS.isdisjoint(split_words(tag)))
        or not PROVIDER_WORDS.isdisjoint(split_words(classes))
    )


def is_post_box(classes: str) -> bool:
    """Returns whether a class says that an element is a post."""
    return _POST_BOX_CLASS.search(classes) is not None and not _POST_BOX_CLASSES.isdisjoint(
        classes.split()
    )


def is_video_link(a: HtmlElement) -> bool:
    """Returns whether a link leads to a video or PDF, by a quick test."""
    return leads_to_video(a.get("href") or "")


def leads_to_video(href: str) -> bool:
    """Returns whether an address is that of a video or PDF, by a quick test."""
    return LINK_PART.search(href) is not None


@lru_cache(maxsize=1024)  # a site has few different combinations of attributes
def _read_names(names: tuple[str, ...]) -> tuple[bool, bool]:
    """Returns whether one of these attributes may contain an id, and one the provider."""
    has_json = any(_JSON_ATTRIBUTE.search(name) for name in names)
    return (
        has_json or any(_is_id_name(name) for name in names),
        has_json
        or any(_PROVIDER_ATTRIBUTE.search(name) for name in names)
        or any(word in PROVIDER_WORDS for name in names for word in split_words(name)),
    )


def _is_id_name(name: str) -> bool:
    words = split_words(name)
    return (
        name not in _NON_ID_NAMES
        and "playlist" not in words
        and (
            name.endswith("id")
            or any(word in _ID_NAME_WORDS or word in PROVIDER_WORDS for word in words)
        )
    )


def find_named_target(el: HtmlElement, tag: str, base: str) -> tuple[EmbedTarget, str] | None:
    """Returns (target, URL) of an element of which one attribute, the tag or a class names the
    provider, and another attribute contains the id or, in an element of its own tag, the URL.
    """
    words = {*split_words(el.get("class") or ""), *(split_words(tag) if "-" in tag else ())}
    pairs = [pair for name, value in el.items() for pair in _expand_json(name, value)]
    for name, value in pairs:
        if _PROVIDER_ATTRIBUTE.search(name) and len(value) <= 30:
            words.update(split_words(value))
    for name, value in pairs:
        if not _is_id_name(name):
            continue
        url = build_id_url({*words, *split_words(name)}, value)
        if url is None and "-" in tag and "/" in value:
            url = value
        target = classify_url(url, base) if url else None
        if target and target.id and (url != value or target.provider not in ("file", "pdf")):
            return target, str(url)
    return None


def _expand_json(name: str, value: str) -> Iterator[tuple[str, str]]:
    """Yields an attribute; one with a JSON object as one attribute for each of its values."""
    if value[:1] != "{" or len(value) > _MAX_JSON_LENGTH:
        yield name.lower(), value.strip()
        return
    try:
        fields = json.loads(value)
    except (ValueError, RecursionError):
        return
    for key, field in fields.items() if isinstance(fields, dict) else ():
        if isinstance(field, (str, int)):
            yield key.lower(), str(field).strip()


def find_post_target(box: HtmlElement, base: str) -> tuple[EmbedTarget, str] | None:
    """Returns (target, URL) of a box whose class says that it is a post and that contains a link to
    it: nearly all of its text is in the link, or it has the author's handle.
    """
    if not is_post_box(box.get("class") or "") or not is_shorter_than(box, _MAX_POST_TEXT):
        return None
    found: dict[str, tuple[EmbedTarget, str, HtmlElement]] = {}
    for a in islice(box.iter("a"), _MAX_LINKS):
        href = a.get("href") or ""
        target = classify_direct_url(href, base) if "/" in href else None
        if target and target.id and target.provider in ("x", "instagram", "tiktok"):
            found.setdefault(target.id, (target, href, a))
    text = " ".join("".join(box.itertext()).split())
    if len(found) != 1:
        return None
    target, href, a = next(iter(found.values()))
    link_text = " ".join("".join(a.itertext()).split())
    is_post = len(link_text) >= _MIN_POST_LINK_SHARE * len(text)
    return (target, href) if is_post or f"@{target.handle}" in text else None


def find_linked_target(a: HtmlElement, base: str) -> tuple[EmbedTarget, str] | None:
    """Returns (target, URL) of a link that stands for a player: alone on its line, around the
    video's own thumbnail or with a class that names a lazy player; or of a PDF viewer's link.
    """
    href, classes = a.get("href") or "", a.get("class") or ""
    if not (len(a) or classes) or not is_video_link(a):
        return None
    target = classify_direct_url(href, base)
    if target is None or not target.id:
        return None
    if target.provider == "pdf":
        is_viewer = _PDF_CLASS.search(classes) and _VIEWER_CLASS.search(classes)
        return (target, href) if is_viewer else None
    if target.kind not in ("video", "short", "live"):
        return None
    text_length = sum(len(text.strip()) for text in a.itertext())
    has_thumbnail = any(
        target.id in value for inner in a.iterdescendants() for value in inner.values()
    )
    has_facade_class = _FACADE_CLASS.search(classes) and (len(a) or not text_length)
    is_named = _FACADE_CLASS.search(classes) and any(
        word in PROVIDER_WORDS for word in split_words(classes)
    )
    is_player_link = not text_length and len(a) and _EMBED_PATH.search(href)
    if text_length > _MAX_LINK_TEXT or not (
        has_thumbnail or has_facade_class or is_named or is_player_link
    ):
        return None
    return (target, href) if is_alone_on_line(a) and not _is_in_list(a) else None


def _is_in_list(a: HtmlElement) -> bool:
    return any(
        ancestor.tag in ("li", "nav", "aside", "header", "footer", "td")
        or _LIST_CLASS.search(ancestor.get("class") or "")
        for ancestor in islice(a.iterancestors(), _LIST_ANCESTORS)
        if ancestor.tag not in ("article", "main", "body")
    )
