"""One run: the archive opened under its lock, its sources, what is handed out, stored and put
off, and its end.
"""

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
from crawler.queue import RequestQueue
from crawler.quota import RequestBudget
from crawler.request_log import RequestLog
from crawler.throttle import Throttle
from khabar.archive import ArchiveError, health, open_archive
from khabar.archive.database import Archive
from khabar.archive.frontier import backfills, hosts, revisits, url_store
from khabar.archive.frontier.due import QueueEntry
from khabar.archive.store.save import save_visit
from khabar.model import clock
from khabar.model.config import read_config
from khabar.model.errors import DiskFull, RunError
from khabar.model.items import Visit
from khabar.model.sources import Source

log = logging.getLogger(__name__)


def get_session(crawler: Crawler) -> CrawlSession:
    """The crawler's session. It is missing only when EXTENSIONS was tampered with."""
    session = crawler.get_extension(CrawlSession)
    if session is None:
        raise RunError("crawler.session.CrawlSession is missing from EXTENSIONS")
    return session


class CrawlSession:
    """Scrapy extension. Nothing is opened until a spider of ours begins: `scrapy shell` never
    touches the archive.

    `queue`: what is handed out and under way; `request_log`: the log of what was asked; `throttle`:
    how fast each host is.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.archive: Archive | None = None
        self.sources: dict[str, Source] = {}
        self.queue = RequestQueue()
        self.request_log = RequestLog(self.now)
        self.disk = DiskFloor(Path(), 0)
        self.throttle = Throttle(crawler)
        self.outcomes: Counter[str] = Counter()
        self.fault: BaseException | None = None
        self.run_id: int | None = None
        self.paused_hosts: dict[str, datetime] = {}  # host → until when

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> CrawlSession:
        session = cls(crawler)
        for handler, signal in (
            (session.on_response_downloaded, signals.response_downloaded),
            (session.on_response_received, signals.response_received),
            (session.handle_error, signals.spider_error),
            (session.handle_error, signals.item_error),
            (session.close_session, signals.spider_closed),
        ):
            crawler.signals.connect(handler, signal=signal)
        return session

    def now(self) -> datetime:
        return clock.now()

    @property
    def active_archive(self) -> Archive:
        if self.archive is None:
            raise RunError("the archive is not open: only our own spiders store pages")
        return self.archive

    # --- the run ---

    def open_session(
        self,
        keys: tuple[str, ...],
        only: tuple[str, ...],
        limit: int | None,
        *,
        for_backfill: bool = False,
    ) -> None:
        """Opens the archive under its lock and registers the sources: `keys`, or all that are on.

        `for_backfill`: the run is there for the backfills, which then get all the time that is
        left.

        Raises RunError, DiskFull, ArchiveError, ConfigError or SourceError: each one line.
        """
        config = read_config(Path(self.crawler.settings["KHABAR_ARCHIVE"]))
        registry = config.load_registry()
        run_sources = [registry.get(key) for key in keys] or list(registry.active_sources)
        self.sources = {source.key: source for source in run_sources}
        self.archive = open_archive(config.archive, write=True)
        self.disk = DiskFloor(config.archive.parent, config.settings.disk_floor_mb << 20)
        self.disk.check_free_space()
        self.paused_hosts = hosts.load_paused_hosts(self.archive.db, self.now())
        budget = RequestBudget(self.crawler.settings.getfloat("CLOSESPIDER_TIMEOUT"), for_backfill)
        self.queue = RequestQueue(tuple(self.sources), remaining=limit, budget=budget)
        for source in run_sources:
            self._register_source(source)
        self.run_id = health.start_run(self.archive.db, self.now(), sources=list(self.sources))
        self.request_log = RequestLog(
            self.now, self.crawler.settings["USER_AGENT"], self.archive, self.run_id
        )
        self.queue.only_urls = tuple(self._schedule_url(url) for url in only)

    def _register_source(self, source: Source) -> None:
        """One source of the run: its documents, its missing days, its pace."""
        db, now = self.active_archive.db, self.now()
        url_store.register_source(db, source, now)
        backfills.schedule_missing_days(db, source, now)
        self.throttle.set_source_delay(source)
        revisits.update_revisit_pace(db, source, now, self.queue.budget.allot_source(source))

    def _schedule_url(self, url: str) -> str:
        """Puts one address the operator named on the ledger, due now."""
        owner = next((source for source in self.sources.values() if source.is_own_url(url)), None)
        if owner is None:
            raise RunError(f"no source of this run owns {url}: see `khabar sources list`")
        return url_store.schedule_now(self.active_archive.db, owner, url, self.now())

    def close_session(self, spider: Spider, reason: str) -> None:
        """Scrapy has closed the spider."""
        if self.archive is None:
            return
        try:
            if self.run_id is not None:
                self._close_run(self.run_id, reason)
        finally:
            self.archive.close()
            self.archive = self.request_log.archive = None

    def _close_run(self, run: int, reason: str) -> None:
        """The run's verdicts. In an outage no host is blamed, not even for its robots.txt."""
        outage = self.queue.connectivity.is_offline
        if outage:
            health.reset_unreachable(self.active_archive.db, run)
        for source in self.sources.values():
            backfills.finish_backfills(self.active_archive.db, source, self.now())
        health.finish_run(
            self.active_archive.db,
            run,
            self.now(),
            "outage" if outage else reason,
            free=self.disk.free_bytes,
        )

    # --- pages ---

    def next_batch(self) -> Iterator[QueueEntry]:
        """What to do next; nothing below the disk's floor, where the run ends so."""
        try:
            self.disk.check_free_space()
        except DiskFull as error:
            self._stop_run(error)
        return self.queue.next_batch(self.active_archive.db, self.now())

    def save_visit(self, visit: Visit) -> None:
        """A page's way has ended, or it waits for its host: all it brought is written down at
        once.
        """
        result = save_visit(
            self.active_archive.db, visit, self.sources[visit.source], self.now(), self.run_id
        )
        self.queue.finish_entry(visit.page_id)
        self.outcomes[result.outcome or "waiting"] += 1

    def is_over(self) -> bool:
        """Whether nothing is under way any more. What alone is left and reached nobody is judged
        now.

        Hosts that were to blame after all may have more that is due: then it is not over, unless
        our line is down.
        """
        if not self.queue.is_stalled:
            return not self.queue.in_flight
        self._save_unreachable(self.queue.settle_failures())
        return self.queue.connectivity.is_offline

    def _save_unreachable(self, visits: list[Visit]) -> None:
        """What was held is filed outside the pipelines: an archive that cannot take it ends the
        run all the same.
        """
        for visit in visits:
            try:
                self.save_visit(visit)
            except ArchiveError as error:
                self.queue.finish_entry(visit.page_id)
                self._stop_run(error)

    def _stop_run(self, fault: BaseException) -> None:
        """Hands out nothing more. The first fault is kept: the run's exit code tells of it."""
        self.fault = self.fault or fault
        self.queue.stop()

    def handle_error(self, failure: Failure, **where: Any) -> None:
        """An error nobody foresaw: its page is put off; a full disk or a broken file ends the
        run.
        """
        error: BaseException = failure.value  # type: ignore[assignment]  # Twisted allows a failure of nothing
        self.fault = self.fault or error
        response, item = where.get("response"), where.get("item")
        entry = response.meta.get("entry") if response is not None and response.request else None
        page_id = entry.id if entry else getattr(item, "page_id", None)
        if page_id is not None:
            self.queue.finish_entry(page_id)
            self.outcomes["error"] += 1
            self._postpone_page(page_id, error)
        if isinstance(error, ArchiveError) and self.crawler.engine:
            self.queue.stop()

    def _postpone_page(self, page_id: int, error: BaseException) -> None:
        """A page our own fault kept from its end is left for the next run, and says why."""
        log.error("page %s: %s: %s", page_id, type(error).__name__, error)
        try:
            url_store.postpone_url(
                self.active_archive.db,
                page_id,
                f"{type(error).__name__}: {error}"[:200],
                self.now(),
            )
        except ArchiveError as again:
            log.error("page %s could not be put off: %s", page_id, again)

    # --- pace ---

    def slow_down(self, host: str, delay: float) -> None:
        """A host's own Crawl-delay, where it is longer than ours."""
        self.throttle.slow_down(host, delay)
        self.queue.budget.reduce_allowance(host, self.throttle.delays.get(host, 0.0))

    def pause_host(self, host: str, until: datetime) -> None:
        """The host asked to be left alone: nothing of it goes out until then, in this run and
        the next ones.
        """
        log.warning("%s asked to be left alone until %s", host, clock.format_utc(until))
        self.paused_hosts[host] = until
        if self.archive:
            hosts.pause_host(self.archive.db, host, until, "it asked to be left alone")

    def record_forbidden(self, host: str) -> None:
        """The host forbids us a page. When that lasts it is left alone for days; nothing is
        tried to get round it.
        """
        if self.archive and (until := hosts.record_forbidden(self.archive.db, host, self.now())):
            log.warning(
                "%s forbids one request after the other: left alone until %s",
                host,
                clock.format_utc(until),
            )
            self.paused_hosts[host] = until

    def record_success(self, host: str) -> None:
        if self.archive:
            hosts.record_success(self.archive.db, host)

    # --- answers, as Scrapy signals them ---

    def on_response_downloaded(self, response: Response, request: Request, spider: Spider) -> None:
        self.throttle.record_response(request, self.now())

    def on_response_received(self, response: Response, request: Request, spider: Spider) -> None:
        """Every answer is written down. It also proves our line is up."""
        entry: QueueEntry | None = request.meta.get("entry")
        if self.archive and entry:
            self._save_unreachable(self.queue.connectivity.record_answer(entry.id, entry.source))
        self.request_log.record_response(request, response)
