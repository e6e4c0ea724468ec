"""khabar with a measurement of its event loop: `python -m benchmarks.crawl_lag ARGUMENTS` is
`khabar ARGUMENTS` with one more Scrapy extension, which writes the result to $BENCH_LAG_FILE.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from pathlib import Path

from scrapy import signals
from scrapy.crawler import Crawler

INTERVAL = 0.01  # seconds between two calls


class LoopLag:
    """Scrapy extension: how late the event loop makes a call that is due every INTERVAL.

    Calls that fall due while the loop is busy count too, each with its own delay.
    """

    def __init__(self) -> None:
        self.delays: list[float] = []
        self.task: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> LoopLag:
        extension = cls()
        crawler.signals.connect(extension.begin, signal=signals.spider_opened)
        crawler.signals.connect(extension.write_delays, signal=signals.spider_closed)
        return extension

    def begin(self) -> None:
        self.task = asyncio.ensure_future(self._record_delays())

    async def _record_delays(self) -> None:
        due = time.monotonic() + INTERVAL
        while True:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            now = time.monotonic()
            while due <= now:
                self.delays.append(now - due)
                due += INTERVAL

    def write_delays(self) -> None:
        assert self.task
        self.task.cancel()
        delays = sorted(1000 * delay for delay in self.delays)
        Path(os.environ["BENCH_LAG_FILE"]).write_text(
            json.dumps(
                {
                    "interval": 1000 * INTERVAL,
                    "p50": delays[len(delays) // 2],
                    "p99": delays[len(delays) * 99 // 100],
                    "max": delays[-1],
                    "calls": len(delays),
                }
            ),
            encoding="utf-8",
        )


if __name__ == "__main__":
    import crawler.settings
    from commands.__main__ import main

    crawler.settings.EXTENSIONS["benchmarks.crawl_lag.LoopLag"] = 1
    main()
