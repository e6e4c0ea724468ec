"""One live page through every guard, into no archive: what `khabar extract URL` reads."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response
from scrapy.settings import Settings
from twisted.python.failure import Failure

from crawler import clock, urls
from crawler.answers import flat_headers
from crawler.config import Config
from crawler.desk import RunError
from crawler.failures import name_failure
from crawler.guards.addresses import is_newsroom
from crawler.guards.contact import NO_CONTACT
from crawler.items import Page


class OnePage(Spider):
    """Fetches `url` and leaves the page, or why there is none, in `got`."""

    name = "one-page"

    def __init__(self, url: str, got: list[Page | str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.url, self.got = url, got

    async def start(self) -> AsyncIterator[Request]:
        yield Request(self.url, callback=self.parse, errback=self.refused, meta={"verbatim_url": True})

    def parse(self, response: Response, **kwargs: Any) -> None:
        page = Page(response.url, response.body, clock.now(), response.status, flat_headers(response.headers))
        self.got.append(page if response.status == 200 else f"answered {response.status}")

    def refused(self, failure: Failure) -> None:
        error: BaseException = failure.value  # type: ignore[assignment]  # Twisted allows a failure of nothing
        named = name_failure(error, urls.host_of(self.url))
        self.got.append(f"{named[0]}: {named[1]}" if named else f"{type(error).__name__}: {error}")


def fetch_one(config: Config, url: str) -> Page:
    """The page at `url`. Raises RunError, in one line, when there is none or no contact is set."""
    if not config.settings.contact and not is_newsroom(urls.host_of(url)):
        raise RunError(NO_CONTACT)
    settings = Settings({"KHABAR_ARCHIVE": str(config.archive), "LOG_LEVEL": "CRITICAL"}, priority="cmdline")
    settings.setmodule("crawler.settings", priority="project")
    settings.set("ITEM_PIPELINES", {}, "cmdline")
    got: list[Page | str] = []
    process = AsyncCrawlerProcess(settings)
    process.crawl(OnePage, url=url, got=got)
    process.start()
    if not got or isinstance(got[0], str):
        raise RunError(f"{url}: {got[0] if got else 'nothing came back'}")
    return got[0]
