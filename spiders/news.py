"""The one spider class. One run carries many sources; what is true of one source only is in its TOML."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

from scrapy import Request, Spider
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.failures import name_failure, reached_nobody
from crawler.session import Desk, desk_of
from khabar.archive import ArchiveError
from khabar.archive.frontier.due import BACKFILL, DOCUMENT, Entry
from khabar.archive.store import snapshots
from khabar.model import urls
from khabar.model.config import ConfigError
from khabar.model.errors import RunError
from khabar.model.items import Page, Visit
from khabar.model.sources import SourceError
from khabar.processing.responses import failed, flat_headers, visit_of

POLL = 0.05  # seconds between looks at the ledger while pages are under way
CANNOT_BEGIN = (ArchiveError, ConfigError, RunError, SourceError)


class NewsSpider(Spider):
    """Asks the desk what is due, fetches it, and hands every answer to the pipelines as a Visit.

    `keys`: the sources of this run (none: all that are on). `urls`: only these addresses. `limit`: pages to ask for.
    `walks`: the run is there for the backfills.
    """

    name = "news"
    keys: tuple[str, ...] = ()

    def __init__(
        self, keys: tuple[str, ...] = (), urls: tuple[str, ...] = (), limit: int | None = None, *,
        walks: bool = False, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.keys = keys or self.keys
        self.only, self.limit, self.walks = urls, int(limit) if limit is not None else None, walks

    @property
    def desk(self) -> Desk:
        return desk_of(self.crawler)

    async def start(self) -> AsyncIterator[Any]:
        """The ledger is the frontier: hand out what is due until nothing is due and nothing is under way."""
        try:
            self.desk.begin(self.keys, self.only, self.limit, walks=self.walks)
        except CANNOT_BEGIN as error:
            self.desk.fault = error
            self.logger.error("%s", error)
            raise CloseSpider("could not begin") from error
        while True:
            entries = list(self.desk.batch())
            if not entries and self.desk.is_over():
                return
            for entry in entries:
                yield self._begin(entry)
            await asyncio.sleep(POLL)

    def _begin(self, entry: Entry) -> Request | Visit:
        if entry.state == "fetched":
            return Visit(entry.id, entry.source, self._kept(entry), entry.snapshot_id)
        return Request(
            entry.url,
            headers=_conditions(entry),
            callback=self.parse,
            errback=self.refused,
            dont_filter=True,
            meta={"entry": entry, "reason": entry.kind, "verbatim_url": True},
        )

    def _kept(self, entry: Entry) -> Page:
        """A page fetched by an earlier run and not yet read."""
        assert entry.snapshot_id
        return snapshots.load(self.desk.open.db, entry.snapshot_id)

    def parse(self, response: Response, **kwargs: Any) -> Iterator[Visit]:
        entry: Entry = response.meta["entry"]
        headers = flat_headers(response.headers)
        page = Page(response.url, response.body, self.desk.now(), response.status, headers)
        source = self.desk.sources[entry.source]
        yield visit_of(entry.id, source, entry.kind, page, entry.body_sha256 if entry.tier == DOCUMENT else None)

    def refused(self, failure: Failure) -> Iterator[Visit]:
        """A request that brought nothing back: its failure named, or raised when nobody foresaw it.

        One that reached nobody is held until it is known whose fault that was.
        """
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy puts it there
        entry: Entry = request.meta["entry"]
        error: BaseException = failure.value  # type: ignore[assignment]  # Twisted allows a failure of nothing
        self.desk.requests.lost(request, error)
        named = name_failure(error, urls.host_of(request.url))
        if named is None:
            self.desk.broke(failure, item=Visit(entry.id, entry.source))
            return
        visit = failed(entry.id, entry.source, *named, retry_at=getattr(error, "retry_at", None))
        if reached_nobody(error):
            self.desk.queue.line.hold(visit)
        else:
            yield visit


def _conditions(entry: Entry) -> dict[str, str]:
    """Ask only for what changed: the validators of the last answer. A backfill wants other days of the same."""
    if entry.tier == BACKFILL:
        return {}
    told = {"If-None-Match": entry.etag, "If-Modified-Since": entry.last_modified}
    return {name: value for name, value in told.items() if value}
