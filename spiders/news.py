"""The one spider class. One run carries many sources; what is true of one source only is in its TOML."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

from scrapy import Request, Spider
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from twisted.python.failure import Failure

from archive import ArchiveError
from archive.frontier import Entry
from crawler import urls
from crawler.answers import failed, flat_headers, visit_of
from crawler.config import ConfigError
from crawler.desk import Desk, RunError, desk_of
from crawler.failures import name_failure
from crawler.items import Page, Visit
from crawler.sources import SourceError

POLL = 0.05  # seconds between looks at the ledger while pages are under way
CANNOT_BEGIN = (ArchiveError, ConfigError, RunError, SourceError)


class NewsSpider(Spider):
    """Asks the desk what is due, fetches it, and hands every answer to the pipelines as a Visit.

    `keys`: the sources of this run (none: all that are on). `urls`: only these addresses. `limit`: pages to ask for.
    """

    name = "news"
    keys: tuple[str, ...] = ()

    def __init__(
        self, keys: tuple[str, ...] = (), urls: tuple[str, ...] = (), limit: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.keys = keys or self.keys
        self.only, self.limit = urls, int(limit) if limit is not None else None

    @property
    def desk(self) -> Desk:
        return desk_of(self.crawler)

    async def start(self) -> AsyncIterator[Any]:
        """The ledger is the frontier: hand out what is due until nothing is due and nothing is under way."""
        try:
            self.desk.begin(self.keys, self.only, self.limit)
        except CANNOT_BEGIN as error:
            self.desk.fault = error
            self.logger.error("%s", error)
            raise CloseSpider("could not begin") from error
        while True:
            for entry in list(self.desk.batch()):
                yield self._begin(entry)
            if not self.desk.in_flight:
                return
            await asyncio.sleep(POLL)

    def _begin(self, entry: Entry) -> Request | Visit:
        if entry.state == "fetched":
            return Visit(entry.id, entry.source, self.desk.load_kept(entry), entry.snapshot_id)
        return Request(
            entry.url,
            headers=_conditions(entry),
            callback=self.parse,
            errback=self.refused,
            dont_filter=True,
            meta={"entry": entry, "reason": entry.kind, "verbatim_url": True},
        )

    def parse(self, response: Response, **kwargs: Any) -> Iterator[Visit]:
        entry: Entry = response.meta["entry"]
        headers = flat_headers(response.headers)
        page = Page(response.url, response.body, self.desk.now(), response.status, headers)
        yield visit_of(entry.id, self.desk.sources[entry.source], entry.kind, page)

    def refused(self, failure: Failure) -> Iterator[Visit]:
        """A request that brought nothing back: its failure named, or raised when nobody foresaw it."""
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy puts it there
        entry: Entry = request.meta["entry"]
        error: BaseException = failure.value  # type: ignore[assignment]  # Twisted allows a failure of nothing
        named = name_failure(error, urls.host_of(request.url))
        if named is None:
            self.desk.broke(failure, item=Visit(entry.id, entry.source))
            return
        yield failed(entry.id, entry.source, *named, retry_at=getattr(error, "retry_at", None))


def _conditions(entry: Entry) -> dict[str, str]:
    """Ask only for what changed: the validators of the last answer."""
    told = {"If-None-Match": entry.etag, "If-Modified-Since": entry.last_modified}
    return {name: value for name, value in told.items() if value}
