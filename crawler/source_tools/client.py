"""A talk with live hosts through every guard, into no archive: a script asks, waits for the answer, asks again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from crawler.failures import name_failure
from crawler.middlewares.contact import NO_CONTACT
from crawler.resolver import is_newsroom
from crawler.session import desk_of
from khabar.model import clock, urls
from khabar.model.config import Config
from khabar.model.errors import RunError
from khabar.model.items import Outcome, Page
from khabar.model.sources import LEAST_DELAY, ArticleUrls, Source
from khabar.processing.responses import flat_headers

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Why nothing came back: a guard's no, or a host that was not reached."""

    outcome: Outcome
    evidence: str


class Fetch(Protocol):
    """Asks for one address: a Page whatever its status (redirects are not followed), or why there is none."""

    def __call__(self, url: str, *, reason: str = "page") -> Awaitable[Page | NoAnswer]: ...


Script = Callable[[Fetch], Coroutine[Any, Any, T]]


def talk(config: Config, script: Script[T], sources: Sequence[Source]) -> T:
    """What the script returns. `sources`: whose hosts it may ask, each at its source's pace.

    Once in a process: a reactor runs once. Raises RunError when no contact is set, and what the script raises.
    """
    if not config.settings.contact and not all(source.is_newsroom for source in sources):
        raise RunError(NO_CONTACT)
    settings = Settings({"KHABAR_ARCHIVE": str(config.archive), "LOG_LEVEL": "CRITICAL"}, priority="cmdline")
    settings.setmodule("crawler.settings", priority="project")
    settings.set("ITEM_PIPELINES", {}, "cmdline")
    ended: list[asyncio.Future[T]] = []
    process = AsyncCrawlerProcess(settings)
    process.crawl(Talk, script=script, sources=sources, ended=ended)
    process.start()
    if not ended:
        raise RunError("interrupted")
    return ended[0].result()


def stranger(url: str) -> Source:
    """A site we know nothing of but one address: asked as slowly as anybody is at the least."""
    host = urls.host_of(url)
    bare = host.removeprefix("www.")
    return Source(
        key="stranger",
        name=host,
        name_en=host,
        homepage=url,
        hosts=(bare, f"www.{bare}"),
        status="draft",
        article=ArticleUrls(pattern="(?!)"),
        delay=0.0 if is_newsroom(host) else LEAST_DELAY,
    )


class Talk(Spider):
    """Runs a script in place of a crawl and leaves its end, a value or an error, in `ended`."""

    name = "talk"

    def __init__(
        self, script: Script[Any], sources: Sequence[Source], ended: list[asyncio.Future[Any]], **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.script, self.sources, self.ended = script, sources, ended

    async def start(self) -> AsyncIterator[Request]:
        for source in self.sources:
            desk_of(self.crawler).pace.set(source)
        task = asyncio.ensure_future(self.script(self.fetch))
        await asyncio.wait([task])  # an error stays in the task, for whoever called `talk`: Scrapy would only log it
        self.ended.append(task)
        return
        yield  # what makes it the generator Scrapy wants: nothing is left to crawl

    async def fetch(self, url: str, *, reason: str = "page") -> Page | NoAnswer:
        assert self.crawler.engine
        request = Request(url, dont_filter=True, meta={"verbatim_url": True, "reason": reason})
        try:
            response = await self.crawler.engine.download_async(request)
        except Exception as error:
            named = name_failure(error, urls.host_of(url))
            if named is None:
                raise
            return NoAnswer(*named)
        return Page(response.url, response.body, clock.now(), response.status, flat_headers(response.headers))


# --- one live page through every guard, into no archive: what `khabar extract URL` reads ---


def fetch_one(config: Config, url: str) -> Page:
    """The page at `url`. Raises RunError, in one line, when there is none or no contact is set."""

    async def script(fetch: Fetch) -> Page | NoAnswer:
        return await fetch(url)

    got = talk(config, script, [stranger(url)])
    if isinstance(got, NoAnswer):
        raise RunError(f"{url}: {got.outcome}: {got.evidence}")
    if got.status != 200:
        raise RunError(f"{url}: answered {got.status}")
    return got
