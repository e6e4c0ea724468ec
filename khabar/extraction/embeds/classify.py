"""Classifies a URL: provider, kind, id and canonical URL of the post, player or file it shows.

The same functions classify the URLs of iframes, attributes, bare lines and JSON.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha1
from urllib.parse import parse_qsl, quote, unquote, urljoin, urlsplit

from khabar.extraction.embeds.ignored_hosts import is_ignored_host
from khabar.extraction.embeds.named_ids import PROVIDER_WORDS, build_id_url
from khabar.extraction.embeds.providers import (
    Provider,
    ProviderUrlPattern,
    find_rows,
)
from khabar.model.urls import get_host

_AUDIO_EXTENSIONS = frozenset({"mp3", "m4a", "oga", "ogg", "aac", "wav", "opus"})
_VIDEO_EXTENSIONS = frozenset({"mp4", "m4v", "webm", "mov", "ogv", "m3u8", "mpd", "flv", "3gp"})
_FILE_EXTENSION = re.compile(r"\.([a-z0-9]{2,4})$", re.I)
_BLUESKY_URI = re.compile(r"^at://(?P<did>[^/]+)/app\.bsky\.feed\.post/(?P<id>\w+)")
_INNER_URL_PARAMS = ("url", "href", "src", "file", "link", "video", "embed_url", "video_url", "u")
_PROXY_ID = re.compile(r"^youtube-video-(?P<id>[\w-]{11})$")
_SHARE_URL = re.compile(r"shar(?:e|er|ing)\b|/intent/|/dialog/|like\.php|login|/send\b")
_ASSET_PATH = re.compile(
    r"^[^?#]*\.(?:js|css|swf|json|xml|png|jpe?g|gif|webp|svg|woff2?)(?:[?#]|$)", re.I
)
_URL_WORD = re.compile(r"[a-z]+")
_EMBED_WORDS = frozenset("embed embeds embedded player iframe widget".split())
_KIND_WORDS = {
    "poll": frozenset("poll polls".split()),
    "video": frozenset("video videos videoplayer".split()),
    "audio": frozenset("audio podcast podcasts".split()),
}
URL_STARTS = ("http://", "https://", "//")
MAX_URL_LENGTH = 2048  # characters; longer URLs are ignored (chosen by hand)


@dataclass(frozen=True, slots=True)
class EmbedTarget:
    """What a URL points to. `id` is None if it cannot be known without a network request. `handle`
    has no @.
    """

    provider: str
    kind: str
    id: str | None
    url: str | None  # canonical URL
    handle: str | None = None

    def with_player_kind(self, kind: str) -> EmbedTarget:
        """Returns the target with the kind of the element that plays it, where the URL alone is
        ambiguous: an .mp4 in <audio> is audio, a Facebook post in video markup is a video.
        """
        takes_player_kind = self.provider == "file" or (
            self.provider == "facebook" and self.kind == "post"
        )
        return replace(self, kind=kind) if takes_player_kind else self


def classify_url(url: str, base: str = "") -> EmbedTarget | None:
    """Returns provider, kind, id and canonical URL of what a URL shows. None if it is not a post,
    player or file.
    """
    target = classify_direct_url(url, base)
    return target or _classify_proxied_url(url, base)


@lru_cache(maxsize=4096)
def classify_direct_url(url: str, base: str = "") -> EmbedTarget | None:
    """Like `classify_url`, but does not look for a target in the URL's own parameters (`?url=`)."""
    if url.startswith("at://"):
        return _classify_bluesky_uri(url)
    address = to_absolute_url(url, base)
    if address is None:
        return None
    host = get_host(address)
    if is_ignored_host(host):
        return None
    path = _read_path(address)
    for row in find_rows(host):
        if target := _match_row(row, address, host, path, base):
            return target
    return None if is_provider_host(host) else _classify_file(address)


@lru_cache(maxsize=1024)
def classify_framed_url(url: str, base: str = "") -> EmbedTarget | None:
    """Returns what a frame or an embed code with this URL shows.

    Pages of known providers that no form of their URLs describes are links. Frames of other hosts
    have the provider "unknown"; their id is a hash. None for buttons, like boxes, advertising,
    and home pages of providers.
    """
    if target := classify_url(url, base):
        return target
    address = to_absolute_url(url, base)
    if address is None or is_ignored_host(host := get_host(address)):
        return None
    path = _read_path(address)
    for row in find_rows(host):
        if row.widget_pattern and row.widget_pattern.match(path):
            return None
        for page_pattern in row.page_patterns:
            if match := page_pattern.match(path, host):
                return _build_target(row, page_pattern, match, address, host)
        if not row.has_other_services:
            is_page = path != "/" and not _ASSET_PATH.search(path)
            return EmbedTarget(row.name, "link", None, address) if is_page else None
    return EmbedTarget("unknown", _guess_kind(host, path), hash_text(address), address)


def classify_page(url: str, kind: str = "") -> EmbedTarget | None:
    """Classifies an absolute URL in an embed code: a known provider's page is a link at least.

    `kind` is what the embed code says that the URL is, for URLs that do not say it.
    """
    target = classify_framed_url(url) if url.startswith(URL_STARTS) else None
    if target is None or target.provider == "unknown":
        return None
    return replace(target, kind=kind) if kind and target.kind == "link" else target


def _guess_kind(host: str, path: str) -> str:
    """Returns what a frame of an unknown provider shows, if its URL says so twice: that it is
    a poll or a player, and that it is made for embedding.
    """
    words = frozenset(_URL_WORD.findall(f"{host}{path.split('?')[0]}".lower()))
    if not words.isdisjoint(_EMBED_WORDS):
        for kind, names in _KIND_WORDS.items():
            if not words.isdisjoint(names):
                return kind
    return "poll" if host.startswith(("poll.", "polls.")) else "unknown"


def to_absolute_url(url: str, base: str = "") -> str | None:
    """Returns the URL with scheme and host, HTML entities unescaped. None if not HTTP(S), or too
    long.
    """
    url = url.strip()
    if (
        not url
        or len(url) > MAX_URL_LENGTH
        or url.startswith(("#", "about:", "javascript:", "data:", "blob:", "mailto:"))
    ):
        return None
    if "&amp;" in url or "&#" in url:
        url = html.unescape(url)
    if url.startswith("//"):
        url = "https:" + url
    try:
        address = urljoin(base, url) if base else url
        parts = urlsplit(address)
    except ValueError:
        return None
    return address if parts.scheme in ("http", "https") and parts.netloc else None


def _read_path(address: str) -> str:
    """Returns what follows the host: path?query#fragment, without repeated slashes."""
    parts = urlsplit(address)
    path = re.sub(r"//+", "/", parts.path) or "/"
    path += f"?{parts.query}" if parts.query else ""
    return f"{path}#{parts.fragment}" if parts.fragment else path


def _match_row(row: Provider, address: str, host: str, path: str, base: str) -> EmbedTarget | None:
    if row.wrapper_pattern and (wrapper_match := row.wrapper_pattern.match(path)):
        return _classify_wrapped_url(
            row, address, base, wrapper_match.groupdict().get("kind") or ""
        )
    for url_pattern in row.url_patterns:
        if match := url_pattern.match(path, host):
            return _build_target(row, url_pattern, match, address, host)
    return None


def _build_target(
    row: Provider,
    url_pattern: ProviderUrlPattern,
    match: re.Match[str],
    address: str,
    host: str,
) -> EmbedTarget:
    parts = {name: value for name, value in match.groupdict().items() if value} | {"host": host}
    handle = parts.get("handle")
    if handle and (handle.startswith("did:") or handle.isdigit()):
        handle = None  # a DID or a number is not a handle
    native_id = url_pattern.id_template.format(**parts) if url_pattern.id_template else None
    if url_pattern.is_id_hashed:
        native_id = hash_text(parts["id"])
    template = (
        url_pattern.anonymous_url_template
        if url_pattern.anonymous_url_template and "handle" not in parts
        else url_pattern.url_template
    )
    return EmbedTarget(
        row.name,
        url_pattern.kind,
        native_id,
        template.format(**parts) if template else address,
        unquote(handle).lstrip("@") if handle else None,
    )


def hash_text(text: str) -> str:
    """Returns a short, stable id (16 hex digits) for an item without an id of its own."""
    return sha1(text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()[:16]


def _classify_wrapped_url(row: Provider, address: str, base: str, kind: str) -> EmbedTarget | None:
    """Classifies the URL in a wrapper's parameter. If it cannot be classified, a Facebook plugin
    URL still gives the kind.
    """
    for value in find_inner_urls(address):
        target = classify_direct_url(value, base)
        if target and target.kind == "post" and kind == "video":
            return EmbedTarget(target.provider, "video", target.id, target.url, target.handle)
        if target or not kind:
            return target
        if row in find_rows(get_host(value)):
            return EmbedTarget(row.name, {"comment_embed": "comment"}.get(kind, kind), None, value)
    return None


def find_inner_urls(address: str) -> Iterator[str]:
    """Yields the absolute URLs in a URL's query parameters."""
    try:
        params = dict(parse_qsl(urlsplit(address).query))
    except ValueError:
        return
    for name in _INNER_URL_PARAMS:
        value = params.get(name, "")
        if value.startswith(URL_STARTS):
            yield value


def _classify_proxied_url(url: str, base: str) -> EmbedTarget | None:
    """Classifies first-party proxies: /embed?url=…, a PDF viewer's ?file=…, ?id=youtube-video-…"""
    address = to_absolute_url(url, base)
    if (
        address is None
        or is_ignored_host(get_host(address))
        or is_provider_host(get_host(address))
        or _SHARE_URL.search(address.split("?")[0])
    ):
        return None
    for value in find_inner_urls(address):
        if (target := classify_direct_url(value)) and (
            target.provider != "pdf" or "?file=" in address or "viewer" in address
        ):
            return target
    for name, value in parse_qsl(urlsplit(address).query):
        if name == "file" and value.lower().endswith(".pdf"):
            return _classify_file(urljoin(address, value))
        if proxy_match := _PROXY_ID.match(value):
            return classify_direct_url(f"https://youtu.be/{proxy_match['id']}")
    return _classify_proxied_id(address)


def _classify_proxied_id(address: str) -> EmbedTarget | None:
    """Classifies a publisher's own frame that names a provider and an id: /embeds/tweet?id=…"""
    words = frozenset(_URL_WORD.findall(address.partition("?")[0].lower()))
    if words.isdisjoint(_EMBED_WORDS) or words.isdisjoint(PROVIDER_WORDS):
        return None
    parts = urlsplit(address)
    values = [value for _, value in parse_qsl(parts.query)]
    urls = [build_id_url(words, value) for value in values]
    urls += [build_id_url(words, part, is_in_path=True) for part in parts.path.split("/")]
    url = next(filter(None, urls), None)
    return classify_direct_url(url) if url else None


def _classify_file(address: str) -> EmbedTarget | None:
    """Classifies media files and PDFs. The URL without its query is the id."""
    parts = urlsplit(address)
    extension_match = _FILE_EXTENSION.search(unquote(parts.path))
    extension = extension_match[1].lower() if extension_match else ""
    canonical_url = (
        f"{parts.scheme}://{parts.netloc}{quote(unquote(parts.path), safe='/:@!$&()*+,;=~-._')}"
    )
    if extension == "pdf":
        return EmbedTarget("pdf", "document", canonical_url, canonical_url)
    if extension in _VIDEO_EXTENSIONS or extension in _AUDIO_EXTENSIONS:
        return EmbedTarget(
            "file",
            "video" if extension in _VIDEO_EXTENSIONS else "audio",
            canonical_url,
            canonical_url,
        )
    return None


def _classify_bluesky_uri(uri: str) -> EmbedTarget | None:
    if not (match := _BLUESKY_URI.match(uri)):
        return None
    return EmbedTarget(
        "bluesky",
        "post",
        match["id"],
        f"https://bsky.app/profile/{match['did']}/post/{match['id']}",
    )


@lru_cache(maxsize=4096)
def is_provider_host(host: str) -> bool:
    """Returns whether a host serves a provider's embeds and nothing else."""
    return not all(row.has_other_services for row in find_rows(host))
