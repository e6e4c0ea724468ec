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

from crawler.outage import Line
from crawler.quota import Shares
from crawler.refused import Refused
from crawler.throttle import Pace
from khabar.archive import ArchiveError, health, open_archive
from khabar.archive.database import Archive
from khabar.archive.frontier import backfills, due, hosts, ledger, revisits
from khabar.archive.frontier.due import Entry
from khabar.archive.health.requests import Word
from khabar.archive.store.save import file_visit
from khabar.model import clock
from khabar.model.config import read_config
from khabar.model.errors import DiskFull, RunError
from khabar.model.items import Visit
from khabar.model.sources import Source

PER_HOST = 4  # handed out at once: enough to keep a host's slot busy, few enough to stop quickly
AT_ONCE = 64
log = logging.getLogger(__name__)


def desk_of(crawler: Crawler) -> Desk:
    """The crawler's desk. It is missing only when EXTENSIONS was tampered with."""
    desk = crawler.get_extension(Desk)
    if desk is None:
        raise RunError("crawler.session.Desk is missing from EXTENSIONS")
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
        self.line = Line()
        self.pace = Pace(crawler)
        self.resting: dict[str, datetime] = {}  # host → until when
        self.shares = Shares()
        self.floor = 0  # bytes the archive's disk must have left

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Desk:
        desk = cls(crawler)
        for handler, signal in (
            (desk.answered, signals.response_downloaded),
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

    def begin(self, keys: tuple[str, ...], only: tuple[str, ...], limit: int | None, *, walks: bool = False) -> None:
        """Opens the archive under its lock and registers the sources: `keys`, or all that are on.

        `walks`: the run is there for the backfills, which then get all the time that is left.

        Raises RunError, DiskFull, ArchiveError, ConfigError or SourceError: each one line.
        """
        config = read_config(Path(self.crawler.settings["KHABAR_ARCHIVE"]))
        registry = config.registry()
        chosen = [registry.get(key) for key in keys] or list(registry.on)
        self.sources = {source.key: source for source in chosen}
        self.left = limit
        self.archive = open_archive(config.archive, write=True)
        self.floor = config.settings.disk_floor_mb << 20
        self._check_disk()
        self.resting = hosts.resting(self.archive.db, self.now())
        self.shares = Shares(self.crawler.settings.getfloat("CLOSESPIDER_TIMEOUT"), walks)
        for source in chosen:
            self._take_on(source)
        self.run = health.start_run(self.archive.db, self.now(), sources=list(self.sources))
        self.only = tuple(self._ask_for(url) for url in only)

    def _take_on(self, source: Source) -> None:
        """One source of the run: its documents, its missing days, its pace."""
        db, now = self.open.db, self.now()
        ledger.register(db, source, now)
        backfills.queue_missing(db, source, now)
        self.pace.set(source)
        revisits.learn(db, source, now, self.shares.give(source))

    @property
    def _free(self) -> int:
        return shutil.disk_usage(self.open.path.parent).free

    def _check_disk(self) -> None:
        if (free := self._free) < self.floor:
            raise DiskFull(
                f"{free >> 20} MB free beside the archive, less than disk_floor_mb = {self.floor >> 20}: "
                "make room, or lower it in khabar.toml"
            )

    def _ask_for(self, url: str) -> str:
        """Puts one address the operator named on the ledger, due now."""
        owner = next((source for source in self.sources.values() if source.owns(url)), None)
        if owner is None:
            raise RunError(f"no source of this run owns {url}: see `khabar sources list`")
        return ledger.ask_for(self.open.db, owner, url, self.now())

    def finish(self, spider: Spider, reason: str) -> None:
        if self.archive is None:
            return
        try:
            if self.run is not None:
                self._close_run(self.run, reason)
        finally:
            self.archive.close()
            self.archive = None

    def _close_run(self, run: int, reason: str) -> None:
        """The run's verdicts. In an outage no host is blamed, not even for its robots.txt."""
        if self.line.down:
            health.forget_silence(self.open.db, run)
        for source in self.sources.values():
            backfills.finish(self.open.db, source, self.now())
        health.finish_run(self.open.db, run, self.now(), "outage" if self.line.down else reason, free=self._free)

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
        if room <= 0 or not self._has_room():
            return
        for entry in self._due(room):
            self.in_flight[entry.id] = entry
            self.line.ask(entry.id)
            if self.left is not None:
                self.left -= 1
            self.shares.take(entry)
            yield entry

    def _has_room(self) -> bool:
        """Whether the disk is above its floor still; below it nothing more is handed out and the run ends so."""
        try:
            self._check_disk()
        except DiskFull as error:
            self.fault, self.left = self.fault or error, 0
        return self.left != 0

    def _due(self, room: int) -> list[Entry]:
        keys, db = tuple(self.sources), self.open.db
        if self.only:
            return due.named(db, self.only, self.now(), skip=self.in_flight, limit=room)
        kept = due.kept(db, keys, self.now(), skip=self.in_flight, limit=room)
        return kept or due.due(
            db, keys, self.now(), skip=self.in_flight, limit=room, per_host=PER_HOST, closed=list(self.shares.spent())
        )

    def file(self, visit: Visit) -> None:
        """A page's way has ended, or it waits for its host: all it brought is written down at once."""
        filed = file_visit(self.open.db, visit, self.sources[visit.source], self.now(), self.run)
        self.in_flight.pop(visit.page_id, None)
        self.outcomes[filed.outcome or "waiting"] += 1

    def is_over(self) -> bool:
        """Whether nothing is under way any more. What alone is left and reached nobody is judged now.

        Hosts that were to blame after all may have more that is due: then it is not over, unless our line is down.
        """
        if not self.in_flight or self.in_flight.keys() != self.line.held.keys():
            return not self.in_flight
        self._file_held(self.line.conclude())
        if self.line.down:
            self.in_flight.clear()
        return self.line.down

    def _file_held(self, visits: list[Visit]) -> None:
        """What was held is filed outside the pipelines: an archive that cannot take it ends the run all the same."""
        for visit in visits:
            try:
                self.file(visit)
            except ArchiveError as error:
                self.in_flight.pop(visit.page_id, None)
                self.fault, self.left = self.fault or error, 0

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

    def slow_down(self, host: str, delay: float) -> None:
        """A host's own Crawl-delay, where it is longer than ours."""
        self.pace.slow_down(host, delay)
        self.shares.cut(host, self.pace.delays.get(host, 0.0))

    def pause(self, host: str, until: datetime) -> None:
        """The host asked to be left alone: nothing of it goes out until then, in this run and the next ones."""
        log.warning("%s asked to be left alone until %s", host, clock.stamp(until))
        self.resting[host] = until
        if self.archive:
            hosts.rest(self.archive.db, host, until, "it asked to be left alone")

    def refused(self, host: str) -> None:
        """The host forbids us a page. When that lasts it is left alone for days; nothing is tried to get round it."""
        if self.archive and (until := hosts.refused(self.archive.db, host, self.now())):
            log.warning("%s forbids one request after the other: left alone until %s", host, clock.stamp(until))
            self.resting[host] = until

    def welcomed(self, host: str) -> None:
        if self.archive:
            hosts.welcomed(self.archive.db, host)

    def answered(self, response: Response, request: Request, spider: Spider) -> None:
        self.pace.answered(request, self.now())

    # --- what hosts said ---

    def known_word(self, table: Word, origin: str) -> tuple[int, bytes, datetime] | None:
        """What a host last said for all its pages (robots.txt, tdmrep.json): status, body, when it was asked."""
        return health.site_word(self.archive.db, table, origin) if self.archive else None

    def keep_word(self, table: Word, origin: str, status: int, body: bytes) -> None:
        if self.archive:
            health.keep_site_word(self.archive.db, table, origin, status, body, self.now())

    def heard(self, response: Response, request: Request, spider: Spider) -> None:
        """Every answer is written down: time, status, bytes, why it was asked for. It also proves our line is up."""
        entry: Entry | None = request.meta.get("entry")
        if self.archive and entry:
            self._file_held(self.line.hear(entry.id, entry.source))
        self._record(request, response.status, len(response.body))

    def lost(self, request: Request, error: BaseException) -> None:
        """A request that brought no answer is written down as well. One that a guard held back never went out."""
        if not isinstance(error, Refused):
            self._record(request, 0, 0, f"{type(error).__name__}: {error}"[:200])

    def _record(self, request: Request, status: int, size: int, error: str | None = None) -> None:
        if self.archive:
            health.record_fetch(
                self.archive.db, run=self.run, url=request.url, at=request.meta.get("sent_at") or self.now(),
                status=status, size=size, reason=request.meta.get("reason", "page"),
                user_agent=self.crawler.settings["USER_AGENT"], error=error,
            )  # fmt: skip
