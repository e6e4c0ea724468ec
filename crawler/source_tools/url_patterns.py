"""What a site's article addresses have in common: from a handful of them to a pattern for all. Pure.

An address is taken apart into the parts that are alike on every site: a date in the path, a slug of many words, a
number with what stands before and behind it. Addresses made of the same parts are one shape; the shapes most addresses
have become the pattern.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

_ENDING = re.compile(r"(?P<body>.*?)(?P<ending>(?:_\d)?\.(?:s?html?|cms|php|aspx?|ece|jsp))?", re.I | re.S)
_DATED = re.compile(r".+-20\d{2}-\d{2}-\d{2}")
_NUMBERED = re.compile(r".+(?P<joint>[-_.])(?P<letters>[a-z]{0,4})(?P<number>\d{4,})", re.I | re.S)
_HINDI = (("hindi",), ("hi",))
_FEW = 8  # addresses: too few to call one of them odd
_HYPHENS = 3  # in a slug: fewer are a section's name
_DATE = r"-(?P<year>20\d{2})-(?P<month>\d{2})-(?P<day>\d{2})"


@dataclass(frozen=True, slots=True)
class Guess:
    """A pattern for `re.search`, the rule for the day an address tells (or ""), and the addresses it was seen in."""

    pattern: str
    date: str
    seen: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Shape:
    days: str  # "", ym or ymd: a date in the path
    kind: str  # of the last segment: named (under a date), slug, dated, numbered or number; query: a number there
    joint: str = ""  # what stands before the number
    letters: int = 0  # … between joint and number
    ending: str = ""
    slash: bool = False
    query: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Told:
    """One address: its shape, and what differs among addresses of that shape."""

    url: str
    host: str
    shape: _Shape
    lead: tuple[str, ...]  # path segments before the date or the last one
    digits: int = 0


def guess(addresses: Iterable[str]) -> Guess | None:
    """The pattern most of the addresses have; None when none of them looks like an article's."""
    told = [one for url in dict.fromkeys(addresses) if (one := _take_apart(url))]
    groups: dict[_Shape, list[_Told]] = defaultdict(list)
    for one in told:
        groups[one.shape].append(one)
    least = 1 if len(told) < _FEW else max(2, len(told) // 10)  # one odd address among many is no shape
    kept = [group for group in groups.values() if len(group) >= least]
    if not kept:
        return None
    kept.sort(key=len, reverse=True)
    hosts = sorted({one.host for group in kept for one in group})
    ways = list(dict.fromkeys(_path_pattern(group) for group in kept))
    pattern = rf"^https?://{_any(hosts)}/{ways[0] if len(ways) == 1 else '(' + '|'.join(ways) + ')'}$"
    return Guess(pattern, _date_rule(kept), tuple(one.url for group in kept for one in group))


def _take_apart(url: str) -> _Told | None:
    parts = urlsplit(url)
    segments = parts.path.strip("/").split("/")
    found = _ENDING.fullmatch(segments[-1])
    if parts.query or not parts.path.strip("/") or not found:
        return _by_query(url, parts)
    days, lead = _days_in(segments[:-1])
    body, ending = found["body"], found["ending"] or ""
    told = ("named", "", 0, 0) if days else _last(body)
    if told is None:
        return None
    kind, joint, letters, digits = told
    shape = _Shape(days, kind, joint, letters, ending, parts.path.endswith("/"))
    return _Told(url, parts.netloc, shape, lead, digits)


def _last(body: str) -> tuple[str, str, int, int] | None:
    """(kind, joint, letters, digits) of a path's last segment; None for a section's name."""
    if _DATED.fullmatch(body):
        return "dated", "", 0, 0
    if body.isascii() and body.isdigit() and len(body) >= 4:
        return "number", "", 0, len(body)
    if numbered := _NUMBERED.fullmatch(body):
        return "numbered", numbered["joint"], len(numbered["letters"]), len(numbered["number"])
    return ("slug", "", 0, 0) if body.count("-") >= _HYPHENS else None


def _by_query(url: str, parts: SplitResult) -> _Told | None:
    """`story.php?id=123`: an address whose query is one number."""
    found = re.fullmatch(r"(?P<name>[\w-]+)=(?P<number>\d{2,})", parts.query)
    if not found:
        return None
    lead = tuple(segment for segment in parts.path.split("/") if segment)
    return _Told(url, parts.netloc, _Shape("", "query", query=(found["name"],)), lead, len(found["number"]))


def _days_in(segments: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """A date at the end of the path before its last segment, and what is before it."""
    path = "/".join(("", *segments))
    for days, pattern in (("ymd", r"/20\d{2}/\d{2}/\d{2}$"), ("ym", r"/20\d{2}/\d{2}$")):
        if found := re.search(pattern, path):
            return days, tuple(filter(None, path[: found.start()].split("/")))
    return "", tuple(segments)


def _path_pattern(group: Sequence[_Told]) -> str:
    shape, leads = group[0].shape, [one.lead for one in group]
    digits = rf"\d{{{max(2, _usual(one.digits for one in group) - 1)},}}"
    if shape.kind == "query":
        path = "/".join(map(_literal, leads[0])) if len(set(leads)) == 1 else _lead_pattern(leads).rstrip("/")
        return rf"{path}\?{_literal(shape.query[0])}={digits}"
    days = {"ymd": r"20\d{2}/\d{2}/\d{2}/", "ym": r"20\d{2}/\d{2}/", "": ""}[shape.days]
    letters = rf"[a-zA-Z]{{{shape.letters}}}" if shape.letters else ""
    last = {
        "named": r"[^/?#]+",
        "slug": rf"[^/?#-]+(-[^/?#-]*){{{_HYPHENS},}}",
        "dated": r"[^/?#]+-20\d{2}-\d{2}-\d{2}",
        "number": digits,
        "numbered": rf"[^/?#]*{_literal(shape.joint)}{letters}{digits}",
    }[shape.kind]
    return _lead_pattern(leads) + days + last + _literal(shape.ending) + ("/" if shape.slash else "")


def _usual(lengths: Iterable[int]) -> int:
    """The length nine numbers in ten have at least: a slug may end in a year where others end in their id."""
    ordered = sorted(lengths)
    return ordered[len(ordered) // 10]


def _literal(text: str) -> str:
    return re.escape(text).replace(r"\-", "-")  # a hyphen means something inside brackets only


def _lead_pattern(leads: Sequence[tuple[str, ...]]) -> str:
    """Any segments; but a first one that names the language stays, and a last one that is the same in all sections.

    …/articleshow/, …/story/: the site's own word for an article.
    """
    first = {lead[:1] for lead in leads}
    if len(first) == 1 and leads[0][:1] in _HINDI:
        return f"{leads[0][0]}/{_lead_pattern([lead[1:] for lead in leads])}"
    words = {lead[-1:] for lead in leads}
    if len(words) == 1 and all(leads) and len({lead[:-1] for lead in leads}) > 1:
        return rf"([^/?#]+/)*{_literal(leads[0][-1])}/"
    if not any(leads):
        return ""
    return r"([^/?#]+/)+" if all(leads) else r"([^/?#]+/)*"


def _any(hosts: Sequence[str]) -> str:
    bare = hosts[0].removeprefix("www.")
    if set(hosts) <= {bare, f"www.{bare}"}:
        return rf"(www\.)?{_literal(bare)}"
    return "(" + "|".join(map(_literal, hosts)) + ")"


def _date_rule(groups: Sequence[Sequence[_Told]]) -> str:
    """The rule of the first shape that tells a whole day."""
    for group in groups:
        shape = group[0].shape
        if shape.kind == "dated":
            return _DATE + _literal(shape.ending) + ("/" if shape.slash else "") + "$"
        if shape.days == "ymd":
            return "/" + _DATE.removeprefix("-").replace(")-(", ")/(") + "/"
    return ""
