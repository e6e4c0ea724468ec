"""The spider of all sources. One run crawls many; what differs between them is in their TOML."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any

from scrapy import Request, Spider
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from sqlite_utils.utils import sqlite3
from twisted.python.failure import Failure

from crawler.failures import classify_connection_failure, classify_failure
from crawler.middlewares.robots import find_redirect
from crawler.refused import RequestDropped
from crawler.session import CrawlSession, get_session
from khabar.archive import ArchiveError
from khabar.archive.frontier.due import BACKFILL, DOCUMENT, NEW, RETRY, QueueEntry
from khabar.archive.frontier.url_store import MAX_HOPS
from khabar.archive.store import snapshots
from khabar.model import urls
from khabar.model.clock import parse_utc
from khabar.model.config import ConfigError
from khabar.model.errors import RunError
from khabar.model.items import Page, Visit
from khabar.model.schedule import FULL_READ_INTERVAL
from khabar.model.sources import Source, SourceError
from khabar.parsing.sitemaps import MAX_BYTES as MAX_SITEMAP
from khabar.processing.responses import (
    TEMPORARY_REDIRECTS,
    build_failed_visit,
    build_visit,
    flatten_headers,
)

# Seconds between queries of the frontier while requests are in flight; chosen by hand.
POLL_INTERVAL = 0.05
START_ERRORS = (ArchiveError, ConfigError, RunError, SourceError, OSError, sqlite3.Error)


class NewsSpider(Spider):
    """Requests what the session's queue yields; passes every result to the pipelines as a Visit.

    `keys`: the sources of this run; none: all that are on. `urls`: only these URLs. `limit`: pages
    to request. `walks`: the run is a `khabar backfill`.
    """

    name = "news"
    keys: tuple[str, ...] = ()

    def __init__(
        self, keys: tuple[str, ...] = (), urls: tuple[str, ...] = (), limit: int | None = None, *,
        walks: bool = False, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.keys = keys or self.keys
        self.only_urls, self.walks = urls, walks
        self.limit = int(limit) if limit is not None else None  # a string from `scrapy crawl -a`

    @property
    def session(self) -> CrawlSession:
        return get_session(self.crawler)

    async def start(self) -> AsyncIterator[Any]:
        """Yields what is due in the frontier until nothing is due and nothing is in flight."""
        try:
            self.session.open_session(
                self.keys, self.only_urls, self.limit, for_backfill=self.walks
            )
        except START_ERRORS as error:
            self.session.fault = error
            self.logger.error("%s", error)
            raise CloseSpider("could not begin") from error
        while self.session.archive is not None:  # closed at the end of a budget, during the wait
            entries = list(self.session.next_batch())
            if not entries and self.session.settle_and_check_end():
                return
            for entry in entries:
                yield self._start_entry(entry)
            await asyncio.sleep(POLL_INTERVAL)

    def _start_entry(self, entry: QueueEntry) -> Request | Visit:
        if entry.state == "fetched":
            # a page that an earlier run stored and did not extract
            assert entry.snapshot_id
            page = snapshots.load_page(self.session.active_archive.db, entry.snapshot_id)
            return Visit(entry.id, entry.source, page, entry.snapshot_id)
        return Request(
            entry.url,
            headers=_validator_headers(entry, self.session.now()),
            callback=self.parse,
            errback=self.handle_failure,
            dont_filter=True,
            meta=_request_meta(entry),
        )

    def parse(self, response: Response, **kwargs: Any) -> Iterator[Visit | Request]:
        entry: QueueEntry = response.meta["entry"]
        headers = flatten_headers(response.headers)
        page = Page(response.url, response.body, self.session.now(), response.status, headers)
        source = self.session.sources[entry.source]
        if request := self._follow_redirect(response, entry, source):
            yield request
            return
        known_sha256 = entry.body_sha256 if entry.tier == DOCUMENT else None
        yield build_visit(entry.id, source, entry.kind, page, known_sha256)

    def _follow_redirect(
        self, response: Response, entry: QueueEntry, source: Source
    ) -> Request | None:
        """Returns the request for the target of a document's temporary redirect; None for any other
        response, for the target of another site, and for a loop or more than MAX_HOPS.

        The target is read as the document itself: it becomes no document of its own.
        """
        way = (*response.meta.get("way", ()), response.url)
        if (
            entry.kind == "page"
            or response.status not in TEMPORARY_REDIRECTS
            or len(way) > MAX_HOPS
            or not (target := find_redirect(response))
            or target in way
            or source.check_url(target, entry.kind)
        ):
            return None
        return Request(
            target,
            callback=self.parse,
            errback=self.handle_failure,
            dont_filter=True,
            meta=_request_meta(entry) | {"way": way},
        )

    def handle_failure(self, failure: Failure) -> Iterator[Visit]:
        """Yields the Visit of a failed request. An unexpected error goes to the session instead; a
        request that was dropped at the end of the run leaves its page due.

        A failure to connect is kept pending until it is clear whether the host or our own
        connection was down.
        """
        request: Request = failure.request  # type: ignore[attr-defined]  # set by Scrapy
        entry: QueueEntry = request.meta["entry"]
        error: BaseException = failure.value  # type: ignore[assignment]  # may be None in Twisted's types
        if isinstance(error, RequestDropped):
            self.session.queue.finish_entry(entry.id)
            return
        self.session.request_log.record_failure(request, error)
        host = urls.get_host(request.url)
        cause = classify_failure(error, host)
        if cause is None:
            self.session.handle_error(failure, item=Visit(entry.id, entry.source))
            return
        visit = build_failed_visit(
            entry.id, entry.source, *cause, retry_at=getattr(error, "retry_at", None)
        )
        if kind := classify_connection_failure(error, host):
            self.session.queue.connectivity.hold_failure(visit, kind)
        else:
            yield visit


def _request_meta(entry: QueueEntry) -> dict[str, Any]:
    """Returns what a request carries. A sitemap may be as long as its protocol allows; anything
    else keeps DOWNLOAD_MAXSIZE.
    """
    meta = {"entry": entry, "reason": entry.kind, "verbatim_url": True}
    return meta | ({"download_maxsize": MAX_SITEMAP} if entry.kind == "sitemap" else {})


def _validator_headers(entry: QueueEntry, now: datetime) -> dict[str, str]:
    """Returns headers for a conditional request, from the last response.

    Returns none for a backfill, which reads the same sitemaps again for other days, for a page that
    gave no article, and for a document whose body was last received FULL_READ_INTERVAL ago: its
    validators may be wrong.
    """
    if entry.tier in (BACKFILL, NEW, RETRY) or (
        entry.tier == DOCUMENT
        and (entry.full_at is None or parse_utc(entry.full_at) <= now - FULL_READ_INTERVAL)
    ):
        return {}
    validators = {"If-None-Match": entry.etag, "If-Modified-Since": entry.last_modified}
    return {name: value for name, value in validators.items() if value}
