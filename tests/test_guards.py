"""The guards, each alone: who is asked, how, and what is held back. Whole crawls against an evil server: test_evil.py."""

from __future__ import annotations

import asyncio
import errno
import socket
from contextlib import suppress
from datetime import timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from middleware_fixtures import HOME, NOW, FakeSession, crawler_of, refusal
from scrapy import Request
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    NotConfigured,
    ResponseDataLossError,
)
from scrapy.http import Response
from twisted.internet.error import ConnectError, NoRouteError, TCPTimedOutError

from crawler import resolver
from crawler.addresses import is_public
from crawler.failures import classify_connection_failure, classify_failure
from crawler.middlewares.contact import ContactGuard
from crawler.middlewares.retry_after import PauseGuard
from crawler.refused import RequestBlocked, RequestDropped
from crawler.resolver import AddressGuard, PublicOnlyResolver
from khabar.model.items import Outcome
from khabar.processing.responses import MAX_PAUSE, pause_until

# --- addresses ---

PRIVATE = """127.0.0.1 127.9.9.9 0.0.0.0 10.1.2.3 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 100.64.0.1 198.18.0.1
192.0.2.1 203.0.113.9 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255 ::1 :: fe80::1 fe80::1%eth0 fec0::1 fc00::1 fd12::1
ff02::1 2001:db8::1 2001::1 100::1 5f00::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:0:127.0.0.1 ::127.0.0.1 64:ff9b::7f00:1
64:ff9b::a00:1 64:ff9b:1::7f00:1 2002:7f00:1:: 2002:a00:1::""".split()
PUBLIC = "8.8.8.8 1.1.1.1 172.32.0.1 2606:4700::1111 ::ffff:8.8.8.8 64:ff9b::808:808 2002:808:808::".split()


@pytest.mark.parametrize(
    ("address", "public"), [*((a, False) for a in PRIVATE), *((a, True) for a in PUBLIC)]
)
def test_public_addresses(address, public):
    assert is_public(address) is public


@pytest.mark.parametrize(
    ("url", "outcome"),
    [
        ("http://127.0.0.1/", Outcome.BLOCKED_ADDRESS),
        ("http://127.0.0.1:8123/", Outcome.BLOCKED_ADDRESS),
        ("http://[::1]/", Outcome.BLOCKED_ADDRESS),
        ("http://[::ffff:127.0.0.1]/", Outcome.BLOCKED_ADDRESS),
        ("http://[fe80::1%25eth0]/", Outcome.BLOCKED_ADDRESS),
        ("http://169.254.169.254/latest/meta-data/", Outcome.BLOCKED_ADDRESS),
        ("http://127.0.0.1./", Outcome.BLOCKED_ADDRESS),
        ("file:///etc/passwd", Outcome.BAD_URL),
        ("data:text/html,x://", Outcome.BAD_URL),
        ("ftp://www.prabhat.example/", Outcome.BAD_URL),
        ("s3://bucket/key", Outcome.BAD_URL),
        ("http://user:pw@www.prabhat.example/", Outcome.BAD_URL),
        ("http://8.8.8.8/", None),
        ("http://www.prabhat.example/", None),
        ("http://pages.newsroom.test/", None),
    ],
)
def test_the_address_guard(url, outcome):
    refused = refusal(AddressGuard(), url)
    assert (refused and refused.outcome) == outcome


def resolved(host: str, newsroom: tuple[str, int] | None = None) -> list[tuple[str, int]]:
    """The (address, port)s a request for the host may go to, by way of the machine's own resolver."""
    from socket import AF_INET, AF_INET6, SOCK_STREAM, gaierror, getaddrinfo

    from twisted.internet.address import IPv4Address, IPv6Address

    class System:
        def resolveHostName(self, receiver, name, port=0, *args):
            receiver.resolutionBegan(self)
            try:
                found = getaddrinfo(name, port, type=SOCK_STREAM)
            except gaierror:
                found = []
            kinds = {AF_INET: IPv4Address, AF_INET6: IPv6Address}
            for family, _, _, _, address in found:
                receiver.addressResolved(kinds[family]("TCP", *address[:2]))
            receiver.resolutionComplete()

    told: list[tuple[str, int]] = []
    receiver = SimpleNamespace(
        resolutionBegan=lambda _: None,
        addressResolved=lambda address: told.append((address.host, address.port)),
        resolutionComplete=lambda: told.append(("complete", 0)),
    )
    PublicOnlyResolver(SimpleNamespace(nameResolver=System()), newsroom).resolveHostName(
        receiver, host, 80
    )
    assert told.pop() == ("complete", 0)
    return told


SPELLINGS = [
    "localhost",
    "127.0.0.1",
    "2130706433",
    "0x7f.1",
    "0x7f000001",
    "127.1",
    "0177.0.0.1",
    "::1",
    "::ffff:127.0.0.1",
    "0",
]


@pytest.mark.parametrize("host", SPELLINGS)
@pytest.mark.parametrize("newsroom", [None, ("127.0.0.1", 8123)], ids=["live", "newsroom"])
def test_no_spelling_of_this_machine_resolves(host, newsroom, monkeypatch):
    monkeypatch.setattr(PublicOnlyResolver, "blocked_hosts", {})
    assert resolved(host, newsroom) == []
    assert host in PublicOnlyResolver.blocked_hosts, (
        "the resolver did not know it: the test did not test"
    )
    named = classify_failure(CannotResolveHostError(host), host)
    assert named == (Outcome.BLOCKED_ADDRESS, PublicOnlyResolver.blocked_hosts[host])


def test_public_literals_resolve():
    assert resolved("8.8.8.8") == [("8.8.8.8", 80)]


@pytest.mark.parametrize(
    ("host", "newsroom", "where"),
    [
        ("savera.newsroom.test", ("127.0.0.1", 8123), [("127.0.0.1", 8123)]),
        ("www.savera.newsroom.test", ("::1", 8123), [("::1", 8123)]),
        ("savera.newsroom.test", None, []),
        ("newsroom.test", ("127.0.0.1", 8123), []),
        ("evilnewsroom.test", ("127.0.0.1", 8123), []),
        ("savera.newsroom.test.evil.invalid", ("127.0.0.1", 8123), []),
    ],
)
def test_only_the_newsroom_is_let_in_and_only_when_told(host, newsroom, where):
    assert resolved(host, newsroom) == where


# --- contact ---


def test_without_a_contact_only_the_newsroom_is_visited():
    guard = ContactGuard.from_crawler(SimpleNamespace(settings={"KHABAR_CONTACT": ""}))
    for url in (
        f"{HOME}/",
        f"{HOME}/robots.txt",
        "http://newsroom.test/",
        "http://x.newsroom.test.evil.example/",
    ):
        refused = refusal(guard, url)
        assert refused, url
        assert "KHABAR_CONTACT" in refused.evidence
    assert refusal(guard, "http://savera.newsroom.test/") is None


def test_with_a_contact_the_guard_steps_aside():
    with pytest.raises(NotConfigured):
        ContactGuard.from_crawler(SimpleNamespace(settings={"KHABAR_CONTACT": "a@b.example"}))


# --- pauses ---

MINUTES = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("told", "pause"),
    [
        ("120", 2 * MINUTES),
        (" 120 ", 2 * MINUTES),
        ("0", timedelta(seconds=1)),
        ("Tue, 24 Nov 2026 09:30:00 GMT", 30 * MINUTES),
        ("Tue, 24 Nov 2026 15:00:00 +0530", 30 * MINUTES),
        ("Tue, 24 Nov 2026 09:30:00", 30 * MINUTES),
        ("Tuesday, 24-Nov-26 09:30:00 GMT", 30 * MINUTES),
        ("Wed, 21 Oct 2015 07:28:00 GMT", timedelta(seconds=1)),  # it has passed
        ("86400", MAX_PAUSE),
        ("31536000", MAX_PAUSE),
        ("9" * 400, MAX_PAUSE),
        ("Fri, 31 Dec 9999 23:59:59 GMT", MAX_PAUSE),
        ("", 10 * MINUTES),
        (None, 10 * MINUTES),
        ("soon", 10 * MINUTES),
        ("-5", 10 * MINUTES),
        ("1.5", 10 * MINUTES),
        ("²", 10 * MINUTES),
        ("Tue, 99 Nov 2026 09:30:00 GMT", 10 * MINUTES),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_how_long_a_host_is_left_alone(status, told, pause):
    assert pause_until(status, told, NOW) == NOW + pause


@pytest.mark.parametrize("status", [200, 301, 403, 404, 500, 502])
def test_other_answers_ask_for_no_pause(status):
    assert pause_until(status, "120", NOW) is None


@given(
    st.one_of(
        st.text(max_size=30),
        st.from_regex(r"\w{3}, \d{1,5} \w{3} \d{1,5} \d\d:\d\d:\d\d [+-]?\d{1,8}", fullmatch=True),
    )
)
def test_a_pause_is_never_endless_and_never_none(told):
    assert timedelta() < pause_until(429, told, NOW) - NOW <= MAX_PAUSE


def test_a_paused_host_is_left_alone_and_others_are_not():
    desk = FakeSession()
    guard = PauseGuard(crawler_of(desk))
    answer = Response(f"{HOME}/a", status=429, headers={"Retry-After": "60"})
    assert asyncio.run(guard.process_response(Request(f"{HOME}/a"), answer)) is answer
    assert desk.paused == [("www.prabhat.example", NOW + MINUTES)]
    refused = refusal(guard, f"{HOME}/b")
    assert refused
    assert (refused.outcome, refused.retry_at) == (Outcome.UNREACHABLE, NOW + MINUTES)
    assert refusal(guard, f"{HOME}/robots.txt", reason="robots")
    assert refusal(guard, "https://m.prabhat.example/b") is None
    desk.clock += MINUTES
    assert refusal(guard, f"{HOME}/b") is None


def test_at_the_end_of_a_run_nothing_is_sent():
    with pytest.raises(RequestDropped):
        asyncio.run(
            PauseGuard(crawler_of(FakeSession(is_ending=True))).process_request(Request(HOME))
        )
    assert classify_failure(RequestDropped("x"), "www.prabhat.example") is None


# --- what went wrong on the way ---


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (RequestBlocked(Outcome.ROBOTS, "x"), Outcome.ROBOTS),
        (DownloadTimeoutError("30 s"), Outcome.UNREACHABLE),
        (DownloadConnectionRefusedError(), Outcome.UNREACHABLE),
        (ResponseDataLossError(), Outcome.UNREACHABLE),
        (CannotResolveHostError("x"), Outcome.UNREACHABLE),
        (NoRouteError(errno.ENETUNREACH), Outcome.UNREACHABLE),
        (DownloadCancelledError("over 8 MB"), Outcome.TOO_LARGE),
        (
            IgnoreRequest("… exceeded DOWNLOAD_MAXSIZE (8388608 B) during decompression."),
            Outcome.TOO_LARGE,
        ),
        (IgnoreRequest("something new"), None),
        (ValueError("a bug"), None),
    ],
)
def test_every_failure_has_its_name(error, outcome):
    named = classify_failure(error, "www.prabhat.example")
    assert (named and named[0]) == outcome


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (NoRouteError(errno.ENETUNREACH, "Network is unreachable"), "no network"),
        (ConnectError(errno.ENETDOWN, "Network is down"), "no network"),
        (CannotResolveHostError("asleep.example"), "no network"),
        (CannotResolveHostError("nobody.example"), "no connection"),
        (CannotResolveHostError("private.example"), "other"),
        (ConnectError(errno.EHOSTUNREACH, "No route to host"), "no connection"),
        (TCPTimedOutError(errno.ETIMEDOUT), "no connection"),
        (DownloadConnectionRefusedError(), "no connection"),
        (DownloadTimeoutError("30 s"), "no connection"),
        (DownloadFailedError("reset"), "other"),
        (ResponseDataLossError(), "other"),
        (RequestBlocked(Outcome.UNREACHABLE, "x", connection_failure="no network"), "no network"),
        (RequestBlocked(Outcome.ROBOTS, "x"), None),
        (DownloadCancelledError("over 8 MB"), None),
        (ValueError("a bug"), None),
    ],
)
def test_how_a_connection_failed(error, kind, monkeypatch):
    monkeypatch.setattr(PublicOnlyResolver, "unanswered_hosts", {"asleep.example"})
    monkeypatch.setattr(PublicOnlyResolver, "blocked_hosts", {"private.example": "10.0.0.1"})
    assert classify_connection_failure(error, str(error)) == kind


@pytest.mark.parametrize(
    ("number", "noted"), [(socket.EAI_AGAIN, True), (socket.EAI_NONAME, False), (None, False)]
)
def test_a_name_server_that_does_not_answer_is_noted(number, noted, monkeypatch):
    def look_up(*args):
        if number is not None:
            raise socket.gaierror(number, "x")
        return []

    monkeypatch.setattr(resolver, "getaddrinfo", look_up)
    for before in (set(), {"a.example"}):
        monkeypatch.setattr(PublicOnlyResolver, "unanswered_hosts", set(before))
        with suppress(socket.gaierror):
            resolver._look_up_host("a.example", 80, 0, 0)
        assert ("a.example" in PublicOnlyResolver.unanswered_hosts) is noted
