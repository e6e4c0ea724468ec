"""Addresses that are not public, in every spelling: refused before a request is sent, whatever Python's patch release."""

from __future__ import annotations

import ipaddress
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from middleware_fixtures import refusal

from crawler.addresses import (
    NON_PUBLIC_IPV4,
    NON_PUBLIC_IPV6,
    is_public,
    parse_host,
)
from crawler.resolver import AddressGuard
from khabar.model import urls
from khabar.model.items import Outcome

# Hosts as they may stand in a link. All lead to this machine, its network or nowhere.
SPELLINGS = """
127.0.0.1 127.1 127.0.1 2130706433 0x7f000001 0x7f.1 0x7f.0.0.1 0X7F.0.0.0X1 0177.0.0.1 0177.1 017700000001 00000177.1
127.0.0.1. 127.1. 127.000.000.001 0x7f.0x0.0x0.0x1 0 0.0.0.0 0x0 00 10.1 0xa.1 012.0.0.1 167772161 192.168.257
0xc0a80001 169.254.43518 0xa9fea9fe 2852039166 172.16.1 100.64.1 198.18.1 224.1 4294967295 0xffffffff 168.63.33040 192.0.192
127.0.0.1%2e 127%2e0%2e0%2e1 %31%32%37.0.0.1 １２７.０.０.１ 127。0。0。1 127․0․0․1 ①②⑦.⓪.⓪.① 127．0．0．1 ０ｘ７ｆ.1
localhost localhost. LOCALHOST foo.localhost ｌｏｃａｌｈｏｓｔ ⓛocalhost localhost.localdomain router.local db.internal nas.home.arpa
[::1] [::] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::ffff:0:127.0.0.1] [::127.0.0.1] [fe80::1%25eth0] [fe80::1%eth0]
[64:ff9b::10.0.0.1] [64:ff9b:1::a00:1] [2002:7f00:1::] [2002:c0a8:101::1] [2001:0:4136:e378:8000:63bf:3fff:fdd2] [fd00:ec2::254]
[ff02::1] [100::1] [5f00::1] [2001:db8::1] [3fff::1] [3ffe::1] [2001:2::1] [2001:20::1] [2a00::5efe:10.0.0.1] [fec0::1] [4000::1]
256.256.256.256 1.2.3.4.5 127.0.0.0x 1.2.3.08 0x100000000 a.b.c.999
""".split()  # fmt: skip
PUBLIC = """8.8.8.8 1.1.1.1 134744072 0x8080808 172.32.0.1 100.128.0.1 [2606:4700::1111] [::ffff:8.8.8.8] [64:ff9b::808:808]
[2002:808:808::] [2001:200::1] www.prabhat.example xn--11b4d3a.example under_score.example 127.0.0.1.example.com local.example""".split()


def test_sixty_spellings():
    assert len(set(SPELLINGS)) >= 60


@pytest.mark.parametrize("host", SPELLINGS)
def test_no_request_goes_to(host):
    for url in (f"http://{host}/news/1", f"https://{host}:8443/"):
        try:
            refused = refusal(AddressGuard(), url)
        except ValueError:  # not even a URL to Scrapy: there is no request
            continue
        assert refused and refused.outcome in (Outcome.BLOCKED_ADDRESS, Outcome.BAD_URL), url


@pytest.mark.parametrize("host", PUBLIC)
def test_public_hosts_pass(host):
    assert refusal(AddressGuard(), f"http://{host}/") is None
    assert urls.reject_reason(f"http://{host}/") is None


@pytest.mark.parametrize("network", [*NON_PUBLIC_IPV4, *NON_PUBLIC_IPV6], ids=str)
def test_the_ends_of_each_network(network):
    assert not is_public(str(network[0])) and not is_public(str(network[-1]))
    mapped = network.version == 4
    for embedding in ("::ffff:{}", "64:ff9b::{}", "::{}") if mapped else ():
        assert not is_public(embedding.format(network[-1]))


def test_the_neighbours_of_the_networks_are_public():
    lone = [network for network in NON_PUBLIC_IPV4 if network.prefixlen < 32]
    after = {network[-1] + 1 for network in lone if int(network[-1]) < 2**32 - 1}
    inside = {ip for ip in after if any(ip in network for network in NON_PUBLIC_IPV4)}
    assert {str(ip) for ip in inside} == {"240.0.0.0"}
    assert all(is_public(str(ip)) for ip in after - inside)


def test_nothing_depends_on_pythons_own_list(monkeypatch):
    for kind in (ipaddress.IPv4Address, ipaddress.IPv6Address):
        for name in (
            "is_global",
            "is_private",
            "is_reserved",
            "is_multicast",
            "is_loopback",
            "is_link_local",
        ):
            monkeypatch.setattr(kind, name, property(lambda ip: pytest.fail("asked Python")))
    assert is_public("8.8.8.8") and not is_public("10.0.0.1") and not is_public("ff02::1")


@given(st.ip_addresses(v=4))
def test_every_spelling_is_the_address(ip):
    number = int(ip)
    first, rest = number >> 24, number & 0xFFFFFF
    for host in (
        str(ip),
        str(number),
        hex(number),
        f"0{number:o}",
        f"{first}.{rest}",
        f"{first:#x}.0{rest:o}",
        f"{ip}.",
    ):
        assert parse_host(host) == ip


@given(st.ip_addresses(v=4))
def test_what_python_calls_private_is_not_public(ip):
    """A second opinion."""
    if ip.is_private or ip.is_multicast or ip.is_reserved:
        assert not is_public(str(ip))


@given(st.text(max_size=20))
def test_no_host_breaks_the_parser(text):
    with suppress(ValueError):
        parse_host(text)
