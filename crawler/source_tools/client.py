"""Fetches live pages through all guards, without storing them, for a callback that awaits each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from crawler.failures import classify_failure
from crawler.resolver import is_newsroom
from crawler.session import get_session
from khabar.model import clock, urls
from khabar.model.config import NO_CONTACT, Config
from khabar.model.errors import RunError
from khabar.model.items import Outcome, Page
from khabar.model.sources import MIN_DELAY, ArticleUrls, Source
from khabar.processing.responses import flatten_headers

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FetchFailure:
    """The reason why there is no page: a guard blocked the request, or it failed."""

    outcome: Outcome
    evidence: str


class Fetch(Protocol):
    """Fetches a URL, not following redirects. Returns a Page of any status, or a FetchFailure."""

    def __call__(self, url: str, *, reason: str = "page") -> Awaitable[Page | FetchFailure]: ...


Callback = Callable[[Fetch], Coroutine[Any, Any, T]]


def run_callback(
    config: Config,
    callback: Callback[T] | None,
    sources: Sequence[Source],
    spider: type[LiveSpider] | None = None,
    **arguments: Any,
) -> T:
    """Runs the callback in a Scrapy crawl and returns its result.

    `sources`: their hosts get the delays of their files. `spider`: with its own callback and these
    arguments. Can run once per process, because a reactor can. Raises RunError when no contact is
    set, and what the callback raises.
    """
    if not config.settings.contact and not all(source.is_newsroom for source in sources):
        raise RunError(NO_CONTACT)
    settings = Settings(
        {"KHABAR_ARCHIVE": str(config.archive), "LOG_LEVEL": "CRITICAL"}, priority="cmdline"
    )
    settings.setmodule("crawler.settings", priority="project")
    settings.set("ITEM_PIPELINES", {}, "cmdline")
    futures: list[asyncio.Future[T]] = []
    process = AsyncCrawlerProcess(settings)
    if callback is not None:
        arguments["callback"] = callback
    process.crawl(spider or LiveSpider, sources=sources, futures=futures, **arguments)
    process.start()
    if not futures:
        raise RunError("interrupted")
    return futures[0].result()


def make_temporary_source(url: str) -> Source:
    """Returns a source for a site that has none, with the shortest delay allowed."""
    host = urls.get_host(url)
    base_host = host.removeprefix("www.")
    return Source(
        key="stranger",
        name=host,
        name_en=host,
        homepage=url,
        hosts=(base_host, f"www.{base_host}"),
        status="draft",
        article=ArticleUrls(pattern="(?!)"),
        delay=0.0 if is_newsroom(host) else MIN_DELAY,
    )


class LiveSpider(Spider):
    """Runs a callback instead of a crawl and appends its finished future to `futures`."""

    name = "talk"

    def __init__(
        self,
        callback: Callback[Any],
        sources: Sequence[Source],
        futures: list[asyncio.Future[Any]],
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.callback, self.sources, self.futures = callback, sources, futures

    async def start(self) -> AsyncIterator[Request]:
        for source in self.sources:
            get_session(self.crawler).throttle.set_source_delay(source)
        task = asyncio.ensure_future(self.callback(self.fetch_url))
        # an error stays in the task, for the caller of `run_callback`: Scrapy would only log it
        await asyncio.wait([task])
        self.futures.append(task)
        return
        yield  # makes this an async generator, as Scrapy requires; there is nothing to crawl

    async def fetch_url(self, url: str, *, reason: str = "page") -> Page | FetchFailure:
        assert self.crawler.engine
        request = Request(url, dont_filter=True, meta={"verbatim_url": True, "reason": reason})
        try:
            response = await self.crawler.engine.download_async(request)
        except Exception as error:
            cause = classify_failure(error, urls.get_host(url))
            if cause is None:
                raise
            return FetchFailure(*cause)
        return Page(
            response.url,
            response.body,
            clock.now(),
            response.status,
            flatten_headers(response.headers),
        )


def fetch_page(config: Config, url: str) -> Page:
    """Fetches one page. Raises RunError when there is none or no contact is set."""

    async def request_page(fetch: Fetch) -> Page | FetchFailure:
        return await fetch(url)

    page = run_callback(config, request_page, [make_temporary_source(url)])
    if isinstance(page, FetchFailure):
        raise RunError(f"{url}: {page.outcome}: {page.evidence}")
    if page.status != 200:
        raise RunError(f"{url}: answered {page.status}")
    return page
