"""Obeys robots.txt (RFC 9309).

Fails closed: a robots.txt that cannot be fetched forbids everything until it can. The RFC lets two
cases count as "no rules", which allow everything: 4xx responses other than 408 and 429, and more
than MAX_REDIRECTS redirects.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from scrapy import Request

from crawler.failures import classify_connection_failure, classify_failure
from crawler.outage import FailureKind
from crawler.refused import RequestBlocked
from crawler.session import CrawlSession, get_session
from khabar.model import urls
from khabar.model.items import Outcome
from khabar.parsing.robots import MAX_BYTES, AgentRules, parse_robots
from khabar.processing.responses import flatten_headers, pause_until

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response

USER_AGENT_TOKEN = "Khabar"  # the whole product token of `User-agent:` lines for us
MAX_AGE = timedelta(hours=24)  # RFC 9309, 2.4: a cached copy should not be used for longer
RETRY_AFTER_FAILURE = timedelta(hours=1)  # after a failed fetch; chosen by hand, not measured
MAX_REDIRECTS = 5  # RFC 9309, 2.3.1.2: follow at least five
MAX_CRAWL_DELAY = 300.0  # seconds; longer Crawl-delays are capped; chosen by hand, not measured
# Scrapy priorities: robots.txt, then tdmrep.json (900), then pages (0).
ROBOTS_PRIORITY = 1000

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RobotsResponse:
    """A host's response to the request for robots.txt. `status` 0: no response."""

    status: int
    body: bytes
    evidence: str = ""
    not_before: datetime | None = None  # from Retry-After
    # how the request made just now failed; None if it was answered, or loaded
    connection_failure: FailureKind | None = None

    @property
    def is_reachable(self) -> bool:
        """True for 2xx, and 4xx, which means no rules; False if the rules are unknown.

        They are unknown after 5xx, 429, 408, no response, and a redirect to no valid URL.
        """
        return 200 <= self.status < 300 or (
            400 <= self.status < 500 and self.status not in (408, 429)
        )

    @property
    def rules_body(self) -> bytes:
        """The rules to obey; empty (everything allowed) for any status but 2xx."""
        return self.body if 200 <= self.status < 300 else b""


@dataclass(frozen=True, slots=True)
class RobotsRules:
    """What a robots.txt says to us, and the time until which it is used."""

    response: RobotsResponse
    agent_rules: AgentRules
    expires_at: datetime

    def find_refusal(self, url: str) -> RequestBlocked | None:
        if not self.response.is_reachable:
            evidence = f"robots.txt: {self.response.evidence}"
            return RequestBlocked(
                Outcome.UNREACHABLE,
                evidence,
                self.expires_at,
                connection_failure=self.response.connection_failure,
            )
        if not self.agent_rules.allows_url(url):
            return RequestBlocked(Outcome.ROBOTS, "robots.txt disallows it")
        return None


def find_redirect(response: Response) -> str | None:
    """Returns the target of a redirect, maybe on another host; None if it is no redirect."""
    location = flatten_headers(response.headers).get("location")
    return (
        urls.resolve_link(response.url, location)
        if location and 300 <= response.status < 400
        else None
    )


async def send_internal_request(crawler: Crawler, request: Request) -> Response:
    """Sends a guard's own request through all guards. A failure is logged and raised."""
    assert crawler.engine
    try:
        return await crawler.engine.download_async(request)
    except Exception as error:
        get_session(crawler).request_log.record_failure(request, error)
        raise


def make_robots_response(response: Response, now: datetime) -> RobotsResponse:
    """Returns the response with the time before which the host must not be asked again."""
    pause = pause_until(response.status, flatten_headers(response.headers).get("retry-after"), now)
    # one byte more than is parsed tells the parser that the file was cut, maybe inside a rule
    return RobotsResponse(
        response.status, response.body[: MAX_BYTES + 1], str(response.status), pause
    )


def parse_rules(answer: RobotsResponse, checked_at: datetime) -> RobotsRules:
    """Parses a response. Unknown lines are ignored, as the RFC requires."""
    until = checked_at + (MAX_AGE if answer.is_reachable else RETRY_AFTER_FAILURE)
    agent_rules = parse_robots(answer.rules_body).select_rules(USER_AGENT_TOKEN)
    return RobotsRules(answer, agent_rules, max(until, answer.not_before or until))


class RobotsGuard:
    """Blocks requests that robots.txt disallows. Fetches it once per origin and day."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.tasks: dict[str, asyncio.Task[RobotsRules]] = {}  # by origin

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
        """Returns the rules of an origin. All requests that wait for them share one fetch."""
        task = self.tasks.get(origin)
        if task is None or (task.done() and self._is_expired(task)):
            task = self.tasks[origin] = asyncio.ensure_future(self._request_rules(origin))
        return await asyncio.shield(task)

    def _is_expired(self, task: asyncio.Task[RobotsRules]) -> bool:
        """Returns True if the rules must be fetched again: too old, or the fetch itself failed."""
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
            request = Request(
                url, meta={"reason": "robots"}, priority=ROBOTS_PRIORITY, dont_filter=True
            )
            try:
                response = await send_internal_request(self.crawler, request)
            except Exception as error:
                host = urls.get_host(url)
                if (cause := classify_failure(error, host)) is None:
                    raise
                failure = classify_connection_failure(error, host)
                return RobotsResponse(0, b"", cause[1], connection_failure=failure)
            if (target := find_redirect(response)) is None:
                return make_robots_response(response, self._session.now())
            url = target
            if urls.reject_reason(url):
                return RobotsResponse(0, b"", "redirected to no address")
        # RFC 9309, 2.3.1.2: may be treated as unavailable, like 4xx
        return RobotsResponse(404, b"", "too many redirects")

    def _apply_crawl_delay(self, request: Request, rules: RobotsRules) -> None:
        delay = rules.agent_rules.crawl_delay
        if delay and self.crawler.engine:
            self._session.slow_down(urls.get_host(request.url), min(delay, MAX_CRAWL_DELAY))

    @property
    def _session(self) -> CrawlSession:
        return get_session(self.crawler)
