"""What an article may be used for, and why: signals of page and site, the source's permission, read as one verdict.

Pure functions over what the archive keeps: a page's own `rights`, its site's robots.txt and tdmrep.json. They tell what
was said; they are no legal advice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec
from sqlite_utils import Database

from khabar.model import urls

Purpose = Literal["research", "search", "train"]
Permission = Literal["none", "written", "open"]
Extent = Literal["all", "metadata", "nothing"]
PURPOSES: tuple[Purpose, ...] = ("research", "search", "train")

# Robots that collect for training models, as their makers name them.
AI_ROBOTS = frozenset(
    """ai2bot amazonbot anthropic-ai applebot-extended bytespider ccbot claude-web claudebot cohere-ai
    cohere-training-data-crawler deepseekbot diffbot facebookbot google-cloudvertexbot google-extended gptbot
    img2dataset kangaroo-bot meta-externalagent mistralai-user omgili omgilibot pangubot panscient perplexitybot
    petalbot timpibot webzio-extended""".split()
)
_YES, _NO = frozenset({"y", "yes", "1"}), frozenset({"n", "no", "0"})
# AIPREF's and Content Signals' words for the two uses that can be reserved.
_USES: dict[str, Purpose] = {"train-ai": "train", "ai-train": "train", "train-genai": "train", "search": "search"}
_PAIR = re.compile(r"([\w-]+)\s*=\s*\??([\w]+)")


@dataclass(frozen=True, slots=True)
class Site:
    """What a site says for all its pages: the bodies of robots.txt and /.well-known/tdmrep.json, '' for none."""

    robots: str = ""
    tdmrep: str = ""


@dataclass(frozen=True, slots=True)
class Reservation:
    """One use that is kept back, and the words that keep it back."""

    use: Purpose
    why: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How much of an article may go out for a purpose: all, metadata, nothing; and because of what."""

    extent: Extent
    why: str


def verdict(
    purpose: Purpose, permission: Permission, reserved: tuple[Reservation, ...], *, unlicensed: bool = False
) -> Verdict:
    """May be used for …, because …. `unlicensed`: text goes out for training without the source's permission too.

    A source's written permission outweighs what it tells the whole world; research is not bound by reservations.
    """
    if permission == "written":
        return Verdict("all", "the source permits it in writing")
    if kept_back := next((one for one in reserved if one.use == purpose), None):
        return Verdict("nothing", kept_back.why)
    if purpose == "train" and permission == "none" and not unlicensed:
        return Verdict("metadata", "no permission of the source")
    return Verdict("all", "openly licensed" if permission == "open" else "nothing is reserved")


def reservations(page: Mapping[str, Any], site: Site, url: str) -> tuple[Reservation, ...]:
    """Every use that the page, or its site for it, keeps back: the page's own words first."""
    found = [*_of_page(page), *_of_tdm(page, site, url), *_of_site(site.robots, url)]
    return tuple(dict.fromkeys(found))


def _of_page(page: Mapping[str, Any]) -> Iterator[Reservation]:
    if page.get("noai"):
        yield Reservation("train", "noai")
    for flag in ("noindex", "nosnippet"):
        if page.get(flag):
            yield Reservation("search", flag)
    for use, allowed in usage(str(page.get("content_usage", ""))).items():
        if not allowed:
            yield Reservation(use, "Content-Usage")


def _of_tdm(page: Mapping[str, Any], site: Site, url: str) -> Iterator[Reservation]:
    """TDMRep: what the page says outweighs its site's file."""
    said = page.get("tdm_reservation", _tdm_of(site.tdmrep, _path(url)))
    if str(said) == "1":
        yield Reservation("train", "TDM reservation")


def _tdm_of(body: str, path: str) -> str:
    """The reservation of the first rule of a tdmrep.json whose location is the path's; '' for none."""
    try:
        rules = msgspec.json.decode(body or "[]", type=list[dict[str, Any]])
    except msgspec.DecodeError:
        return ""  # a file nobody can read reserves nothing
    matching = (one for one in rules if re.match(translate(f"{one.get('location', '')}*"), path))
    return next((str(one.get("tdm-reservation", "")) for one in matching), "")


def _of_site(robots: str, url: str) -> Iterator[Reservation]:
    if not robots:
        return
    rules, path = site_rules(robots), _path(url)
    if barred := sorted({agent for agent, lines in rules.ai if _is_barred(lines, path)}):
        yield Reservation("train", f"robots.txt bars AI robots ({', '.join(barred)})")
    for name, said in (("Content-Usage", rules.usage), ("Content-Signal", rules.signals)):
        for use, allowed in _nearest(said, path).items():
            if not allowed:
                yield Reservation(use, f"{name} in robots.txt")


# --- robots.txt, read for what it says to others ---


@dataclass(frozen=True, slots=True)
class SiteRules:
    """A robots.txt's words on use. `ai`: (robot, its Allow and Disallow lines); the others: (path, preferences)."""

    ai: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    usage: tuple[tuple[str, str], ...] = ()
    signals: tuple[tuple[str, str], ...] = ()


@lru_cache(maxsize=256)
def site_rules(robots: str) -> SiteRules:
    """The groups of AI robots, and the preferences that everybody (`*`) is told."""
    ai: dict[str, list[tuple[str, str]]] = {}
    told: dict[str, list[tuple[str, str]]] = {"content-usage": [], "content-signal": []}
    for agents, lines in _groups(robots):
        for agent in agents & AI_ROBOTS:
            ai.setdefault(agent, []).extend((name, value) for name, value in lines if name in ("allow", "disallow"))
        for name, value in lines:
            if name in told and (not agents or "*" in agents or "khabar" in agents):
                told[name].append(_with_path(value))
    return SiteRules(
        tuple((agent, tuple(lines)) for agent, lines in ai.items()),
        tuple(told["content-usage"]),
        tuple(told["content-signal"]),
    )


def _groups(robots: str) -> Iterator[tuple[set[str], list[tuple[str, str]]]]:
    """(agents, lines) of each group, names in lower case; what stands before the first group has no agents."""
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


def _with_path(value: str) -> tuple[str, str]:
    """A preference may stand for a path: `Content-Usage: /archive/ train-ai=n`."""
    path, _, rest = value.partition(" ")
    return (path, rest) if path.startswith("/") and rest else ("/", value)


def usage(value: str) -> dict[Purpose, bool]:
    """Preferences as Content-Usage and Content-Signal write them: `train-ai=n, search=y`."""
    said = {_USES[name]: answer for name, answer in _PAIR.findall(value.lower()) if name in _USES}
    return {use: answer in _YES for use, answer in said.items() if answer in _YES | _NO}


def _nearest(said: tuple[tuple[str, str], ...], path: str) -> dict[Purpose, bool]:
    """Of the rules that stand for the path, the longest wins."""
    fitting = sorted((one for one in said if _fits(one[0], path)), key=lambda one: len(one[0]))
    return {use: allowed for _, value in fitting for use, allowed in usage(value).items()}


def _is_barred(lines: tuple[tuple[str, str], ...], path: str) -> bool:
    """RFC 9309: the longest fitting rule decides, Allow before Disallow of the same length."""
    fitting = [(len(value), name == "allow") for name, value in lines if value and _fits(value, path)]
    return bool(fitting) and not max(fitting)[1]


def _fits(rule: str, path: str) -> bool:
    pattern = ".*".join(re.escape(part) for part in rule.removesuffix("$").split("*"))
    return bool(re.match(pattern + ("$" if rule.endswith("$") else ""), path))


def _path(url: str) -> str:
    parts = urlsplit(urls.normal(url))
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


# --- signals ---


OK = 200
_LICENSE = "license"


@dataclass(frozen=True, slots=True)
class Signals:
    """The word in force for one kept page. `page`: its own (headers, meta tags); `site`: its site's files."""

    url: str
    page: Mapping[str, Any]
    site: Site

    def verdicts(self, permission: Permission) -> dict[str, Verdict]:
        """Purpose → how much may be used for it, and because of what."""
        reserved = reservations(self.page, self.site, self.url)
        return {purpose: verdict(purpose, permission, reserved) for purpose in PURPOSES}


def of_snapshot(db: Database, snapshot_id: int) -> Signals:
    """The signals of a kept page: an older one keeps those of its own time."""
    url, rights, robots_id, tdmrep_id = db.execute(
        "select url, rights, robots_id, tdmrep_id from snapshots where id = ?", [snapshot_id]
    ).fetchone()
    return Signals(url, json.loads(rights), Site(body_of(db, "robots", robots_id), body_of(db, "tdmreps", tdmrep_id)))


def body_of(db: Database, table: str, found: int | None) -> str:
    """A robots.txt or tdmrep.json as text; '' for none, and for an answer that was no file."""
    row = db.execute(f"select body from {table} where id = ? and status = ?", [found, OK]).fetchone()  # noqa: S608
    return _text(bytes(row[0])) if row else ""


@lru_cache(maxsize=256)
def _text(body: bytes) -> str:
    return body.decode("utf-8", errors="replace")


def summary(robots: str) -> dict[str, str]:
    """What a robots.txt says on use, line by line: AI robots it names, Content-Usage, Content-Signal, License."""
    rules = site_rules(robots)
    lines = (line.partition("#")[0].partition(":") for line in robots.splitlines())
    licenses = dict.fromkeys(value.strip() for name, _, value in lines if name.strip().lower() == _LICENSE)
    return {
        "ai_robots": ", ".join(sorted(agent for agent, _ in rules.ai)),
        "content_usage": "; ".join(f"{path} {value}" for path, value in rules.usage),
        "content_signal": "; ".join(f"{path} {value}" for path, value in rules.signals),
        "license": ", ".join(licenses),
    }
