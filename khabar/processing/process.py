"""Processes a stored page: extracts it in a worker process, judges it and computes its
deduplication keys. Crawls, imports and re-extraction share this chain. Documents are parsed in
workers too.
"""

from __future__ import annotations

import signal
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from pebble import ProcessExpired
from sqlite_utils import Database

from khabar.archive.store import multipage, snapshots
from khabar.model.items import Article, Outcome, Page, Visit
from khabar.model.sources import Source
from khabar.processing.extract_page import ExtractedPage, extract_page
from khabar.processing.judge import judge_article
from khabar.processing.keys import compute_keys
from khabar.processing.responses import read_document
from khabar.processing.workers import MEMORY_LIMIT, WorkerFunction, WorkerPool, run_limited

if TYPE_CHECKING:
    from khabar.extraction import BlockDecision

T = TypeVar("T")
TIMEOUT = 30  # seconds for one page, without the worker's start; chosen by hand, not measured
# Seconds of the clock for each CPU second that a task may use, for one that waits for ever without
# using any. A worker on a busy machine may get a thirtieth of a core. Chosen by hand, not measured.
CLOCK_PER_CPU = 30
extract_article: Callable[[Page, Source | None], Article] = WorkerFunction(
    "khabar.extraction:extract_article"
)
explain_article: Callable[[Page, Source | None], tuple[Article, tuple[BlockDecision, ...]]] = (
    WorkerFunction("khabar.extraction:explain_article")
)


def open_worker_pool(workers: int = 1) -> WorkerPool:
    """Returns a pool of worker processes. The caller must close and join it."""
    return WorkerPool(workers)


async def extract_in_worker(
    pool: WorkerPool, page: Page, source: Source | None
) -> ExtractedPage | str:
    """Returns the page's article and its keys, or why the worker failed, in a few words."""
    return await run_in_worker(pool, extract_page, (extract_article, page, source))


async def parse_visit_document(pool: WorkerPool, visit: Visit, source: Source) -> None:
    """Parses a fetched document in a worker: sets the visit's outcome, evidence and links.

    One that the worker cannot parse, for time, memory or a crash, ends as BROKEN_FEED.
    """
    assert visit.page
    content = await run_in_worker(pool, read_document, (visit.kind, visit.page, source))
    if isinstance(content, str):
        visit.outcome, visit.evidence = Outcome.BROKEN_FEED, content
    else:
        visit.outcome, visit.evidence = content.outcome, content.evidence
        visit.found, visit.feed_license = content.links, content.feed_license


async def run_in_worker(
    pool: WorkerPool,
    function: Callable[..., T],
    args: tuple[Any, ...],
    cpu_limit: float | None = None,
) -> T | str:
    """Returns the function's result, or why the worker failed (time, memory, a crash), in a few
    words. Raises what the function raises.

    The time is TIMEOUT, or so many CPU seconds of the worker (`cpu_limit`): then the result does
    not depend on how busy the machine is.
    """
    try:
        if cpu_limit is None:
            return await pool.run(function, args, TIMEOUT)
        limited = (cpu_limit, function, args)
        return await pool.run(run_limited, limited, cpu_limit * CLOCK_PER_CPU)
    except FutureTimeout:
        return f"reading took over {TIMEOUT if cpu_limit is None else cpu_limit * CLOCK_PER_CPU} s"
    except ProcessExpired as error:
        if cpu_limit is not None and error.exitcode == -signal.SIGPROF:
            return f"reading took over {cpu_limit:g} CPU seconds"
        return f"the reader died: {error}"
    except MemoryError:
        return f"reading took over {MEMORY_LIMIT >> 20} MB, or more than `ulimit -v` allows"


def is_continuation(db: Database, page_id: int, article: Article, source: Source) -> bool:
    """Whether a page is a later page of an article: the archive lists it as such, or it names the
    page before it.
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
    """An article joined with its stored later pages, up to the first one that is missing.

    `page_count`: the pages that were joined. `considered_pages`: stored in Visit.joined;
    `unrelated_pages`: in Visit.unrelated_pages.
    """

    article: Article
    page_count: int = 1
    considered_pages: tuple[tuple[int, int], ...] = ()
    unrelated_pages: tuple[tuple[int, str], ...] = ()


async def join_stored_pages(
    pool: WorkerPool,
    db: Database,
    page_id: int,
    first: Article,
    source: Source | None,
    known_parts: Mapping[int, Article],
) -> JoinedArticle:
    """Joins a multi-page article: `first` and its stored later pages in order, up to a page that is
    missing or belongs to another article. `known_parts`: later pages that were extracted before and
    have no snapshot, by the id of their URL row.
    """
    from khabar.extraction import join_pages, mismatch_reason

    parts = multipage.list_later_pages(db, page_id)
    pages: list[Article] = []
    unrelated_pages: tuple[tuple[int, str], ...] = ()
    for number, part in enumerate(parts, 2):
        if part.number != number or part.refusal:
            break
        page = known_parts.get(part.page_id)
        if page is None and part.snapshot_id:
            stored_page = snapshots.load_page(db, part.snapshot_id)
            result = await extract_in_worker(pool, stored_page, source)
            page = None if isinstance(result, str) else result.article
        if page is None:
            break
        if reason := mismatch_reason(join_pages(first, pages, has_more=False), page):
            unrelated_pages = ((part.page_id, reason),)
            break
        pages.append(page)
    is_next_rejected = bool(unrelated_pages) or any(
        part.refusal and part.number == len(pages) + 2 for part in parts
    )
    has_more = (pages[-1] if pages else first).next_url and not is_next_rejected
    return JoinedArticle(
        join_pages(first, pages, has_more=bool(has_more)),
        len(pages) + 1,
        multipage.list_bodies(parts),
        unrelated_pages,
    )


async def extract_visit(
    pool: WorkerPool,
    db: Database,
    visit: Visit,
    source: Source,
    extraction: Awaitable[ExtractedPage | str] | None = None,
    known_parts: Mapping[int, Article] = MappingProxyType({}),
) -> None:
    """Extracts a stored page: sets the visit's article (with its later pages) and keys, or the
    outcome PART or UNREADABLE. `extraction`: of the page, if it was begun before. `known_parts`:
    as for `join_stored_pages`.
    """
    assert visit.page
    result = await (extraction or extract_in_worker(pool, visit.page, source))
    if isinstance(result, str):
        visit.outcome, visit.evidence = Outcome.UNREADABLE, result
    elif is_continuation(db, visit.page_id, result.article, source):
        visit.article, visit.outcome = result.article, Outcome.PART
    else:
        joined = await join_stored_pages(
            pool, db, visit.page_id, result.article, source, known_parts
        )
        visit.keys = result.keys if joined.page_count == 1 else None
        visit.article, visit.joined, visit.unrelated_pages = (
            joined.article,
            joined.considered_pages,
            joined.unrelated_pages,
        )


def judge_visit(visit: Visit, source: Source) -> None:
    """Sets outcome and evidence of a visit that has an article and no outcome yet."""
    if visit.outcome is None and visit.article:
        words = visit.keys.features.word_count if visit.keys else None
        visit.outcome, visit.evidence = judge_article(visit.article, source, words)


def add_keys(visit: Visit, source: Source) -> None:
    """Sets the deduplication keys of a visit whose outcome is ARTICLE, unless its worker did, and
    drops those of any other.
    """
    if visit.outcome is not Outcome.ARTICLE or not visit.article:
        visit.keys = None
    elif visit.keys is None:
        visit.keys = compute_keys(visit.article, source)


async def process_visit(
    pool: WorkerPool,
    db: Database,
    visit: Visit,
    source: Source,
    extraction: Awaitable[ExtractedPage | str] | None = None,
    known_parts: Mapping[int, Article] = MappingProxyType({}),
) -> None:
    """Extracts, judges and keys a stored page; afterwards the visit is ready to be saved.
    `extraction`, `known_parts`: as for `extract_visit`.
    """
    if visit.outcome is None:
        await extract_visit(pool, db, visit, source, extraction, known_parts)
    judge_visit(visit, source)
    add_keys(visit, source)
