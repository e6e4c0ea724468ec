"""The session of one run: opens the archive, registers sources, saves visits, ends the run."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Request, Response
from sqlite_utils.utils import sqlite3
from twisted.python.failure import Failure

from crawler.disk import DiskFloor
from crawler.failures import MAX_EVIDENCE
from crawler.outage import ConnectivityMonitor
from crawler.queue import RequestQueue
from crawler.quota import RequestBudget
from crawler.request_log import RequestLog
from crawler.throttle import Throttle
from khabar.archive import ArchiveError, health, open_archive
from khabar.archive.database import Archive, transaction
from khabar.archive.errors import is_disk_fault
from khabar.archive.frontier import (
    backfills,
    future_times,
    hosts,
    outcomes,
    retries,
    revisits,
    url_store,
)
from khabar.archive.frontier.due import QueueEntry
from khabar.archive.frontier.incidents import RunEndings
from khabar.archive.locks import SLICE_SECONDS
from khabar.archive.store.links import save_early_slices
from khabar.archive.store.save import save_visit
from khabar.model import clock, urls
from khabar.model.config import read_config
from khabar.model.errors import DiskFull, RunError, WorkerStartError
from khabar.model.items import Visit
from khabar.model.sources import Source
from khabar.processing.process import open_worker_pool
from khabar.processing.worker_count import count_default_workers
from khabar.processing.workers import WorkerPool

log = logging.getLogger(__name__)
END_CHECK_INTERVAL = 0.1  # seconds; chosen by hand, not measured


def get_session(crawler: Crawler) -> CrawlSession:
    """Returns the crawler's session. Raises RunError when EXTENSIONS does not contain it."""
    session = crawler.get_extension(CrawlSession)
    if session is None:
        raise RunError("crawler.session.CrawlSession is missing from EXTENSIONS")
    return session


class CrawlSession:
    """Scrapy extension: the state of one run.

    The archive is opened only when a NewsSpider starts, so `scrapy shell` never touches it.
    `archive`: None while it is not open; `sources`: those of the run, by key; `queue`: the requests
    to make and in flight; `request_log`: logs requests; `disk`: stops the run when the disk is
    nearly full; `throttle`: the delay of each host; `outcomes`: visits saved, by outcome;
    `endings`: how pages ended, by host; `fault`: the error that the run ends with; `run_id`: the
    run's row id, None before it starts; `future_time`: the latest time in the archive that was
    later than now when the run began.
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
        self.endings = RunEndings()
        self.fault: BaseException | None = None
        self.future_time: str | None = None
        self.run_id: int | None = None
        self.paused_hosts: dict[str, datetime] = {}  # host → time until which it is paused
        self.refusing_hosts: set[str] = set()  # hosts whose last responses were 403
        self.is_ending = False  # nothing more is sent: the budget is over, or SIGTERM came
        self._end_watcher: asyncio.Task[None] | None = None
        self._pool: WorkerPool | None = None

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
            raise RunError("the archive is not open: only spiders of Khabar store pages")
        return self.archive

    @property
    def pool(self) -> WorkerPool:
        """The worker processes of the run, started when they are needed first."""
        workers = self.crawler.settings.getint("KHABAR_WORKERS") or count_default_workers()
        self._pool = self._pool or open_worker_pool(workers)
        return self._pool

    def close_pool(self) -> None:
        """Waits until the workers, if there are any, have exited."""
        if self._pool:
            self._pool.close()
            self._pool.join()
            self._pool = None

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

        `only`: URLs to request, instead of all that is due. `limit`: pages to request.
        `for_backfill`: the run is a `khabar backfill`, in which backfills are not limited.

        Raises RunError, DiskFull, ArchiveError, ConfigError or SourceError, each with a one-line
        message.
        """
        config = read_config(Path(self.crawler.settings["KHABAR_ARCHIVE"]))
        registry = config.load_registry()
        run_sources = [registry.get(key) for key in keys] or list(registry.active_sources)
        self.sources = {source.key: source for source in run_sources}
        self.archive = open_archive(config.archive, write=True, patience=2 * SLICE_SECONDS)
        self.disk = DiskFloor(self.archive.path.parent, config.settings.disk_floor_mb << 20)
        self.disk.check_free_space()
        self.future_time = future_times.clamp_future_times(self.archive.db, self.now())
        self._load_hosts(self.archive)
        budget = RequestBudget(self.crawler.settings.getfloat("CLOSESPIDER_TIMEOUT"), for_backfill)
        self.queue = RequestQueue(
            tuple(self.sources),
            remaining=limit,
            budget=budget,
            connectivity=ConnectivityMonitor(
                health.list_reached_sources(self.archive.db, self.sources)
            ),
        )
        for source in run_sources:
            self._register_source(source)
        self.run_id = health.start_run(self.archive.db, self.now(), sources=list(self.sources))
        self.request_log = RequestLog(
            self.now, self.crawler.settings["USER_AGENT"], self.archive, self.run_id
        )
        self.queue.only_urls = tuple(self._schedule_url(url) for url in only)
        self._end_watcher = asyncio.ensure_future(self._watch_for_end())

    def attach_archive(self, archive: Archive) -> None:
        """Stores answers and logs requests in an archive that is open for writing, without a run
        and its sources, until `detach_archive`.
        """
        self.archive = archive
        self._load_hosts(archive)
        self.request_log = RequestLog(self.now, self.crawler.settings["USER_AGENT"], archive)

    def _load_hosts(self, archive: Archive) -> None:
        self.paused_hosts = hosts.load_paused_hosts(archive.db, self.now())
        self.refusing_hosts = hosts.list_refusing_hosts(archive.db)

    def detach_archive(self) -> None:
        """Leaves the attached archive open to the caller."""
        self.request_log.write()
        self.archive = self.request_log.archive = None

    def _register_source(self, source: Source) -> None:
        """Registers a source: its documents, missing days, delay and revisit pace."""
        db, now = self.active_archive.db, self.now()
        url_store.register_source(db, source, now)
        backfills.schedule_missing_days(db, source, now)
        self.throttle.set_source_delay(source)
        allowed_retries = retries.count_allowed_retries(db, source.key, now)
        allowed_revisits = self.queue.budget.allot_source(source, allowed_retries)
        revisits.update_revisit_pace(db, source, now, allowed_revisits)

    def _schedule_url(self, url: str) -> str:
        """Schedules a URL that the operator gave, due now. Raises RunError if no source owns it."""
        owner = next((source for source in self.sources.values() if source.is_own_url(url)), None)
        if owner is None:
            raise RunError(
                f"no source of this run has the host of {url}: see `khabar sources list`"
            )
        return url_store.schedule_now(self.active_archive.db, owner, url, self.now())

    async def _watch_for_end(self) -> None:
        """Drops what was not sent yet once Scrapy closes the spider, so that only responses on the
        wire are awaited. The dropped pages stay due, and are counted nowhere.

        Scrapy has no signal for it and would send what waits in its slots, each after the host's
        delay; requests that are still with a guard arrive there later.
        """
        while not self.throttle.is_closing:
            await asyncio.sleep(END_CHECK_INTERVAL)
        self.is_ending = True
        self.queue.stop()
        while True:
            self.throttle.drop_waiting_requests()
            await asyncio.sleep(END_CHECK_INTERVAL)

    def close_session(self, spider: Spider, reason: str) -> None:
        """Ends the run; called when Scrapy has closed the spider."""
        if self._end_watcher:
            self._end_watcher.cancel()
        if self.archive is None:
            return
        try:
            with self.archive:
                self.request_log.write()
                if self.run_id is not None:
                    self._close_run(self.run_id, reason)
        except (ArchiveError, OSError, sqlite3.Error) as error:
            self.fault = self.fault or error  # Scrapy would only log it
        finally:
            self.archive = self.request_log.archive = None

    def _close_run(self, run: int, reason: str) -> None:
        """Saves the run's result.

        After an outage the failed robots.txt requests of the run are ignored.
        """
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
            endings=self.endings,
        )

    # --- pages ---

    def next_batch(self) -> Iterator[QueueEntry]:
        """Yields the next requests. Below the disk floor it yields none and ends the run."""
        try:
            self.disk.check_free_space()
        except DiskFull as error:
            self._stop_run(error)
        return self.queue.next_batch(self.active_archive.db, self.now())

    def save_visit(self, visit: Visit) -> None:
        """Saves the result of one visit (final or to be retried) in one transaction."""
        db = self.active_archive.db
        with transaction(db):
            result = save_visit(db, visit, self.sources[visit.source], self.now(), self.run_id)
            self.request_log.write()
        entry = self.queue.finish_entry(visit.page_id)
        if result.ending and entry:
            self.endings.add(urls.get_host(entry.url), result.ending)
        self.outcomes[result.outcome or "waiting"] += 1

    async def save_long_document(self, visit: Visit) -> bool:
        """Saves the links of a long document up to its last slice. Other requests go on meanwhile.
        Returns False when the run ended before: the document stays due.

        After each slice it waits for as long as that took: a request has several steps, and other
        processes that write look for the archive only now and then.
        """
        source = self.sources[visit.source]
        begun = monotonic()
        for _ in save_early_slices(self.active_archive.db, visit, source, self.now):
            await asyncio.sleep(monotonic() - begun)
            if self.is_ending:
                self.queue.finish_entry(visit.page_id)
                return False
            begun = monotonic()
        return True

    def settle_and_check_end(self) -> bool:
        """Returns whether the run is over. Called when nothing more is due.

        It is over when nothing is in flight, and no page is due as soon as the short pause of its
        host ends. When every request in flight has failed to connect, this decides whether our own
        connection is down. If it is, the run is over and nothing is saved. If not, the failures are
        saved; then more may be due, and the run goes on.
        """
        if not self.queue.is_stalled:
            return not self.queue.in_flight and (
                self.is_ending
                or not self.queue.awaits_pause(
                    self.active_archive.db, self.paused_hosts, self.now()
                )
            )
        self._save_unreachable(self.queue.settle_failures())
        return self.queue.connectivity.is_offline

    def _save_unreachable(self, visits: list[Visit]) -> None:
        """Saves visits outside the pipelines. An archive error ends the run, as it does there."""
        for visit in visits:
            try:
                self.save_visit(visit)
            except ArchiveError as error:
                self.queue.finish_entry(visit.page_id)
                self._stop_run(error)

    def _stop_run(self, fault: BaseException) -> None:
        """Stops new requests. The first fault is kept and decides the exit code."""
        self.fault = self.fault or fault
        self.queue.stop()

    def handle_error(self, failure: Failure, **where: Any) -> None:
        """Handles an unexpected error: postpones its page. The first one becomes the run's fault.

        An error of the archive or of its disk, or that no worker can start, also stops new
        requests.
        """
        error: BaseException = failure.value  # type: ignore[assignment]  # may be None in Twisted's types
        self.fault = self.fault or error
        item = where.get("item")
        # `response` is the Failure of the request when its errback has raised
        request: Request | None = getattr(where.get("response"), "request", None)
        entry = request.meta.get("entry") if request else None
        page_id = entry.id if entry else getattr(item, "page_id", None)
        if page_id is not None:
            self.queue.finish_entry(page_id)
            self.outcomes["error"] += 1
            if not isinstance(error, WorkerStartError):  # its page is stored, and parsed next time
                self._postpone_page(page_id, error)
        is_fatal = isinstance(error, (ArchiveError, WorkerStartError)) or is_disk_fault(error)
        if is_fatal and self.crawler.engine:
            self.queue.stop()

    def _postpone_page(self, page_id: int, error: BaseException) -> None:
        """Leaves a page that failed through an error of ours for the next run, with the reason."""
        log.error("page %s: %s: %s", page_id, type(error).__name__, error)
        try:
            outcomes.postpone_url(
                self.active_archive.db,
                page_id,
                f"{type(error).__name__}: {error}"[:MAX_EVIDENCE],
                self.now(),
            )
        except (ArchiveError, sqlite3.Error) as archive_error:
            log.error("page %s could not be postponed: %s", page_id, archive_error)

    # --- request limits ---

    def slow_down(self, host: str, delay: float) -> None:
        """Applies a host's Crawl-delay where it is longer than the delay in force."""
        self.throttle.slow_down(host, delay)
        self.queue.budget.reduce_allowance(host, self.throttle.delays.get(host, 0.0))

    def pause_host(self, host: str, until: datetime) -> None:
        """Stops requests to a host after 429 or 503 until then, in this run and later ones."""
        log.warning("%s answered 429 or 503: paused until %s", host, clock.format_utc(until))
        self.paused_hosts[host] = until
        if self.archive:
            hosts.pause_host(self.archive.db, host, until, "it asked to be left alone")

    def record_forbidden(self, host: str) -> None:
        """Counts a 403 of a host. After many in a row the host is paused for days.

        Nothing is tried to get around it.
        """
        self.refusing_hosts.add(host)
        if self.archive and (until := hosts.record_forbidden(self.archive.db, host, self.now())):
            log.warning(
                "%s answered 403 to several requests in a row: paused until %s",
                host,
                clock.format_utc(until),
            )
            self.paused_hosts[host] = until

    def record_success(self, host: str) -> None:
        """Ends the host's row of 403 responses, if there is one."""
        if self.archive and host in self.refusing_hosts:
            hosts.record_success(self.archive.db, host)
            self.refusing_hosts.remove(host)

    # --- Scrapy signals ---

    def on_response_downloaded(self, response: Response, request: Request, spider: Spider) -> None:
        self.throttle.record_response(request, self.now())

    def on_response_received(self, response: Response, request: Request, spider: Spider) -> None:
        """Logs every response. It also proves that our connection works."""
        self.queue.connectivity.has_answer = True
        entry: QueueEntry | None = request.meta.get("entry")
        try:
            if self.archive and entry:
                failed_visits = self.queue.connectivity.record_answer(entry.id, entry.source)
                self._save_unreachable(failed_visits)
            self.request_log.record_response(request, response)
        except ArchiveError as error:  # Scrapy would only log it
            self._stop_run(error)
