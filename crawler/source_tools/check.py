"""Fetches each feed, sitemap and listing of sources and determines its state."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from crawler.failures import MAX_EVIDENCE
from crawler.source_tools.client import Fetch, FetchFailure, run_callback
from khabar.hindi.india_time import IST
from khabar.model import clock, urls
from khabar.model.config import Config
from khabar.model.items import DiscoveredLink, Outcome, Page, PageKind
from khabar.model.sources import Source
from khabar.parsing.discovery import BrokenDocument, parse_document
from khabar.processing.process import open_worker_pool, run_in_worker
from khabar.processing.responses import pause_until
from khabar.processing.workers import WorkerPool

State = Literal["ok", "stale", "empty", "moved", "busy", "forbidden", "broken", "dead"]
# states in which a document yields nothing until somebody fixes its source
FAILED_STATES: frozenset[State] = frozenset({"broken", "dead"})
_ARCHIVE_AGE = timedelta(days=2)  # the archive sitemap of that day is complete by now
_REDIRECTS = range(300, 400)
_MAX_URL = 300  # characters of a redirect's target in the evidence; chosen by hand


@dataclass(frozen=True, slots=True)
class DocumentCheck:
    """A document to fetch. `how`: feed, news-sitemap, archive-sitemap or listing."""

    source: Source
    kind: PageKind
    how: str
    url: str


@dataclass(frozen=True, slots=True)
class DocumentResult:
    """The state of a document. The field names are keys of `--json` and `--csv`.

    `articles`: how many of its `entries` are articles of the source. `newest`: its latest date.
    """

    source: str
    how: str
    url: str
    state: State
    entries: int | None = None
    articles: int | None = None
    newest: str | None = None
    evidence: str = ""


def list_documents(sources: Sequence[Source], now: datetime) -> Iterator[DocumentCheck]:
    """Yields every document of the sources; of daily archive sitemaps only that of two days ago."""
    day = (now.astimezone(IST) - _ARCHIVE_AGE).date()
    for source in sources:
        for kind, document_type, document in source.iter_documents():
            yield DocumentCheck(source, kind, document_type, document.url)
        for kind, url in source.iter_archive_urls(day, day):
            yield DocumentCheck(source, kind, "archive-sitemap", url)


def check_documents(
    config: Config, sources: Sequence[Source], stale_after: timedelta
) -> list[DocumentResult]:
    """Fetches and judges all documents; results are in the order of the sources.

    Documents of one host are fetched one after another, hosts in parallel. Raises RunError when no
    contact is set.
    """
    documents = list(list_documents(sources, clock.now()))

    by_host: dict[str, list[DocumentCheck]] = {}
    for document in documents:
        by_host.setdefault(urls.get_host(document.url), []).append(document)

    with open_worker_pool() as pool:

        async def run_checks(fetch: Fetch) -> list[DocumentResult]:
            checks = [_check_host(fetch, pool, group, stale_after) for group in by_host.values()]
            return [result for results in await asyncio.gather(*checks) for result in results]

        results = run_callback(config, run_checks, sources)
    order = {(item.source.key, item.how, item.url): number for number, item in enumerate(documents)}
    return sorted(results, key=lambda item: order[item.source, item.how, item.url])


async def _check_host(
    fetch: Fetch, pool: WorkerPool, documents: list[DocumentCheck], stale_after: timedelta
) -> list[DocumentResult]:
    """Checks a host's documents one by one; a worker process parses them. After 429 or 503 the rest
    is not requested.
    """
    results: list[DocumentResult] = []
    for document in documents:
        if results and results[-1].state == "busy":
            results.append(
                _make_result(document, "busy", "not requested: the host asked for a pause")
            )
        else:
            answer = await fetch(document.url, reason=document.kind)
            result = await run_in_worker(pool, judge_answer, (document, answer, stale_after))
            if isinstance(result, str):
                result = _make_result(document, "broken", result)
            results.append(result)
    return results


def judge_answer(
    document: DocumentCheck, answer: Page | FetchFailure, stale_after: timedelta
) -> DocumentResult:
    """Determines the state of a document from the response. Pure: no I/O."""
    if isinstance(answer, FetchFailure):
        state: State = "forbidden" if answer.outcome is Outcome.ROBOTS else "dead"
        return _make_result(document, state, f"{answer.outcome}: {answer.evidence}")
    location = answer.headers.get("location")
    if answer.status in _REDIRECTS and location:
        return _make_result(
            document,
            "moved",
            _describe_redirect(document.source, urls.resolve_link(answer.url, location)),
        )
    if pause_until(answer.status, answer.headers.get("retry-after"), answer.fetched_at):
        return _make_result(document, "busy", f"answered {answer.status}")
    if answer.status != 200:
        return _make_result(document, "dead", f"answered {answer.status}")
    return _read_document(document, answer, stale_after)


def _describe_redirect(source: Source, target: str) -> str:
    if urls.reject_reason(target) or not source.is_own_url(target):
        return f"to {target[:_MAX_URL]}, no host of this source"
    home = target.rstrip("/") == source.homepage.rstrip("/")
    return f"to {target[:_MAX_URL]}" + (", the home page" if home else "")


def _read_document(document: DocumentCheck, page: Page, stale_after: timedelta) -> DocumentResult:
    try:
        links = parse_document(document.kind, page.body, page.url, page.fetched_at)
    except BrokenDocument as error:
        return _make_result(document, "broken", str(error)[:MAX_EVIDENCE])
    articles = sum(
        link.kind == "page" and document.source.check_url(link.url) is None for link in links
    )
    newest = max(filter(None, (link.modified or link.published for link in links)), default=None)
    state, evidence = _classify_document(
        document, links, articles, newest, page.fetched_at - stale_after
    )
    return DocumentResult(
        document.source.key,
        document.how,
        document.url,
        state,
        len(links),
        articles,
        newest,
        evidence,
    )


def _classify_document(
    document: DocumentCheck,
    links: tuple[DiscoveredLink, ...],
    articles: int,
    newest: str | None,
    oldest: datetime,
) -> tuple[State, str]:
    if not links:
        return "empty", "no entry"
    if not articles and all(link.kind == "page" for link in links):
        return "empty", "no entry is an article of this source by its pattern"
    if newest and newest < clock.format_utc(oldest) and document.how != "archive-sitemap":
        return "stale", f"nothing since {newest[:10]}"
    return "ok", "" if newest or document.how == "listing" else "no dates"


def _make_result(document: DocumentCheck, state: State, evidence: str) -> DocumentResult:
    return DocumentResult(document.source.key, document.how, document.url, state, evidence=evidence)
