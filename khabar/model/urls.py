"""URL normalisation, and rules that hold for every source."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from ipaddress import ip_address
from os.path import commonprefix
from string import digits
from urllib.parse import SplitResult, quote, unquote, unquote_plus, urljoin, urlsplit, urlunsplit

# Limits of a URL that is requested, against spider traps; chosen by hand, not measured.
MAX_LENGTH = 1024  # characters
MAX_SEGMENTS = 20  # of the path
_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+|%")
_ASCII_ESCAPE = re.compile(r"%(?![89A-Fa-f][0-9A-Fa-f])")  # of an ASCII character, or a stray %
# Names of real sites have underscores. A percent-escape could be decoded by who asks.
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_PORTS = {"http": 80, "https": 443}
# An address whose path (group 1) is found without `urlsplit`: most on a page.
_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9.-]+((?:/[!-\"$->@-~]*)?)(?:[?#][!-~]*)?")
# Query parameters that track the reader and do not change the page (seen at 57 Hindi sources).
TRACKING_PARAMS = (
    "utm_*", "fbclid", "gclid", "gclsrc", "_gl", "frmapp", "trc*", "in_app", "tblci",
    "ref_src", "igshid", "mc_cid", "mc_eid",
)  # fmt: skip


def normalize_url(url: str, base: str = "") -> str:
    """Returns the normalised URL: absolute, scheme and host in lower case, no default port, no dot
    segments, no fragment, no empty query.

    Percent-encoding is made uniform (upper-case hex, non-ASCII encoded); path and query keep their
    order and case. Raises ValueError for what cannot be parsed as a URL.
    """
    return _normalize_text(str(url), base)  # lxml's strings would keep their trees in the cache


@lru_cache(maxsize=256)  # the steps of one link normalise the same URL four times
def _normalize_text(url: str, base: str) -> str:
    parts = urlsplit(urljoin(base, url.strip()) if base else url.strip())
    host, path = _ascii_host(parts), _remove_dot_segments(_normalize_path(parts.path)) or "/"
    if not host and path.startswith("//"):
        # serialised again, the path would be parsed as a host
        raise ValueError("no host before the path")
    port = "" if parts.port in (None, _PORTS.get(parts.scheme)) else f":{parts.port}"
    user = f"{parts.username or ''}@" if "@" in parts.netloc else ""
    return urlunsplit(
        (parts.scheme.lower(), user + host + port, path, _normalize_query(parts.query), "")
    )


def _ascii_host(parts: SplitResult) -> str:
    """Returns the host in lower-case ASCII: IDNA for other scripts, IPv6 in brackets."""
    host = (parts.hostname or "").rstrip(".")
    if not host.isascii():  # IDNA may turn a letter into a dot
        host = host.encode("idna").decode("ascii").rstrip(".")
    return f"[{host}]" if ":" in host else host.lower()


def _remove_dot_segments(path: str) -> str:
    """Resolves dot segments as servers do (`/a/./b/../c` is `/a/c`), so that they cannot bypass
    deny patterns or robots.txt.
    """
    segments = path.split("/")
    if path[:1] != "/" or not {".", ".."} & set(segments):
        return path
    output: list[str] = []
    for segment in segments[1:]:
        if segment == "..":
            output = output[:-1]
        elif segment != ".":
            output.append(segment)
    return "/" + "/".join(output) + ("/" if segments[-1] in (".", "..") and output else "")


def _normalize_query(text: str) -> str:
    """Makes percent-encoding uniform without decoding it: a query may hold an escaped & or =."""
    if not text:
        return ""
    query = quote(text, safe="/?:@!$&'()*+,;=~-._%")
    return re.sub(r"%[0-9A-Fa-f]{2}", lambda m: m.group().upper(), query)


def _normalize_path(path: str) -> str:
    """Decodes only unreserved and non-ASCII escapes, so that %2F never becomes a path separator."""
    if _ASCII_ESCAPE.search(path):
        text = _ESCAPES.sub(lambda m: _decode_unreserved(m.group()), path)
    else:  # nothing to decode, as in nearly all Hindi URLs
        text = _ESCAPES.sub(lambda m: m.group().upper(), path)
    return quote(text, safe="/:@!$&'()*+,;=~-._%")


def _decode_unreserved(escapes: str) -> str:
    if escapes == "%":
        return "%25"  # a stray percent sign, not the start of an escape
    try:
        text = unquote(escapes, errors="strict")
    except UnicodeDecodeError:
        return escapes.upper()
    return quote(text, safe="")


def resolve_link(base: str, link: str) -> str:
    """Returns the normalised target of a link on the page `base`; the link unchanged if it is no
    valid URL (`reject_reason` says why).
    """
    try:
        return normalize_url(link, base)
    except ValueError:
        return link


def resolve_base(href: str | None, url: str) -> str:
    """Returns the address against which the links of the page `url` are resolved: the target of its
    <base href>, or `url` if it has none with an http(s) address.
    """
    try:
        base = normalize_url(href, url) if href else ""
    except ValueError:
        return url
    return base if base.startswith(("http://", "https://")) else url


def strip_params(url: str, params: Sequence[str]) -> str:
    """Returns the URL without the named query parameters (`name`, or `prefix*`); the rest keeps its
    spelling.
    """
    if "?" not in url:
        return url
    parts = urlsplit(url)
    pairs = parts.query.split("&")
    remaining = [pair for pair in pairs if not _is_listed_param(pair, params)]
    if len(remaining) == len(pairs):
        return url
    return urlunsplit(parts._replace(query="&".join(remaining)))


def _is_listed_param(pair: str, params: Sequence[str]) -> bool:
    name = unquote_plus(pair.partition("=")[0])
    return bool(name) and any(fnmatchcase(name, param) for param in params)


def get_host(url: str) -> str:
    """Returns the lower-case host name without port, other scripts in IDNA; '' if there is none."""
    try:
        return _ascii_host(urlsplit(url)).strip("[]")
    except ValueError:
        return ""


def get_path(url: str) -> str:
    """Returns the path of a URL. Raises ValueError as `urlsplit` does, which takes four times as
    long for most addresses.
    """
    match = _PLAIN_URL.fullmatch(url)
    return match[1] if match else urlsplit(url).path


def is_loopback(host: str) -> bool:
    """Returns True for localhost and for loopback addresses (127.0.0.0/8, ::1)."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def get_origin(url: str) -> str:
    """Returns scheme, host and port: the scope of one robots.txt."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def reject_reason(url: str) -> str | None:
    """Returns why a URL must never be requested, in a few words; None if it may be."""
    try:
        url = normalize_url(url)
    except ValueError as error:
        return f"not a URL: {error}"
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        return f"scheme {parts.scheme or 'missing'}"
    if "@" in parts.netloc:
        return "credentials in the address"
    if not parts.hostname:
        return "no host"
    if not _HOST.fullmatch(parts.hostname) and ":" not in parts.hostname:
        return "a host with other characters than letters, digits, dots and hyphens"
    return _trap_reason(url, parts.path)


def strip_credentials(url: str) -> str:
    """Returns the URL without user and password, for logs and the archive."""
    return re.sub(r"^((?:[A-Za-z][A-Za-z0-9+.-]*:)?//)[^/?#]*@", r"\1", url)


def _trap_reason(url: str, path: str) -> str | None:
    if len(url) > MAX_LENGTH:
        return f"longer than {MAX_LENGTH} characters"
    segments = [s for s in path.split("/") if s]
    if len(segments) > MAX_SEGMENTS:
        return f"more than {MAX_SEGMENTS} path segments"
    if any(a == b == c for a, b, c in zip(segments, segments[1:], segments[2:], strict=False)):
        return "a path segment three times in a row"
    return None


# Page numbers of one story in URLs: ?page=2, /2/, /page/2, -2.html … More than 2 digits are an id.
_PAGE_NUMBER = re.compile(
    r"(?P<mark>[/?&;,._-]*(?:(?:pages?|pg|pgno|page_?no|curpg|paged|p|part|bhag)[-_/=]?)?)"
    r"(?P<number>\d{1,2})[/&]?",
    re.IGNORECASE,
)
_PAGE_SUFFIX = re.compile(r"/?(?:\.\w{2,5})?/?(?:[?&].*)?$")  # may follow the number


def next_page_number(url: str, link: str) -> int | None:
    """Returns the page number of `link` if it can be the page after `url` of the same story, else
    None.

    The URLs must differ by the page number alone, and it must be one higher. A URL without a number
    is page 1.
    """
    url_parts, link_parts = urlsplit(url), urlsplit(link)
    if not url_parts.netloc or url_parts.netloc.lower() != link_parts.netloc.lower():
        return None
    url_diff, link_diff, suffix = _split_difference(
        *(f"{parts.path}?{parts.query}".rstrip("?") for parts in (url_parts, link_parts))
    )
    url_match, link_match = _PAGE_NUMBER.fullmatch(url_diff), _PAGE_NUMBER.fullmatch(link_diff)
    if (
        link_match is None
        or (url_diff and url_match is None)
        or not (link_diff[-1:] == "&" or _PAGE_SUFFIX.match(suffix))
    ):
        return None
    if not url_diff and not link_match["mark"] and url.partition("?")[0][-1:] != "/":
        return None  # /khabar and /khabar2 are different stories
    number = int(link_match["number"])
    return number if number == (int(url_match["number"]) if url_match else 1) + 1 else None


def _split_difference(first: str, second: str) -> tuple[str, str, str]:
    """Returns the parts in which two texts differ, between their common prefix and suffix, and that
    suffix. Never splits a number.
    """
    start = len(commonprefix([first, second]))
    if first[start : start + 1].isdigit() or second[start : start + 1].isdigit():
        start -= len(first[:start]) - len(first[:start].rstrip(digits))
    suffix = commonprefix([first[start:][::-1], second[start:][::-1]])[::-1]
    ends = [text[start : len(text) - len(suffix)][-1:] for text in (first, second)]
    if any(map(str.isdigit, ends)):
        suffix = suffix.lstrip(digits)
    return (
        first[start : len(first) - len(suffix)],
        second[start : len(second) - len(suffix)],
        suffix,
    )


def has_same_slug(url: str, other_url: str) -> bool:
    """Whether `other_url` contains the last path segment of `url` (without extension, at least 5
    characters; chosen by hand, not measured) and its query.
    """
    parts = urlsplit(url)
    last = re.sub(r"\.\w{2,5}$", "", parts.path.rstrip("/").rpartition("/")[2])
    return len(last) >= 5 and last in other_url and parts.query in other_url
