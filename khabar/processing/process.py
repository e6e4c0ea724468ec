"""A kept page on its way: extracted in a worker process, judged, given its keys. The one chain of crawl and imports."""

from __future__ import annotations

from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass

from pebble import ProcessExpired
from sqlite_utils import Database

from khabar.archive.store import multipage, snapshots
from khabar.extraction import joined, read, stranger
from khabar.model.items import Article, Outcome, Page, Visit
from khabar.model.sources import Source
from khabar.processing.judge import judge
from khabar.processing.keys import keys_of
from khabar.processing.workers import MEMORY, Workers

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
    if multipage.place(db, page_id):
        return True
    before = article.previous_url
    return bool(
        before
        and article.page_type not in ("listing", "other")
        and source.is_article(source.canonical_url(before))
        and multipage.may_go_on(db, page_id)
    )


@dataclass(frozen=True, slots=True)
class Whole:
    """A story with all its pages that are here. `joined`, `strangers`: as Visit has them."""

    article: Article
    joined: tuple[tuple[int, int], ...] = ()
    strangers: tuple[tuple[int, str], ...] = ()


async def read_on(pool: Workers, db: Database, page_id: int, first: Article, source: Source | None) -> Whole:
    """What `first` begins, joined with the later pages kept of it, up to the first that is missing or a stranger."""
    known = multipage.of(db, page_id)
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
    return Whole(joined(first, pages, goes_on=bool(more)), multipage.bodies(known), strangers)


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


def judge_visit(visit: Visit, source: Source) -> None:
    """Gives a visit that brought an article its outcome, with the evidence."""
    if visit.outcome is None and visit.article:
        visit.outcome, visit.evidence = judge(visit.article, source)


def add_keys(visit: Visit, source: Source) -> None:
    """Gives a visit that ended as an article the keys it is recognised by."""
    if visit.outcome is Outcome.ARTICLE and visit.article:
        visit.keys = keys_of(visit.article, source)


async def process(pool: Workers, db: Database, visit: Visit, source: Source) -> None:
    """Extracts, judges and keys a kept page; the visit then only has to be stored."""
    if visit.outcome is None:
        await extract(pool, db, visit, source)
    judge_visit(visit, source)
    add_keys(visit, source)
