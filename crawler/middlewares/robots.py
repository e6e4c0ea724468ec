"""robots.txt as RFC 9309 has it, failing closed: what cannot be read forbids everything until it
can.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from protego import Protego
from scrapy import Request

from crawler.failures import classify_failure, is_connection_failure
from crawler.refused import RequestBlocked
from crawler.session import CrawlSession, get_session
from khabar.model import urls
from khabar.model.items import Outcome
from khabar.processing.responses import flatten_headers, pause_until

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response

USER_AGENT_TOKEN = "Khabar"  # the token robots.txt files may name us by
MAX_AGE = timedelta(hours=24)  # the RFC's longest life of an answer
RETRY_AFTER_FAILURE = timedelta(hours=1)  # after an answer that forbids because it could not be had
MAX_BYTES = 500 * 1024
MAX_REDIRECTS = 5
MAX_CRAWL_DELAY = 300.0  # seconds; a longer Crawl-delay is held to this

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RobotsResponse:
    """What a host said when asked for its robots.txt. `status` 0: nothing came back."""

    status: int
    body: bytes
    evidence: str = ""
    not_before: datetime | None = None  # a host's own word on when to ask again
    is_unanswered: bool = False  # it was asked just now, and no word came back

    @property
    def is_reachable(self) -> bool:
        """4xx means there are no rules; 5xx, 429, 408, silence and a redirect to nowhere mean
        nobody knows them.
        """
        return 200 <= self.status < 300 or (
            400 <= self.status < 500 and self.status not in (408, 429)
        )

    @property
    def rules_text(self) -> str:
        """The rules to obey; empty (all allowed) for anything but a plain 2xx."""
        if not 200 <= self.status < 300:
            return ""
        return self.body.decode("utf-8", errors="replace").removeprefix("\ufeff")


@dataclass(frozen=True, slots=True)
class RobotsRules:
    """A host's answer, parsed, with the moment it stops counting."""

    response: RobotsResponse
    parser: Protego
    expires_at: datetime

    def find_refusal(self, url: str) -> RequestBlocked | None:
        if not self.response.is_reachable:
            evidence = f"robots.txt: {self.response.evidence}"
            return RequestBlocked(
                Outcome.UNREACHABLE, evidence, self.expires_at, unheard=self.response.is_unanswered
            )
        if not self.parser.can_fetch(url, USER_AGENT_TOKEN):
            return RequestBlocked(Outcome.ROBOTS, "robots.txt disallows it")
        return None


def truncate_body(body: bytes) -> bytes:
    """The first 500 KB, the least the RFC asks for; a rule cut in two would be another rule."""
    return body if len(body) <= MAX_BYTES else body[:MAX_BYTES].rpartition(b"\n")[0]


def find_redirect(response: Response) -> str | None:
    """Where a redirect leads, which may be another host; None when the answer is no redirect."""
    location = flatten_headers(response.headers).get("location")
    return (
        urls.resolve_link(response.url, location)
        if location and 300 <= response.status < 400
        else None
    )


async def send_internal_request(crawler: Crawler, request: Request) -> Response:
    """A guard's own request, through every guard. One that goes out and brings nothing back is
    written down.
    """
    assert crawler.engine
    try:
        return await crawler.engine.download_async(request)
    except Exception as error:
        get_session(crawler).request_log.record_failure(request, error)
        raise


def make_robots_response(response: Response, now: datetime) -> RobotsResponse:
    """What a response says, with the host's own word on when to ask again."""
    pause = pause_until(response.status, flatten_headers(response.headers).get("retry-after"), now)
    return RobotsResponse(
        response.status, truncate_body(response.body), str(response.status), pause
    )


def parse_rules(answer: RobotsResponse, checked_at: datetime) -> RobotsRules:
    """An answer as rules. Lines Protego does not know are ignored, as the RFC asks."""
    until = checked_at + (MAX_AGE if answer.is_reachable else RETRY_AFTER_FAILURE)
    return RobotsRules(
        answer, Protego.parse(answer.rules_text), max(until, answer.not_before or until)
    )


class RobotsGuard:
    """Lets a request out only where the host's robots.txt allows it. One question per host and
    day.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.asked: dict[str, asyncio.Task[RobotsRules]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsGuard:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        if request.meta.get("reason") == "robots":
            return
        rules = await self._load_rules(urls.get_origin(request.url))
        self._apply_crawl_delay(request, rules)
        if refusal := rules.find_refusal(request.url):
            raise refusal

    async def _load_rules(self, origin: str) -> RobotsRules:
        """The rules in force, asked once however many requests wait for them."""
        task = self.asked.get(origin)
        if task is None or (task.done() and self._is_expired(task)):
            task = self.asked[origin] = asyncio.ensure_future(self._request_rules(origin))
        return await asyncio.shield(task)

    def _is_expired(self, task: asyncio.Task[RobotsRules]) -> bool:
        """Whether to ask anew: the answer is too old, or a fault of our own kept it from us."""
        return (
            task.cancelled()
            or task.exception() is not None
            or task.result().expires_at <= self._session.now()
        )

    async def _request_rules(self, origin: str) -> RobotsRules:
        now = self._session.now()
        if (last_file := self._session.request_log.load_site_file("robots", origin)) is not None:
            status, body, checked_at = last_file
            rules = parse_rules(
                RobotsResponse(status, body, str(status or "no answer")), checked_at
            )
            if rules.expires_at > now:
                return rules
        answer = await self._fetch_robots(f"{origin}/robots.txt")
        self._session.request_log.save_site_file("robots", origin, answer.status, answer.body)
        return parse_rules(answer, now)

    async def _fetch_robots(self, url: str) -> RobotsResponse:
        for _ in range(MAX_REDIRECTS + 1):
            request = Request(url, meta={"reason": "robots"}, priority=1000, dont_filter=True)
            try:
                response = await send_internal_request(self.crawler, request)
            except Exception as error:
                if (cause := classify_failure(error, urls.get_host(url))) is None:
                    raise
                return RobotsResponse(0, b"", cause[1], is_unanswered=is_connection_failure(error))
            if (target := find_redirect(response)) is None:
                return make_robots_response(response, self._session.now())
            url = target
            if urls.reject_reason(url):
                return RobotsResponse(0, b"", "redirected to no address")
        # the RFC: may be taken as unavailable
        return RobotsResponse(404, b"", "too many redirects")

    def _apply_crawl_delay(self, request: Request, rules: RobotsRules) -> None:
        delay = rules.parser.crawl_delay(USER_AGENT_TOKEN)
        if delay and self.crawler.engine:
            self._session.slow_down(urls.get_host(request.url), min(float(delay), MAX_CRAWL_DELAY))

    @property
    def _session(self) -> CrawlSession:
        return get_session(self.crawler)
