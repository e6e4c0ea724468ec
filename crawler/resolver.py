"""Only public addresses: checked where names become addresses, so redirects, odd spellings and
rebinding cannot pass.

The newsroom is the one exception: names under `.newsroom.test` go to the loopback port the caller
names in KHABAR_NEWSROOM, and nowhere else.
"""

from __future__ import annotations

from ipaddress import IPv4Address as IPv4Address_
from ipaddress import IPv6Address as IPv6Address_
from ipaddress import IPv6Network, ip_address
from typing import Any

from scrapy import Request
from scrapy.crawler import Crawler
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IHostnameResolver
from zope.interface import implementer

from crawler.refused import RequestBlocked
from khabar.model import urls
from khabar.model.config import parse_newsroom_address
from khabar.model.items import Outcome

Receiver = Any  # Twisted's IResolutionReceiver; zope's interfaces say nothing to a type checker
NEWSROOM_SUFFIX = ".newsroom.test"
# IPv4-compatible, IPv4-translated, NAT64: the last 32 bits are what is reached.
_CARRY_IPV4 = (IPv6Network("::/96"), IPv6Network("::ffff:0:0:0/96"), IPv6Network("64:ff9b::/96"))
_GLOBAL_IPV6 = IPv6Network("2000::/3")  # all else is local, reserved or a tunnel of somebody's own


def is_newsroom(host: str) -> bool:
    return host.endswith(NEWSROOM_SUFFIX)


def is_public(address: str) -> bool:
    """Whether an IP address is one the whole internet may reach (mapped and tunnelled forms
    looked through).
    """
    ip = ip_address(address.partition("%")[0])
    if (ipv4 := _embedded_ipv4(ip)) is not None:
        return is_public(str(ipv4))
    return (
        ip.is_global
        and not ip.is_multicast
        and (isinstance(ip, IPv4Address_) or ip in _GLOBAL_IPV6)
    )


def _embedded_ipv4(ip: IPv4Address_ | IPv6Address_) -> IPv4Address_ | None:
    """The IPv4 address an IPv6 one carries, if it does: mapped, 6to4, compatible, NAT64."""
    if isinstance(ip, IPv4Address_):
        return None
    carries = any(ip in network for network in _CARRY_IPV4)
    return (
        ip.ipv4_mapped or ip.sixtofour or (IPv4Address_(int(ip) & 0xFFFFFFFF) if carries else None)
    )


class _PublicOnlyReceiver:
    """Passes on public addresses alone; remembers the names that had none but others."""

    def __init__(self, receiver: Receiver, host: str, blocked_hosts: dict[str, str]) -> None:
        self.receiver, self.host, self.blocked = receiver, host, blocked_hosts
        self.refused, self.passed = "", False

    def resolutionBegan(self, resolution: Any) -> None:
        self.receiver.resolutionBegan(resolution)

    def addressResolved(self, address: IPv4Address | IPv6Address) -> None:
        if is_public(address.host):
            self.passed = True
            self.receiver.addressResolved(address)
        else:
            self.refused = address.host

    def resolutionComplete(self) -> None:
        if self.refused and not self.passed:
            self.blocked[self.host] = self.refused
        self.receiver.resolutionComplete()


@implementer(IHostnameResolver)
class PublicOnlyResolver:
    """Twisted's resolver behind the guard. Named in TWISTED_DNS_RESOLVER, so no request can go
    around it.
    """

    # host → the private address that is all it resolved to; one reactor, one record
    blocked_hosts: dict[str, str] = {}

    def __init__(self, reactor: Any, newsroom: tuple[str, int] | None) -> None:
        self.reactor, self.newsroom = reactor, newsroom
        self.inner: Any = reactor.nameResolver

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> PublicOnlyResolver:
        return cls(reactor, parse_newsroom_address(crawler.settings.get("KHABAR_NEWSROOM", "")))

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


class AddressGuard:
    """Refuses what can be refused before a name is looked up: other schemes, credentials,
    literal private addresses.
    """

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> AddressGuard:
        return cls()

    async def process_request(self, request: Request) -> None:
        if reason := urls.reject_reason(request.url):
            raise RequestBlocked(Outcome.BAD_URL, reason)
        host = urls.get_host(request.url)
        try:
            public = is_public(host)
        except ValueError:
            return  # a name, not a literal: the resolver judges it
        if not public:
            raise RequestBlocked(Outcome.BLOCKED_ADDRESS, host)
