"""Decides what an article may be used for, from rights signals and the source's permission.

The signals: the `rights` of the page (headers, meta tags), and robots.txt and tdmrep.json of its
site. The decision repeats what page and site state; it is no legal advice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import quote, urlsplit

import msgspec
from sqlite_utils import Database

from khabar.model import urls

Purpose = Literal["research", "search", "train"]
Permission = Literal["none", "written", "open"]
Extent = Literal["all", "metadata", "nothing"]
PURPOSES: tuple[Purpose, ...] = ("research", "search", "train")

# User agents (lower case) that collect data for training models, as their operators name them.
AI_ROBOTS = frozenset(
    """ai2bot amazonbot anthropic-ai applebot-extended bytespider ccbot claude-web claudebot
    cohere-ai cohere-training-data-crawler deepseekbot diffbot facebookbot google-cloudvertexbot
    google-extended gptbot img2dataset kangaroo-bot meta-externalagent mistralai-user omgili
    omgilibot pangubot panscient perplexitybot petalbot timpibot webzio-extended""".split()
)
_YES, _NO = frozenset({"y", "yes", "1"}), frozenset({"n", "no", "0"})
# The keys of AIPREF (Content-Usage) and Content Signals for the two uses that can be reserved.
_PURPOSE_OF_KEY: dict[str, Purpose] = {
    "train-ai": "train",
    "ai-train": "train",
    "train-genai": "train",
    "search": "search",
}
_KEY_VALUE = re.compile(r"([\w-]+)\s*=\s*\??([\w]+)")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})?")


@dataclass(frozen=True, slots=True)
class SiteFiles:
    """The bodies of a site's robots.txt and /.well-known/tdmrep.json; '' for none."""

    robots: str = ""
    tdmrep: str = ""


@dataclass(frozen=True, slots=True)
class Reservation:
    """A use that page or site reserves, and the signal that reserves it."""

    use: Purpose
    reason: str


@dataclass(frozen=True, slots=True)
class UsageDecision:
    """How much of an article may be published for a purpose, and the reason."""

    extent: Extent
    reason: str


def decide_usage(
    purpose: Purpose,
    permission: Permission,
    reservations: tuple[Reservation, ...],
    *,
    allow_unlicensed: bool = False,
) -> UsageDecision:
    """Decides how much of an article may be published for a purpose.

    A source's written permission overrides the reservations it publishes; no reservation applies
    to research. Training needs a permission, unless `allow_unlicensed`; without one only the
    metadata may be published.
    """
    if permission == "written":
        return UsageDecision("all", "the source permits it in writing")
    if reservation := next((item for item in reservations if item.use == purpose), None):
        return UsageDecision("nothing", reservation.reason)
    if purpose == "train" and permission == "none" and not allow_unlicensed:
        return UsageDecision("metadata", "no permission of the source")
    return UsageDecision(
        "all", "openly licensed" if permission == "open" else "nothing is reserved"
    )


def find_reservations(
    page: Mapping[str, Any], site: SiteFiles, url: str
) -> tuple[Reservation, ...]:
    """Returns the uses that the page or its site reserves, without duplicates, the page's first."""
    all_reservations = [
        *_page_reservations(page),
        *_tdm_reservations(page, site, url),
        *_site_reservations(site.robots, url),
    ]
    return tuple(dict.fromkeys(all_reservations))


def _page_reservations(page: Mapping[str, Any]) -> Iterator[Reservation]:
    if page.get("noai"):
        yield Reservation("train", "noai")
    for flag in ("noindex", "nosnippet"):
        if page.get(flag):
            yield Reservation("search", flag)
    for use, is_allowed in parse_preferences(str(page.get("content_usage", ""))).items():
        if not is_allowed:
            yield Reservation(use, "Content-Usage")


def _tdm_reservations(page: Mapping[str, Any], site: SiteFiles, url: str) -> Iterator[Reservation]:
    """TDMRep: a page's own value overrides tdmrep.json of its site."""
    value = page.get("tdm_reservation", _match_tdmrep(site.tdmrep, _path_with_query(url)))
    if str(value) == "1":
        yield Reservation("train", "TDM reservation")


def _match_tdmrep(body: str, path: str) -> str:
    """Returns `tdm-reservation` of the first rule whose location matches; else ''."""
    try:
        rules = msgspec.json.decode(body or "[]", type=list[dict[str, Any]])
    except msgspec.DecodeError:
        return ""  # an invalid file reserves nothing
    matching = (rule for rule in rules if _matches_path(str(rule.get("location", "")), path))
    return next((str(rule.get("tdm-reservation", "")) for rule in matching), "")


def _site_reservations(robots: str, url: str) -> Iterator[Reservation]:
    if not robots:
        return
    rules, path = parse_usage_rules(robots), _path_with_query(url)
    if blocked_agents := sorted(
        {agent for agent, lines in rules.ai_groups if _is_disallowed(lines, path)}
    ):
        yield Reservation("train", f"robots.txt bars AI robots ({', '.join(blocked_agents)})")
    for name, entries in (("Content-Usage", rules.usage), ("Content-Signal", rules.signals)):
        for use, is_allowed in _longest_match(entries, path).items():
            if not is_allowed:
                yield Reservation(use, f"{name} in robots.txt")


# --- robots.txt: the rules for other robots ---


@dataclass(frozen=True, slots=True)
class RobotsUsageRules:
    """The rules of a robots.txt on use. `ai_groups`: (user agent, its Allow and Disallow lines);
    `usage` (Content-Usage) and `signals` (Content-Signal): (path, preferences).
    """

    ai_groups: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    usage: tuple[tuple[str, str], ...] = ()
    signals: tuple[tuple[str, str], ...] = ()


@lru_cache(maxsize=256)
def parse_usage_rules(robots: str) -> RobotsUsageRules:
    """Parses the groups of AI robots, and the preferences that apply to `*` or to Khabar."""
    ai_groups: dict[str, list[tuple[str, str]]] = {}
    preferences: dict[str, list[tuple[str, str]]] = {"content-usage": [], "content-signal": []}
    for agents, lines in _parse_groups(robots):
        for agent in agents & AI_ROBOTS:
            ai_groups.setdefault(agent, []).extend(
                (name, value) for name, value in lines if name in ("allow", "disallow")
            )
        for name, value in lines:
            if name in preferences and (not agents or "*" in agents or "khabar" in agents):
                preferences[name].append(_split_path(value))
    return RobotsUsageRules(
        tuple((agent, tuple(lines)) for agent, lines in ai_groups.items()),
        tuple(preferences["content-usage"]),
        tuple(preferences["content-signal"]),
    )


def _parse_groups(robots: str) -> Iterator[tuple[set[str], list[tuple[str, str]]]]:
    """Yields (user agents, (name, value) lines) per group, agents and names in lower case. Lines
    before the first group come with an empty set.
    """
    agents: set[str] = set()
    lines: list[tuple[str, str]] = []
    for raw in robots.splitlines():
        name, colon, value = raw.partition("#")[0].partition(":")
        name, value = name.strip().lower(), value.strip()
        if not colon or name == "sitemap":
            continue
        if name != "user-agent":
            lines.append((name, value))
            continue
        if lines:
            yield agents, lines
            agents, lines = set(), []
        agents.add(value.lower())
    yield agents, lines


def _split_path(value: str) -> tuple[str, str]:
    """Splits off the optional path of a preference: `Content-Usage: /archive/ train-ai=n`."""
    path, _, rest = value.partition(" ")
    return (path, rest) if path.startswith("/") and rest else ("/", value)


def parse_preferences(value: str) -> dict[Purpose, bool]:
    """Parses a Content-Usage or Content-Signal value such as `train-ai=n, search=y`: use → whether
    it is allowed. Unknown keys and values are ignored.
    """
    answers = {
        _PURPOSE_OF_KEY[name]: answer
        for name, answer in _KEY_VALUE.findall(value.lower())
        if name in _PURPOSE_OF_KEY
    }
    return {use: answer in _YES for use, answer in answers.items() if answer in _YES | _NO}


def _longest_match(rules: tuple[tuple[str, str], ...], path: str) -> dict[Purpose, bool]:
    """Merges the preferences of all rules that match the path; the longest rule wins."""
    matching = sorted(
        (rule for rule in rules if _matches_path(rule[0], path)),
        key=lambda rule: _rule_length(rule[0]),
    )
    return {
        use: is_allowed
        for _, value in matching
        for use, is_allowed in parse_preferences(value).items()
    }


def _is_disallowed(lines: tuple[tuple[str, str], ...], path: str) -> bool:
    """RFC 9309: the longest matching rule decides; of equal length, Allow before Disallow."""
    matching = [
        (_rule_length(value), name == "allow")
        for name, value in lines
        if value and _matches_path(value, path)
    ]
    return bool(matching) and not max(matching)[1]


@lru_cache(maxsize=4096)
def _compile_rule(rule: str) -> tuple[re.Pattern[str], int]:
    """Returns the regular expression of a rule, for paths from `_path_with_query`, and the rule's
    length in octets. `*` matches anything; `$` at the end matches the end of the path.
    """
    parts = [_encode_octets(part) for part in rule.removesuffix("$").split("*")]
    end = "$" if rule.endswith("$") else ""
    pattern = ".*".join(re.escape(part) for part in parts) + end
    return re.compile(pattern), len("*".join(parts) + end)


def _matches_path(rule: str, path: str) -> bool:
    return bool(_compile_rule(rule)[0].match(path))


def _rule_length(rule: str) -> int:
    return _compile_rule(rule)[1]


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


def _path_with_query(url: str) -> str:
    parts = urlsplit(urls.normalize_url(url))
    return _encode_octets(f"{parts.path}?{parts.query}" if parts.query else parts.path)


# --- signals ---


HTTP_OK = 200


@dataclass(frozen=True, slots=True)
class RightsSignals:
    """The rights signals of one snapshot. `page`: its headers and meta tags; `site`: its site's
    files.
    """

    url: str
    page: Mapping[str, Any]
    site: SiteFiles

    def decide_all(self, permission: Permission) -> dict[str, UsageDecision]:
        """Returns the decision for each purpose."""
        reservations = find_reservations(self.page, self.site, self.url)
        return {purpose: decide_usage(purpose, permission, reservations) for purpose in PURPOSES}


def load_signals(db: Database, snapshot_id: int) -> RightsSignals:
    """Loads the signals of a snapshot: those in force when it was fetched."""
    url, rights, robots_id, tdmrep_id = db.execute(
        "select url, rights, robots_id, tdmrep_id from snapshots where id = ?", [snapshot_id]
    ).fetchone()
    return RightsSignals(
        url,
        json.loads(rights),
        SiteFiles(
            load_site_file(db, "robots", robots_id), load_site_file(db, "tdmreps", tdmrep_id)
        ),
    )


def load_site_file(db: Database, table: str, row_id: int | None) -> str:
    """Loads a robots.txt or tdmrep.json as text; '' for none and for a status other than 200."""
    sql = f"select body from {table} where id = ? and status = ?"  # noqa: S608
    row = db.execute(sql, [row_id, HTTP_OK]).fetchone()
    return _decode_body(bytes(row[0])) if row else ""


@lru_cache(maxsize=256)
def _decode_body(body: bytes) -> str:
    return body.decode("utf-8", errors="replace").removeprefix("\ufeff")


def summarize_robots(robots: str) -> dict[str, str]:
    """Summarises the rules of a robots.txt on use: the AI robots it names, Content-Usage,
    Content-Signal and License, each as one string.
    """
    rules = parse_usage_rules(robots)
    lines = (line.partition("#")[0].partition(":") for line in robots.splitlines())
    licenses = dict.fromkeys(
        value.strip() for name, _, value in lines if name.strip().lower() == "license"
    )
    return {
        "ai_robots": ", ".join(sorted(agent for agent, _ in rules.ai_groups)),
        "content_usage": "; ".join(f"{path} {value}" for path, value in rules.usage),
        "content_signal": "; ".join(f"{path} {value}" for path, value in rules.signals),
        "license": ", ".join(licenses),
    }
