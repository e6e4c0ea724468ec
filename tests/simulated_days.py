"""A source over simulated days on a real archive: one request after another, by the ledger's own order."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from archive_fixtures import HOME, HOST, ArchiveBuilder, article, source

from crawler.quota import RequestBudget
from khabar.archive import health
from khabar.archive.frontier import due as frontier
from khabar.archive.frontier import revisits
from khabar.archive.frontier.due import QueueEntry
from khabar.archive.store import snapshots
from khabar.model.items import DiscoveredLink, Outcome, Page, Visit
from khabar.model.sources import CanonicalRules, DiscoveryDocument
from khabar.processing.keys import compute_keys

HOUR = timedelta(hours=1)


def own_words(name: str) -> str:
    """A text that is like no other's: copies of one story are not what is simulated."""
    word = "".join("कखगघचछजझटठ"[int(sign)] if sign.isdecimal() else "ल" for sign in name)
    return f"नहर{word} मेला{word} सड़क{word} किताब{word}।"


@dataclass
class Asked:
    """One request: when, for what, and in which order of debts it stood."""

    at: datetime
    url: str
    tier: int


@dataclass
class Press:
    """What stands on the source's feeds at a moment: `rate` articles an hour, spread over `feeds` feeds."""

    start: datetime
    rate: float
    feeds: int = 1
    seed: int = 1
    times: list[datetime] = field(default_factory=list)

    def __post_init__(self) -> None:
        chance, at = random.Random(self.seed), self.start
        for _ in range(int(self.rate * 24 * 14)):
            at += timedelta(hours=chance.expovariate(self.rate))
            self.times.append(at)

    def on(self, feed: int, now: datetime) -> list[DiscoveredLink]:
        """The newest links of a feed; each article stands on one of them."""
        printed = [n for n, at in enumerate(self.times) if at <= now and n % self.feeds == feed]
        return [DiscoveredLink(f"{HOME}/news/{n}", "feed") for n in printed[-30:]]


@dataclass
class Simulation:
    """A crawler that runs for the first part of every hour, as cron starts it, and asks one thing a `delay`."""

    path: Path
    press: Press
    delay: float = 60.0
    run: timedelta = timedelta(minutes=50)
    asked: list[Asked] = field(default_factory=list)
    known: dict[str, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.desk = ArchiveBuilder(self.path)
        feeds = tuple(
            DiscoveryDocument(url=f"{HOME}/feed-{n}.xml") for n in range(self.press.feeds)
        )
        self.source = self.desk.add(
            source(delay=self.delay, feeds=feeds, hosts=(HOST,), canonical=CanonicalRules())
        )

    def hours(self, count: int) -> None:
        for _ in range(count):
            begun = self.desk.now
            self._one_run(begun + self.run)
            self.desk.now = begun + HOUR

    def _one_run(self, until: datetime) -> None:
        desk, shares = self.desk, RequestBudget(self.run.total_seconds())
        desk.run = health.start_run(desk.db, desk.now, [self.source.key])
        revisits.update_revisit_pace(
            desk.db, self.source, desk.now, shares.allot_source(self.source, 10)
        )
        while desk.now < until:
            due = frontier.select_due(
                desk.db,
                [self.source.key],
                desk.now,
                skip=(),
                limit=1,
                per_host=4,
                skip_lanes=list(shares.exhausted_tiers()),
            )
            for entry in due:
                shares.spend_request(entry)
                self._ask(entry)
            desk.wait(seconds=self.delay)
        health.finish_run(desk.db, desk.run, desk.now, "finished")

    def _ask(self, entry: QueueEntry) -> None:
        self.asked.append(Asked(self.desk.now, entry.url, entry.tier))
        if entry.kind == "feed":
            links = self.press.on(
                int(entry.url.rpartition("-")[2].removesuffix(".xml")), self.desk.now
            )
            page = Page(entry.url, repr(links).encode(), self.desk.now)
            self.desk.file(
                Visit(entry.id, self.source.key, page, outcome=Outcome.FEED, found=tuple(links))
            )
            for link in links:
                self.known.setdefault(link.url, self.desk.now)
            return
        one = article(entry.url, own_words(entry.url.rpartition("/")[2]))
        page = Page(entry.url, entry.url.encode(), self.desk.now)
        kept = snapshots.save_snapshot(self.desk.archive, page, entry.id)
        keys = compute_keys(one, self.source)
        self.desk.file(
            Visit(entry.id, self.source.key, page, kept, one, keys, Outcome.ARTICLE, "article")
        )

    def between(self, since: datetime, until: datetime, tier: int) -> list[Asked]:
        return [one for one in self.asked if one.tier == tier and since <= one.at < until]
