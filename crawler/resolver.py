"""Blocks requests to private IP addresses (SSRF).

The check is in the DNS resolver, so redirects, unusual spellings of addresses and DNS rebinding do
not get past it. The only exception is the newsroom of test sites: names under `.newsroom.test`
resolve to the loopback address in KHABAR_NEWSROOM and to nothing else.
"""

from __future__ import annotations

from socket import EAI_AGAIN, gaierror, getaddrinfo
from typing import Any

from scrapy import Request
from scrapy.crawler import Crawler
from twisted.internet._resolver import GAIResolver
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IHostnameResolver
from zope.interface import implementer

from crawler.addresses import is_local_name, is_public, is_public_ip, parse_host
from crawler.refused import RequestBlocked
from khabar.model import urls
from khabar.model.config import parse_newsroom_address
from khabar.model.items import Outcome

Receiver = Any  # Twisted's IResolutionReceiver; type checkers do not understand zope interfaces
NEWSROOM_SUFFIX = ".newsroom.test"


def is_newsroom(host: str) -> bool:
    """Returns True for a host of the built-in test sites."""
    return host.endswith(NEWSROOM_SUFFIX)


class _PublicOnlyReceiver:
    """Passes on public addresses only; records a host that has only private ones."""

    def __init__(self, receiver: Receiver, host: str, blocked_hosts: dict[str, str]) -> None:
        self.receiver, self.host, self.blocked_hosts = receiver, host, blocked_hosts
        self.private_address, self.has_public_address = "", False

    def resolutionBegan(self, resolution: Any) -> None:
        self.receiver.resolutionBegan(resolution)

    def addressResolved(self, address: IPv4Address | IPv6Address) -> None:
        if is_public(address.host):
            self.has_public_address = True
            self.receiver.addressResolved(address)
        else:
            self.private_address = address.host

    def resolutionComplete(self) -> None:
        if self.private_address and not self.has_public_address:
            self.blocked_hosts[self.host] = self.private_address
        self.receiver.resolutionComplete()


@implementer(IHostnameResolver)
class PublicOnlyResolver:
    """Wraps Twisted's resolver. Set as TWISTED_DNS_RESOLVER, so every request goes through it."""

    # host → its private address, if it has no public one; shared, as a process has one reactor
    blocked_hosts: dict[str, str] = {}
    unanswered_hosts: set[str] = set()  # hosts for whose names no name server answered at last

    def __init__(self, reactor: Any, newsroom: tuple[str, int] | None) -> None:
        self.reactor, self.newsroom = reactor, newsroom
        self.inner: Any = reactor.nameResolver

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> PublicOnlyResolver:
        resolver = cls(reactor, parse_newsroom_address(crawler.settings.get("KHABAR_NEWSROOM", "")))
        look_up: Any = _look_up_host  # Twisted calls it with four arguments, by position
        resolver.inner = GAIResolver(reactor, getaddrinfo=look_up)
        return resolver

    def install_on_reactor(self) -> None:
        self.reactor.installNameResolver(self)

    def resolveHostName(
        self, receiver: Receiver, hostName: str, portNumber: int = 0, *args: Any, **kwargs: Any
    ) -> Any:
        if self.newsroom and is_newsroom(hostName):
            return self._resolve_newsroom(receiver)
        filtering_receiver = _PublicOnlyReceiver(receiver, hostName, self.blocked_hosts)
        return self.inner.resolveHostName(filtering_receiver, hostName, portNumber, *args, **kwargs)

    def _resolve_newsroom(self, receiver: Receiver) -> Receiver:
        assert self.newsroom
        receiver.resolutionBegan(receiver)
        kind = IPv6Address if ":" in self.newsroom[0] else IPv4Address
        receiver.addressResolved(kind("TCP", *self.newsroom))
        receiver.resolutionComplete()
        return receiver


def _look_up_host(host: Any, *args: Any) -> Any:
    """Calls getaddrinfo, in a thread. Twisted drops its errors; those that may pass are noted."""
    try:
        addresses = getaddrinfo(host, *args)
    except gaierror as error:
        note = set.add if error.errno == EAI_AGAIN else set.discard
        note(PublicOnlyResolver.unanswered_hosts, host)
        raise
    PublicOnlyResolver.unanswered_hosts.discard(host)
    return addresses


class AddressGuard:
    """Blocks before DNS: other schemes than HTTP, credentials in URLs, private IP addresses in any
    spelling, names of this machine and its network.
    """

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> AddressGuard:
        return cls()

    async def process_request(self, request: Request) -> None:
        if reason := urls.reject_reason(request.url):
            raise RequestBlocked(Outcome.BAD_URL, reason)
        host = urls.get_host(request.url)
        try:
            ip = parse_host(host)
        except ValueError as error:
            raise RequestBlocked(Outcome.BLOCKED_ADDRESS, f"{host}: {error}") from error
        if is_local_name(host) or (ip and not is_public_ip(ip)):
            raise RequestBlocked(Outcome.BLOCKED_ADDRESS, host)
        # other names are checked by the resolver
