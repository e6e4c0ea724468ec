"""Which elements may be embeds or widgets, by tag, attribute names and classes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from lxml import etree
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


NON_EMBED_TAGS = split_names(
    "h1 h2 h3 h4 h5 h6 ul ol table tbody tr td th br hr img body html article main picture source"
)
# a quick test: a link to share the page or to a channel contains one of these
_SOCIAL_LINK = re.compile(r"intent/|/share|facebook|whatsapp|wa\.me|t\.me|telegram|pin/create")
_LINK_HINT = re.compile(f"{facades.LINK_PART.pattern}|{_SOCIAL_LINK.pattern}")
_MARKED = etree.XPath("//@data-khabar-bare/..|//@data-khabar-script/..")


@dataclass(slots=True)
class PageSurvey:
    """What one pass over the elements of a page finds: those that the recogniser has to look at
    because of their attributes (`candidates`), the values of class of those that can be embeds or
    widgets, and the links, with their addresses, that may share the page or lead to a channel.
    """

    candidates: set[HtmlElement] = field(default_factory=set)
    classes: set[str] = field(default_factory=set)
    social_links: list[tuple[HtmlElement, str]] = field(default_factory=list)

    def add_marked(self, root: HtmlElement) -> None:
        """Adds the elements that have been marked as embeds since."""
        self.candidates.update(_MARKED(root))


def survey_elements(root: HtmlElement) -> PageSurvey:
    """Reads the attributes of every element of a page that can be an embed or a widget."""
    survey = PageSurvey()
    for el in root.iter(etree.Element):
        tag = el.tag
        names = tuple(el.keys()) if tag not in NON_EMBED_TAGS else ()
        if not names:
            continue
        classes = el.get("class") or ""
        survey.classes.add(classes)
        if not cannot_be_embed(tag, names, classes):
            survey.candidates.add(el)
        if tag == "a" and (href := el.get("href")) and _LINK_HINT.search(href):
            if facades.leads_to_video(href):
                survey.candidates.add(el)
            if _SOCIAL_LINK.search(href):
                survey.social_links.append((el, href))
    return survey


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
