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

import msgspec
from sqlite_utils import Database

from khabar.parsing.robots import (
    ANY_AGENT,
    PathPattern,
    PathRule,
    compile_pattern,
    decode_robots,
    encode_path,
    is_path_allowed,
    merge_rules,
    parse_robots,
)

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
_KEY_VALUE = re.compile(r"(?<![\w-])([\w-]+)\s*=\s*\??(\w+)")


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
    value = page.get("tdm_reservation", _match_tdmrep(site.tdmrep, encode_path(url)))
    if str(value) == "1":
        yield Reservation("train", "TDM reservation")


def _match_tdmrep(body: str, path: str) -> str:
    """Returns `tdm-reservation` of the first rule whose location matches; else ''."""
    return next((value for pattern, value in _parse_tdmrep(body) if pattern.matches(path)), "")


@lru_cache(maxsize=256)
def _parse_tdmrep(body: str) -> tuple[tuple[PathPattern, str], ...]:
    """Returns (location, `tdm-reservation`) of each rule.

    JSON that cannot be read (cut short, nested too deeply) reserves everything; a body that is no
    JSON at all, as an error page sent with status 200, reserves nothing.
    """
    if not body.lstrip().startswith(("[", "{")):
        return ()
    try:
        content = msgspec.json.decode(body)
    except Exception:  # noqa: BLE001  whatever is wrong with it: it fails closed
        return ((compile_pattern("/"), "1"),)
    rules = content if isinstance(content, list) else [{"location": "/", **content}]
    return tuple(
        (compile_pattern(str(rule.get("location", ""))), str(rule.get("tdm-reservation", "")))
        for rule in rules
        if isinstance(rule, dict)
    )


def _site_reservations(robots: str, url: str) -> Iterator[Reservation]:
    if not robots:
        return
    rules, path = parse_usage_rules(robots), encode_path(url)
    if blocked_agents := sorted(
        agent for agent, lines in rules.ai_groups if not is_path_allowed(lines, path)
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
    `usage` (Content-Usage) and `signals` (Content-Signal): (path, preferences); `licenses`: the
    values of License lines.
    """

    ai_groups: tuple[tuple[str, tuple[PathRule, ...]], ...] = ()
    usage: tuple[tuple[PathPattern, str], ...] = ()
    signals: tuple[tuple[PathPattern, str], ...] = ()
    licenses: tuple[str, ...] = ()


@lru_cache(maxsize=256)
def parse_usage_rules(text: str) -> RobotsUsageRules:
    """Parses the groups of AI robots, and the preferences that apply to `*` or to Khabar."""
    robots = parse_robots(text)
    ai_groups = [(agent, robots.find_groups(agent)) for agent in sorted(AI_ROBOTS)]
    preferences: dict[str, list[tuple[PathPattern, str]]] = {
        "content-usage": [],
        "content-signal": [],
    }
    for group in robots.groups:
        if not group.agents or {ANY_AGENT, "khabar"} & group.agents:
            for name, value in group.others:
                if name in preferences:
                    preferences[name].append(_split_path(value))
    return RobotsUsageRules(
        tuple((agent, merge_rules(groups)) for agent, groups in ai_groups if groups),
        tuple(preferences["content-usage"]),
        tuple(preferences["content-signal"]),
        tuple(
            value for group in robots.groups for name, value in group.others if name == "license"
        ),
    )


def _split_path(value: str) -> tuple[PathPattern, str]:
    """Splits off the optional path of a preference: `Content-Usage: /archive/ train-ai=n`."""
    path, _, rest = value.partition(" ")
    path, rest = (path, rest) if path.startswith("/") and rest else ("/", value)
    return compile_pattern(path), rest


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


def _longest_match(rules: tuple[tuple[PathPattern, str], ...], path: str) -> dict[Purpose, bool]:
    """Merges the preferences of all rules that match the path; the longest rule wins."""
    matching = sorted(
        (rule for rule in rules if rule[0].matches(path)), key=lambda rule: rule[0].length
    )
    return {
        use: is_allowed
        for _, value in matching
        for use, is_allowed in parse_preferences(value).items()
    }


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
    return _decode_body(bytes(row[0]), is_robots=table == "robots") if row else ""


@lru_cache(maxsize=256)
def _decode_body(body: bytes, *, is_robots: bool) -> str:
    if is_robots:
        return decode_robots(body)
    return body.decode("utf-8", errors="replace").removeprefix("\ufeff")


def summarize_robots(robots: str) -> dict[str, str]:
    """Summarises the rules of a robots.txt on use: the AI robots it names, Content-Usage,
    Content-Signal and License, each as one string.
    """
    rules = parse_usage_rules(robots)
    return {
        "ai_robots": ", ".join(sorted(agent for agent, _ in rules.ai_groups)),
        "content_usage": "; ".join(f"{path.text} {value}" for path, value in rules.usage),
        "content_signal": "; ".join(f"{path.text} {value}" for path, value in rules.signals),
        "license": ", ".join(dict.fromkeys(rules.licenses)),
    }
