"""Read the page into an Article, in a worker process: a page that hangs, crashes or eats memory hurts only itself."""

from __future__ import annotations

from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass

from pebble import ProcessExpired
from scrapy.crawler import Crawler
from sqlite_utils import Database

from archive import parts, snapshots
from crawler.desk import Desk, desk_of
from crawler.items import Article, Outcome, Page, Visit
from crawler.sources import Source
from pipelines.reading import joined, read, stranger
from pipelines.workers import MEMORY, Workers

TIMEOUT = 30  # seconds for one page, the worker's start not counted


def reading_pool(workers: int = 1) -> Workers:
    """Worker processes for reading. Close and join them when done."""
    return Workers(workers)


async def read_apart(pool: Workers, page: Page, source: Source | None) -> Article | str:
    """The article, or in a few words why the worker could not give one."""
    try:
        return await pool.run(read, (page, source), TIMEOUT)
    except FutureTimeout:
        return f"reading took over {TIMEOUT} s"
    except ProcessExpired as error:
        return f"the reader died: {error}"
    except MemoryError:
        return f"reading took over {MEMORY >> 20} MB"


def goes_on(db: Database, page_id: int, article: Article, source: Source) -> bool:
    """Whether a page is a later one of a story: known as such, or it says itself which article it goes on from."""
    if parts.place(db, page_id):
        return True
    before = article.previous_url
    return bool(
        before
        and article.page_type not in ("listing", "other")
        and source.is_article(source.canonical_url(before))
        and parts.may_go_on(db, page_id)
    )


@dataclass(frozen=True, slots=True)
class Whole:
    """A story with all its pages that are here. `joined`, `strangers`: as Visit has them."""

    article: Article
    joined: tuple[tuple[int, int], ...] = ()
    strangers: tuple[tuple[int, str], ...] = ()


async def read_on(pool: Workers, db: Database, page_id: int, first: Article, source: Source | None) -> Whole:
    """What `first` begins, joined with the later pages kept of it, up to the first that is missing or a stranger."""
    known = parts.of(db, page_id)
    pages: list[Article] = []
    strangers: tuple[tuple[int, str], ...] = ()
    for number, part in enumerate(known, 2):
        if part.number != number or part.refused or not part.snapshot_id:
            break
        page = await read_apart(pool, snapshots.load(db, part.snapshot_id), source)
        if isinstance(page, str):
            break
        if why := stranger(joined(first, pages, goes_on=False), page):
            strangers = ((part.page_id, why),)
            break
        pages.append(page)
    ended = strangers or any(part.refused and part.number == len(pages) + 2 for part in known)
    more = (pages[-1] if pages else first).next_url and not ended
    return Whole(joined(first, pages, goes_on=bool(more)), parts.bodies(known), strangers)


async def extract(pool: Workers, db: Database, visit: Visit, source: Source) -> None:
    """Reads a kept page: the visit's article, a later page's part of one, or unreadable."""
    assert visit.page
    read_or_why = await read_apart(pool, visit.page, source)
    if not isinstance(read_or_why, Article):
        visit.outcome, visit.evidence = Outcome.UNREADABLE, read_or_why
    elif goes_on(db, visit.page_id, read_or_why, source):
        visit.article, visit.outcome = read_or_why, Outcome.PART
    else:
        whole = await read_on(pool, db, visit.page_id, read_or_why, source)
        visit.article, visit.joined, visit.strangers = whole.article, whole.joined, whole.strangers


class Extract:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.pool: Workers | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Extract:
        return cls(desk_of(crawler))

    async def process_item(self, visit: Visit) -> Visit:
        if visit.outcome is not None or visit.snapshot_id is None or visit.page is None:
            return visit
        self.pool = self.pool or reading_pool()
        await extract(self.pool, self.desk.open.db, visit, self.desk.sources[visit.source])
        return visit

    async def close_spider(self) -> None:
        if self.pool:
            self.pool.close()
            self.pool.join()
