"""The news desk: one run's hold on the archive. It hands out what is due and hears what became of it."""

from __future__ import annotations

import logging
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Request, Response
from twisted.python.failure import Failure

from archive import ArchiveError, frontier, health, ledger, open_archive, snapshots
from archive.connect import Archive
from archive.frontier import Entry
from crawler import clock, urls
from crawler.config import Config, read_config
from crawler.guards.addresses import is_newsroom
from crawler.items import Outcome
from crawler.sources import Source

PER_HOST = 4  # handed out at once: enough to keep a host's slot busy, few enough to stop quickly
AT_ONCE = 64
log = logging.getLogger(__name__)


class RunError(Exception):
    """A run that cannot begin or go on; the message is one line that says what to do."""


class DiskFull(RunError):
    """The archive's disk has less room than the floor the operator set."""


def desk_of(crawler: Crawler) -> Desk:
    """The crawler's desk. It is missing only when EXTENSIONS was tampered with."""
    desk = crawler.get_extension(Desk)
    if desk is None:
        raise RunError("crawler.desk.Desk is missing from EXTENSIONS")
    return desk


class Desk:
    """Scrapy extension. Nothing is opened until a spider of ours begins: `scrapy shell` never touches the archive."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.archive: Archive | None = None
        self.sources: dict[str, Source] = {}
        self.in_flight: dict[int, Entry] = {}
        self.only: tuple[str, ...] = ()
        self.left: int | None = None  # pages this run may still ask for
        self.outcomes: Counter[str] = Counter()
        self.fault: BaseException | None = None
        self.run: int | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Desk:
        desk = cls(crawler)
        for handler, signal in (
            (desk.heard, signals.response_received),
            (desk.broke, signals.spider_error),
            (desk.broke, signals.item_error),
            (desk.finish, signals.spider_closed),
        ):
            crawler.signals.connect(handler, signal=signal)
        return desk

    def now(self) -> datetime:
        return clock.now()

    # --- the run ---

    def begin(self, keys: tuple[str, ...], only: tuple[str, ...], limit: int | None) -> None:
        """Opens the archive under its lock and registers the sources: `keys`, or all that are on.

        Raises RunError, DiskFull, ArchiveError, ConfigError or SourceError: each one line.
        """
        config = read_config(Path(self.crawler.settings["KHABAR_ARCHIVE"]))
        registry = config.registry()
        chosen = [registry.get(key) for key in keys] or list(registry.on)
        self.sources = {source.key: source for source in chosen}
        self.left = limit
        self.archive = open_archive(config.archive, write=True)
        self._check_disk(config)
        for source in chosen:
            ledger.register(self.archive.db, source, self.now())
            self._set_pace(source)
        self.run = health.start_run(self.archive.db, self.now(), sources=list(self.sources))
        self.only = tuple(self._ask_for(url) for url in only)

    def _check_disk(self, config: Config) -> None:
        free = shutil.disk_usage(config.archive.parent).free >> 20
        if free < config.settings.disk_floor_mb:
            raise DiskFull(
                f"{free} MB free beside the archive, less than disk_floor_mb = {config.settings.disk_floor_mb}: "
                "make room, or lower it in khabar.toml"
            )

    def _ask_for(self, url: str) -> str:
        """Puts one address the operator named on the ledger, due now."""
        owner = next((source for source in self.sources.values() if source.owns(url)), None)
        if owner is None:
            raise RunError(f"no source of this run owns {url}: see `khabar sources list`")
        return ledger.ask_for(self.open.db, owner, url, self.now())

    def finish(self, spider: Spider, reason: str) -> None:
        if self.archive is None or self.run is None:
            return
        health.finish_run(self.archive.db, self.run, self.now(), reason)
        self.archive.close()
        self.archive = None

    @property
    def open(self) -> Archive:
        if self.archive is None:
            raise RunError("the archive is not open: only our own spiders store pages")
        return self.archive

    # --- what is due ---

    def batch(self) -> Iterator[Entry]:
        """What to do next: kept pages not yet read, then what is due. Each is in flight until it is settled."""
        room = AT_ONCE - len(self.in_flight)
        if self.left is not None:
            room = min(room, self.left)
        if room <= 0:
            return
        for entry in self._due(room):
            self.in_flight[entry.id] = entry
            if self.left is not None:
                self.left -= 1
            yield entry

    def _due(self, room: int) -> list[Entry]:
        keys, db = tuple(self.sources), self.open.db
        if self.only:
            return frontier.named(db, self.only, self.now(), skip=self.in_flight, limit=room)
        kept = frontier.kept(db, keys, self.now(), skip=self.in_flight, limit=room)
        return kept or frontier.due(db, keys, self.now(), skip=self.in_flight, limit=room, per_host=PER_HOST)

    def settled(self, page_id: int, outcome: Outcome | None) -> None:
        """A page's way has ended, or (None) it waits for its host."""
        self.in_flight.pop(page_id, None)
        self.outcomes[outcome or "waiting"] += 1

    def broke(self, failure: Failure, **where: Any) -> None:
        """An error nobody foresaw. The first one is kept: the run's exit code tells of it."""
        error: BaseException = failure.value  # type: ignore[assignment]  # Twisted allows a failure of nothing
        self.fault = self.fault or error
        response, item = where.get("response"), where.get("item")
        entry = response.meta.get("entry") if response is not None and response.request else None
        page_id = entry.id if entry else getattr(item, "page_id", None)
        if page_id is not None:
            self.in_flight.pop(page_id, None)
            self.outcomes["error"] += 1
            self._put_off(page_id, error)
        if isinstance(error, ArchiveError) and self.crawler.engine:
            self.left = 0  # a full disk or a broken file: hand out nothing more

    def _put_off(self, page_id: int, error: BaseException) -> None:
        """A page our own fault kept from its end is left for the next run, and says why."""
        log.error("page %s: %s: %s", page_id, type(error).__name__, error)
        try:
            ledger.put_off(self.open.db, page_id, f"{type(error).__name__}: {error}"[:200], self.now())
        except ArchiveError as again:
            log.error("page %s could not be put off: %s", page_id, again)

    # --- pace ---

    def _set_pace(self, source: Source) -> None:
        for host in source.hosts:
            pace = {"delay": source.delay, "concurrency": 1}
            if is_newsroom(host) and self.crawler.settings.get("KHABAR_NEWSROOM"):
                pace = {"delay": 0.0, "concurrency": 8}
            self._downloader.per_slot_settings[host] = pace

    def slow_down(self, host: str, delay: float) -> None:
        """A host's own Crawl-delay, where it is longer than ours. The newsroom's is waived."""
        if is_newsroom(host):
            return
        pace = self._downloader.per_slot_settings.setdefault(host, {"delay": 1.5, "concurrency": 1})
        pace["delay"] = max(pace["delay"], delay)
        if slot := self._downloader.slots.get(host):
            slot.delay = max(slot.delay, delay)

    def pause(self, host: str, until: datetime) -> None:
        log.warning("%s asked to be left alone until %s", host, clock.stamp(until))
        if self.archive:
            ledger.postpone_host(self.archive.db, host, until)

    @property
    def _downloader(self) -> Any:
        assert self.crawler.engine
        return self.crawler.engine.downloader

    # --- what hosts said ---

    def known_robots(self, origin: str) -> tuple[int, bytes, datetime] | None:
        """The last robots.txt answer of a host: status, body, when it was asked."""
        return health.robots_answer(self.archive.db, origin) if self.archive else None

    def keep_robots(self, origin: str, status: int, body: bytes) -> None:
        if self.archive:
            health.keep_robots(self.archive.db, origin, status, body, self.now())

    def heard(self, response: Response, request: Request, spider: Spider) -> None:
        """Every answer is written down: time, status, bytes, why it was asked for."""
        if self.archive:
            health.record_fetch(
                self.archive.db,
                run=self.run,
                url=response.url,
                origin=urls.origin_of(response.url),
                host=urls.host_of(response.url),
                at=self.now(),
                status=response.status,
                size=len(response.body),
                reason=request.meta.get("reason", "page"),
                user_agent=self.crawler.settings["USER_AGENT"],
            )

    def load_kept(self, entry: Entry) -> Any:
        """A page fetched by an earlier run and not yet read."""
        assert entry.snapshot_id
        return snapshots.load(self.open.db, entry.snapshot_id)
