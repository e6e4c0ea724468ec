"""Infers a regular expression for a site's article URLs from some of them. Pure: no I/O.

A URL is split into parts that are similar on all sites: a date in the path, a slug of many words, a
number with a prefix and a file ending. URLs with the same parts have one shape; the pattern matches
the most frequent shapes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

_ENDING = re.compile(
    r"(?P<body>.*?)(?P<ending>(?:_\d)?\.(?:s?html?|cms|php|aspx?|ece|jsp))?", re.I | re.S
)
_DATED = re.compile(r".+-20\d{2}-\d{2}-\d{2}")
_NUMBERED = re.compile(r".+(?P<joint>[-_.])(?P<letters>[a-z]{0,4})(?P<number>\d{4,})", re.I | re.S)
_HINDI = (("hindi",), ("hi",))
# Chosen by hand, not measured, like {4,} digits and {0,4} letters above and the shares below:
_SMALL_SAMPLE = 8  # URLs; in fewer, a shape of one URL counts
_HYPHENS = 3  # least number in a slug; names of sections have fewer
_DATE = r"-(?P<year>20\d{2})-(?P<month>\d{2})-(?P<day>\d{2})"


@dataclass(frozen=True, slots=True)
class UrlPattern:
    """A pattern for `re.search`, the `date` rule (or ""), and the URLs it was inferred from."""

    pattern: str
    date_rule: str
    sample_urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _UrlShape:
    days: str  # date in the path: "", ym or ymd
    # kind of the last segment: named (below a date), slug, dated, numbered or number; or query: a
    # number in the query string
    kind: str
    joint: str = ""  # the separator before the number
    letters: int = 0  # number of letters between separator and number
    ending: str = ""
    slash: bool = False
    query: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _ParsedUrl:
    """A URL: its shape, and what differs between URLs of that shape."""

    url: str
    host: str
    shape: _UrlShape
    lead: tuple[str, ...]  # path segments before the date or the last one
    digits: int = 0


def infer_pattern(addresses: Iterable[str]) -> UrlPattern | None:
    """Returns the pattern of the most frequent shapes; None if no URL looks like an article's."""
    parsed_urls = [
        parsed_url for url in dict.fromkeys(addresses) if (parsed_url := _parse_url(url))
    ]
    groups: dict[_UrlShape, list[_ParsedUrl]] = defaultdict(list)
    for parsed_url in parsed_urls:
        groups[parsed_url.shape].append(parsed_url)
    # a shape needs a tenth of the URLs, and two: one odd URL among many is no shape
    min_size = 1 if len(parsed_urls) < _SMALL_SAMPLE else max(2, len(parsed_urls) // 10)
    large_groups = [group for group in groups.values() if len(group) >= min_size]
    if not large_groups:
        return None
    large_groups.sort(key=len, reverse=True)
    hosts = sorted({parsed_url.host for group in large_groups for parsed_url in group})
    paths = list(dict.fromkeys(_build_path_pattern(group) for group in large_groups))
    path = paths[0] if len(paths) == 1 else f"({'|'.join(paths)})"
    pattern = rf"^https?://{_host_pattern(hosts)}/{path}$"
    return UrlPattern(
        pattern,
        _find_date_rule(large_groups),
        tuple(parsed_url.url for group in large_groups for parsed_url in group),
    )


def _parse_url(url: str) -> _ParsedUrl | None:
    parts = urlsplit(url)
    segments = parts.path.strip("/").split("/")
    match = _ENDING.fullmatch(segments[-1])
    if parts.query or not parts.path.strip("/") or not match:
        return _parse_query_url(url, parts)
    days, lead = _split_date(segments[:-1])
    body, ending = match["body"], match["ending"] or ""
    segment_parts = ("named", "", 0, 0) if days else _parse_last_segment(body)
    if segment_parts is None:
        return None
    kind, joint, letters, digits = segment_parts
    shape = _UrlShape(days, kind, joint, letters, ending, parts.path.endswith("/"))
    return _ParsedUrl(url, parts.netloc, shape, lead, digits)


def _parse_last_segment(body: str) -> tuple[str, str, int, int] | None:
    """Returns (kind, joint, letters, digits) of the last segment; None for a section's name."""
    if _DATED.fullmatch(body):
        return "dated", "", 0, 0
    if body.isascii() and body.isdigit() and len(body) >= 4:
        return "number", "", 0, len(body)
    if match := _NUMBERED.fullmatch(body):
        return "numbered", match["joint"], len(match["letters"]), len(match["number"])
    return ("slug", "", 0, 0) if body.count("-") >= _HYPHENS else None


def _parse_query_url(url: str, parts: SplitResult) -> _ParsedUrl | None:
    """Parses a URL whose query is one number: `story.php?id=123`."""
    match = re.fullmatch(r"(?P<name>[\w-]+)=(?P<number>\d{2,})", parts.query)
    if not match:
        return None
    lead = tuple(segment for segment in parts.path.split("/") if segment)
    return _ParsedUrl(
        url,
        parts.netloc,
        _UrlShape("", "query", query=(match["name"],)),
        lead,
        len(match["number"]),
    )


def _split_date(segments: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Splits off a date at the end of `segments`. Returns (kind of date, segments before it)."""
    path = "/".join(("", *segments))
    for days, pattern in (("ymd", r"/20\d{2}/\d{2}/\d{2}$"), ("ym", r"/20\d{2}/\d{2}$")):
        if match := re.search(pattern, path):
            return days, tuple(filter(None, path[: match.start()].split("/")))
    return "", tuple(segments)


def _build_path_pattern(group: Sequence[_ParsedUrl]) -> str:
    shape, leads = group[0].shape, [parsed_url.lead for parsed_url in group]
    digits = rf"\d{{{max(2, _typical_length(parsed_url.digits for parsed_url in group) - 1)},}}"
    if shape.kind == "query":
        path = (
            "/".join(map(_escape_literal, leads[0]))
            if len(set(leads)) == 1
            else _build_lead_pattern(leads).rstrip("/")
        )
        return rf"{path}\?{_escape_literal(shape.query[0])}={digits}"
    days = {"ymd": r"20\d{2}/\d{2}/\d{2}/", "ym": r"20\d{2}/\d{2}/", "": ""}[shape.days]
    letters = rf"[a-zA-Z]{{{shape.letters}}}" if shape.letters else ""
    last = {
        "named": r"[^/?#]+",
        "slug": rf"[^/?#-]+(-[^/?#-]*){{{_HYPHENS},}}",
        "dated": r"[^/?#]+-20\d{2}-\d{2}-\d{2}",
        "number": digits,
        "numbered": rf"[^/?#]*{_escape_literal(shape.joint)}{letters}{digits}",
    }[shape.kind]
    return (
        _build_lead_pattern(leads)
        + days
        + last
        + _escape_literal(shape.ending)
        + ("/" if shape.slash else "")
    )


def _typical_length(lengths: Iterable[int]) -> int:
    """Returns the length that nine in ten numbers reach: some slugs end in a year, not an id."""
    sorted_lengths = sorted(lengths)
    return sorted_lengths[len(sorted_lengths) // 10]


def _escape_literal(text: str) -> str:
    return re.escape(text).replace(r"\-", "-")  # a hyphen is special in [] only


def _build_lead_pattern(leads: Sequence[tuple[str, ...]]) -> str:
    """Returns a pattern for the segments before the date or the last segment.

    It matches any segments, except that a first one that names the language is kept, and a last one
    that is the same in all sections (…/articleshow/, …/story/).
    """
    first = {lead[:1] for lead in leads}
    if len(first) == 1 and leads[0][:1] in _HINDI:
        return f"{leads[0][0]}/{_build_lead_pattern([lead[1:] for lead in leads])}"
    words = {lead[-1:] for lead in leads}
    if len(words) == 1 and all(leads) and len({lead[:-1] for lead in leads}) > 1:
        return rf"([^/?#]+/)*{_escape_literal(leads[0][-1])}/"
    if not any(leads):
        return ""
    return r"([^/?#]+/)+" if all(leads) else r"([^/?#]+/)*"


def _host_pattern(hosts: Sequence[str]) -> str:
    base_host = hosts[0].removeprefix("www.")
    if set(hosts) <= {base_host, f"www.{base_host}"}:
        return rf"(www\.)?{_escape_literal(base_host)}"
    return "(" + "|".join(map(_escape_literal, hosts)) + ")"


def _find_date_rule(groups: Sequence[Sequence[_ParsedUrl]]) -> str:
    """Returns the `date` rule of the first shape with a whole date in the URL, or ""."""
    for group in groups:
        shape = group[0].shape
        if shape.kind == "dated":
            return _DATE + _escape_literal(shape.ending) + ("/" if shape.slash else "") + "$"
        if shape.days == "ymd":
            return "/" + _DATE.removeprefix("-").replace(")-(", ")/(") + "/"
    return ""
