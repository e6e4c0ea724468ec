"""Recognises the embed that one element of a page stands for."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from lxml import etree
from lxml.html import HtmlElement

from khabar.extraction.embeds import element, id_timestamps, post_text
from khabar.extraction.embeds.classify import (
    EmbedTarget,
    classify_direct_url,
    classify_url,
    hash_text,
    is_provider_url,
    to_absolute_url,
)
from khabar.extraction.embeds.id_attributes import (
    ELEMENT_ID_PATTERNS,
    QUOTE_PROVIDERS,
    IdAttribute,
    split_names,
)
from khabar.extraction.embeds.ignored_hosts import is_ignored_host
from khabar.model.items import Embed
from khabar.model.urls import get_host

BOX_TAGS = split_names("div figure span section p li button article-embed center amp-list")
_FRAME_TAGS = split_names("iframe frame amp-iframe amp-video-iframe bento-iframe")
_MEDIA_TAGS = split_names("video audio amp-video amp-audio bento-video bento-audio video-js")
_PLAYER_TAGS = _FRAME_TAGS | _MEDIA_TAGS | split_names("blockquote script object embed")
_SCRIPT_PROVIDERS = split_names("jwplayer datawrapper gist wistia")
_EMBED_HINT = re.compile(
    r"embed|player|lazy|iframe|oembed|social|video|audio|tweet|twitter|instagram|youtube|facebook"
    r"|tiktok|media",
    re.I,
)
_NON_EMBED_HINT = re.compile(
    r"\bshar(?:e|ing)\b|share-|follow|subscribe|comment|related|\bcard\b|-card\b|listing"
    r"|playlist-item",
    re.I,
)
_URL_IN_JSON = re.compile(r"(?:https?:)?(?:\\?/){2}[^\s\"'<>]{4,}?(?=\\?[\"'\s<>]|$)")
_JWPLAYER_SETUP = re.compile(
    r"(?:cdn\.jwplayer\.com|content\.jwplatform\.com)"
    r"\\?/(?:v2\\?/media|players|manifests|videos|previews)\\?/(\w{8})\b"
)
_FILE_SETUP = re.compile(
    r"[\"']?file[\"']?\s*:\s*[\"'](https?:[^\"']+\.(?:mp4|m3u8|mp3)[^\"']*)[\"']"
)
_NON_URL_ATTRIBUTES = split_names("class id style href poster title alt onclick")
_MIN_VALUE_LENGTH = 8  # characters; shorter attribute values are ignored (chosen by hand)


@lru_cache(maxsize=4096)  # a page has few different kinds of elements
def _cannot_be_embed(tag: str, names: tuple[str, ...], classes: str) -> bool:
    """True if the tag, attribute names and classes rule out an embed."""
    if (
        tag in _PLAYER_TAGS
        or tag.startswith(("amp-", "bento-"))
        or "id" in names
        or element.has_id_attributes(tag, names, classes)
    ):
        return False
    keys = " ".join(name for name in names if name not in _NON_URL_ATTRIBUTES)
    return tag not in BOX_TAGS or not keys or not _EMBED_HINT.search(f"{classes} {keys}")


class EmbedRecogniser:
    """Recognises embeds on one page. `base` is the page's URL; no date is taken from an id
    that is dated more than two days after `now`.

    `unknown_hosts` counts the frames of unknown providers by host.
    """

    def __init__(self, base: str, now: datetime | None = None) -> None:
        self.base, self.now = base, now
        self.unknown_hosts: dict[str, int] = {}

    def recognise_element(self, el: HtmlElement) -> Embed | None:
        """Returns the embed this element is, without place, caption and html, or None."""
        tag = el.tag
        if _cannot_be_embed(tag, tuple(el.keys()), el.get("class") or ""):
            return None
        tag = f"amp-{tag[6:]}" if tag.startswith("bento-") else tag
        if (embed := self._recognise_id_attribute(el, tag)) is not None:
            return embed
        if tag in _FRAME_TAGS:
            return self._recognise_frame(el, tag)
        if tag in _MEDIA_TAGS:
            return self._recognise_media(el, tag)
        if tag == "blockquote":
            return self._recognise_blockquote(el)
        if tag == "script":
            return self._recognise_script(el)
        if tag in ("object", "embed"):
            return self._recognise_object(el)
        return self._recognise_box(el) if tag in BOX_TAGS or tag.startswith("amp-") else None

    # -- ids in attributes

    def _recognise_id_attribute(self, el: HtmlElement, tag: str) -> Embed | None:
        for id_attribute in element.find_id_attributes(el, tag):
            if target := self._classify_id_attribute(el, id_attribute):
                return self._build_element_embed(
                    target,
                    f"{target.provider}.{element.label_rule(id_attribute, tag)}",
                    el,
                    element.read_raw_url(el, id_attribute),
                )
        if element_id := el.get("id"):
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
        urls = [
            *filter(lambda value: "/" in value, values[:1]),
            id_attribute.url_template.format(*values),
        ]
        if target := next(
            (candidate for url in urls if (candidate := classify_url(url, self.base))), None
        ):
            return target.with_player_kind("video") if "video" in id_attribute.selector else target
        if id_attribute.selector[:4] in (".fb-", "fb:p", "fb:v") and "facebook.com/" in values[0]:
            return EmbedTarget(
                "facebook",
                "video" if "video" in id_attribute.selector else "post",
                None,
                to_absolute_url(values[0], self.base),
            )
        return None

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
        return self._build_unknown_frame(el, urls) if tag in ("iframe", "frame") else None

    def _build_unknown_frame(self, el: HtmlElement, urls: list[str]) -> Embed | None:
        address = next(
            (candidate for url in urls if (candidate := to_absolute_url(url, self.base))), None
        )
        if address is None:
            return None
        host = get_host(address)
        if is_ignored_host(host) or is_provider_url(address) or not element.is_large_enough(el):
            return None
        self.unknown_hosts[host] = self.unknown_hosts.get(host, 0) + 1
        return self._build_element_embed(
            EmbedTarget("unknown", "unknown", hash_text(address), address),
            "unknown.iframe",
            el,
            address,
        )

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
        return self._build_first_embed(urls, "object", el)

    def _build_first_embed(self, urls: list[str], label: str, el: HtmlElement) -> Embed | None:
        for url in urls:
            if target := classify_url(url, self.base):
                return self._build_element_embed(target, f"{target.provider}.{label}", el, url)
        return None

    def _recognise_media(self, el: HtmlElement, tag: str) -> Embed | None:
        sources = [el, *el.iter("source")]
        urls = [
            url for source in sources for url in element.find_urls(source, skip=("poster", "cite"))
        ]
        kind = "audio" if "audio" in tag else "video"
        if element.is_text_to_speech(el, urls):
            return None
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
        return self._build_element_embed(
            EmbedTarget("file", kind, address, address), f"file.{tag}", el, address
        )

    def _recognise_script(self, el: HtmlElement) -> Embed | None:
        src = el.get("src")
        if src:
            target = classify_direct_url(src, self.base)
            if target and target.provider in _SCRIPT_PROVIDERS:
                return self._build_element_embed(target, f"{target.provider}.script", el, src)
            return None
        text = el.text
        if not text or "jwplayer" not in text or ".setup(" not in text:
            return None
        if jwplayer_match := _JWPLAYER_SETUP.search(text):
            return self._build_element_embed(
                classify_direct_url(f"https://cdn.jwplayer.com/videos/{jwplayer_match[1]}"),
                "jwplayer.setup",
                el,
                None,
            )
        if file_match := _FILE_SETUP.search(text):
            return self._build_element_embed(
                classify_direct_url(file_match[1].replace("\\/", "/")),
                "file.setup",
                el,
                file_match[1],
            )
        return None

    # -- blockquotes

    def _recognise_blockquote(self, el: HtmlElement) -> Embed | None:
        quote_class = next(
            (name for name in (el.get("class") or "").split() if name in QUOTE_PROVIDERS), None
        )
        provider = QUOTE_PROVIDERS[quote_class] if quote_class is not None else None
        if provider in ("x", "bluesky", "koo") or provider is None:
            return self._recognise_attributed_quote(el, provider)
        urls = [el.get("cite") or "", *(a.get("href") or "" for a in el.iter("a"))]
        for url in urls:
            target = classify_direct_url(url, self.base) if url else None
            if target and provider in ("", target.provider) and (target.id or not provider):
                return self._build_element_embed(target, f"{target.provider}.blockquote", el, url)
        return self._build_link_embed(el, provider, urls)

    def _build_link_embed(self, el: HtmlElement, provider: str, urls: list[str]) -> Embed | None:
        """Builds a link from an Instagram embed snippet for something other than a post (a profile,
        a story).
        """
        if provider != "instagram":
            return None
        url = next((url for url in urls if "instagram.com/" in url), None)
        return (
            self._build_element_embed(
                EmbedTarget(provider, "link", None, url), f"{provider}.blockquote", el, url
            )
            if url
            else None
        )

    def _recognise_attributed_quote(self, el: HtmlElement, provider: str | None) -> Embed | None:
        link = post_text.find_permalink(el)
        if link is not None:
            target = classify_direct_url(link.get("href") or "", self.base)
            post = post_text.read_post(el, target.provider) if target else post_text.PostText()
            if target and (
                provider == target.provider or (provider is None and (post.handle or not post.text))
            ):
                return self._build_element_embed(
                    target, f"{target.provider}.blockquote", el, link.get("href")
                )
        # the permalink is missing, the post's text is not
        if provider == "x" and post_text.read_post(el, "x").handle:
            return self._build_element_embed(
                EmbedTarget("x", "post", None, None), "x.blockquote", el, None
            )
        return None if provider else self._recognise_unclassed_quote(el)

    def _recognise_unclassed_quote(self, el: HtmlElement) -> Embed | None:
        """Recognises an Instagram or Threads embed snippet whose class a CMS removed."""
        if "instagram.com/" not in "".join(a.get("href") or "" for a in el.iter("a")):
            return None
        post = post_text.read_post(el, "instagram")
        target = next(
            (
                candidate
                for a in el.iter("a")
                if (candidate := classify_direct_url(a.get("href") or ""))
            ),
            None,
        )
        return (
            self._build_element_embed(target, "instagram.blockquote", el, target.url)
            if target and post.handle
            else None
        )

    # -- boxes: elements with a URL, HTML or JSON in an attribute

    def _recognise_box(self, el: HtmlElement) -> Embed | None:
        keys = " ".join(name for name in el.keys() if name not in _NON_URL_ATTRIBUTES)  # noqa: SIM118
        if not keys:
            return None
        class_and_id = f"{el.get('class') or ''} {el.get('id') or ''}"
        if (
            not _EMBED_HINT.search(f"{class_and_id} {keys}")
            or _NON_EMBED_HINT.search(class_and_id)
            or element.is_text_heavy(el)
        ):
            return None
        for name, value in el.items():
            if name in _NON_URL_ATTRIBUTES or len(value) < _MIN_VALUE_LENGTH or "share" in name:
                continue
            if embed := self._recognise_attribute_value(el, name, value):
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
            target.provider in ("file", "pdf")
            and not re.search("video|audio|src|file|media|pdf", name)
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

    def _build_element_embed(
        self, target: EmbedTarget | None, rule: str, el: HtmlElement, raw_url: str | None
    ) -> Embed | None:
        if target is None:
            return None
        post = (
            post_text.read_post(el, target.provider)
            if el.tag not in _FRAME_TAGS
            else post_text.PostText()
        )
        if target.provider == "x" and target.url and "/i/status/" in target.url:
            target = _add_handle(target, el, post.handle)
        embed = self.build_embed(target, rule, raw_url, post)
        return embed if embed.title else replace(embed, title=element.read_title(el))


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
