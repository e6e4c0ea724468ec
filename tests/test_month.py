"""Simulated weeks of many newspapers on a bad web: incidents, single bad answers; nothing named is lost, little is asked twice."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from archive_fixtures import START, ArchiveBuilder, article, source
from simulated_days import HOUR, own_words

from crawler.quota import RequestBudget
from khabar.archive import health
from khabar.archive.frontier import due, retries, revisits
from khabar.archive.frontier.due import QueueEntry
from khabar.archive.frontier.incidents import RunEndings
from khabar.model import urls
from khabar.model.clock import format_utc
from khabar.model.items import DiscoveredLink, Outcome, Page, Visit
from khabar.processing.keys import compute_keys
from khabar.processing.responses import build_visit

NO_TEXT = "a page without text"
# What a bad answer is: (status, headers, body).
KINDS = {
    "302": (302, {"location": "/maintenance"}, b""),
    "301 home": (301, {"location": "/"}, b""),
    "404": (404, {}, b"no"),
    "410": (410, {}, b"no"),
    "empty": (200, {}, b""),
    "challenge": (200, {}, NO_TEXT.encode()),
    "409": (409, {}, b"no"),
    "503": (503, {}, b""),
}
BAD_SHARE = 0.01  # of single answers
FEED_LENGTH = 20


@dataclass
class Paper:
    """A newspaper: what it publishes when, and its incidents (from, until, kind, its feed too?)."""

    key: str
    published: list[datetime]
    incidents: list[tuple[datetime, datetime, str, bool]]

    def incident(self, now: datetime, is_feed: bool) -> str | None:
        for begins, ends, kind, feed_too in self.incidents:
            if begins <= now < ends and (feed_too or not is_feed):
                return kind
        return None


@dataclass
class Weeks:
    """A crawl every hour, by the frontier's own order; requests take no time."""

    path: Path
    papers: int
    days: int
    seed: int = 1
    asked: Counter = field(default_factory=Counter)
    before: Counter = field(default_factory=Counter)  # requests before the article, by page
    named: set[str] = field(default_factory=set)
    run_codes: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.desk = ArchiveBuilder(self.path)
        self.end = START + timedelta(days=self.days)
        self.press = {f"p{n:02}": self._found(f"p{n:02}", n) for n in range(self.papers)}
        self.first_failures: dict[str, int] = defaultdict(int)

    def _found(self, key: str, number: int) -> Paper:
        self.desk.add(source(key, delay=0.0))
        times, at, daily = [], START, self.chance.choice((4, 8, 12))
        while at < self.end:
            times.append(at)
            at += timedelta(days=self.chance.expovariate(daily))
        incidents = []
        for begins in (self.days * 0.3, self.days * 0.6):
            kind = list(KINDS)[(number + int(begins)) % len(KINDS)]
            since = START + timedelta(days=begins + self.chance.random() * 2)
            length = timedelta(hours=self.chance.choice((1, 3, 8, 24)))
            incidents.append((since, since + length, kind, self.chance.random() < 0.3))
        return Paper(key, times, incidents)

    def crawl(self) -> None:
        while self.desk.now < self.end:
            begun = self.desk.now
            self._run()
            self.desk.now = begun + HOUR

    def _run(self) -> None:
        desk, budget, endings = self.desk, RequestBudget(3600.0), RunEndings()
        desk.run = health.start_run(desk.db, desk.now, list(self.press))
        for key in self.press:
            one = desk.sources[key]
            allowed = budget.allot_source(one, retries.count_allowed_retries(desk.db, key, desk.now))  # fmt: skip
            revisits.update_revisit_pace(desk.db, one, desk.now, allowed)
        while entries := due.select_due(
            desk.db, list(self.press), desk.now, skip=(), limit=64, per_host=4,
            skip_lanes=list(budget.exhausted_tiers()),
        ):  # fmt: skip
            for entry in entries:
                budget.spend_request(entry)
                result = desk.file(self._answer(entry))
                if result.ending:
                    endings.add(urls.get_host(entry.url), result.ending)
        health.finish_run(desk.db, desk.run, desk.now, "finished", endings=endings)
        self.run_codes.append(int(bool(health.list_newly_broken(desk.db, desk.run))))

    def _answer(self, entry: QueueEntry) -> Visit:
        paper, now = self.press[entry.source], self.desk.now
        one = self.desk.sources[entry.source]
        self.asked[entry.source] += 1
        if entry.kind == "page" and not self.has_article(entry.id):
            self.before[entry.source, entry.url] += 1
        is_feed = entry.kind != "page"
        kind = paper.incident(now, is_feed)
        if kind is None and self.chance.random() < BAD_SHARE:
            kind = self.chance.choice([name for name in KINDS if name != "410"])
        if kind:
            status, headers, body = KINDS[kind]
            page = Page(entry.url, body, now, status, headers)
            visit = build_visit(entry.id, one, entry.kind, page)
            if visit.outcome is None:
                visit.outcome = Outcome.NO_TEXT
            return visit
        if is_feed:
            newest = [n for n, at in enumerate(paper.published) if at <= now][-FEED_LENGTH:]
            links = [DiscoveredLink(f"{one.homepage}news/{n}", "feed") for n in newest]
            self.named.update(link.url for link in links)
            page = Page(entry.url, repr(newest).encode(), now)
            return Visit(entry.id, entry.source, page, outcome=Outcome.FEED, found=tuple(links))
        if "/news/" not in entry.url:
            return Visit(entry.id, entry.source, Page(entry.url, b"", now, 404), outcome=Outcome.NOT_FOUND)  # fmt: skip
        name = entry.url.rpartition("/")[2]
        told = article(entry.url, own_words(f"{name}l{entry.source[1:]}") * 6, title=f"{name} {entry.source}")  # fmt: skip
        page = Page(entry.url, entry.url.encode(), now)
        return Visit(entry.id, entry.source, page, None, told, compute_keys(told, one), Outcome.ARTICLE)  # fmt: skip

    def has_article(self, page_id: int) -> bool:
        (row,) = self.desk.rows("select article_id from pages where id = ?", page_id)
        return row["article_id"] is not None

    def extra(self, key: str) -> float:
        """The share of a newspaper's requests that asked for a page again which had given no article."""
        again = sum(count - 1 for (one, _), count in self.before.items() if one == key)
        return again / self.asked[key]

    def lost(self) -> set[str]:
        """What was named at least four days before the end and has no article."""
        rows = self.desk.rows("select url from pages where article_id is not null")
        late = {
            f"{self.desk.sources[key].homepage}news/{n}"
            for key, paper in self.press.items()
            for n, at in enumerate(paper.published)
            if at > self.end - timedelta(days=4)
        }
        return self.named - late - {row["url"] for row in rows}


def check(weeks: Weeks, record) -> None:
    weeks.crawl()
    assert weeks.lost() == set()
    before = format_utc(weeks.end - timedelta(days=2))  # a second look comes within a day
    removed = weeks.desk.rows("select count(*) as n from articles where removed_at < ?", before)
    gone = weeks.desk.rows("select count(*) as n from pages where outcome = 'gone' and url like '%/news/%'")  # fmt: skip
    incidents = weeks.desk.rows("select count(*) as n from alerts where words like '%incident%'")
    record(
        f"{len(weeks.named)} articles named, 0 lost; {sum(weeks.asked.values())} requests, of which at most "
        f"{max(map(weeks.extra, weeks.press)):.1%} of a host's were repeated; {incidents[0]['n']} incidents reported"
    )
    # two bad answers to one page, a day apart, mark it as removed until its next visit
    assert removed[0]["n"] <= len(weeks.named) / 1000
    # 410 from one or two articles of a host cannot be told from articles that the source removed
    assert gone[0]["n"] <= len(weeks.named) / 1000
    assert incidents[0]["n"] > 0 and sum(weeks.run_codes) > 0
    assert max(map(weeks.extra, weeks.press)) <= 0.05


def test_ten_days_of_five_newspapers(tmp_path, record_property):
    check(
        Weeks(tmp_path / "archive.db", papers=5, days=10),
        lambda words: record_property("weeks", words),
    )


@pytest.mark.slow
def test_a_month_of_57_newspapers(tmp_path, record_property):
    check(
        Weeks(tmp_path / "archive.db", papers=57, days=30),
        lambda words: record_property("weeks", words),
    )
