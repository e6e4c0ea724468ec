"""A URL → whose post, which one. The same function reads iframes, attributes, bare lines and JSON."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha1
from urllib.parse import parse_qsl, quote, unquote, urljoin, urlsplit

from khabar.extraction.embeds.ignored_hosts import noise
from khabar.extraction.embeds.providers import PROVIDERS, Form, Provider
from khabar.model.urls import host_of

_AUDIO = frozenset({"mp3", "m4a", "oga", "ogg", "aac", "wav", "opus"})
_VIDEO = frozenset({"mp4", "m4v", "webm", "mov", "ogv", "m3u8", "mpd", "flv", "3gp"})
_ENDING = re.compile(r"\.([a-z0-9]{2,4})$", re.I)
_GOOGLE = re.compile(r"(?:^|\.)google\.(?:com?\.)?\w{2,3}$")
_MASTODON = re.compile(
    r"^/(?:@(?P<handle>[\w.]+)(?:@[\w.-]+)?|users/(?P<user>[\w.]+)/statuses)/(?P<id>\d{6,})/embed/?$"
)
_AT = re.compile(r"^at://(?P<did>[^/]+)/app\.bsky\.feed\.post/(?P<id>\w+)")
_INNER = ("url", "href", "src", "file", "link", "video", "embed_url", "video_url", "u")
_PROXY_ID = re.compile(r"^youtube-video-(?P<id>[\w-]{11})$")
_SHARING = re.compile(r"shar(?:e|er|ing)\b|/intent/|/dialog/|like\.php|login|/send\b")
LONGEST = 2048  # of a URL worth reading


@dataclass(frozen=True, slots=True)
class Classified:
    """What a URL points at. `id` is None when it cannot be known without the network; `handle` carries no @."""

    provider: str
    kind: str
    id: str | None
    url: str | None  # canonical
    handle: str | None = None

    def played_as(self, kind: str) -> Classified:
        """A file is what its player is: .mp4 in <audio> is sound. A post in a video's mark-up is that video."""
        told = self.provider == "file" or (self.provider == "facebook" and self.kind == "post")
        return replace(self, kind=kind) if told else self


def _by_host() -> dict[str, list[Provider]]:
    rows: dict[str, list[Provider]] = {}
    for row in PROVIDERS:
        for host in row.hosts:
            rows.setdefault(host, []).insert(0, row)  # the row that names only this host comes first
    return rows


_BY_HOST = _by_host()


def classify(url: str, base: str = "") -> Classified | None:
    """Provider, kind, id and canonical address of what a URL shows; None when it is nobody's post, player or file."""
    found = direct(url, base)
    return found or _wrapped(url, base)


@lru_cache(maxsize=4096)
def direct(url: str, base: str = "") -> Classified | None:
    """As `classify`, for a URL that names its post itself: no foreign page's `?url=` is opened."""
    if url.startswith("at://"):
        return _bluesky(url)
    address = absolute(url, base)
    if address is None:
        return None
    host = host_of(address)
    if noise(host):
        return None
    rows = _rows(host)
    for row in rows:
        if found := _by_row(row, address, base):
            return found
    return None if rows else _file(address) or _mastodon(address, host)


def absolute(url: str, base: str = "") -> str | None:
    """The URL with scheme and host, entities opened; None for what is no web address."""
    url = url.strip()
    if not url or len(url) > LONGEST or url.startswith(("#", "about:", "javascript:", "data:", "blob:", "mailto:")):
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


def _rows(host: str) -> list[Provider]:
    labels = host.split(".")
    for start in range(len(labels) - 1):
        if rows := _BY_HOST.get(".".join(labels[start:])):
            return rows
    return _BY_HOST["google.*"] if _GOOGLE.search(host) else []


def _by_row(row: Provider, address: str, base: str) -> Classified | None:
    rest = _rest(address)
    if row.wraps and (wrapper := row.wraps.match(rest)):
        return _inside(row, address, base, wrapper.groupdict().get("kind") or "")
    for form in row.forms:
        if found := form.pattern.match(rest):
            return _filled(row, form, found, address)
    return None


def _rest(address: str) -> str:
    parts = urlsplit(address)
    path = re.sub(r"//+", "/", parts.path) or "/"
    return path + ("?" + parts.query if parts.query else "") + ("#" + parts.fragment if parts.fragment else "")


def _filled(row: Provider, form: Form, found: re.Match[str], address: str) -> Classified:
    parts = {name: value for name, value in found.groupdict().items() if value}
    handle = parts.get("handle")
    if handle and (handle.startswith("did:") or handle.isdigit()):
        handle = None  # a number names nobody
    native = form.id.format(**parts) if form.id else None
    if form.digest:
        native = digest(parts["id"])
    template = form.anon if form.anon and "handle" not in parts else form.url
    return Classified(row.name, form.kind, native, template.format(**parts) if template else address, _plain(handle))


def _plain(handle: str | None) -> str | None:
    return unquote(handle).lstrip("@") if handle else None


def digest(text: str) -> str:
    """A short stable id for what has none of its own."""
    return sha1(text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()[:16]


def _inside(row: Provider, address: str, base: str, kind: str) -> Classified | None:
    """What a wrapper's parameter names; Facebook's own frames say at least what kind of thing it is."""
    for value in inner_urls(address):
        found = direct(value, base)
        if found and found.kind == "post" and kind == "video":
            return Classified(found.provider, "video", found.id, found.url, found.handle)
        if found or not kind:
            return found
        if row.name in ("facebook",) and any(r.name == row.name for r in _rows(host_of(value))):
            return Classified(row.name, {"comment_embed": "comment"}.get(kind, kind), None, value)
    return None


def inner_urls(address: str) -> Iterator[str]:
    """Absolute URLs that stand as parameters in another."""
    try:
        pairs = dict(parse_qsl(urlsplit(address).query))
    except ValueError:
        return
    for name in _INNER:
        value = pairs.get(name, "")
        if value.startswith(("http://", "https://", "//")):
            yield value


def _wrapped(url: str, base: str) -> Classified | None:
    """First-party proxies: /embed?url=…, a PDF viewer's ?file=…, ?id=youtube-video-…"""
    address = absolute(url, base)
    if address is None or noise(host_of(address)) or _rows(host_of(address)) or _SHARING.search(address.split("?")[0]):
        return None
    for value in inner_urls(address):
        if (found := direct(value)) and (found.provider != "pdf" or "?file=" in address or "viewer" in address):
            return found
    for name, value in parse_qsl(urlsplit(address).query):
        if name == "file" and value.lower().endswith(".pdf"):
            return _file(urljoin(address, value))
        if named := _PROXY_ID.match(value):
            return direct(f"https://youtu.be/{named['id']}")
    return None


def _file(address: str) -> Classified | None:
    """A media file or a PDF is its own id: the address without query."""
    parts = urlsplit(address)
    found = _ENDING.search(unquote(parts.path))
    ending = found[1].lower() if found else ""
    own = f"{parts.scheme}://{parts.netloc}{quote(unquote(parts.path), safe='/:@!$&()*+,;=~-._')}"
    if ending == "pdf":
        return Classified("pdf", "document", own, own)
    if ending in _VIDEO or ending in _AUDIO:
        return Classified("file", "video" if ending in _VIDEO else "audio", own, own)
    return None


def _bluesky(uri: str) -> Classified | None:
    if not (found := _AT.match(uri)):
        return None
    return Classified("bluesky", "post", found["id"], f"https://bsky.app/profile/{found['did']}/post/{found['id']}")


def _mastodon(address: str, host: str) -> Classified | None:
    """Any host may run Mastodon: its frames are known by their path alone."""
    if not (found := _MASTODON.match(urlsplit(address).path)):
        return None
    handle = found["handle"] or found["user"]
    return Classified("mastodon", "post", f"{host}/{found['id']}", f"https://{host}/@{handle}/{found['id']}", handle)


def provider_host(address: str) -> bool:
    """Does the URL belong to a provider of the table, whatever it shows?"""
    return bool(_rows(host_of(address)))
