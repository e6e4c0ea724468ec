"""Sitemaps as they are in the wild: news, index, gzipped, cut short, lying, hostile; and real robots.txt files."""

from __future__ import annotations

import gzip
import re
import time
from dataclasses import astuple
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import SHARED
from protego import Protego
from rfc9309 import allows, groups

from crawler.middlewares.robots import USER_AGENT_TOKEN, RobotsResponse, parse_rules
from khabar.parsing.discovery import BrokenDocument, parse_sitemap
from khabar.parsing.robots import parse_robots
from khabar.parsing.sitemaps import MAX_LINKS

HOME = "https://www.prabhat.example/"
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def links(found) -> list[str]:
    return [link.url.removeprefix(HOME) for link in found]


NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"


def urlset(entries: str, name: str = "urlset", space: str = SITEMAP) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?><{name} xmlns="{space}" xmlns:news="{NEWS}">{entries}</{name}>'.encode()


def entry(path: str, more: str = "") -> str:
    return f"<url><loc>{HOME}{path}</loc>{more}</url>"


TOLD = """<lastmod>2026-11-24T13:00:00+05:30</lastmod><news:news><news:publication><news:name>प्रभात</news:name>
</news:publication><news:publication_date>2026-11-24T12:00:00+05:30</news:publication_date>
<news:title>घाट पर दीये</news:title></news:news>"""


def test_news_sitemap():
    [found] = parse_sitemap(urlset(entry("khabar-1", TOLD)), HOME, NOW)
    times = ("2026-11-24T06:30:00Z", "2026-11-24T07:30:00Z")
    assert astuple(found) == (f"{HOME}khabar-1", "news-sitemap", "page", "घाट पर दीये", *times)


def test_plain_sitemap():
    [found] = parse_sitemap(urlset(entry("khabar-1", "<lastmod>2026-11-24</lastmod>")), HOME, NOW)
    assert astuple(found) == (f"{HOME}khabar-1", "sitemap", "page", None, None, "2026-11-24")


@pytest.mark.parametrize("name", ["sitemapindex", "urlset"])
def test_an_index_names_sitemaps_also_when_it_calls_itself_a_urlset(name):
    inner = "sitemap" if name == "sitemapindex" else "url"
    listed = "".join(
        f"<{inner}><loc>{HOME}{path}</loc></{inner}>"
        for path in ("a.xml", "b.xml.gz", "c.xml?page=2")
    )
    found = parse_sitemap(urlset(listed, name), HOME, NOW)
    assert {(link.how, link.kind) for link in found} == {("sitemap-index", "sitemap")}
    assert links(found) == ["a.xml", "b.xml.gz", "c.xml?page=2"]


def test_an_article_is_no_sitemap_for_having_xml_in_its_name():
    [found] = parse_sitemap(urlset(entry("what-is-xml-1")), HOME, NOW)
    assert found.kind == "page"


READABLE = {
    "no namespace": urlset(entry("khabar-1")).replace(f' xmlns="{SITEMAP}"'.encode(), b""),
    "another namespace": urlset(
        entry("khabar-1"), space="https://www.google.com/schemas/sitemap/0.84"
    ),
    "space around it": b"\n\n " + urlset(f"<url>\n<loc>\n {HOME}khabar-1 \n</loc>\n</url>"),
    "a byte order mark": b"\xef\xbb\xbf" + urlset(entry("khabar-1")),
    "UTF-16": urlset(entry("khabar-1")).replace(b"UTF-8", b"UTF-16").decode().encode("utf-16"),
    "CDATA": urlset(f"<url><loc><![CDATA[{HOME}khabar-1]]></loc></url>"),
    "a relative address": urlset("<url><loc>/khabar-1</loc></url>"),
    "an empty loc": urlset(f"<url><loc/></url><url/>{entry('khabar-1')}"),
    "gzip": gzip.compress(urlset(entry("khabar-1"))),
    "gzip cut short": gzip.compress(urlset(entry("khabar-1") + entry("khabar-2") * 999))[:-9],
    "comments": urlset(f"<!-- a --><url><!-- b --><loc>{HOME}khabar-1</loc></url>"),
    "a prefix nobody declared": urlset(f"<url><image:x>1</image:x><loc>{HOME}khabar-1</loc></url>"),
}


@pytest.mark.parametrize("body", READABLE.values(), ids=READABLE)
def test_a_sitemap_is_read_whatever_it_is_wrapped_in(body):
    assert links(parse_sitemap(body, HOME, NOW))[:1] == ["khabar-1"]


@pytest.mark.parametrize("cut", [0.3, 0.5, 0.9])
def test_cut_in_the_middle_it_is_read_as_far_as_it_goes(cut):
    body = urlset("".join(entry(f"khabar-{n}", TOLD) for n in range(100)))
    found = links(parse_sitemap(body[: int(len(body) * cut)], HOME, NOW))
    assert found[:-1] == [f"khabar-{n}" for n in range(len(found) - 1)]
    assert len(found) >= 100 * cut - 3


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "begins b''"),
        (b"<html><body>404</body></html>", "<html>"),
        (b"<rss><channel/></rss>", "<rss>"),
        (b"not found", "begins b'not found'"),
        (b"\x1f\x8b\x08broken", "gzip"),
        (b"<a:b/>", "not a sitemap"),
        (gzip.compress(urlset(entry("x") * 400_000)), "over 16 MB"),
    ],
    ids=["empty", "html", "rss", "text", "broken-gzip", "strange-root", "gzip-bomb"],
)
def test_what_is_no_sitemap_says_so(body, why):
    with pytest.raises(BrokenDocument, match=why):
        parse_sitemap(body, HOME, NOW)


def test_an_xml_bomb_does_not_go_off():
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    head = (
        f'<!DOCTYPE urlset [<!ENTITY l0 "ha"><!ENTITY file SYSTEM "file:///etc/passwd">{laughs}]>'
    )
    entries = f"<url><loc>{HOME}&l9;</loc></url><url><loc>&file;</loc></url>{entry('khabar-1')}"
    began = time.process_time()
    found = parse_sitemap(f"{head}<urlset>{entries}</urlset>".encode(), HOME, NOW)
    assert time.process_time() - began < 2
    assert not any("root:" in link.url or len(link.url) > 1000 for link in found)


def test_a_sitemap_ends_where_its_protocol_does():
    assert (
        len(parse_sitemap(gzip.compress(urlset(entry("x") * (MAX_LINKS + 9))), HOME, NOW))
        == MAX_LINKS
    )


@pytest.mark.parametrize(
    ("line", "sitemap"),
    [
        ("Sitemap: https://x.example/s.xml", "https://x.example/s.xml"),
        ("SITEMAPS:/s.xml # news", "/s.xml"),
        ("site-map : /s.xml", "/s.xml"),
        ("Sitemap https://x.example/s.xml", "https://x.example/s.xml"),
        ("Sitemap: /खबर.xml", "/खबर.xml"),
        ("Sitemapping: /s.xml", None),
        ("# Sitemap: /s.xml", None),
    ],
)
@pytest.mark.parametrize("start", ["", "User-agent: a\n", "User-agent: a\nDisallow: /\n"])
def test_robots_names_sitemaps_wherever_it_does(line, sitemap, start):
    for body in (f"{start}{line}\n".encode(), f"{start}{line}".encode("utf-16")):
        assert parse_robots(body).sitemaps == ((sitemap,) if sitemap else ())


# --- the measured files beside the checkout ---

FILES = sorted((SHARED / "pages" / "sitemaps").glob("*.xml"))
ROBOTS = sorted((SHARED / "pages" / "robots").glob("*.txt"))


@pytest.mark.shared
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_real_sitemaps(path: Path):
    found = parse_sitemap(path.read_bytes(), "https://www.example.com/sitemap.xml", NOW)
    assert found
    dates = [date for link in found for date in (link.published, link.modified) if date]
    assert all(datetime.fromisoformat(date) for date in dates)
    assert ("news:publication_date" in path.read_text()) == any(link.published for link in found)


def asked_of(host: str, text: str) -> set[str]:
    """Addresses that try each rule of a robots.txt: its own path, one below, one beside, one before its end."""
    paths = {rule.removesuffix("$").replace("*", filler) for _, rules in groups(text) for _, rule in rules
             for filler in ("", "x", "a/b-1")}  # fmt: skip
    tried = {path + more for path in paths for more in ("", "x", "/x.html", "?page=2")} | {
        path[:-1] for path in paths
    }
    return {
        f"{host}{path if path.startswith('/') else '/' + path}"
        for path in tried | {"/", "/news/a-1.html"}
    }


@pytest.mark.shared
@pytest.mark.parametrize("path", ROBOTS, ids=lambda path: path.name)
def test_real_robots_say_to_us_what_the_rfc_and_protego_say(path: Path):
    """Ours and any robot's answer on every address that one of its rules is about."""
    body = path.read_bytes()
    text, host = (
        body.decode("utf-8", "replace"),
        f"https://{path.name.removesuffix('.txt').removesuffix('.2019')}",
    )
    rules, protego = parse_rules(RobotsResponse(200, body), NOW), Protego.parse(text)
    tried = asked_of(host, text)
    assert len(tried) >= 2
    ours = {url: rules.find_refusal(url) is None for url in tried}
    assert ours == {url: allows(text, USER_AGENT_TOKEN, url) for url in tried}
    assert ours == {url: protego.can_fetch(url, USER_AGENT_TOKEN) for url in tried}
    assert parse_robots(body).sitemaps == tuple(protego.sitemaps)
    assert len(list(protego.sitemaps)) == len(re.findall(r"(?im)^\s*sitemap\s*:", text))


@pytest.mark.shared
def test_there_are_real_files():
    assert FILES
    assert ROBOTS
