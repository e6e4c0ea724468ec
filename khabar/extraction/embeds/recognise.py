"""Recognises the embed that one element of a page stands for."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime

from lxml import etree
from lxml.html import HtmlElement

from khabar.extraction.embeds import element, facades, id_timestamps, post_text
from khabar.extraction.embeds.candidates import (
    BOX_TAGS,
    EMBED_HINT,
    FRAME_TAGS,
    MEDIA_TAGS,
    NON_URL_ATTRIBUTES,
    cannot_be_embed,
)
from khabar.extraction.embeds.classify import (
    URL_STARTS,
    EmbedTarget,
    classify_direct_url,
    classify_framed_url,
    classify_page,
    classify_url,
    to_absolute_url,
)
from khabar.extraction.embeds.false_embeds import (
    is_advertisement,
    is_notification_sound,
    is_reading_frame,
    is_text_to_speech,
)
from khabar.extraction.embeds.id_attributes import (
    ELEMENT_ID,
    ELEMENT_ID_PATTERNS,
    IdAttribute,
)
from khabar.extraction.embeds.ignored_hosts import is_ignored_host
from khabar.extraction.embeds.named_ids import PROVIDER_WORDS
from khabar.extraction.embeds.post_details import add_details, read_details
from khabar.extraction.embeds.providers import BY_NAME
from khabar.extraction.embeds.quotes import classify_quote
from khabar.model.items import Embed
from khabar.model.urls import get_host

_NON_EMBED_HINT = re.compile(
    r"\bshar(?:e|ing)\b|share-|follow|subscribe|comment|related|\bcard\b|-card\b|listing"
    r"|playlist-item",
    re.I,
)
_PLAYER_URL = re.compile(r"/embed/|//player\.|/player/|\.(?:m3u8|mp4|webm)(?:$|[?#])", re.I)
_FILE_ATTRIBUTE = {
    "file": re.compile(r"video|audio|src|file|media|url|hls|dash|mp[34]|m3u8|webm|stream"),
    "pdf": re.compile(r"video|audio|src|file|media|pdf"),
}
_URL_IN_JSON = re.compile(r"(?:https?:)?(?:\\?/){2}[^\s\"'<>]{4,}?(?=\\?[\"'\s<>]|$)")
_MIN_VALUE_LENGTH = 8  # characters; shorter attribute values are ignored (chosen by hand)


class EmbedRecogniser:
    """Recognises embeds on one page. `base` is the page's URL; no date is taken from an id
    that is dated more than two days after `now`.

    `unknown_hosts` counts the frames of unknown providers by host, `unknown_paths` frames and embed
    codes of known providers whose URL has no known form.
    """

    def __init__(self, base: str, now: datetime | None = None) -> None:
        self.base, self.now = base, now
        self.unknown_hosts: dict[str, int] = {}
        self.unknown_paths: dict[str, int] = {}

    def recognise_element(self, el: HtmlElement) -> Embed | None:
        """Returns the embed this element is, without place, caption and html, or None."""
        tag = el.tag
        if cannot_be_embed(tag, tuple(el.keys()), el.get("class") or ""):
            return self._recognise_link(el) if tag == "a" and facades.is_video_link(el) else None
        tag = f"amp-{tag[6:]}" if tag.startswith("bento-") else tag
        if (embed := self._recognise_id_attribute(el, tag)) is not None:
            return embed
        if tag in FRAME_TAGS:
            return self._recognise_frame(el, tag)
        if tag in MEDIA_TAGS:
            return self._recognise_media(el, tag)
        if tag == "blockquote":
            target, url = classify_quote(el, self.base) or (None, None)
            rule = f"{target.provider}.blockquote" if target else ""
            return self._build_element_embed(target, rule, el, url)
        if tag == "script":
            return self._recognise_script(el)
        if tag in ("object", "embed"):
            return self._recognise_object(el)
        if tag == "a":
            return self._recognise_link(el)
        if "-" in tag and not tag.startswith("amp-"):
            return self._recognise_facade(el, tag)
        return self._recognise_box(el, tag) if tag in BOX_TAGS or tag.startswith("amp-") else None

    # -- ids in attributes

    def _recognise_id_attribute(self, el: HtmlElement, tag: str) -> Embed | None:
        for id_attribute in element.find_id_attributes(el, tag):
            if id_attribute.names_provider:
                value = (el.get(id_attribute.attrs[0]) or "").strip().lower()
                if value in PROVIDER_WORDS and (embed := self._recognise_named_id(el, tag)):
                    return embed
            elif target := self._classify_id_attribute(el, id_attribute):
                return self._build_element_embed(
                    target,
                    f"{target.provider}.{element.label_rule(id_attribute, tag)}",
                    el,
                    element.read_raw_url(el, id_attribute),
                )
        element_id = el.get("id")
        if element_id and ELEMENT_ID.match(element_id):
            for pattern, template in ELEMENT_ID_PATTERNS:
                if (match := pattern.match(element_id)) and (
                    target := classify_direct_url(template.format(match[1]))
                ):
                    return self._build_element_embed(target, f"{target.provider}.id", el, None)
        return None

    def _classify_id_attribute(
        self, el: HtmlElement, id_attribute: IdAttribute
    ) -> EmbedTarget | None:
        values = [(el.get(name) or "").strip() for name in id_attribute.attrs]
        if not all(values):
            return None
        if id_attribute.value_prefix and not (
            el.get(id_attribute.value_prefix[0]) or ""
        ).startswith(id_attribute.value_prefix[1]):
            return None
        if not id_attribute.url_template:
            return EmbedTarget(id_attribute.provider, id_attribute.kind, "/".join(values), None)
        urls = [value for value in values[:1] if "/" in value]
        if not values[0].startswith(URL_STARTS):
            urls.append(id_attribute.url_template.format(*values))
        target = next((found for url in urls if (found := classify_url(url, self.base))), None)
        if target is None and el.tag != "blockquote":
            target = classify_page(values[0], id_attribute.kind)
        if target is None or id_attribute.kind != "video":
            return target
        return target.with_player_kind("video")

    # -- frames, objects, players, scripts

    def _recognise_frame(self, el: HtmlElement, tag: str) -> Embed | None:
        if (srcdoc := el.get("srcdoc")) and (embed := self.recognise_html(srcdoc, "attr_html")):
            return embed
        urls = list(element.find_urls(el))
        for url in urls:
            if target := classify_url(url, self.base):
                return self._build_element_embed(
                    target, f"{target.provider}.{'amp' if '-' in tag else 'iframe'}", el, url
                )
        if embed := self._recognise_named_id(el, tag):
            return embed
        urls = list(element.find_source_urls(el))
        address = next((found for url in urls if (found := to_absolute_url(url, self.base))), None)
        target = classify_framed_url(address) if address else None
        if address is None or target is None or not element.is_large_enough(el):
            return None
        if target.provider == "unknown" and (
            tag not in ("iframe", "frame")
            or is_advertisement(el, address, self.base)
            or is_reading_frame(el, address)
        ):
            return None
        return self._build_element_embed(target, f"{target.provider}.iframe", el, address)

    def _recognise_object(self, el: HtmlElement) -> Embed | None:
        urls = [*element.find_urls(el)]
        urls += [
            param.get("value") or ""
            for param in el.iter("param")
            if (param.get("name") or "").lower() in ("movie", "src", "data")
        ]
        urls += [
            url
            for inner in el.iter("embed", "iframe")
            if inner is not el
            for url in element.find_urls(inner)
        ]
        if embed := self._build_first_embed(urls, "object", el):
            return embed
        page = next((found for url in urls if (found := classify_page(url))), None)
        rule = f"{page.provider}.object" if page else ""
        return self._build_element_embed(page, rule, el, page.url if page else None)

    def _build_first_embed(self, urls: list[str], label: str, el: HtmlElement) -> Embed | None:
        for url in urls:
            if target := classify_url(url, self.base):
                return self._build_element_embed(target, f"{target.provider}.{label}", el, url)
        return None

    def recognise_url(self, el: HtmlElement, url: str, label: str) -> Embed | None:
        """Returns the embed of a URL that is the element's, or None."""
        return self._build_first_embed([url], label, el)

    def _recognise_media(self, el: HtmlElement, tag: str) -> Embed | None:
        sources = [el, *el.iter("source")]
        urls = [
            url for source in sources for url in element.find_urls(source, skip=("poster", "cite"))
        ]
        kind = "audio" if "audio" in tag else "video"
        for url in urls:
            if (target := classify_direct_url(url, self.base)) and target.provider != "pdf":
                return self._build_element_embed(
                    target.with_player_kind(kind), f"{target.provider}.{tag.split('-')[0]}", el, url
                )
        address = to_absolute_url(
            el.get("src")
            or next((source_tag.get("src") or "" for source_tag in el.iter("source")), ""),
            self.base,
        )
        if address is None:
            return self._recognise_json(el) if el.get("data-setup") else None
        if is_ignored_host(get_host(address)):
            return None
        return self._build_element_embed(
            EmbedTarget("file", kind, address, address), f"file.{tag}", el, address
        )

    def _recognise_script(self, el: HtmlElement) -> Embed | None:
        src = el.get("src")
        target = classify_direct_url(src, self.base) if src else None
        if target and (row := BY_NAME.get(target.provider)) and row.has_script_player:
            return self._build_element_embed(target, f"{target.provider}.script", el, src)
        return None

    # -- boxes: elements with a URL, HTML or JSON in an attribute

    def _recognise_link(self, a: HtmlElement) -> Embed | None:
        if linked := facades.find_linked_target(a, self.base):
            return self._build_element_embed(
                linked[0], f"{linked[0].provider}.facade", a, linked[1]
            )
        return None

    def _recognise_facade(self, el: HtmlElement, tag: str) -> Embed | None:
        names = f"{el.get('class') or ''} {el.get('id') or ''}"
        if _NON_EMBED_HINT.search(names) or element.is_text_heavy(el):
            return None
        return self._recognise_named_id(el, tag)

    def _recognise_named_id(self, el: HtmlElement, tag: str) -> Embed | None:
        if named := facades.find_named_target(el, tag, self.base):
            return self._build_element_embed(named[0], f"{named[0].provider}.facade", el, named[1])
        return None

    def _recognise_box(self, el: HtmlElement, tag: str) -> Embed | None:
        classes = el.get("class") or ""
        names = [name for name in el.keys() if name not in NON_URL_ATTRIBUTES]  # noqa: SIM118
        if not names and not facades.is_post_box(classes):
            return None
        if facades.may_be_facade(tag, tuple(el.keys()), classes):
            if post := facades.find_post_target(el, self.base):
                return self._build_element_embed(post[0], f"{post[0].provider}.facade", el, post[1])
            if embed := self._recognise_facade(el, tag):
                return embed
        names = [name for name in names if len(el.get(name) or "") >= _MIN_VALUE_LENGTH]
        class_and_id = f"{classes} {el.get('id') or ''}"
        if not names or _NON_EMBED_HINT.search(class_and_id):
            return None
        if not EMBED_HINT.search(f"{class_and_id} {' '.join(names)}"):
            names = [name for name in names if _PLAYER_URL.search(el.get(name) or "")]
        if not names or element.is_text_heavy(el):
            return None
        for name in names:
            if "share" not in name and (
                embed := self._recognise_attribute_value(el, name, el.get(name) or "")
            ):
                return embed
        return None

    def _recognise_attribute_value(self, el: HtmlElement, name: str, value: str) -> Embed | None:
        if "<" in value or "&lt;" in value:
            return self.recognise_html(value, "attr_html")
        if value.lstrip()[:1] in ("{", "["):
            return self._recognise_json(el, value)
        if "/" not in value:
            return None
        target = classify_url(value, self.base)
        if target is None or (
            target.provider in ("file", "pdf") and not _FILE_ATTRIBUTE[target.provider].search(name)
        ):
            return None
        return self._build_element_embed(target, f"{target.provider}.attr", el, value)

    def _recognise_json(self, el: HtmlElement, value: str = "") -> Embed | None:
        text = value or el.get("data-setup") or ""
        try:
            json.loads(text)
        except ValueError:
            return None
        if "\\u003c" in text.lower() and (
            embed := self.recognise_html(
                text.encode().decode("unicode_escape", "replace"), "attr_html"
            )
        ):
            return embed
        urls = [match.group().replace("\\/", "/") for match in _URL_IN_JSON.finditer(text)]
        return self._build_first_embed(
            [url for url in urls if classify_direct_url(url, self.base)], "attr", el
        )

    def recognise_html(self, text: str, via: str) -> Embed | None:
        """Returns the first embed in HTML that was stored in an attribute or in JSON."""
        root = element.parse_fragment(text)
        if root is None:
            return None
        for el in root.iter(etree.Element):
            if embed := self.recognise_element(el):
                return replace(embed, via=via) if embed.via == "dom" else embed  # type: ignore[arg-type]
        return None

    # -- building the Embed

    def build_embed(
        self,
        target: EmbedTarget,
        rule: str,
        raw_url: str | None,
        post: post_text.PostText | None = None,
    ) -> Embed:
        """Builds an Embed from a classified URL and the post's text, with the time decoded from its
        id.
        """
        post = post or post_text.PostText()
        id_timestamp = id_timestamps.timestamp_from_id(target.provider, target.id, self.now)
        return Embed(
            provider=target.provider,
            kind=target.kind,
            id=target.id,
            url=target.url,
            author_name=post.author,
            author_handle=target.handle or post.handle,
            text=post.text,
            text_complete=post.complete,
            published_at=id_timestamp or post.printed_date,
            published_src="id" if id_timestamp else "markup_date" if post.printed_date else None,
            title=post.title,
            media=post.media,
            rule=rule,
            raw_url=raw_url,
        )

    def _count_unknown(self, target: EmbedTarget) -> None:
        if target.provider != "unknown" and target.kind != "link":
            return
        counts = self.unknown_hosts if target.provider == "unknown" else self.unknown_paths
        host = get_host(target.url or "")
        counts[host] = counts.get(host, 0) + 1

    def _build_element_embed(
        self, target: EmbedTarget | None, rule: str, el: HtmlElement, raw_url: str | None
    ) -> Embed | None:
        if target is None or self._is_false_file(el, target):
            return None
        self._count_unknown(target)
        post = (
            post_text.read_post(el, target.provider)
            if el.tag not in FRAME_TAGS
            else post_text.PostText()
        )
        if target.provider == "x" and target.url and "/i/status/" in target.url:
            target = _add_handle(target, el, post.handle)
        embed = self.build_embed(target, rule, raw_url, post)
        embed = add_details(embed, post.details or read_details(el, embed))
        return embed if embed.title else replace(embed, title=element.read_title(el))

    def _is_false_file(self, el: HtmlElement, target: EmbedTarget) -> bool:
        """Returns whether a media file is an advertisement, a signal or the article read aloud."""
        return (
            target.provider == "file"
            and target.url is not None
            and (
                is_text_to_speech(el, target.url)
                or is_notification_sound(el, target.url)
                or is_advertisement(el, target.url, self.base)
            )
        )


def _add_handle(target: EmbedTarget, el: HtmlElement, handle: str | None) -> EmbedTarget:
    """Adds the author's handle to a tweet that is known by its id only, from a link inside or its
    text.
    """
    for a in el.iter("a"):
        link_target = classify_direct_url(a.get("href") or "")
        if (
            link_target
            and link_target.provider == "x"
            and link_target.id == target.id
            and link_target.handle
        ):
            return link_target
    if handle:
        return EmbedTarget(
            "x", target.kind, target.id, f"https://x.com/{handle}/status/{target.id}", handle
        )
    return target
