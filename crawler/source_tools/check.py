"""How each feed, sitemap and listing of some sources is doing, asked live: one verdict each."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from crawler.source_tools.client import Fetch, FetchFailure, run_callback
from khabar.hindi.dates import IST
from khabar.model import clock, urls
from khabar.model.config import Config
from khabar.model.items import DiscoveredLink, Outcome, Page, PageKind
from khabar.model.sources import Source
from khabar.parsing.discovery import PARSERS, BrokenDocument
from khabar.processing.responses import pause_until

State = Literal["ok", "stale", "empty", "moved", "busy", "forbidden", "broken", "dead"]
# nothing comes of it until somebody acts
FAILED_STATES: frozenset[State] = frozenset({"broken", "dead"})
_ARCHIVE_AGE = timedelta(days=2)  # the archive's file of that day is complete
_REDIRECTS = range(300, 400)


@dataclass(frozen=True, slots=True)
class DocumentCheck:
    """One document to ask for. `how`: feed, news-sitemap, archive-sitemap or listing."""

    source: Source
    kind: PageKind
    how: str
    url: str


@dataclass(frozen=True, slots=True)
class DocumentResult:
    """What came of it. `articles`: how many of its `entries` are the source's own; `newest`: the
    latest date told.
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
    """Every document of the sources; of an archive named by its days, the file of the day before
    yesterday.
    """
    day = (now.astimezone(IST) - _ARCHIVE_AGE).date()
    for source in sources:
        for kind, document_type, document in source.iter_documents():
            yield DocumentCheck(source, kind, document_type, document.url)
        for kind, url in source.iter_archive_urls(day, day):
            yield DocumentCheck(source, kind, "archive-sitemap", url)


def check_documents(
    config: Config, sources: Sequence[Source], stale_after: timedelta
) -> list[DocumentResult]:
    """One verdict for each document, in the order of the sources. Raises RunError when no
    contact is set.
    """
    documents = list(list_documents(sources, clock.now()))

    async def run_checks(fetch: Fetch) -> list[DocumentResult]:
        rounds = [_check_host(fetch, group, stale_after) for group in _group_by_host(documents)]
        return [verdict for results in await asyncio.gather(*rounds) for verdict in results]

    order = {(item.source.key, item.how, item.url): number for number, item in enumerate(documents)}
    return sorted(
        run_callback(config, run_checks, sources),
        key=lambda item: order[item.source, item.how, item.url],
    )


def _group_by_host(documents: Sequence[DocumentCheck]) -> list[list[DocumentCheck]]:
    hosts: dict[str, list[DocumentCheck]] = {}
    for document in documents:
        hosts.setdefault(urls.get_host(document.url), []).append(document)
    return list(hosts.values())


async def _check_host(
    fetch: Fetch, documents: list[DocumentCheck], stale_after: timedelta
) -> list[DocumentResult]:
    """A host's documents one after the other. Once it asks to be left alone, it is."""
    results: list[DocumentResult] = []
    for document in documents:
        if results and results[-1].state == "busy":
            results.append(
                _make_result(document, "busy", "not asked: the host asked to be left alone")
            )
        else:
            results.append(
                judge_answer(document, await fetch(document.url, reason=document.kind), stale_after)
            )
    return results


def judge_answer(
    document: DocumentCheck, answer: Page | FetchFailure, stale_after: timedelta
) -> DocumentResult:
    """The verdict on one answer. Pure."""
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
        return f"to {target[:300]}, no host of this source"
    home = target.rstrip("/") == source.homepage.rstrip("/")
    return f"to {target[:300]}" + (", the home page" if home else "")


def _read_document(document: DocumentCheck, page: Page, stale_after: timedelta) -> DocumentResult:
    try:
        links = PARSERS[document.kind](page.body, page.url, page.fetched_at)
    except BrokenDocument as error:
        return _make_result(document, "broken", str(error)[:200])
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
    links: list[DiscoveredLink],
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
