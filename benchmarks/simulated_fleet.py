"""A week of many sources on one machine or several, on a moved clock, without a network.

Every answer depends on its address and the time alone, so that machines cannot differ by chance.
Each machine crawls at every full hour what the frontier says is due; its requests take no time.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

from crawler.quota import RequestBudget
from khabar.archive import health, open_archive
from khabar.archive.frontier import due, retries, revisits, url_store
from khabar.archive.frontier.due import QueueEntry
from khabar.archive.frontier.incidents import RunEndings
from khabar.archive.merge import merge_archive
from khabar.archive.store import snapshots
from khabar.archive.store.save import save_visit
from khabar.model import urls
from khabar.model.items import Article, Block, DiscoveredLink, Outcome, Page, Visit
from khabar.model.sources import ArticleUrls, DiscoveryDocument, Registry, Shard, Source
from khabar.processing.keys import compute_keys
from khabar.processing.workers import init_worker
from newsroom.agency_copies import make_story

START = datetime(2026, 11, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
FEED_LENGTH = 20
# Every tenth source lives on the host of the one before it, every fourth article is the copy of one
# of another source.
_SHARES_HOST_EVERY, _COPY_EVERY = 10, 4
_EDITED_SHARE = 0.1  # of articles, eight hours after their publication


@dataclass(frozen=True, slots=True)
class SimulatedWeb:
    """`sources` sources that each publish `daily` articles a day, at random times, for `days`
    days.
    """

    sources: int
    days: int
    daily: int

    @property
    def end(self) -> datetime:
        return START + timedelta(days=self.days)

    def build_registry(self) -> Registry:
        """Returns the sources as a registry."""
        return Registry(
            {source.key: source for source in map(self._build_source, range(self.sources))}
        )

    def _build_source(self, number: int) -> Source:
        key = f"p{number:03}"
        is_guest = number % _SHARES_HOST_EVERY == _SHARES_HOST_EVERY - 1
        host = f"p{number - is_guest:03}.newsroom.test"
        return Source(
            key=key,
            name=key,
            name_en=key,
            homepage=f"http://{host}/{key}/",
            hosts=(host,),
            status="on",
            article=ArticleUrls(pattern=rf"/{key}/news/"),
            delay=0.0,
            feeds=(DiscoveryDocument(url=f"http://{host}/{key}/feed.xml"),),
        )

    def list_times(self, key: str) -> list[datetime]:
        """Returns when a source publishes, in order: `daily` times in each day."""
        chance = random.Random(key)
        seconds = [
            day * 86_400 + chance.randrange(86_400)
            for day in range(self.days)
            for _ in range(self.daily)
        ]
        return [START + timedelta(seconds=second) for second in sorted(seconds)]


@dataclass
class SimulatedMachine:
    """One machine with its archive and its sources. `requests`: by host."""

    path: Path
    web: SimulatedWeb
    sources: tuple[Source, ...]
    requests: Counter[str] = field(default_factory=Counter)
    now: datetime = START

    def crawl_week(self) -> None:
        """Crawls at every full hour until the end."""
        self.archive = open_archive(self.path, write=True)
        self.by_key = {source.key: source for source in self.sources}
        self.times = {key: self.web.list_times(key) for key in self.by_key}
        with self.archive:
            for source in self.sources:
                url_store.register_source(self.archive.db, source, self.now)
            while self.now < self.web.end:
                self._crawl_once()
                self.now += HOUR

    def _crawl_once(self) -> None:
        db, budget, endings = self.archive.db, RequestBudget(3600.0), RunEndings()
        run = health.start_run(db, self.now, list(self.by_key))
        for key, source in self.by_key.items():
            allowed_retries = retries.count_allowed_retries(db, key, self.now)
            pace = budget.allot_source(source, allowed_retries)
            revisits.update_revisit_pace(db, source, self.now, pace)
        while entries := due.select_due(
            db, list(self.by_key), self.now, skip=(), limit=256, per_host=16,
            skip_lanes=list(budget.exhausted_tiers()),
        ):  # fmt: skip
            for entry in entries:
                budget.spend_request(entry)
                self.requests[urls.get_host(entry.url)] += 1
                save_visit(db, self._answer(entry), self.by_key[entry.source], self.now, run)
        health.finish_run(db, run, self.now, "finished", endings=endings)

    def _answer(self, entry: QueueEntry) -> Visit:
        source = self.by_key[entry.source]
        times = self.times[source.key]
        if entry.kind != "page":
            newest = [n for n, time in enumerate(times) if time <= self.now][-FEED_LENGTH:]
            links = tuple(DiscoveredLink(f"{source.homepage}news/{n}", "feed") for n in newest)
            page = Page(entry.url, repr(links).encode(), self.now)
            return Visit(entry.id, source.key, page, outcome=Outcome.FEED, found=links)
        number = int(entry.url.rpartition("/")[2])
        article = write_article(entry.url, number, times[number], self.now, self.web.sources)
        page = Page(
            entry.url, "\n".join(block.text or "" for block in article.blocks).encode(), self.now
        )
        snapshot_id = snapshots.save_snapshot(self.archive, page, entry.id)
        keys = compute_keys(article, source)
        return Visit(
            entry.id, source.key, page, snapshot_id, article, keys, Outcome.ARTICLE, "article"
        )


def write_article(
    url: str, number: int, published: datetime, now: datetime, sources: int
) -> Article:
    """Returns the article of a URL as it stands at a time: some are copies, some were edited."""
    key = url.split("/")[3]
    story = f"{key} {number}"
    if number % _COPY_EVERY == _COPY_EVERY - 1:
        story = f"p{(int(key[1:]) + 3) % sources:03} {number - 1}"
    paragraphs = make_story(story, 3)
    is_edited = _hash_number(url) % 100 < _EDITED_SHARE * 100
    if is_edited and now >= published + timedelta(hours=8):
        paragraphs = [*paragraphs, "बाद में जोड़ा गया: बैठक का समय बदल गया है।"]
    blocks = tuple(Block("paragraph", text) for text in paragraphs)
    return Article(
        url,
        title=f"{key} {number}",
        language="hi",
        published_at=published.isoformat(),
        published_precision="second",
        blocks=blocks,
    )


def _hash_number(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big")


@dataclass(frozen=True, slots=True)
class FleetResult:
    """What a fleet did. `requests`: by host, for each machine; `archive`: the one of all, that of
    the machine itself when there is one only.
    """

    requests: tuple[dict[str, int], ...]
    archive: Path

    @property
    def requests_by_host(self) -> Counter[str]:
        return sum(map(Counter, self.requests), Counter())

    @property
    def hosts_of_two(self) -> set[str]:
        """The hosts that more than one machine asked."""
        counts = Counter(host for machine in self.requests for host in machine)
        return {host for host, machines in counts.items() if machines > 1}


def run_fleet(web: SimulatedWeb, machines: int, folder: Path, workers: int) -> FleetResult:
    """Crawls with a number of machines, `workers` at a time, and merges their archives into a new
    one.
    """
    folder.mkdir(parents=True)
    shards = [Shard(number, machines) for number in range(1, machines + 1)]
    paths = [folder / f"shard-{shard.number}.db" for shard in shards]
    if workers == 1:
        requests = [
            _crawl_shard(web, shard, path) for shard, path in zip(shards, paths, strict=True)
        ]
    else:
        with ProcessPoolExecutor(workers, get_context("spawn"), init_worker) as pool:
            requests = list(pool.map(_crawl_shard, [web] * machines, shards, paths))
    if machines == 1:
        return FleetResult(tuple(requests), paths[0])
    merged = folder / "merged.db"
    with open_archive(merged, write=True) as archive:
        for path in paths:
            merge_archive(archive, path, lambda _: None)
    return FleetResult(tuple(requests), merged)


def _crawl_shard(web: SimulatedWeb, shard: Shard, path: Path) -> dict[str, int]:
    machine = SimulatedMachine(path, web, web.build_registry().select_shard(shard))
    machine.crawl_week()
    return dict(machine.requests)


# What must be the same whoever crawled: no numbers of rows, but what they say.
_CONTENTS = {
    "articles": """select id, url, source, title, text, published_at, first_seen, last_seen,
      revision, story_id, text_sha256 from articles order by id""",
    "revisions": "select article_id, revision, text, seen_at from revisions order by 1, 2",
    "pages": "select url, kind, state, outcome, tries, next_at from pages order by url",
    "raw pages": """select p.url, s.fetched_at, s.sha256 from snapshots s
      join pages p on p.id = s.page_id order by 1, 2""",
    "pairs": "select a, b, jaccard, containment, own from story_pairs order by a, b",
}


def digest_archive(path: Path) -> dict[str, tuple[int, str]]:
    """Returns name → (rows, hash of them) of each table that must be the same whoever crawled."""
    digests = {}
    with open_archive(path) as archive:
        for name, sql in _CONTENTS.items():
            rows, digest = 0, hashlib.sha256()
            for row in archive.db.execute(sql):
                rows += 1
                digest.update(repr(row).encode())
            digests[name] = (rows, digest.hexdigest())
    return digests
