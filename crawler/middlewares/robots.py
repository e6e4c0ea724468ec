"""robots.txt as RFC 9309 has it, failing closed: what cannot be read forbids everything until it can."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from protego import Protego
from scrapy import Request

from crawler.failures import name_failure, reached_nobody
from crawler.refused import Refused
from crawler.session import Desk, desk_of
from khabar.model import urls
from khabar.model.items import Outcome
from khabar.processing.responses import flat_headers, pause_until

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response

ROBOT = "Khabar"  # the token robots.txt files may name us by
FRESH = timedelta(hours=24)  # the RFC's longest life of an answer
ASK_AGAIN = timedelta(hours=1)  # after an answer that forbids because it could not be had
MAX_BYTES = 500 * 1024
MAX_REDIRECTS = 5
LONGEST_DELAY = 300.0  # seconds; a longer Crawl-delay is held to this

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a host said when asked for its robots.txt. `status` 0: nothing came back."""

    status: int
    body: bytes
    evidence: str = ""
    not_before: datetime | None = None  # a host's own word on when to ask again
    unheard: bool = False  # it was asked just now, and no word came back

    @property
    def reachable(self) -> bool:
        """4xx means there are no rules; 5xx, 429, 408, silence and a redirect to nowhere mean nobody knows them."""
        return 200 <= self.status < 300 or (400 <= self.status < 500 and self.status not in (408, 429))

    @property
    def rules(self) -> str:
        """The rules to obey; empty (all allowed) for anything but a plain 2xx."""
        if not 200 <= self.status < 300:
            return ""
        return self.body.decode("utf-8", errors="replace").removeprefix("\ufeff")


@dataclass(frozen=True, slots=True)
class Rules:
    """A host's answer, parsed, with the moment it stops counting."""

    answer: Answer
    parsed: Protego
    until: datetime

    def refusal(self, url: str) -> Refused | None:
        if not self.answer.reachable:
            why = f"robots.txt: {self.answer.evidence}"
            return Refused(Outcome.UNREACHABLE, why, self.until, unheard=self.answer.unheard)
        if not self.parsed.can_fetch(url, ROBOT):
            return Refused(Outcome.ROBOTS, "robots.txt disallows it")
        return None


def whole_lines(body: bytes) -> bytes:
    """The first 500 KB, the least the RFC asks for; a rule cut in two would be another rule."""
    return body if len(body) <= MAX_BYTES else body[:MAX_BYTES].rpartition(b"\n")[0]


def next_hop(response: Response) -> str | None:
    """Where a redirect leads, which may be another host; None when the answer is no redirect."""
    location = flat_headers(response.headers).get("location")
    return urls.joined(response.url, location) if location and 300 <= response.status < 400 else None


async def download(crawler: Crawler, request: Request) -> Response:
    """A guard's own request, through every guard. One that goes out and brings nothing back is written down."""
    assert crawler.engine
    try:
        return await crawler.engine.download_async(request)
    except Exception as error:
        desk_of(crawler).requests.lost(request, error)
        raise


def answer_of(response: Response, now: datetime) -> Answer:
    """What a response says, with the host's own word on when to ask again."""
    pause = pause_until(response.status, flat_headers(response.headers).get("retry-after"), now)
    return Answer(response.status, whole_lines(response.body), str(response.status), pause)


def read_rules(answer: Answer, checked_at: datetime) -> Rules:
    """An answer as rules. Lines Protego does not know are ignored, as the RFC asks."""
    until = checked_at + (FRESH if answer.reachable else ASK_AGAIN)
    return Rules(answer, Protego.parse(answer.rules), max(until, answer.not_before or until))


class RobotsGuard:
    """Lets a request out only where the host's robots.txt allows it. One question per host and day."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.asked: dict[str, asyncio.Task[Rules]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsGuard:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        if request.meta.get("reason") == "robots":
            return
        rules = await self._rules(urls.origin_of(request.url))
        self._obey_delay(request, rules)
        if refusal := rules.refusal(request.url):
            raise refusal

    async def _rules(self, origin: str) -> Rules:
        """The rules in force, asked once however many requests wait for them."""
        task = self.asked.get(origin)
        if task is None or (task.done() and self._is_over(task)):
            task = self.asked[origin] = asyncio.ensure_future(self._ask(origin))
        return await asyncio.shield(task)

    def _is_over(self, asked: asyncio.Task[Rules]) -> bool:
        """Whether to ask anew: the answer is too old, or a fault of our own kept it from us."""
        return asked.cancelled() or asked.exception() is not None or asked.result().until <= self._desk.now()

    async def _ask(self, origin: str) -> Rules:
        now = self._desk.now()
        if (known := self._desk.requests.known_word("robots", origin)) is not None:
            status, body, checked_at = known
            rules = read_rules(Answer(status, body, str(status or "no answer")), checked_at)
            if rules.until > now:
                return rules
        answer = await self._fetch(f"{origin}/robots.txt")
        self._desk.requests.keep_word("robots", origin, answer.status, answer.body)
        return read_rules(answer, now)

    async def _fetch(self, url: str) -> Answer:
        for _ in range(MAX_REDIRECTS + 1):
            request = Request(url, meta={"reason": "robots"}, priority=1000, dont_filter=True)
            try:
                response = await download(self.crawler, request)
            except Exception as error:
                if (named := name_failure(error, urls.host_of(url))) is None:
                    raise
                return Answer(0, b"", named[1], unheard=reached_nobody(error))
            if (there := next_hop(response)) is None:
                return answer_of(response, self._desk.now())
            url = there
            if urls.bad(url):
                return Answer(0, b"", "redirected to no address")
        return Answer(404, b"", "too many redirects")  # the RFC: may be taken as unavailable

    def _obey_delay(self, request: Request, rules: Rules) -> None:
        told = rules.parsed.crawl_delay(ROBOT)
        if told and self.crawler.engine:
            self._desk.slow_down(urls.host_of(request.url), min(float(told), LONGEST_DELAY))

    @property
    def _desk(self) -> Desk:
        return desk_of(self.crawler)
