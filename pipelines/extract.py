"""Read the page into an Article, in a worker process: a page that hangs, crashes or eats memory hurts only itself."""

from __future__ import annotations

import asyncio
import resource
import signal
from concurrent.futures import TimeoutError as FutureTimeout
from ctypes import CDLL, c_int, c_ulong
from multiprocessing import get_context
from pathlib import Path

from pebble import ProcessExpired, ProcessPool
from scrapy.crawler import Crawler

from crawler.desk import Desk, desk_of
from crawler.items import Article, Outcome, Page, Visit
from crawler.sources import Source
from pipelines.reading import read

TIMEOUT = 30  # seconds for one page, the worker's start not counted
MEMORY = 2 << 30  # bytes of address space for one worker
TASKS = 2000  # pages a worker reads before it is renewed
PR_SET_PDEATHSIG = 1


def set_up_worker() -> None:
    """Runs first in the worker: it dies with its parent, even by kill -9, and cannot take the machine's memory."""
    if Path("/proc").exists():
        CDLL(None).prctl(c_int(PR_SET_PDEATHSIG), c_ulong(signal.SIGKILL))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def reading_pool(workers: int = 1) -> ProcessPool:
    """A pool of reading workers. Close and join it when done."""
    return ProcessPool(workers, max_tasks=TASKS, initializer=set_up_worker, context=get_context("spawn"))


async def read_apart(pool: ProcessPool, page: Page, source: Source | None) -> Article | str:
    """The article, or in a few words why the worker could not give one."""
    future = pool.schedule(read, args=(page, source), timeout=TIMEOUT)
    try:
        article: Article = await asyncio.wrap_future(future)
    except FutureTimeout:
        return f"reading took over {TIMEOUT} s"
    except ProcessExpired as error:
        return f"the reader died: {error}"
    except MemoryError:
        return f"reading took over {MEMORY >> 20} MB"
    return article


class Extract:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.pool: ProcessPool | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Extract:
        return cls(desk_of(crawler))

    async def process_item(self, visit: Visit) -> Visit:
        if visit.outcome is not None or visit.snapshot_id is None or visit.page is None:
            return visit
        self.pool = self.pool or reading_pool()
        read_or_why = await read_apart(self.pool, visit.page, self.desk.sources[visit.source])
        if isinstance(read_or_why, Article):
            visit.article = read_or_why
        else:
            visit.outcome, visit.evidence = Outcome.UNREADABLE, read_or_why
        return visit

    async def close_spider(self) -> None:
        if self.pool:
            self.pool.close()  # type: ignore[no-untyped-call]
            self.pool.join()
