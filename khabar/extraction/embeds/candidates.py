"""Which elements may be embeds, by tag, attribute names and classes."""

from __future__ import annotations

import re
from functools import lru_cache

from lxml.html import HtmlElement

from khabar.extraction.embeds import element, facades
from khabar.extraction.embeds.id_attributes import split_names

BOX_TAGS = split_names("div figure span section p li button article-embed center amp-list")
FRAME_TAGS = split_names("iframe frame amp-iframe amp-video-iframe bento-iframe")
MEDIA_TAGS = split_names("video audio amp-video amp-audio bento-video bento-audio video-js")
PLAYER_TAGS = FRAME_TAGS | MEDIA_TAGS | split_names("blockquote script object embed")
EMBED_HINT = re.compile(
    r"embed|player|lazy|iframe|oembed|social|video|audio|tweet|twitter|instagram|youtube|facebook"
    r"|tiktok|media",
    re.I,
)
# Attributes of an element without such a name are read if their value is a player's address.
SOURCE_HINT = re.compile(r"src|hls|mp4|m3u8|webm|stream", re.I)
NON_URL_ATTRIBUTES = split_names("class id style href poster title alt onclick")


def is_candidate(el: HtmlElement, tag: str) -> bool:
    """True if the recogniser has to look at an element because of its attributes."""
    names = el.keys()
    if not names:
        return False
    if not cannot_be_embed(tag, tuple(names), el.get("class") or ""):
        return True
    return tag == "a" and facades.is_video_link(el)


@lru_cache(maxsize=4096)  # a page has few different kinds of elements
def cannot_be_embed(tag: str, names: tuple[str, ...], classes: str) -> bool:
    """True if the tag, attribute names and classes rule out an embed."""
    if (
        tag in PLAYER_TAGS
        or tag.startswith(("amp-", "bento-"))
        or "id" in names
        or element.has_id_attributes(tag, names, classes)
    ):
        return False
    if "-" in tag:
        return not facades.may_be_facade(tag, names, classes)
    if tag not in BOX_TAGS:
        return True
    keys = " ".join(name for name in names if name not in NON_URL_ATTRIBUTES)
    if not keys:
        return not facades.is_post_box(classes)
    has_hint = EMBED_HINT.search(f"{classes} {keys}") or SOURCE_HINT.search(keys)
    return not has_hint and not facades.may_be_facade(tag, names, classes)
