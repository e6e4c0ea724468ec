"""How fast each host is asked: one request at a time, and never sooner than its delay after the
last answer.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from scrapy.crawler import Crawler
from scrapy.http import Request

from crawler.resolver import is_newsroom
from khabar.model import urls
from khabar.model.sources import MIN_DELAY, Source

# Scrapy draws each wait from delay * (1 ± jitter): of a delay and a quarter, a fifth off is the
# delay itself.
DELAY_FACTOR, JITTER = 1.25, 0.2
NEWSROOM_CONCURRENCY = 8  # requests to a newsroom that asks for no delay


class Throttle:
    """The downloader's slots. A source may be slowed down by what its robots.txt says, never
    hurried.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.delays: dict[str, float] = {}

    def set_source_delay(self, source: Source) -> None:
        """The pace of a source's hosts. The newsroom on this machine may be asked as fast as its
        file says.
        """
        may_hurry = bool(self.crawler.settings.get("KHABAR_NEWSROOM")) and source.is_newsroom
        for host in source.hosts:
            delay = source.delay if may_hurry else max(source.delay, MIN_DELAY)
            self._set_slot(host, max(delay, self.delays.get(host, 0.0)))

    def slow_down(self, host: str, delay: float) -> None:
        """A host's own Crawl-delay, where it is longer than ours. A newsroom without a delay
        waives it.
        """
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
        """The host rests from the end of this answer, not from the start of the request; when it
        was sent is noted.

        Called before the downloader looks at what else waits for the host.
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
    def _downloader(self) -> Any:
        assert self.crawler.engine
        return self.crawler.engine.downloader
