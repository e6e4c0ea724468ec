"""A desk and an engine for one guard at a time: what the guards ask for, answered as a test says."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace

from scrapy import Request
from scrapy.http import Response

from crawler.refused import RequestBlocked

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HOME = "https://www.prabhat.example"


@dataclass
class FakeSession:
    """What the guards ask of the desk, with a clock the test moves."""

    clock: datetime = NOW
    robots: dict = field(default_factory=dict)
    tdmreps: dict = field(default_factory=dict)
    unanswered: list = field(default_factory=list)
    paused: list = field(default_factory=list)
    slowed: list = field(default_factory=list)
    paused_hosts: dict = field(default_factory=dict)
    forbidden: list = field(default_factory=list)
    welcome: list = field(default_factory=list)
    is_ending: bool = False

    def now(self):
        return self.clock

    archive: object = True

    @property
    def request_log(self):
        return self

    def load_site_file(self, table, origin):
        return getattr(self, table).get(origin)

    def save_site_file(self, table, origin, status, body):
        getattr(self, table)[origin] = (status, body, self.clock)

    def record_failure(self, request, error):
        self.unanswered.append((request.url, type(error).__name__))

    def pause_host(self, host, until):
        self.paused.append((host, until))
        self.paused_hosts[host] = until

    def record_forbidden(self, host):
        self.forbidden.append(host)

    def record_success(self, host):
        self.welcome.append(host)

    def slow_down(self, host, delay):
        self.slowed.append((host, delay))


class FakeEngine:
    """Answers what it was told for an address: a (status, body, headers), or an error to raise."""

    def __init__(self, answers):
        self.answers, self.asked = answers, []

    async def download_async(self, request):
        self.asked.append(request.url)
        await asyncio.sleep(0)
        told = self.answers[request.url]
        if isinstance(told, Exception):
            raise told
        status, body, headers = told
        return Response(request.url, status=status, body=body, headers=headers)


def crawler_of(desk, answers=None):
    engine = FakeEngine(answers or {})
    return SimpleNamespace(get_extension=lambda _: desk, engine=engine, settings={})


def refusal(guard, url: str, **meta) -> RequestBlocked | None:
    """What the guard says of a request; None when it lets it out."""
    try:
        asyncio.run(guard.process_request(Request(url, meta={"verbatim_url": True, **meta})))
    except RequestBlocked as refused:
        return refused
    return None
