"""Addresses: one spelling for each, and the pure rules every source shares. Knows no source."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from os.path import commonprefix
from string import digits
from urllib.parse import SplitResult, quote, unquote, unquote_plus, urljoin, urlsplit, urlunsplit

MAX_LENGTH = 1024
MAX_SEGMENTS = 20
_PORTS = {"http": 80, "https": 443}
# Parameters that follow the reader, not the page (vocabulary of 57 Hindi sources).
TRACKERS = (
    "utm_*", "fbclid", "gclid", "gclsrc", "_gl", "frmapp", "trc*", "in_app", "tblci",
    "ref_src", "igshid", "mc_cid", "mc_eid",
)  # fmt: skip


def normal(url: str, base: str = "") -> str:
    """One spelling: absolute, lower-case scheme and host, no default port, no dot segments, no fragment, no bare `?`.

    Percent-encoding is made uniform (upper-case hex, Unicode encoded); path and query keep their order and case.
    Raises ValueError when it cannot be read as a URL.
    """
    parts = urlsplit(urljoin(base, url.strip()) if base else url.strip())
    host, path = _ascii_host(parts), _without_dots(_requoted(parts.path)) or "/"
    if not host and path.startswith("//"):
        raise ValueError("no host before the path")  # written out again, the path would become one
    port = "" if parts.port in (None, _PORTS.get(parts.scheme)) else f":{parts.port}"
    user = f"{parts.username or ''}@" if "@" in parts.netloc else ""
    return urlunsplit((parts.scheme.lower(), user + host + port, path, _query(parts.query), ""))


def _ascii_host(parts: SplitResult) -> str:
    """The host as the name system spells it: lower case, IDNA for other scripts, IPv6 in brackets."""
    host = (parts.hostname or "").rstrip(".")
    if not host.isascii():
        host = host.encode("idna").decode("ascii")
    return f"[{host}]" if ":" in host else host.lower()


def _without_dots(path: str) -> str:
    """`/a/./b/../c` is `/a/c` to every server: no rule of ours or of robots.txt may be walked around that way."""
    segments = path.split("/")
    if path[:1] != "/" or not {".", ".."} & set(segments):
        return path
    kept: list[str] = []
    for segment in segments[1:]:
        if segment == "..":
            kept = kept[:-1]
        elif segment != ".":
            kept.append(segment)
    return "/" + "/".join(kept) + ("/" if segments[-1] in (".", "..") and kept else "")


def _query(text: str) -> str:
    """A query may carry an escaped & or =: its escapes stay closed and are only spelt alike."""
    encoded = quote(text, safe="/?:@!$&'()*+,;=~-._%")
    return re.sub(r"%[0-9A-Fa-f]{2}", lambda m: m.group().upper(), encoded)


def _requoted(path: str) -> str:
    """Only unreserved and non-ASCII escapes are opened, so %2F never becomes a new path segment."""
    opened = re.sub(r"(?:%[0-9A-Fa-f]{2})+|%", lambda m: _opened(m.group()), path)
    return quote(opened, safe="/:@!$&'()*+,;=~-._%")


def _opened(escapes: str) -> str:
    if escapes == "%":
        return "%25"  # a stray percent sign is itself, not the beginning of an escape
    try:
        text = unquote(escapes, errors="strict")
    except UnicodeDecodeError:
        return escapes.upper()
    return "".join(c if c.isascii() and (c.isalnum() or c in "-._~") else quote(c, safe="") for c in text)


def joined(base: str, link: str) -> str:
    """Where a link on `base` leads, in one spelling; the link itself when it is no address (`bad` says why)."""
    try:
        return normal(link, base)
    except ValueError:
        return link


def without(url: str, params: Sequence[str]) -> str:
    """The URL without the query parameters named (`name`, or `prefix*`)."""
    parts = urlsplit(url)
    pairs = parts.query.split("&")
    kept = [pair for pair in pairs if not _is_one_of(pair, params)]
    if len(kept) == len(pairs):
        return url
    return urlunsplit(parts._replace(query="&".join(kept)))  # what stays keeps its spelling


def _is_one_of(pair: str, params: Sequence[str]) -> bool:
    name = unquote_plus(pair.partition("=")[0])
    return bool(name) and any(fnmatchcase(name, param) for param in params)


def host_of(url: str) -> str:
    """Lower-case host name without port, other scripts in IDNA; '' when there is none."""
    try:
        return _ascii_host(urlsplit(url)).strip("[]")
    except ValueError:
        return ""


def origin_of(url: str) -> str:
    """Scheme, host and port: what one robots.txt speaks for."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def bad(url: str) -> str | None:
    """Why a URL must never be requested, in a few words; None when nothing speaks against it."""
    try:
        url = normal(url)
    except ValueError as error:
        return f"not a URL: {error}"
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        return f"scheme {parts.scheme or 'missing'}"
    if "@" in parts.netloc:
        return "credentials in the address"
    if not parts.hostname:
        return "no host"
    return _trap(url, parts.path)


def without_credentials(url: str) -> str:
    """An address as it may be written down: without user and password."""
    return re.sub(r"^((?:[A-Za-z][A-Za-z0-9+.-]*:)?//)[^/?#]*@", r"\1", url)


def _trap(url: str, path: str) -> str | None:
    if len(url) > MAX_LENGTH:
        return f"longer than {MAX_LENGTH} characters"
    segments = [s for s in path.split("/") if s]
    if len(segments) > MAX_SEGMENTS:
        return f"more than {MAX_SEGMENTS} path segments"
    if any(a == b == c for a, b, c in zip(segments, segments[1:], segments[2:], strict=False)):
        return "a path segment three times in a row"
    return None


# How addresses number the pages of one story: ?page=2, /2/, /page/2, -2.html … An id has more than two digits.
_PAGE = re.compile(
    r"(?P<mark>[/?&;,._-]*(?:(?:pages?|pg|pgno|page_?no|curpg|paged|p|part|bhag)[-_/=]?)?)"
    r"(?P<number>\d{1,2})[/&]?",
    re.IGNORECASE,
)
_LAST_PART = re.compile(r"/?(?:\.\w{2,5})?/?(?:[?&].*)?$")  # what may stand behind the number


def page_after(url: str, link: str) -> int | None:
    """The number of the page `link` is, when it can be the one after `url` of the same story; else None.

    The two differ by a page's number alone, and it is one more; an address without a number is the first page.
    """
    left, right = urlsplit(url), urlsplit(link)
    if not left.netloc or left.netloc.lower() != right.netloc.lower():
        return None
    here, there, rest = _difference(*(f"{one.path}?{one.query}".rstrip("?") for one in (left, right)))
    now, then = _PAGE.fullmatch(here), _PAGE.fullmatch(there)
    if then is None or (here and now is None) or not (there[-1:] == "&" or _LAST_PART.match(rest)):
        return None
    if not here and not then["mark"] and url.partition("?")[0][-1:] != "/":
        return None  # /khabar and /khabar2 are two stories
    number = int(then["number"])
    return number if number == (int(now["number"]) if now else 1) + 1 else None


def _difference(one: str, other: str) -> tuple[str, str, str]:
    """What stands between the beginning two texts share and the end they share, in each, and that end.

    A number is never cut in two.
    """
    start = len(commonprefix([one, other]))
    if one[start : start + 1].isdigit() or other[start : start + 1].isdigit():
        start -= len(one[:start]) - len(one[:start].rstrip(digits))
    shared = commonprefix([one[start:][::-1], other[start:][::-1]])[::-1]
    ends = [text[start : len(text) - len(shared)][-1:] for text in (one, other)]
    if any(map(str.isdigit, ends)):
        shared = shared.lstrip(digits)
    return one[start : len(one) - len(shared)], other[start : len(other) - len(shared)], shared


def names_same_story(url: str, twin: str) -> bool:
    """Whether `twin` carries what names the story in `url`: its path's last part (five letters at least), its query."""
    parts = urlsplit(url)
    last = re.sub(r"\.\w{2,5}$", "", parts.path.rstrip("/").rpartition("/")[2])
    return len(last) >= 5 and last in twin and parts.query in twin
