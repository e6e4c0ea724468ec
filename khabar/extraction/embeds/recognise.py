"""One element of a page → the Embed it stands for, or None."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from lxml import etree
from lxml.html import HtmlElement

from khabar.extraction.embeds import element, id_timestamps, post_text
from khabar.extraction.embeds.classify import Classified, absolute, classify, digest, direct, provider_host
from khabar.extraction.embeds.id_attributes import IDS, QUOTES, Mark, names
from khabar.extraction.embeds.ignored_hosts import noise
from khabar.model.items import Embed
from khabar.model.urls import host_of

BOXES = names("div figure span section p li button article-embed center amp-list")
_FRAMES = names("iframe frame amp-iframe amp-video-iframe bento-iframe")
_MEDIA = names("video audio amp-video amp-audio bento-video bento-audio video-js")
_PLAYERS = _FRAMES | _MEDIA | names("blockquote script object embed")
_SCRIPT_PLAYERS = names("jwplayer datawrapper gist wistia")
_HINT = re.compile(
    r"embed|player|lazy|iframe|oembed|social|video|audio|tweet|twitter|instagram|youtube|facebook|tiktok|media", re.I
)
_NO_HINT = re.compile(
    r"\bshar(?:e|ing)\b|share-|follow|subscribe|comment|related|\bcard\b|-card\b|listing|playlist-item", re.I
)
_URL_IN_JSON = re.compile(r"(?:https?:)?(?:\\?/){2}[^\s\"'<>]{4,}?(?=\\?[\"'\s<>]|$)")
_JW_SETUP = re.compile(
    r"(?:cdn\.jwplayer\.com|content\.jwplatform\.com)\\?/(?:v2\\?/media|players|manifests|videos|previews)\\?/(\w{8})\b"
)
_FILE_SETUP = re.compile(r"[\"']?file[\"']?\s*:\s*[\"'](https?:[^\"']+\.(?:mp4|m3u8|mp3)[^\"']*)[\"']")
_NO_ADDRESS = names("class id style href poster title alt onclick")


@lru_cache(maxsize=4096)  # a page is built of few kinds of elements
def _is_dull(tag: str, names: tuple[str, ...], classes: str) -> bool:
    """Whether no element of this tag, with attributes of these names and with these classes, can be an embed."""
    if tag in _PLAYERS or tag.startswith(("amp-", "bento-")) or "id" in names or element.marked(tag, names, classes):
        return False
    keys = " ".join(name for name in names if name not in _NO_ADDRESS)
    return tag not in BOXES or not keys or not _HINT.search(f"{classes} {keys}")


class Reader:
    """Reads elements of one page; `base` is its address, `now` the clock ids are held against."""

    def __init__(self, base: str, now: datetime | None = None) -> None:
        self.base, self.now = base, now
        self.unknown_hosts: dict[str, int] = {}

    def read(self, el: HtmlElement) -> Embed | None:
        """The embed this element is, without its place and caption."""
        tag = el.tag
        if _is_dull(tag, tuple(el.keys()), el.get("class") or ""):
            return None
        tag = f"amp-{tag[6:]}" if tag.startswith("bento-") else tag
        if (marked := self._marked(el, tag)) is not None:
            return marked
        if tag in _FRAMES:
            return self._frame(el, tag)
        if tag in _MEDIA:
            return self._media(el, tag)
        if tag == "blockquote":
            return self._quote(el)
        if tag == "script":
            return self._script(el)
        if tag in ("object", "embed"):
            return self._object(el)
        return self._box(el) if tag in BOXES or tag.startswith("amp-") else None

    # -- the id is in an attribute of its own

    def _marked(self, el: HtmlElement, tag: str) -> Embed | None:
        for mark in element.marks_of(el, tag):
            if found := self._by_mark(el, mark):
                return self._made(
                    found, f"{found.provider}.{element.label_of(mark, tag)}", el, element.raw_url(el, mark)
                )
        if native := el.get("id"):
            for pattern, template in IDS:
                if (hit := pattern.match(native)) and (found := direct(template.format(hit[1]))):
                    return self._made(found, f"{found.provider}.id", el, None)
        return None

    def _by_mark(self, el: HtmlElement, mark: Mark) -> Classified | None:
        values = [(el.get(name) or "").strip() for name in mark.attrs]
        if not all(values):
            return None
        if mark.only and not (el.get(mark.only[0]) or "").startswith(mark.only[1]):
            return None
        if not mark.url:
            return Classified(mark.provider, mark.kind, "/".join(values), None)
        addresses = [*filter(lambda value: "/" in value, values[:1]), mark.url.format(*values)]
        if found := next((one for url in addresses if (one := classify(url, self.base))), None):
            return found.played_as("video") if "video" in mark.on else found
        if mark.on[:4] in (".fb-", "fb:p", "fb:v") and "facebook.com/" in values[0]:
            return Classified(
                "facebook", "video" if "video" in mark.on else "post", None, absolute(values[0], self.base)
            )
        return None

    # -- frames, objects, players, scripts

    def _frame(self, el: HtmlElement, tag: str) -> Embed | None:
        if (inner := el.get("srcdoc")) and (embed := self.from_html(inner, "attr_html")):
            return embed
        urls = list(element.addresses(el))
        for url in urls:
            if found := classify(url, self.base):
                return self._made(found, f"{found.provider}.{'amp' if '-' in tag else 'iframe'}", el, url)
        return self._unknown(el, urls) if tag in ("iframe", "frame") else None

    def _unknown(self, el: HtmlElement, urls: list[str]) -> Embed | None:
        address = next((a for url in urls if (a := absolute(url, self.base))), None)
        if address is None:
            return None
        host = host_of(address)
        if noise(host) or provider_host(address) or not element.big(el):
            return None
        self.unknown_hosts[host] = self.unknown_hosts.get(host, 0) + 1
        return self._made(Classified("unknown", "unknown", digest(address), address), "unknown.iframe", el, address)

    def _object(self, el: HtmlElement) -> Embed | None:
        urls = [*element.addresses(el)]
        urls += [
            p.get("value") or "" for p in el.iter("param") if (p.get("name") or "").lower() in ("movie", "src", "data")
        ]
        urls += [url for inner in el.iter("embed", "iframe") if inner is not el for url in element.addresses(inner)]
        return self._first(urls, "object", el)

    def _first(self, urls: list[str], label: str, el: HtmlElement) -> Embed | None:
        for url in urls:
            if found := classify(url, self.base):
                return self._made(found, f"{found.provider}.{label}", el, url)
        return None

    def _media(self, el: HtmlElement, tag: str) -> Embed | None:
        sources = [el, *el.iter("source")]
        urls = [url for source in sources for url in element.addresses(source, skip=("poster", "cite"))]
        kind = "audio" if "audio" in tag else "video"
        if element.read_aloud(el, urls):
            return None
        for url in urls:
            if (found := direct(url, self.base)) and found.provider != "pdf":
                return self._made(found.played_as(kind), f"{found.provider}.{tag.split('-')[0]}", el, url)
        address = absolute(el.get("src") or next((s.get("src") or "" for s in el.iter("source")), ""), self.base)
        if address is None:
            return self._json(el) if el.get("data-setup") else None
        return self._made(Classified("file", kind, address, address), f"file.{tag}", el, address)

    def _script(self, el: HtmlElement) -> Embed | None:
        src = el.get("src")
        if src:
            found = direct(src, self.base)
            if found and found.provider in _SCRIPT_PLAYERS:
                return self._made(found, f"{found.provider}.script", el, src)
            return None
        text = el.text
        if not text or "jwplayer" not in text or ".setup(" not in text:
            return None
        if media := _JW_SETUP.search(text):
            return self._made(direct(f"https://cdn.jwplayer.com/videos/{media[1]}"), "jwplayer.setup", el, None)
        if file := _FILE_SETUP.search(text):
            return self._made(direct(file[1].replace("\\/", "/")), "file.setup", el, file[1])
        return None

    # -- blockquotes

    def _quote(self, el: HtmlElement) -> Embed | None:
        token = next((t for t in (el.get("class") or "").split() if t in QUOTES), None)
        provider = QUOTES[token] if token is not None else None
        if provider in ("x", "bluesky", "koo") or provider is None:
            return self._dashed(el, provider)
        urls = [el.get("cite") or "", *(a.get("href") or "" for a in el.iter("a"))]
        for url in urls:
            found = direct(url, self.base) if url else None
            if found and provider in ("", found.provider) and (found.id or not provider):
                return self._made(found, f"{found.provider}.blockquote", el, url)
        return self._link_only(el, provider, urls)

    def _link_only(self, el: HtmlElement, provider: str, urls: list[str]) -> Embed | None:
        """Instagram's code around something that is no post (a profile, a story)."""
        url = next((u for u in urls if provider == "instagram" and "instagram.com/" in u), None)
        return self._made(Classified(provider, "link", None, url), f"{provider}.blockquote", el, url) if url else None

    def _dashed(self, el: HtmlElement, provider: str | None) -> Embed | None:
        link = post_text.permalink(el)
        if link is not None:
            found = direct(link.get("href") or "", self.base)
            said = post_text.read(el, found.provider) if found else post_text.Words()
            if found and (provider == found.provider or (provider is None and (said.handle or not said.text))):
                return self._made(found, f"{found.provider}.blockquote", el, link.get("href"))
        if provider == "x" and post_text.read(el, "x").handle:  # its own link is gone, its words are not
            return self._made(Classified("x", "post", None, None), "x.blockquote", el, None)
        return None if provider else self._unclassed(el)

    def _unclassed(self, el: HtmlElement) -> Embed | None:
        """An Instagram or Threads code whose class a CMS took away."""
        if "instagram.com/" not in "".join(a.get("href") or "" for a in el.iter("a")):
            return None
        said = post_text.read(el, "instagram")
        found = next((f for a in el.iter("a") if (f := direct(a.get("href") or ""))), None)
        return self._made(found, "instagram.blockquote", el, found.url) if found and said.handle else None

    # -- boxes: a div with a URL, with HTML or with JSON in an attribute

    def _box(self, el: HtmlElement) -> Embed | None:
        keys = " ".join(name for name in el.keys() if name not in _NO_ADDRESS)  # noqa: SIM118
        if not keys:
            return None
        called = f"{el.get('class') or ''} {el.get('id') or ''}"
        if not _HINT.search(f"{called} {keys}") or _NO_HINT.search(called) or element.wordy(el):
            return None
        for name, value in el.items():
            if name in _NO_ADDRESS or len(value) < 8 or "share" in name:
                continue
            if embed := self._by_value(el, name, value):
                return embed
        return None

    def _by_value(self, el: HtmlElement, name: str, value: str) -> Embed | None:
        if "<" in value or "&lt;" in value:
            return self.from_html(value, "attr_html")
        if value.lstrip()[:1] in ("{", "["):
            return self._json(el, value)
        if "/" not in value:
            return None
        found = classify(value, self.base)
        if found is None or (
            found.provider in ("file", "pdf") and not re.search("video|audio|src|file|media|pdf", name)
        ):
            return None
        return self._made(found, f"{found.provider}.attr", el, value)

    def _json(self, el: HtmlElement, value: str = "") -> Embed | None:
        text = value or el.get("data-setup") or ""
        try:
            json.loads(text)
        except ValueError:
            return None
        if "\\u003c" in text.lower() and (
            embed := self.from_html(text.encode().decode("unicode_escape", "replace"), "attr_html")
        ):
            return embed
        urls = [hit.group().replace("\\/", "/") for hit in _URL_IN_JSON.finditer(text)]
        return self._first([u for u in urls if direct(u, self.base)], "attr", el)

    def from_html(self, text: str, via: str) -> Embed | None:
        """The first embed in a piece of HTML that stands in an attribute or in JSON."""
        root = element.fragment(text)
        if root is None:
            return None
        for el in root.iter(etree.Element):
            if embed := self.read(el):
                return replace(embed, via=via) if embed.via == "dom" else embed  # type: ignore[arg-type]
        return None

    # -- putting it together

    def of(self, found: Classified, rule: str, raw: str | None, said: post_text.Words | None = None) -> Embed:
        """An Embed of what a URL or an attribute named, with the time its id tells."""
        said = said or post_text.Words()
        dated = id_timestamps.told(found.provider, found.id, self.now)
        return Embed(
            provider=found.provider, kind=found.kind, id=found.id, url=found.url,
            author_name=said.author, author_handle=found.handle or said.handle,
            text=said.text, text_complete=said.complete,
            published_at=dated or said.day, published_src="id" if dated else "markup_date" if said.day else None,
            title=said.title, media=said.media, rule=rule, raw_url=raw,
        )  # fmt: skip

    def _made(self, found: Classified | None, rule: str, el: HtmlElement, raw: str | None) -> Embed | None:
        if found is None:
            return None
        said = post_text.read(el, found.provider) if el.tag not in _FRAMES else post_text.Words()
        if found.provider == "x" and found.url and "/i/status/" in found.url:
            found = _with_handle(found, el, said.handle)
        embed = self.of(found, rule, raw, said)
        return embed if embed.title else replace(embed, title=element.title_of(el))


def _with_handle(found: Classified, el: HtmlElement, handle: str | None) -> Classified:
    """The id came without a name: a link inside or the post's own words know it."""
    for a in el.iter("a"):
        inner = direct(a.get("href") or "")
        if inner and inner.provider == "x" and inner.id == found.id and inner.handle:
            return inner
    if handle:
        return Classified("x", found.kind, found.id, f"https://x.com/{handle}/status/{found.id}", handle)
    return found
