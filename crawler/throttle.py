"""Rate limit per host: one request at a time, the next one a delay after the last response."""

from __future__ import annotations

from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from scrapy.crawler import Crawler
from scrapy.http import Request

from crawler.refused import RequestDropped
from crawler.resolver import is_newsroom
from khabar.model import urls
from khabar.model.sources import MIN_DELAY, Source

# Scrapy draws each wait from delay * (1 ± jitter): 1.25 * (1 - 0.2) = 1, so the delay is the
# shortest wait.
DELAY_FACTOR, JITTER = 1.25, 0.2
# Parallel requests to a test site whose delay is 0; chosen by hand, not measured.
NEWSROOM_CONCURRENCY = 8


class Throttle:
    """Sets the delays of Scrapy's downloader slots. robots.txt can raise one, never lower it."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.delays: dict[str, float] = {}

    def set_source_delay(self, source: Source) -> None:
        """Sets the delay of a source's hosts: at least MIN_DELAY, except for test sites."""
        is_unlimited = bool(self.crawler.settings.get("KHABAR_NEWSROOM")) and source.is_newsroom
        for host in source.hosts:
            delay = source.delay if is_unlimited else max(source.delay, MIN_DELAY)
            self._set_slot(host, max(delay, self.delays.get(host, 0.0)))

    def slow_down(self, host: str, delay: float) -> None:
        """Raises a host's delay to its Crawl-delay, except for a test site without a delay."""
        if delay > self.delays.get(host, MIN_DELAY) and not (
            is_newsroom(host) and self.delays.get(host) == 0
        ):
            self._set_slot(host, delay)

    def _set_slot(self, host: str, delay: float) -> None:
        self.delays[host] = delay
        slot_settings = {
            "delay": delay * DELAY_FACTOR,
            "concurrency": 1 if delay else NEWSROOM_CONCURRENCY,
            "jitter": JITTER,
        }
        self._downloader.per_slot_settings[host] = slot_settings
        if slot := self._downloader.slots.get(host):
            slot.delay, slot.concurrency, slot.jitter = (
                slot_settings["delay"],
                slot_settings["concurrency"],
                slot_settings["jitter"],
            )

    def record_response(self, request: Request, now: datetime) -> None:
        """Starts the host's delay now, at the end of the response, and notes when it was requested.

        Scrapy starts it with the request. Must be called before the downloader takes the host's
        next request. `sent_at` is set in the request's meta where requests are sequential.
        """
        slot = self._downloader.slots.get(
            request.meta.get("download_slot", urls.get_host(request.url))
        )
        if slot is None:
            return
        if slot.concurrency == 1:
            request.meta["sent_at"] = now - timedelta(seconds=monotonic() - slot.lastseen)
        slot.lastseen = monotonic()

    @property
    def is_closing(self) -> bool:
        """Whether Scrapy awaits the last responses: the budget is over, or SIGTERM came."""
        engine_slot = self.crawler.engine._slot if self.crawler.engine else None
        return engine_slot is None or engine_slot.closing is not None

    def drop_waiting_requests(self) -> None:
        """Ends the requests that wait for a host's delay with RequestDropped, unsent."""
        for slot in self._downloader.slots.values():
            while slot.queue:
                _, response = slot.queue.popleft()
                response.errback(RequestDropped("the run ends"))

    @property
    def _downloader(self) -> Any:
        assert self.crawler.engine
        return self.crawler.engine.downloader
