"""Parses licences in Really Simple Licensing 1.0: a licence file, or the rsl: elements of a feed.

`parse_rsl` is for worker processes; what it returns is plain data, which `evaluate_terms` reads in
linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import msgspec

from khabar.model import urls
from khabar.parsing.documents import BrokenDocument
from khabar.parsing.robots import PathPattern, compile_pattern, encode_path
from khabar.parsing.usage_preferences import USES, Use

MAX_BYTES = 500 * 1024  # as of robots.txt
MAX_FEED_BYTES = 2 << 20  # as of feeds
MAX_CONTENTS = 1000  # content elements of a file; a file with more cannot be read
NAMESPACE = b"rslstandard.org/rsl"  # in the body of a feed that has rsl: elements
_MAX_WORDS = 40  # of one element that are read; there are eleven in all vocabularies

_AI: tuple[Use, ...] = ("train", "ai-input")
# Uses by the tokens of RSL 1.0 (section 3.4.1.1) and of its drafts.
_USES_OF_TOKEN: dict[str, tuple[Use, ...]] = {
    "all": USES,
    "ai-all": _AI,
    "ai-train": ("train",),
    "train-ai": ("train",),
    "train-genai": ("train",),
    "ai-input": ("ai-input",),
    "ai-use": ("ai-input",),
    "ai-summarize": ("ai-input",),
    "search": ("search",),
}
_ALL_USERS = frozenset({"commercial", "non-commercial", "education", "government", "personal"})
_PLAIN_ELEMENTS = frozenset({"permits", "prohibits", "payment", "legal", "terms"})
_WORD_BREAK = re.compile(r"[\s,]+")


class License(msgspec.Struct, frozen=True):
    """One licence. `permits`: None if it lists no uses; `condition`: what it asks for, '' for
    nothing; `is_free`: it says that it is free.
    """

    permits: tuple[Use, ...] | None = None
    prohibits: tuple[Use, ...] = ()
    condition: str = ""
    is_free: bool = False

    def permits_use(self, use: Use) -> bool:
        """Whether it permits a use without a condition. A list of permitted uses is complete;
        without one, all that is not prohibited is permitted.
        """
        if self.condition or use in self.prohibits:
            return False
        if self.permits is None:
            return bool(self.prohibits) or self.is_free
        return use in self.permits


class LicensedContent(msgspec.Struct, frozen=True):
    """The licences of some addresses. `url`: a path with `*` and `$`, or an address; '' for all.
    `server`: a licence has to be fetched from a server, also if it is free.
    """

    url: str
    licenses: tuple[License, ...] = ()
    server: bool = False


Terms = tuple[LicensedContent, ...]
decode_terms = msgspec.json.Decoder(Terms).decode


def parse_rsl(body: bytes, *, is_feed: bool = False) -> Terms:
    """Parses a licence file, or the rsl: elements of a feed. Raises BrokenDocument if it cannot be
    read, or is longer than MAX_BYTES (a feed: MAX_FEED_BYTES).
    """
    from lxml import etree  # here, as only the workers need it

    if len(body) > (MAX_FEED_BYTES if is_feed else MAX_BYTES):
        raise BrokenDocument("longer than a licence may be")
    if not is_feed and b"<!DOCTYPE" in body.upper():
        raise BrokenDocument("a document type, which no licence has")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, recover=is_feed
    )
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise BrokenDocument(f"not XML: {error}"[:200]) from error
    if root is None or (not is_feed and _local_name(root) != "rsl"):
        raise BrokenDocument("not an RSL licence")
    contents = tuple(_iter_contents(root, is_feed=is_feed))
    if len(contents) > MAX_CONTENTS or (not contents and not is_feed):
        raise BrokenDocument(f"{len(contents)} content elements")
    return contents


def _iter_contents(root: Any, *, is_feed: bool) -> Iterator[LicensedContent]:
    """Yields what each content element licenses. In a feed, a licence outside of one is of all."""
    for element in root.iter("{*}content"):
        if not is_feed or _is_rsl(element):
            yield LicensedContent(
                (element.get("url") or "").strip(),
                tuple(_read_license(child) for child in element if _local_name(child) == "license"),
                bool(element.get("server")),
            )
    if is_feed:
        for element in root.iter("{*}license"):
            parent = element.getparent()
            if _is_rsl(element) and (parent is None or _local_name(parent) != "content"):
                yield LicensedContent("", (_read_license(element),))


def _is_rsl(element: Any) -> bool:
    return NAMESPACE.decode() in str(element.tag)


def _local_name(element: Any) -> str:
    """The name without its namespace; '' of a comment."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _read_license(element: Any) -> License:
    permits: list[Use] | None = None
    prohibits: list[Use] = []
    conditions: list[str] = []
    is_free = False
    for child in element:
        name, kind = _local_name(child), (child.get("type") or "").strip().lower()
        words = _split_words(child)
        if name in ("permits", "prohibits") and kind in ("", "usage"):
            if name == "permits":
                permits = [*(permits or ()), *_expand_permits(words)]
            else:
                prohibits += _expand_prohibits(words)
        elif name in ("permits", "prohibits"):
            is_for_all = kind == "user" and name == "permits" and words >= _ALL_USERS
            conditions += [] if is_for_all else [f"is for some only ({kind[:20]})"]
        elif name == "payment":
            is_free = kind == "free" or (not kind and not len(child))
            conditions += [] if is_free else [f"asks for payment ({(kind or 'other')[:20]})"]
        elif name and name not in _PLAIN_ELEMENTS:
            conditions.append(f"has a condition that is not known ({name[:20]})")
    return License(
        None if permits is None else _sort_uses(permits),
        _sort_uses(prohibits),
        conditions[0] if conditions else "",
        is_free,
    )


def _split_words(element: Any) -> frozenset[str]:
    text = (element.text or "").lower()[:2000]
    return frozenset(filter(None, _WORD_BREAK.split(text)[:_MAX_WORDS]))


def _sort_uses(found_uses: Iterable[Use]) -> tuple[Use, ...]:
    distinct_uses = set(found_uses)
    return tuple(use for use in USES if use in distinct_uses)


def _expand_permits(words: Iterable[str]) -> list[Use]:
    """A token that is not known permits nothing."""
    return [use for word in words for use in _USES_OF_TOKEN.get(word, ())]


def _expand_prohibits(words: Iterable[str]) -> list[Use]:
    """A token that is not known (and ai-index) prohibits the uses by AI."""
    return [use for word in words for use in _USES_OF_TOKEN.get(word, _AI)]


# --- evaluation ---


def evaluate_terms(terms: Terms, url: str, *, is_of_page: bool) -> dict[Use, str]:
    """Returns the uses of an address that a licence does not permit, each with the reason.

    Of content elements that match the address the longest decide, all of one length together. A
    licence that matches nothing says nothing, unless the page itself named it (`is_of_page`).
    """
    by_length: dict[int, list[LicensedContent]] = {}
    for content in terms:
        length = _match_content(content.url, url)
        if length is not None:
            by_length.setdefault(length, []).append(content)
    if not by_length:
        return dict.fromkeys(_AI, "does not cover this page") if is_of_page else {}
    contents = by_length[max(by_length)]
    return {use: reason for use in USES if (reason := _find_objection(contents, use))}


def _match_content(pattern: str, url: str) -> int | None:
    """Returns the length of a pattern that matches an address; None if it does not."""
    if not pattern:
        return 0
    if "://" in pattern:
        scheme, _, rest = pattern.partition("://")
        host, slash, path = rest.partition("/")
        is_other_host = host.lower() != (urlsplit(url).netloc or urls.get_host(url)).lower()
        if scheme.lower() in ("http", "https") and is_other_host and "*" not in host:
            return None
        pattern = slash + path or "/"
    compiled = _compile_path(pattern if pattern.startswith(("/", "*")) else f"/{pattern}")
    return compiled.length if compiled.matches(encode_path(url)) else None


@lru_cache(maxsize=4096)
def _compile_path(path: str) -> PathPattern:
    return compile_pattern(path)


def _find_objection(contents: list[LicensedContent], use: Use) -> str:
    """Returns why a use is not permitted; '' if one licence permits it and none prohibits it."""
    licenses = [item for content in contents for item in content.licenses]
    if any(content.server for content in contents):
        return "has to be fetched from a licence server"
    if any(use in item.prohibits for item in licenses):
        return "prohibits it"
    if any(item.permits_use(use) for item in licenses):
        return ""
    conditions = [item.condition for item in licenses if item.condition]
    return conditions[0] if conditions else "does not permit it"
