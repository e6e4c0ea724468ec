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
from khabar.extraction.embeds.providers import PROVIDERS, Provider, ProviderUrlPattern
from khabar.model.urls import get_host

_AUDIO_EXTENSIONS = frozenset({"mp3", "m4a", "oga", "ogg", "aac", "wav", "opus"})
_VIDEO_EXTENSIONS = frozenset({"mp4", "m4v", "webm", "mov", "ogv", "m3u8", "mpd", "flv", "3gp"})
_FILE_EXTENSION = re.compile(r"\.([a-z0-9]{2,4})$", re.I)
_GOOGLE_HOST = re.compile(r"(?:^|\.)google\.(?:com?\.)?\w{2,3}$")
_MASTODON_PATH = re.compile(
    r"^/(?:@(?P<handle>[\w.]+)(?:@[\w.-]+)?|users/(?P<user>[\w.]+)/statuses)/(?P<id>\d{6,})/embed/?$"
)
_BLUESKY_URI = re.compile(r"^at://(?P<did>[^/]+)/app\.bsky\.feed\.post/(?P<id>\w+)")
_INNER_URL_PARAMS = ("url", "href", "src", "file", "link", "video", "embed_url", "video_url", "u")
_PROXY_ID = re.compile(r"^youtube-video-(?P<id>[\w-]{11})$")
_SHARE_URL = re.compile(r"shar(?:e|er|ing)\b|/intent/|/dialog/|like\.php|login|/send\b")
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


def _index_by_host() -> dict[str, list[Provider]]:
    providers_by_host: dict[str, list[Provider]] = {}
    for provider in PROVIDERS:
        for host in provider.hosts:
            # a later row that names only this host takes precedence
            providers_by_host.setdefault(host, []).insert(0, provider)
    return providers_by_host


_PROVIDERS_BY_HOST = _index_by_host()


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
    providers = _find_providers(host)
    for provider in providers:
        if target := _match_provider(provider, address, base):
            return target
    return None if providers else _classify_file(address) or _classify_mastodon_url(address, host)


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


def _find_providers(host: str) -> list[Provider]:
    labels = host.split(".")
    for start in range(len(labels) - 1):
        if providers := _PROVIDERS_BY_HOST.get(".".join(labels[start:])):
            return providers
    return _PROVIDERS_BY_HOST["google.*"] if _GOOGLE_HOST.search(host) else []


def _match_provider(provider: Provider, address: str, base: str) -> EmbedTarget | None:
    parts = urlsplit(address)
    path = re.sub(r"//+", "/", parts.path) or "/"
    path += f"?{parts.query}" if parts.query else ""
    path += f"#{parts.fragment}" if parts.fragment else ""
    if provider.wrapper_pattern and (wrapper_match := provider.wrapper_pattern.match(path)):
        return _classify_wrapped_url(
            provider, address, base, wrapper_match.groupdict().get("kind") or ""
        )
    for url_pattern in provider.url_patterns:
        if match := url_pattern.pattern.match(path):
            return _build_target(provider, url_pattern, match, address)
    return None


def _build_target(
    provider: Provider, url_pattern: ProviderUrlPattern, match: re.Match[str], address: str
) -> EmbedTarget:
    parts = {name: value for name, value in match.groupdict().items() if value}
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
        provider.name,
        url_pattern.kind,
        native_id,
        template.format(**parts) if template else address,
        unquote(handle).lstrip("@") if handle else None,
    )


def hash_text(text: str) -> str:
    """Returns a short, stable id (16 hex digits) for an item without an id of its own."""
    return sha1(text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()[:16]


def _classify_wrapped_url(
    provider: Provider, address: str, base: str, kind: str
) -> EmbedTarget | None:
    """Classifies the URL in a wrapper's parameter. If it cannot be classified, a Facebook plugin
    URL still gives the kind.
    """
    for value in find_inner_urls(address):
        target = classify_direct_url(value, base)
        if target and target.kind == "post" and kind == "video":
            return EmbedTarget(target.provider, "video", target.id, target.url, target.handle)
        if target or not kind:
            return target
        if provider.name == "facebook" and any(
            candidate.name == provider.name for candidate in _find_providers(get_host(value))
        ):
            return EmbedTarget(
                provider.name, {"comment_embed": "comment"}.get(kind, kind), None, value
            )
    return None


def find_inner_urls(address: str) -> Iterator[str]:
    """Yields the absolute URLs in a URL's query parameters."""
    try:
        params = dict(parse_qsl(urlsplit(address).query))
    except ValueError:
        return
    for name in _INNER_URL_PARAMS:
        value = params.get(name, "")
        if value.startswith(("http://", "https://", "//")):
            yield value


def _classify_proxied_url(url: str, base: str) -> EmbedTarget | None:
    """Classifies first-party proxies: /embed?url=…, a PDF viewer's ?file=…, ?id=youtube-video-…"""
    address = to_absolute_url(url, base)
    if (
        address is None
        or is_ignored_host(get_host(address))
        or _find_providers(get_host(address))
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
    return None


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


def _classify_mastodon_url(address: str, host: str) -> EmbedTarget | None:
    """Recognises Mastodon embeds by their path alone, since any host may run Mastodon."""
    if not (match := _MASTODON_PATH.match(urlsplit(address).path)):
        return None
    handle = match["handle"] or match["user"]
    return EmbedTarget(
        "mastodon",
        "post",
        f"{host}/{match['id']}",
        f"https://{host}/@{handle}/{match['id']}",
        handle,
    )


def is_provider_url(address: str) -> bool:
    """Returns whether the host belongs to a provider in the table, whatever the URL shows."""
    return bool(_find_providers(get_host(address)))
