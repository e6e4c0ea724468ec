"""The one spider class. One run carries many sources; what is true of one source only is in its
TOML.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

from scrapy import Request, Spider
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.failures import classify_failure, is_connection_failure
from crawler.session import CrawlSession, get_session
from khabar.archive import ArchiveError
from khabar.archive.frontier.due import BACKFILL, DOCUMENT, QueueEntry
from khabar.archive.store import snapshots
from khabar.model import urls
from khabar.model.config import ConfigError
from khabar.model.errors import RunError
from khabar.model.items import Page, Visit
from khabar.model.sources import SourceError
from khabar.processing.responses import build_failed_visit, build_visit, flatten_headers

POLL_INTERVAL = 0.05  # seconds between looks at the ledger while pages are under way
START_ERRORS = (ArchiveError, ConfigError, RunError, SourceError)


class NewsSpider(Spider):
    """Asks the desk what is due, fetches it, and hands every answer to the pipelines as a Visit.

    `keys`: the sources of this run (none: all that are on). `urls`: only these addresses. `limit`:
    pages to ask for. `walks`: the run is there for the backfills.
    """

    name = "news"
    keys: tuple[str, ...] = ()

    def __init__(
        self, keys: tuple[str, ...] = (), urls: tuple[str, ...] = (), limit: int | None = None, *,
        walks: bool = False, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.keys = keys or self.keys
        self.only_urls, self.limit, self.walks = (
            urls,
            int(limit) if limit is not None else None,
            walks,
        )

    @property
    def session(self) -> CrawlSession:
        return get_session(self.crawler)

    async def start(self) -> AsyncIterator[Any]:
        """The ledger is the frontier: hand out what is due until nothing is due and nothing is
        under way.
        """
        try:
            self.session.open_session(
                self.keys, self.only_urls, self.limit, for_backfill=self.walks
            )
        except START_ERRORS as error:
            self.session.fault = error
            self.logger.error("%s", error)
            raise CloseSpider("could not begin") from error
        while True:
            entries = list(self.session.next_batch())
            if not entries and self.session.is_over():
                return
            for entry in entries:
                yield self._start_entry(entry)
            await asyncio.sleep(POLL_INTERVAL)

    def _start_entry(self, entry: QueueEntry) -> Request | Visit:
        if entry.state == "fetched":
            return Visit(entry.id, entry.source, self._load_snapshot(entry), entry.snapshot_id)
        return Request(
            entry.url,
            headers=_validator_headers(entry),
            callback=self.parse,
            errback=self.handle_failure,
            dont_filter=True,
            meta={"entry": entry, "reason": entry.kind, "verbatim_url": True},
        )

    def _load_snapshot(self, entry: QueueEntry) -> Page:
        """A page fetched by an earlier run and not yet read."""
        assert entry.snapshot_id
        return snapshots.load_page(self.session.active_archive.db, entry.snapshot_id)

    def parse(self, response: Response, **kwargs: Any) -> Iterator[Visit]:
        entry: QueueEntry = response.meta["entry"]
        headers = flatten_headers(response.headers)
        page = Page(response.url, response.body, self.session.now(), response.status, headers)
        source = self.session.sources[entry.source]
        yield build_visit(
            entry.id,
            source,
            entry.kind,
            page,
            entry.body_sha256 if entry.tier == DOCUMENT else None,
        )

    def handle_failure(self, failure: Failure) -> Iterator[Visit]:
        """A request that brought nothing back: its failure named, or raised when nobody foresaw it.

        One that reached nobody is held until it is known whose fault that was.
        """
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy puts it there
        entry: QueueEntry = request.meta["entry"]
        error: BaseException = failure.value  # type: ignore[assignment]  # Twisted allows a failure of nothing
        self.session.request_log.record_failure(request, error)
        cause = classify_failure(error, urls.get_host(request.url))
        if cause is None:
            self.session.handle_error(failure, item=Visit(entry.id, entry.source))
            return
        visit = build_failed_visit(
            entry.id, entry.source, *cause, retry_at=getattr(error, "retry_at", None)
        )
        if is_connection_failure(error):
            self.session.queue.connectivity.hold_failure(visit)
        else:
            yield visit


def _validator_headers(entry: QueueEntry) -> dict[str, str]:
    """Ask only for what changed: the validators of the last answer. A backfill wants other days
    of the same.
    """
    if entry.tier == BACKFILL:
        return {}
    validators = {"If-None-Match": entry.etag, "If-Modified-Since": entry.last_modified}
    return {name: value for name, value in validators.items() if value}
