"""Parses robots.txt (RFC 9309) and matches its rules, in the way of Google's reference parser.

A site's text never becomes a regular expression: matching a rule takes at most the product of the
lengths of rule and path.
"""

from __future__ import annotations

import math
import re
import zlib
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from khabar.model import urls

MAX_BYTES = 500 * 1024  # RFC 9309, 2.5: parsers must read at least 500 KiB; after decompression
MAX_LINE = 2083 * 8  # characters; the limit of Google's parser, eight times the longest URL
ANY_AGENT = "*"
# The lines with a meaning here, with the misspellings that Google's parser accepts.
_SPELLINGS = {
    spelling: name
    for name, spellings in {
        "user-agent": "user-agent|useragent|user agent",
        "allow": "allow",
        "disallow": "disallow|dissallow|dissalow|disalow|diasllow|disallaw",
        "sitemap": "sitemap|sitemaps|site-map",
        "crawl-delay": "crawl-delay|crawl delay",
    }.items()
    for spelling in spellings.split("|")
}
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_TOKEN = re.compile(r"[a-z_-]*")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})?")
_CUT_ESCAPE = re.compile(r"%[0-9A-Fa-f]?\Z")
_UNDECODED = re.compile("[\udc80-\udcff]")  # bytes that are not UTF-8, after `surrogateescape`


@dataclass(frozen=True, slots=True)
class PathPattern:
    """The path of a rule. `forms`: its percent-encoded parts between `*`, all of which must occur
    in this order; two forms if the text ends inside a percent-escape. `length`: in octets.
    """

    text: str
    forms: tuple[tuple[str, ...], ...]
    is_anchored: bool
    length: int

    def matches(self, path: str) -> bool:
        """Whether a path from `encode_path` matches. An empty pattern matches nothing."""
        return bool(self.text) and any(
            _match_parts(parts, path, is_anchored=self.is_anchored) for parts in self.forms
        )


@dataclass(frozen=True, slots=True)
class PathRule:
    """An Allow or Disallow line."""

    is_allowed: bool
    pattern: PathPattern


@dataclass(slots=True)
class RobotsGroup:
    """The lines for some robots. `agents`: each value in lower case, whole and as product token,
    or `*`; empty before the first User-agent line. `names`: the values as written. `others`: (name,
    value) of other lines, names in lower case. Groups that only other lines separate share one list
    of `rules`.
    """

    agents: set[str] = field(default_factory=set)
    names: list[str] = field(default_factory=list)
    rules: list[PathRule] = field(default_factory=list)
    others: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class AgentRules:
    """What applies to one robot. `crawl_delay`: in seconds."""

    rules: tuple[PathRule, ...]
    crawl_delay: float | None

    def allows_url(self, url: str) -> bool:
        """Whether the robot may fetch a URL of the site; /robots.txt itself always."""
        path = encode_path(url)
        return path == "/robots.txt" or is_path_allowed(self.rules, path)


@dataclass(frozen=True, slots=True)
class RobotsFile:
    """A parsed robots.txt. `sitemaps`: the values of its Sitemap lines; `licenses`: of its License
    lines (RSL) before all groups, or parted from the group before them by a blank line. Those
    inside a group are in its `others`.
    """

    groups: tuple[RobotsGroup, ...]
    sitemaps: tuple[str, ...]
    licenses: tuple[str, ...] = ()

    def find_groups(self, agent: str) -> list[RobotsGroup]:
        """Returns the groups that name a robot (or `*`), in any case."""
        return [group for group in self.groups if agent.lower() in group.agents]

    def select_rules(self, agent: str) -> AgentRules:
        """Merges the groups that name a robot; without one, those of `*`."""
        groups = self.find_groups(agent) or self.find_groups(ANY_AGENT)
        delays = [
            delay
            for group in groups
            for name, value in group.others
            if name == "crawl-delay" and (delay := _parse_delay(value)) is not None
        ]
        return AgentRules(merge_rules(groups), max(delays, default=None))


def parse_robots(content: bytes | str) -> RobotsFile:
    """Parses a robots.txt. Lines that are not understood are ignored.

    As in the RFC, only an Allow or Disallow line ends the list of robots to which such lines apply.
    Any other line applies to the robots named directly before it and its neighbours.
    """
    text = decode_robots(content) if isinstance(content, bytes) else content
    groups, sitemaps, licenses = [group := RobotsGroup()], [], []
    is_in_block = False
    for line in _LINE_BREAK.split(text.removeprefix("\ufeff")):
        name, value = _split_line(line[:MAX_LINE].partition("#")[0])
        is_in_block = name == "user-agent" or (is_in_block and bool(line.strip()))
        if name == "sitemap":
            sitemaps.append(value)
        elif name == "license" and not is_in_block:
            licenses.append(value)
        elif name == "user-agent":
            if group.rules:
                groups.append(group := RobotsGroup())
            elif group.others:
                groups.append(group := RobotsGroup(rules=group.rules))
            group.agents |= _parse_agent(value)
            group.names.append(value)
        elif name in ("allow", "disallow"):
            group.rules.append(PathRule(name == "allow", compile_pattern(value)))
        elif name:
            group.others.append((name, value))
    return RobotsFile(tuple(groups), tuple(sitemaps), tuple(licenses))


def decode_robots(body: bytes) -> str:
    """Decodes the first MAX_BYTES of a file, gzipped or not, UTF-8 or UTF-16 with its mark.

    A line that is cut there is left out: half a rule is another rule. Bytes that are not UTF-8
    become percent-escapes, which match them in a path.
    """
    body, is_cut = _decompress_gzip(body)
    if body.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        text = body.decode("utf-16", errors="replace")
    else:
        text = body.decode("utf-8", errors="surrogateescape").removeprefix("\ufeff")
        text = _UNDECODED.sub(lambda match: f"%{ord(match[0]) - 0xDC00:02X}", text)
    return text[: max(text.rfind("\n"), text.rfind("\r"), 0)] if is_cut else text


def _decompress_gzip(body: bytes) -> tuple[bytes, bool]:
    """Returns the first MAX_BYTES, decompressed if need be, and whether there is more."""
    is_cut = False
    if body.startswith(b"\x1f\x8b"):
        decompressor = zlib.decompressobj(wbits=31)
        try:
            # limited output, against decompression bombs
            body = decompressor.decompress(body, MAX_BYTES + 1)
        except zlib.error:
            return b"", False  # damaged: no rules, as in any other file that is no robots.txt
        is_cut = not decompressor.eof
    return body[:MAX_BYTES], is_cut or len(body) > MAX_BYTES


def _split_line(line: str) -> tuple[str, str]:
    """Splits a line into its name, in lower case and spelt correctly, and its value. Without a
    colon, white space separates a known name from a single word. Returns '' as name for no line.
    """
    name, colon, value = line.partition(":")
    name = " ".join(name.lower().split())
    if name in _SPELLINGS:
        return (_SPELLINGS[name], value.strip()) if colon else ("", "")
    *first_words, word = line.split() or [""]
    if spelling := _SPELLINGS.get(" ".join(first_words).lower()):
        return spelling, word
    return (name, value.strip()) if colon else ("", "")


def _parse_agent(value: str) -> set[str]:
    """Returns the names that a User-agent line gives a robot: its value, and its product token."""
    value = value.lower()
    if value.split()[:1] == [ANY_AGENT]:
        return {ANY_AGENT}
    match = _TOKEN.match(value)
    return {value, match[0] if match else ""} - {""}


def _parse_delay(value: str) -> float | None:
    try:
        seconds = float(value)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def merge_rules(groups: Iterable[RobotsGroup]) -> tuple[PathRule, ...]:
    """Returns the rules of the groups in order, those of a shared list once."""
    lists = {id(group.rules): group.rules for group in groups}
    return tuple(rule for rules in lists.values() for rule in rules)


def is_path_allowed(rules: Iterable[PathRule], path: str) -> bool:
    """Whether the rules allow a path from `encode_path`: the longest rule that matches decides; of
    equal length, Allow before Disallow.
    """
    matching = (
        (rule.pattern.length, rule.is_allowed) for rule in rules if rule.pattern.matches(path)
    )
    return max(matching, default=(0, True))[1]


# --- paths and patterns, compared percent-encoded ---


def compile_pattern(text: str) -> PathPattern:
    """Compiles the path of a rule. `*` matches anything; `$` at the end matches the path's end.

    A text that ends inside a percent-escape (`/%E0%A`) matches all escapes that begin so, and the
    same characters with a literal percent sign.
    """
    text = text[:MAX_LINE]
    is_anchored = text.endswith("$")
    parts = [_encode_octets(part) for part in text.removesuffix("$").split("*")]
    length = len("*".join(parts)) + is_anchored
    forms = [(*parts[:1], *filter(None, parts[1:-1]), *parts[1:][-1:])]
    if cut_escape := _CUT_ESCAPE.search(text):
        last_part = text[: cut_escape.start()].rpartition("*")[2]
        forms.append((*forms[0][:-1], _encode_octets(last_part) + cut_escape[0].upper()))
        length -= len("25")
    return PathPattern(text, tuple(forms), is_anchored, length)


def _match_parts(parts: tuple[str, ...], path: str, *, is_anchored: bool) -> bool:
    """Finds the parts one after the other, each as early as possible."""
    first, *middle_parts = parts
    if not path.startswith(first):
        return False
    if not middle_parts:
        return not is_anchored or path == first
    last = middle_parts.pop()
    position = len(first)
    for part in middle_parts:
        start = path.find(part, position)
        if start < 0:
            return False
        position = start + len(part)
    return path.endswith(last, position) if is_anchored else path.find(last, position) >= 0


def encode_path(url: str) -> str:
    """Returns path and query of a URL, percent-encoded for comparison with patterns. An empty query
    keeps its question mark, which `Disallow: /*?` matches.
    """
    parts = urlsplit(urls.resolve_link("", url))
    has_query = parts.query or url.partition("#")[0].endswith("?")
    return _encode_octets(f"{parts.path}?{parts.query}" if has_query else parts.path)


def _encode_octets(text: str) -> str:
    """Percent-encodes a path or rule for comparison (RFC 9309, section 2.2.2).

    Non-ASCII characters as UTF-8, escapes in upper case, unreserved characters unescaped; `*` and
    `$`, which are literal in `text`, are escaped too (section 2.2.3).
    """
    text = _ESCAPE.sub(lambda match: _normalize_escape(match[1]), text)
    return quote(text, safe="/?:@!&'()+,;=~-._%")


def _normalize_escape(octet: str | None) -> str:
    if octet is None:
        return "%25"  # a stray percent sign
    char = chr(int(octet, 16))
    return char if char.isascii() and (char.isalnum() or char in "-._~") else f"%{octet.upper()}"
