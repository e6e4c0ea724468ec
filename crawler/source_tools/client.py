"""A talk with live hosts through every guard, into no archive: a script asks, waits for the
answer, asks again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from crawler.failures import classify_failure
from crawler.middlewares.contact import NO_CONTACT
from crawler.resolver import is_newsroom
from crawler.session import get_session
from khabar.model import clock, urls
from khabar.model.config import Config
from khabar.model.errors import RunError
from khabar.model.items import Outcome, Page
from khabar.model.sources import MIN_DELAY, ArticleUrls, Source
from khabar.processing.responses import flatten_headers

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FetchFailure:
    """Why nothing came back: a guard's no, or a host that was not reached."""

    outcome: Outcome
    evidence: str


class Fetch(Protocol):
    """Asks for one address: a Page whatever its status (redirects are not followed), or why
    there is none.
    """

    def __call__(self, url: str, *, reason: str = "page") -> Awaitable[Page | FetchFailure]: ...


Callback = Callable[[Fetch], Coroutine[Any, Any, T]]


def run_callback(config: Config, callback: Callback[T], sources: Sequence[Source]) -> T:
    """What the script returns. `sources`: whose hosts it may ask, each at its source's pace.

    Once in a process: a reactor runs once. Raises RunError when no contact is set, and what the
    script raises.
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
    process.crawl(LiveSpider, script=callback, sources=sources, ended=futures)
    process.start()
    if not futures:
        raise RunError("interrupted")
    return futures[0].result()


def make_temporary_source(url: str) -> Source:
    """A site we know nothing of but one address: asked as slowly as anybody is at the least."""
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
    """Runs a script in place of a crawl and leaves its end, a value or an error, in `ended`."""

    name = "talk"

    def __init__(
        self,
        script: Callback[Any],
        sources: Sequence[Source],
        ended: list[asyncio.Future[Any]],
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.script, self.sources, self.ended = script, sources, ended

    async def start(self) -> AsyncIterator[Request]:
        for source in self.sources:
            get_session(self.crawler).throttle.set_source_delay(source)
        task = asyncio.ensure_future(self.script(self.fetch_url))
        await asyncio.wait(
            [task]
        )  # an error stays in the task, for whoever called `run_callback`: Scrapy would only log it
        self.ended.append(task)
        return
        yield  # what makes it the generator Scrapy wants: nothing is left to crawl

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


# --- one live page through every guard, into no archive: what `khabar extract URL` reads ---


def fetch_page(config: Config, url: str) -> Page:
    """The page at `url`. Raises RunError, in one line, when there is none or no contact is set."""

    async def request_page(fetch: Fetch) -> Page | FetchFailure:
        return await fetch(url)

    page = run_callback(config, request_page, [make_temporary_source(url)])
    if isinstance(page, FetchFailure):
        raise RunError(f"{url}: {page.outcome}: {page.evidence}")
    if page.status != 200:
        raise RunError(f"{url}: answered {page.status}")
    return page
