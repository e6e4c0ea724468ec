"""Which addresses are public: an own list, as Python's changes with its patch releases.

The list has the networks that the IANA special-purpose registries (RFC 6890) do not call globally
reachable, multicast, reserved and abandoned ones, and single addresses of clouds that answer their
own machines only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
NON_PUBLIC_IPV4 = (
    IPv4Network("0.0.0.0/8"),  # this network
    IPv4Network("10.0.0.0/8"),  # private
    IPv4Network("100.64.0.0/10"),  # shared by the customers of a provider
    IPv4Network("127.0.0.0/8"),  # loopback
    IPv4Network("168.63.129.16/32"),  # Azure's service for its machines
    IPv4Network("169.254.0.0/16"),  # link-local; the metadata services of clouds
    IPv4Network("172.16.0.0/12"),  # private
    IPv4Network("192.0.0.0/24"),  # protocol assignments; Oracle's metadata service
    IPv4Network("192.0.2.0/24"),  # documentation
    IPv4Network("192.88.99.0/24"),  # relays of 6to4, abandoned
    IPv4Network("192.168.0.0/16"),  # private
    IPv4Network("198.18.0.0/15"),  # benchmarks
    IPv4Network("198.51.100.0/24"),  # documentation
    IPv4Network("203.0.113.0/24"),  # documentation
    IPv4Network("224.0.0.0/4"),  # multicast
    IPv4Network("240.0.0.0/4"),  # reserved, broadcast
)
# All else is loopback, private, link-local, multicast, discard-only, reserved or embeds IPv4.
PUBLIC_IPV6 = IPv6Network("2000::/3")
NON_PUBLIC_IPV6 = (
    IPv6Network("2001::/23"),  # protocol assignments: Teredo, benchmarks, ORCHID
    IPv6Network("2001:db8::/32"),  # documentation
    IPv6Network("3ffe::/16"),  # 6bone, returned
    IPv6Network("3fff::/20"),  # documentation
)
# Network → the bits right of the IPv4 address in it: mapped, compatible, translated, NAT64, 6to4.
_EMBEDDED_IPV4 = {
    IPv6Network("::ffff:0:0/96"): 0,
    IPv6Network("::/96"): 0,
    IPv6Network("::ffff:0:0:0/96"): 0,
    IPv6Network("64:ff9b::/96"): 0,
    IPv6Network("2002::/16"): 80,
}
# The upper half of an ISATAP interface id, with and without the bit for a globally unique one.
_ISATAP = (0x00005EFE, 0x02005EFE)
_LOCAL_NAMES = re.compile(r"(?:.*\.)?(?:localhost|localdomain|local|internal|home\.arpa)")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")


def is_public(address: str) -> bool:
    """Returns True for a public IP address; one that embeds an IPv4 address is as public as that.

    Raises ValueError for what is no IP address in its usual spelling.
    """
    return is_public_ip(ip_address(address.partition("%")[0]))


def is_public_ip(ip: Address) -> bool:
    """Returns True for a public address; one that embeds an IPv4 address is as public as that."""
    if isinstance(ip, IPv4Address):
        return not any(ip in network for network in NON_PUBLIC_IPV4)
    for network, shift in _EMBEDDED_IPV4.items():
        if ip in network:
            return is_public_ip(IPv4Address(int(ip) >> shift & 0xFFFFFFFF))
    if int(ip) >> 32 & 0xFFFFFFFF in _ISATAP and not is_public_ip(
        IPv4Address(int(ip) & 0xFFFFFFFF)
    ):
        return False
    return ip in PUBLIC_IPV6 and not any(ip in network for network in NON_PUBLIC_IPV6)


def is_local_name(host: str) -> bool:
    """Returns True for names that are this machine's or its network's own, never a news site's."""
    return _LOCAL_NAMES.fullmatch(host.rstrip(".").lower()) is not None


def parse_host(host: str) -> Address | None:
    """Returns the IP address that a host is, in any spelling that a browser or the system's
    resolver takes for one: 127.1, 0x7f.1, 2130706433, 017700000001. None for a name.

    Raises ValueError for what ends in a number and is no address: no top-level domain does.
    """
    host = host.partition("%")[0].rstrip(".").lower()
    if ":" in host:
        return ip_address(host)
    parts = host.split(".")
    if not _NUMBER.fullmatch(parts[-1]):
        return None
    return IPv4Address(_join_numbers([_parse_number(part) for part in parts]))


def _parse_number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text!r} is no number of an address")
    if text.startswith("0x"):
        return int(text[2:] or "0", 16)
    return int(text, 8 if text.startswith("0") else 10)


def _join_numbers(numbers: Sequence[int]) -> int:
    """Returns the 32 bits of an address: a byte for each number, and what remains for the last."""
    *first, last = numbers
    if len(first) > 3 or any(number > 0xFF for number in first) or last >= 256 ** (4 - len(first)):
        raise ValueError("too large for an address")
    return sum(number << 8 * (3 - place) for place, number in enumerate(first)) + last
