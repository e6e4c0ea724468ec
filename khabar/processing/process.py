"""A kept page on its way: extracted in a worker process, judged, given its keys. The one chain
of crawl and imports.
"""

from __future__ import annotations

from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass

from pebble import ProcessExpired
from sqlite_utils import Database

from khabar.archive.store import multipage, snapshots
from khabar.extraction import extract_article, join_pages, mismatch_reason
from khabar.model.items import Article, Outcome, Page, Visit
from khabar.model.sources import Source
from khabar.processing.judge import judge_article
from khabar.processing.keys import compute_keys
from khabar.processing.workers import MEMORY_LIMIT, WorkerPool

TIMEOUT = 30  # seconds for one page, the worker's start not counted


def open_worker_pool(workers: int = 1) -> WorkerPool:
    """Worker processes for reading. Close and join them when done."""
    return WorkerPool(workers)


async def extract_in_worker(pool: WorkerPool, page: Page, source: Source | None) -> Article | str:
    """The article, or in a few words why the worker could not give one."""
    try:
        return await pool.run(extract_article, (page, source), TIMEOUT)
    except FutureTimeout:
        return f"reading took over {TIMEOUT} s"
    except ProcessExpired as error:
        return f"the reader died: {error}"
    except MemoryError:
        return f"reading took over {MEMORY_LIMIT >> 20} MB"


def is_continuation(db: Database, page_id: int, article: Article, source: Source) -> bool:
    """Whether a page is a later one of a story: known as such, or it says itself which article
    it goes on from.
    """
    if multipage.find_position(db, page_id):
        return True
    previous_url = article.previous_url
    return bool(
        previous_url
        and article.page_type not in ("listing", "other")
        and source.is_article(source.canonicalize_url(previous_url))
        and multipage.can_be_later_page(db, page_id)
    )


@dataclass(frozen=True, slots=True)
class JoinedArticle:
    """A story with all its pages that are here. `page_bodies`, `strangers`: as Visit has them."""

    article: Article
    page_bodies: tuple[tuple[int, int], ...] = ()
    strangers: tuple[tuple[int, str], ...] = ()


async def join_stored_pages(
    pool: WorkerPool, db: Database, page_id: int, first: Article, source: Source | None
) -> JoinedArticle:
    """What `first` begins, joined with the later pages kept of it, up to the first that is
    missing or a stranger.
    """
    parts = multipage.list_later_pages(db, page_id)
    pages: list[Article] = []
    strangers: tuple[tuple[int, str], ...] = ()
    for number, part in enumerate(parts, 2):
        if part.number != number or part.refusal or not part.snapshot_id:
            break
        page = await extract_in_worker(pool, snapshots.load_page(db, part.snapshot_id), source)
        if isinstance(page, str):
            break
        if reason := mismatch_reason(join_pages(first, pages, has_more=False), page):
            strangers = ((part.page_id, reason),)
            break
        pages.append(page)
    is_complete = strangers or any(part.refusal and part.number == len(pages) + 2 for part in parts)
    has_more = (pages[-1] if pages else first).next_url and not is_complete
    return JoinedArticle(
        join_pages(first, pages, has_more=bool(has_more)), multipage.list_bodies(parts), strangers
    )


async def extract_visit(pool: WorkerPool, db: Database, visit: Visit, source: Source) -> None:
    """Reads a kept page: the visit's article, a later page's part of one, or unreadable."""
    assert visit.page
    result = await extract_in_worker(pool, visit.page, source)
    if not isinstance(result, Article):
        visit.outcome, visit.evidence = Outcome.UNREADABLE, result
    elif is_continuation(db, visit.page_id, result, source):
        visit.article, visit.outcome = result, Outcome.PART
    else:
        story = await join_stored_pages(pool, db, visit.page_id, result, source)
        visit.article, visit.joined, visit.strangers = (
            story.article,
            story.page_bodies,
            story.strangers,
        )


def judge_visit(visit: Visit, source: Source) -> None:
    """Gives a visit that brought an article its outcome, with the evidence."""
    if visit.outcome is None and visit.article:
        visit.outcome, visit.evidence = judge_article(visit.article, source)


def add_keys(visit: Visit, source: Source) -> None:
    """Gives a visit that ended as an article the keys it is recognised by."""
    if visit.outcome is Outcome.ARTICLE and visit.article:
        visit.keys = compute_keys(visit.article, source)


async def process_visit(pool: WorkerPool, db: Database, visit: Visit, source: Source) -> None:
    """Extracts, judges and keys a kept page; the visit then only has to be stored."""
    if visit.outcome is None:
        await extract_visit(pool, db, visit, source)
    judge_visit(visit, source)
    add_keys(visit, source)
