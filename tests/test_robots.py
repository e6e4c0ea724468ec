"""robots.txt as RFC 9309 has it: every way it can be answered, how long an answer counts, how often it is asked for."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest
from middleware_fixtures import HOME, FakeSession, crawler_of, refusal
from scrapy import Request
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)

from crawler.middlewares.robots import MAX_BYTES, RobotsGuard
from crawler.refused import RequestBlocked
from khabar.model.items import Outcome

DISALLOW = b"User-agent: *\nDisallow: /\n"
AT = f"{HOME}/robots.txt"
ELSEWHERE = "https://rules.example/robots.txt"
CASES = {
    # what robots.txt answers → how a page's request ends
    "allows": ({AT: (200, b"User-agent: *\nAllow: /\n", {})}, None),
    "disallows": ({AT: (200, DISALLOW, {})}, Outcome.ROBOTS),
    "empty": ({AT: (200, b"", {})}, None),
    "204": ({AT: (204, b"", {})}, None),
    "503": ({AT: (503, b"User-agent: *\nAllow: /\n", {})}, Outcome.UNREACHABLE),
    "500": ({AT: (500, b"", {})}, Outcome.UNREACHABLE),
    "429": ({AT: (429, b"", {})}, Outcome.UNREACHABLE),
    "408": ({AT: (408, b"", {})}, Outcome.UNREACHABLE),
    "timeout": ({AT: DownloadTimeoutError()}, Outcome.UNREACHABLE),
    "refused": ({AT: DownloadConnectionRefusedError()}, Outcome.UNREACHABLE),
    "reset": ({AT: ResponseDataLossError()}, Outcome.UNREACHABLE),
    "no such host": ({AT: CannotResolveHostError()}, Outcome.UNREACHABLE),
    "endless": ({AT: DownloadCancelledError()}, Outcome.UNREACHABLE),
    "compressed bomb": ({AT: IgnoreRequest("DOWNLOAD_MAXSIZE")}, Outcome.UNREACHABLE),
    "html": ({AT: (200, b"<html><body><h1>Welcome</h1></body></html>", {})}, None),
    "404 that disallows": ({AT: (404, DISALLOW, {})}, None),
    "403 that disallows": ({AT: (403, DISALLOW, {})}, None),
    "410": ({AT: (410, b"", {})}, None),
    "redirect that disallows": (
        {AT: (301, b"", {"Location": ELSEWHERE}), ELSEWHERE: (200, DISALLOW, {})},
        Outcome.ROBOTS,
    ),
    "redirect that allows": (
        {AT: (302, DISALLOW, {"Location": ELSEWHERE}), ELSEWHERE: (200, b"", {})},
        None,
    ),
    "redirect to a 503": (
        {AT: (302, b"", {"Location": ELSEWHERE}), ELSEWHERE: (503, b"", {})},
        Outcome.UNREACHABLE,
    ),
    "redirect loop": ({AT: (302, b"", {"Location": "/robots.txt"})}, None),
    "redirect to nowhere": ({AT: (302, b"", {})}, Outcome.UNREACHABLE),
    "redirect to a file": (
        {AT: (302, b"", {"Location": "file:///etc/robots.txt"})},
        Outcome.UNREACHABLE,
    ),
    "redirect to mail": ({AT: (302, b"", {"Location": "mailto:a@b.example"})}, Outcome.UNREACHABLE),
    "redirect to no address": ({AT: (302, b"", {"Location": "http://[x/"})}, Outcome.UNREACHABLE),
    "redirect guarded": (
        {
            AT: (302, b"", {"Location": ELSEWHERE}),
            ELSEWHERE: RequestBlocked(Outcome.BLOCKED_ADDRESS, "10.0.0.1"),
        },
        Outcome.UNREACHABLE,
    ),
    "304": ({AT: (304, b"", {})}, Outcome.UNREACHABLE),
    "disallows after 500 KB": ({AT: (200, b"# padding\n" * 52_000 + DISALLOW, {})}, None),
    "disallows before 500 KB": (
        {AT: (200, DISALLOW + b"# padding\n" * 52_000, {})},
        Outcome.ROBOTS,
    ),
    "byte order mark": ({AT: (200, b"\xef\xbb\xbf" + DISALLOW, {})}, Outcome.ROBOTS),
    "not UTF-8": ({AT: (200, b"# \xff\xfe\n" + DISALLOW, {})}, Outcome.ROBOTS),
    "carriage returns": ({AT: (200, DISALLOW.replace(b"\n", b"\r"), {})}, Outcome.ROBOTS),
    "us by name": (
        {AT: (200, b"User-agent: khabar\nDisallow: /\n\nUser-agent: *\nAllow: /\n", {})},
        Outcome.ROBOTS,
    ),
    "others by name": ({AT: (200, b"User-agent: GPTBot\nDisallow: /\n", {})}, None),
    "a wildcard": ({AT: (200, b"User-agent: *\nDisallow: /*-1$\n", {})}, Outcome.ROBOTS),
    "a longer allow": ({AT: (200, b"User-agent: *\nDisallow: /\nAllow: /khabar\n", {})}, None),
    "garbage": ({AT: (200, bytes(range(256)) * 40, {})}, None),
}


@pytest.mark.parametrize(("answers", "outcome"), CASES.values(), ids=CASES)
def test_robots(answers, outcome):
    guard = RobotsGuard(crawler_of(FakeSession(), answers))
    refused = refusal(guard, f"{HOME}/khabar-1")
    assert (refused and refused.outcome) == outcome
    assert not refused or bool(refused.retry_at) == (outcome is Outcome.UNREACHABLE)


@pytest.mark.parametrize(("answers", "outcome"), CASES.values(), ids=CASES)
def test_the_next_run_remembers_what_robots_said(answers, outcome):
    desk = FakeSession()
    refusal(RobotsGuard(crawler_of(desk, answers)), f"{HOME}/khabar-1")
    desk.clock += timedelta(minutes=59)
    later = crawler_of(desk)
    refused = refusal(RobotsGuard(later), f"{HOME}/khabar-1")
    assert (refused and refused.outcome) == outcome
    assert later.engine.asked == []


def test_a_rule_cut_in_two_is_no_rule():
    body = b"User-agent: *\n" + b"#" * (MAX_BYTES - 14 - 12) + b"\nDisallow: /private/only\n"
    assert body[:MAX_BYTES].endswith(b"\nDisallow: /")
    assert (
        refusal(RobotsGuard(crawler_of(FakeSession(), {AT: (200, body, {})})), f"{HOME}/khabar-1")
        is None
    )


def test_robots_is_asked_once_however_many_wait():
    crawler = crawler_of(FakeSession(), {AT: (200, b"", {})})
    guard = RobotsGuard(crawler)

    async def many():
        await asyncio.gather(
            *(guard.process_request(Request(f"{HOME}/khabar-{n}")) for n in range(30))
        )

    asyncio.run(many())
    assert crawler.engine.asked == [AT]


@pytest.mark.parametrize(
    ("answer", "after", "asked_again"),
    [
        ((200, b"", {}), timedelta(hours=23, minutes=59), False),
        ((200, b"", {}), timedelta(hours=24), True),
        ((404, b"", {}), timedelta(hours=24), True),
        ((503, b"", {}), timedelta(minutes=59), False),
        ((503, b"", {}), timedelta(hours=1), True),
        (DownloadTimeoutError(), timedelta(hours=1), True),
    ],
)
def test_how_long_an_answer_counts(answer, after, asked_again):
    desk = FakeSession()
    crawler = crawler_of(desk, {AT: answer})
    guard = RobotsGuard(crawler)

    async def twice():
        for _ in range(2):
            with suppress(RequestBlocked):
                await guard.process_request(Request(f"{HOME}/khabar-1"))
            desk.clock += after

    asyncio.run(twice())
    assert crawler.engine.asked == [AT] * (1 + asked_again)


def test_each_origin_has_its_own_rules():
    others = (
        "http://www.prabhat.example",
        "https://m.prabhat.example",
        "https://www.prabhat.example:8443",
    )
    answers = {AT: (200, DISALLOW, {})} | {
        f"{origin}/robots.txt": (200, b"", {}) for origin in others
    }
    crawler = crawler_of(FakeSession(), answers)
    guard = RobotsGuard(crawler)
    assert refusal(guard, f"{HOME}/khabar-1")
    assert [refusal(guard, f"{origin}/khabar-1") for origin in others] == [None] * 3
    assert crawler.engine.asked == list(answers)


def test_a_fault_of_our_own_is_not_remembered():
    desk = FakeSession()
    crawler = crawler_of(desk, {AT: (200, b"", {})})
    guard = RobotsGuard(crawler)

    async def ask():
        desk.save_site_file = None  # the archive is locked, say
        with pytest.raises(TypeError):
            await guard.process_request(Request(f"{HOME}/khabar-1"))
        del desk.save_site_file
        await guard.process_request(Request(f"{HOME}/khabar-1"))

    asyncio.run(ask())
    assert crawler.engine.asked == [AT, AT]


@pytest.mark.parametrize(
    ("told", "delay"),
    [
        ("7", 7),
        ("0.5", 0.5),
        ("86400", 300),
        ("nan", None),
        ("-3", None),
        ("0", None),
        ("soon", None),
    ],
)
def test_crawl_delay_reaches_the_desk(told, delay):
    desk = FakeSession()
    body = f"User-agent: *\nCrawl-delay: {told}\n".encode()
    assert refusal(RobotsGuard(crawler_of(desk, {AT: (200, body, {})})), f"{HOME}/khabar-1") is None
    assert desk.slowed == ([("www.prabhat.example", delay)] if delay else [])
