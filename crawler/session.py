"""One run: the archive opened under its lock, its sources, what is handed out, stored and put off, and its end."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Request, Response
from twisted.python.failure import Failure

from crawler.disk import DiskFloor
from crawler.queue import Queue
from crawler.quota import Shares
from crawler.request_log import RequestLog
from crawler.throttle import Pace
from khabar.archive import ArchiveError, health, open_archive
from khabar.archive.database import Archive
from khabar.archive.frontier import backfills, hosts, ledger, revisits
from khabar.archive.frontier.due import Entry
from khabar.archive.store.save import file_visit
from khabar.model import clock
from khabar.model.config import read_config
from khabar.model.errors import DiskFull, RunError
from khabar.model.items import Visit
from khabar.model.sources import Source

log = logging.getLogger(__name__)


def desk_of(crawler: Crawler) -> Desk:
    """The crawler's session. It is missing only when EXTENSIONS was tampered with."""
    desk = crawler.get_extension(Desk)
    if desk is None:
        raise RunError("crawler.session.Desk is missing from EXTENSIONS")
    return desk


class Desk:
    """Scrapy extension. Nothing is opened until a spider of ours begins: `scrapy shell` never touches the archive.

    `queue`: what is handed out and under way; `requests`: the log of what was asked; `pace`: how fast each host is.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.archive: Archive | None = None
        self.sources: dict[str, Source] = {}
        self.queue = Queue()
        self.requests = RequestLog(self.now)
        self.disk = DiskFloor(Path(), 0)
        self.pace = Pace(crawler)
        self.outcomes: Counter[str] = Counter()
        self.fault: BaseException | None = None
        self.run: int | None = None
        self.resting: dict[str, datetime] = {}  # host → until when

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Desk:
        desk = cls(crawler)
        for handler, signal in (
            (desk.downloaded, signals.response_downloaded),
            (desk.received, signals.response_received),
            (desk.broke, signals.spider_error),
            (desk.broke, signals.item_error),
            (desk.finish, signals.spider_closed),
        ):
            crawler.signals.connect(handler, signal=signal)
        return desk

    def now(self) -> datetime:
        return clock.now()

    @property
    def open(self) -> Archive:
        if self.archive is None:
            raise RunError("the archive is not open: only our own spiders store pages")
        return self.archive

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
        self.archive = open_archive(config.archive, write=True)
        self.disk = DiskFloor(config.archive.parent, config.settings.disk_floor_mb << 20)
        self.disk.check()
        self.resting = hosts.resting(self.archive.db, self.now())
        shares = Shares(self.crawler.settings.getfloat("CLOSESPIDER_TIMEOUT"), walks)
        self.queue = Queue(tuple(self.sources), left=limit, shares=shares)
        for source in chosen:
            self._take_on(source)
        self.run = health.start_run(self.archive.db, self.now(), sources=list(self.sources))
        self.requests = RequestLog(self.now, self.crawler.settings["USER_AGENT"], self.archive, self.run)
        self.queue.only = tuple(self._ask_for(url) for url in only)

    def _take_on(self, source: Source) -> None:
        """One source of the run: its documents, its missing days, its pace."""
        db, now = self.open.db, self.now()
        ledger.register(db, source, now)
        backfills.queue_missing(db, source, now)
        self.pace.set(source)
        revisits.learn(db, source, now, self.queue.shares.give(source))

    def _ask_for(self, url: str) -> str:
        """Puts one address the operator named on the ledger, due now."""
        owner = next((source for source in self.sources.values() if source.owns(url)), None)
        if owner is None:
            raise RunError(f"no source of this run owns {url}: see `khabar sources list`")
        return ledger.ask_for(self.open.db, owner, url, self.now())

    def finish(self, spider: Spider, reason: str) -> None:
        """Scrapy has closed the spider."""
        if self.archive is None:
            return
        try:
            if self.run is not None:
                self._close_run(self.run, reason)
        finally:
            self.archive.close()
            self.archive = self.requests.archive = None

    def _close_run(self, run: int, reason: str) -> None:
        """The run's verdicts. In an outage no host is blamed, not even for its robots.txt."""
        outage = self.queue.line.down
        if outage:
            health.forget_silence(self.open.db, run)
        for source in self.sources.values():
            backfills.finish(self.open.db, source, self.now())
        health.finish_run(self.open.db, run, self.now(), "outage" if outage else reason, free=self.disk.free)

    # --- pages ---

    def batch(self) -> Iterator[Entry]:
        """What to do next; nothing below the disk's floor, where the run ends so."""
        try:
            self.disk.check()
        except DiskFull as error:
            self._stop(error)
        return self.queue.batch(self.open.db, self.now())

    def file(self, visit: Visit) -> None:
        """A page's way has ended, or it waits for its host: all it brought is written down at once."""
        filed = file_visit(self.open.db, visit, self.sources[visit.source], self.now(), self.run)
        self.queue.settle(visit.page_id)
        self.outcomes[filed.outcome or "waiting"] += 1

    def is_over(self) -> bool:
        """Whether nothing is under way any more. What alone is left and reached nobody is judged now.

        Hosts that were to blame after all may have more that is due: then it is not over, unless our line is down.
        """
        if not self.queue.is_silent:
            return not self.queue.in_flight
        self._file_held(self.queue.conclude())
        return self.queue.line.down

    def _file_held(self, visits: list[Visit]) -> None:
        """What was held is filed outside the pipelines: an archive that cannot take it ends the run all the same."""
        for visit in visits:
            try:
                self.file(visit)
            except ArchiveError as error:
                self.queue.settle(visit.page_id)
                self._stop(error)

    def _stop(self, fault: BaseException) -> None:
        """Hands out nothing more. The first fault is kept: the run's exit code tells of it."""
        self.fault = self.fault or fault
        self.queue.stop()

    def broke(self, failure: Failure, **where: Any) -> None:
        """An error nobody foresaw: its page is put off; a full disk or a broken file ends the run."""
        error: BaseException = failure.value  # type: ignore[assignment]  # Twisted allows a failure of nothing
        self.fault = self.fault or error
        response, item = where.get("response"), where.get("item")
        entry = response.meta.get("entry") if response is not None and response.request else None
        page_id = entry.id if entry else getattr(item, "page_id", None)
        if page_id is not None:
            self.queue.settle(page_id)
            self.outcomes["error"] += 1
            self._put_off(page_id, error)
        if isinstance(error, ArchiveError) and self.crawler.engine:
            self.queue.stop()

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
        self.queue.shares.cut(host, self.pace.delays.get(host, 0.0))

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

    # --- answers, as Scrapy signals them ---

    def downloaded(self, response: Response, request: Request, spider: Spider) -> None:
        self.pace.answered(request, self.now())

    def received(self, response: Response, request: Request, spider: Spider) -> None:
        """Every answer is written down. It also proves our line is up."""
        entry: Entry | None = request.meta.get("entry")
        if self.archive and entry:
            self._file_held(self.queue.line.hear(entry.id, entry.source))
        self.requests.answered(request, response)
