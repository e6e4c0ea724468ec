"""How each feed, sitemap and listing of some sources is doing, asked live: one verdict each."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from crawler.source_tools.client import Fetch, NoAnswer, talk
from khabar.hindi.dates import IST
from khabar.model import clock, urls
from khabar.model.config import Config
from khabar.model.items import Found, Outcome, Page, PageKind
from khabar.model.sources import Source
from khabar.parsing.discovery import READERS, BrokenDocument
from khabar.processing.responses import pause_until

State = Literal["ok", "stale", "empty", "moved", "busy", "forbidden", "broken", "dead"]
LOST: frozenset[State] = frozenset({"broken", "dead"})  # nothing comes of it until somebody acts
_ARCHIVE_AGE = timedelta(days=2)  # the archive's file of that day is complete
_REDIRECTS = range(300, 400)


@dataclass(frozen=True, slots=True)
class Asked:
    """One document to ask for. `how`: feed, news-sitemap, archive-sitemap or listing."""

    source: Source
    kind: PageKind
    how: str
    url: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of it. `articles`: how many of its `entries` are the source's own; `newest`: the latest date told."""

    source: str
    how: str
    url: str
    state: State
    entries: int | None = None
    articles: int | None = None
    newest: str | None = None
    evidence: str = ""


def documents_of(sources: Sequence[Source], now: datetime) -> Iterator[Asked]:
    """Every document of the sources; of an archive named by its days, the file of the day before yesterday."""
    day = (now.astimezone(IST) - _ARCHIVE_AGE).date()
    for source in sources:
        for kind, how, document in source.documents():
            yield Asked(source, kind, how, document.url)
        for kind, url in source.archive_urls(day, day):
            yield Asked(source, kind, "archive-sitemap", url)


def check(config: Config, sources: Sequence[Source], stale_after: timedelta) -> list[Verdict]:
    """One verdict for each document, in the order of the sources. Raises RunError when no contact is set."""
    asked = list(documents_of(sources, clock.now()))

    async def script(fetch: Fetch) -> list[Verdict]:
        rounds = [_ask_host(fetch, group, stale_after) for group in _by_host(asked)]
        return [verdict for told in await asyncio.gather(*rounds) for verdict in told]

    order = {(one.source.key, one.how, one.url): number for number, one in enumerate(asked)}
    return sorted(talk(config, script, sources), key=lambda one: order[one.source, one.how, one.url])


def _by_host(asked: Sequence[Asked]) -> list[list[Asked]]:
    hosts: dict[str, list[Asked]] = {}
    for one in asked:
        hosts.setdefault(urls.host_of(one.url), []).append(one)
    return list(hosts.values())


async def _ask_host(fetch: Fetch, asked: list[Asked], stale_after: timedelta) -> list[Verdict]:
    """A host's documents one after the other. Once it asks to be left alone, it is."""
    told: list[Verdict] = []
    for one in asked:
        if told and told[-1].state == "busy":
            told.append(_verdict(one, "busy", "not asked: the host asked to be left alone"))
        else:
            told.append(judge(one, await fetch(one.url, reason=one.kind), stale_after))
    return told


def judge(asked: Asked, answer: Page | NoAnswer, stale_after: timedelta) -> Verdict:
    """The verdict on one answer. Pure."""
    if isinstance(answer, NoAnswer):
        state: State = "forbidden" if answer.outcome is Outcome.ROBOTS else "dead"
        return _verdict(asked, state, f"{answer.outcome}: {answer.evidence}")
    location = answer.headers.get("location")
    if answer.status in _REDIRECTS and location:
        return _verdict(asked, "moved", _where(asked.source, urls.joined(answer.url, location)))
    if pause_until(answer.status, answer.headers.get("retry-after"), answer.fetched_at):
        return _verdict(asked, "busy", f"answered {answer.status}")
    if answer.status != 200:
        return _verdict(asked, "dead", f"answered {answer.status}")
    return _read(asked, answer, stale_after)


def _where(source: Source, there: str) -> str:
    if urls.bad(there) or not source.owns(there):
        return f"to {there[:300]}, no host of this source"
    home = there.rstrip("/") == source.homepage.rstrip("/")
    return f"to {there[:300]}" + (", the home page" if home else "")


def _read(asked: Asked, page: Page, stale_after: timedelta) -> Verdict:
    try:
        found = READERS[asked.kind](page.body, page.url, page.fetched_at)
    except BrokenDocument as error:
        return _verdict(asked, "broken", str(error)[:200])
    articles = sum(link.kind == "page" and asked.source.judge(link.url) is None for link in found)
    newest = max(filter(None, (link.modified or link.published for link in found)), default=None)
    state, evidence = _state(asked, found, articles, newest, page.fetched_at - stale_after)
    return Verdict(asked.source.key, asked.how, asked.url, state, len(found), articles, newest, evidence)


def _state(asked: Asked, found: list[Found], articles: int, newest: str | None, oldest: datetime) -> tuple[State, str]:
    if not found:
        return "empty", "no entry"
    if not articles and all(link.kind == "page" for link in found):
        return "empty", "no entry is an article of this source by its pattern"
    if newest and newest < clock.stamp(oldest) and asked.how != "archive-sitemap":
        return "stale", f"nothing since {newest[:10]}"
    return "ok", "" if newest or asked.how == "listing" else "no dates"


def _verdict(asked: Asked, state: State, evidence: str) -> Verdict:
    return Verdict(asked.source.key, asked.how, asked.url, state, evidence=evidence)
