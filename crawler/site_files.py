"""Requests what a site says of use beside its robots.txt: tdmrep.json and RSL licences, each at
most once a day, and stores the answers. A licence is parsed in a worker process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from scrapy import Request

from crawler.failures import classify_failure
from crawler.middlewares.robots import (
    MAX_REDIRECTS,
    RETRY_AFTER_FAILURE,
    find_redirect,
    send_internal_request,
)
from crawler.refused import RequestBlocked, RequestDropped
from crawler.session import get_session
from khabar.archive.rights import MAX_LICENSES, list_licenses
from khabar.model import urls
from khabar.parsing import rsl, tdmrep
from khabar.parsing.documents import BrokenDocument
from khabar.parsing.robots import decode_robots
from khabar.processing.process import run_in_worker
from khabar.processing.responses import read_license
from khabar.processing.workers import WorkerPool

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

TDMREP_PATH = "/.well-known/tdmrep.json"
MAX_AGE = timedelta(hours=24)  # as for robots.txt
PRIORITY = 900  # after robots.txt, before pages


class SiteFileFetcher:
    """Requests and stores the files of sites, through all guards: robots.txt is obeyed. Requests
    for one file at one time share the answer. Without an archive it does nothing.
    """

    def __init__(self, crawler: Crawler, get_pool: Callable[[], WorkerPool]) -> None:
        self.crawler, self.get_pool = crawler, get_pool
        self.tasks: dict[tuple[str, str], asyncio.Task[None]] = {}  # by (URL, day)

    async def update_tdmrep(self, origin: str) -> None:
        """Requests tdmrep.json of an origin unless today's is stored."""
        await self._run_once(origin + TDMREP_PATH, self._request_tdmrep, origin)

    async def update_licenses(self, links: Iterable[str]) -> None:
        """Requests licences unless today's are stored; no more than MAX_LICENSES."""
        for url in list(dict.fromkeys(links))[:MAX_LICENSES]:
            if not urls.reject_reason(url):
                await self._run_once(url, self._request_license, url)

    async def update_origin_licenses(self, origin: str) -> None:
        """Requests the licences that the stored robots.txt of an origin names, once a day."""
        await self._run_once(f"{origin} licenses", self._request_origin_licenses, origin)

    async def _request_origin_licenses(self, origin: str) -> None:
        last_file = get_session(self.crawler).request_log.load_site_file("robots", origin)
        if last_file and 200 <= last_file[0] < 300:
            await self.update_licenses(list_licenses(decode_robots(last_file[1]), origin))

    async def _run_once(
        self, url: str, update: Callable[[str], Coroutine[Any, Any, None]], argument: str
    ) -> None:
        session = get_session(self.crawler)
        if session.archive is None:
            return
        key = url, f"{session.now():%Y-%m-%d}"
        if key not in self.tasks:
            self.tasks[key] = asyncio.ensure_future(update(argument))
        await asyncio.shield(self.tasks[key])

    def _is_current(self, status: int, asked_at: datetime) -> bool:
        is_answer = 200 <= status < 500 and status not in (408, 429)
        age = MAX_AGE if is_answer else RETRY_AFTER_FAILURE
        return asked_at + age > get_session(self.crawler).now()

    async def _request_tdmrep(self, origin: str) -> None:
        request_log = get_session(self.crawler).request_log
        last_file = request_log.load_site_file("tdmreps", origin)
        if last_file and self._is_current(last_file[0], last_file[2]):
            return
        if (answer := await self._request(origin + TDMREP_PATH, "tdmrep")) is not None:
            # the bodies of error pages differ from day to day: not stored
            status, body = answer
            body = body[: tdmrep.MAX_BYTES] if status == 200 else b""
            request_log.save_site_file("tdmreps", origin, status, body)

    async def _request_license(self, url: str) -> None:
        request_log = get_session(self.crawler).request_log
        last_answer = request_log.load_license(url)
        if last_answer and self._is_current(*last_answer):
            return
        if (answer := await self._request(url, "license")) is None:
            return
        status, body = answer
        body = body[: rsl.MAX_BYTES + 1] if status == 200 else b""
        request_log.save_license(url, status, body, await self._parse_license(body))

    async def _parse_license(self, body: bytes) -> str | None:
        """Returns what a licence says, as JSON; None if it cannot be read."""
        if not body:
            return None
        try:
            terms = await run_in_worker(self.get_pool(), read_license, (body,))
        except BrokenDocument:
            return None
        return terms.decode() if isinstance(terms, bytes) else None

    async def _request(self, url: str, reason: str) -> tuple[int, bytes] | None:
        """Requests a file, following redirects. Returns (status, body), status 0 for no answer or
        redirects that lead to none; None when it is not requested (a guard forbids it, the end of
        the run).
        """
        for _ in range(MAX_REDIRECTS + 1):
            request = Request(url, meta={"reason": reason}, priority=PRIORITY, dont_filter=True)
            try:
                response = await send_internal_request(self.crawler, request)
            except (RequestBlocked, RequestDropped):
                return None
            except Exception as error:
                if classify_failure(error, urls.get_host(url)) is None:
                    raise
                return 0, b""
            if (target := find_redirect(response)) is None:
                return response.status, response.body
            url = target
            if urls.reject_reason(url):
                break
        return 0, b""  # not 404, which would say that the site has no such file
