"""Sitemaps as they are in the wild: news, index, gzipped, cut short, lying, hostile; and real robots.txt files."""

from __future__ import annotations

import contextlib
import gzip
import random
import re
import time
import tracemalloc
from dataclasses import astuple
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import SHARED
from protego import Protego
from rfc9309 import allows, groups

from crawler.middlewares.robots import USER_AGENT_TOKEN, RobotsResponse, parse_rules
from khabar.parsing.discovery import BrokenDocument, parse_sitemap
from khabar.parsing.markup import scan_markup
from khabar.parsing.robots import parse_robots
from khabar.parsing.sitemaps import MAX_BYTES, MAX_LINKS

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
    "gzip in gzip": gzip.compress(gzip.compress(gzip.compress(urlset(entry("khabar-1"))))),
    "gzips one after the other": gzip.compress(b"<urlset>")
    + gzip.compress(entry("khabar-1").encode()),
    "zeros behind the gzip": gzip.compress(urlset(entry("khabar-1"))) + bytes(512),
    "a damaged gzip": gzip.compress(urlset(entry("khabar-1")) + random.Random(7).randbytes(99_999))[
        :50_000
    ]
    + b"xx",
    "a comment in loc": urlset(
        f"<url><loc><!-- x -->{HOME}<!-- y > -->khabar-1<!----></loc></url>"
    ),
    "CDATA in parts": urlset(f"<url><loc><![CDATA[{HOME}]]>kha<![CDATA[bar-1]]></loc></url>"),
    "upper case": urlset(f"<URL><LOC>{HOME}khabar-1</LOC></URL>", "URLSET"),
    "mixed case": urlset(f"<Url><Loc>{HOME}khabar-1</Loc></Url>", "urlSet"),
    "prefixed": f"<sm:urlset><sm:url><sm:loc>{HOME}khabar-1</sm:loc></sm:url></sm:urlset>".encode(),
    "a warning before it": b"<br />\n<b>Warning</b>: x in <b>a.php</b><br />"
    + urlset(entry("khabar-1")),
    "control characters": urlset(f"<url><title>\x00\x0b</title><loc>{HOME}khabar-1</loc></url>"),
    "nothing closed": f"<urlset><url><loc>{HOME}khabar-1<lastmod>2026-11-24".encode(),
    "entries not closed": f"<urlset><url><loc>{HOME}khabar-1</loc><url><loc>{HOME}khabar-2</loc>".encode(),
    "ends that nothing began": urlset(
        f"</b></loc><url></i><loc>{HOME}khabar-1</loc></x></url></p>"
    ),
    "a > in an attribute": urlset(f"<url><loc a='x>y' b=\"it's\">{HOME}khabar-1</loc></url>"),
    "an image first": urlset(
        f"<url><image:image><image:loc>{HOME}a.jpg</image:loc></image:image><loc>{HOME}khabar-1</loc></url>"
    ),
    "two locs": urlset(f"<url><loc>{HOME}khabar-1</loc><loc>{HOME}khabar-2</loc></url>"),
    "Latin-1 declared, UTF-8 sent": urlset(entry("khabar-1")).replace(b"UTF-8", b"ISO-8859-1"),
    "a charset that is none": urlset(entry("khabar-1")).replace(b"UTF-8", b"zlib"),
    "UTF-16 without a mark": urlset(entry("khabar-1")).decode().encode("utf-16-be"),
    "another charset": urlset(entry("khabar-1"))
    .decode()
    .encode("utf-8")
    .replace(b"UTF-8", b"cp1252"),
    "text": f"{HOME}khabar-1\n{HOME}khabar-2\n".encode(),
    "text with a mark and CR LF": f"\ufeff{HOME}khabar-1\r\n\r\n  {HOME}khabar-2  \r\n".encode(),
    "text, old Macintosh": f"\n{HOME}khabar-1\r{HOME}khabar-2".encode(),
    "text in gzip": gzip.compress(f"{HOME}khabar-1\n".encode()),
    "text in UTF-16": f"{HOME}khabar-1\n".encode("utf-16"),
    "RSS": f"<?xml version='1.0'?><rss version='2.0'><channel><item><link>{HOME}khabar-1</link></item></channel></rss>".encode(),
    "Atom": f"<feed xmlns='http://www.w3.org/2005/Atom'><entry><link href='{HOME}khabar-1'/></entry></feed>".encode(),
    "RSS in gzip": gzip.compress(
        f"<rss version='2.0'><channel><item><link>{HOME}khabar-1</link></item></channel></rss>".encode()
    ),
    "a prefix nobody declared": urlset(f"<url><image:x>1</image:x><loc>{HOME}khabar-1</loc></url>"),
}


@pytest.mark.parametrize("body", READABLE.values(), ids=READABLE)
def test_a_sitemap_is_read_whatever_it_is_wrapped_in(body):
    assert links(parse_sitemap(body, HOME, NOW))[:1] == ["khabar-1"]


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("khabar?a=1&b=2", "khabar?a=1&b=2"),
        ("khabar?a=1&amp;b=2", "khabar?a=1&b=2"),
        ("<![CDATA[" + HOME + "khabar?a=1&b=2]]>", "khabar?a=1&b=2"),
        ("<![CDATA[" + HOME + "khabar?a=1&amp;b=2]]>", "khabar?a=1&amp;b=2"),
        ("khabar?a=1&copy=2&lt=3&amp=4", "khabar?a=1&copy=2&lt=3&amp=4"),
        ("khabar?a=1&#38;b=2", "khabar?a=1&b=2"),
        ("khabar?a=1&#x26;b=2", "khabar?a=1&b=2"),
        ("khabar?a=&", "khabar?a=&"),
        ("khabar?a&&b;c&d;", "khabar?a&&b;c&d;"),
        ("khabar-1&#xD800;", "khabar-1"),
        ("khabar-1&#0;", "khabar-1"),
        ("khabar-1&#99999999;", "khabar-1"),
        ("khabar-1&#99999999999999999999;", "khabar-1"),
        ("khabar-1&#xFFFFFFFFFF;", "khabar-1"),
        ("&#x916;&#2348;&#x930;", "%E0%A4%96%E0%A4%AC%E0%A4%B0"),
        ("khabar%201", "khabar%201"),
    ],
)
@pytest.mark.parametrize(
    "wrap", [urlset, lambda inner: urlset(inner).decode().encode("utf-16")], ids=["utf-8", "utf-16"]
)
def test_an_address_in_loc_is_that_address(written, path, wrap):
    location = written if "://" in written else HOME + written
    body = wrap(f"<url><loc>{location}</loc></url>{entry('khabar-2')}")
    assert links(parse_sitemap(body, HOME, NOW)) == [path, "khabar-2"]


@pytest.mark.parametrize(
    "told",
    [
        TOLD,
        TOLD.replace("news:", "n:"),
        TOLD.replace("news:", ""),
        TOLD.upper().replace("2026-11-24T", "2026-11-24t"),
        TOLD.replace("घाट पर दीये", "<![CDATA[घाट पर दीये]]>"),
        TOLD.replace("घाट पर दीये", "घाट&#x20;पर <!-- x -->दीये"),
        "<video:video><video:title>x</video:title><video:publication_date>2026-01-01</video:publication_date></video:video>"
        + TOLD,
    ],
    ids=[
        "news",
        "another prefix",
        "no prefix",
        "upper case",
        "CDATA",
        "references",
        "a video first",
    ],
)
@pytest.mark.parametrize("is_declared", [True, False])
def test_news_is_known_by_its_elements_whatever_their_prefix(told, is_declared):
    body = urlset(entry("khabar-1", told))
    if not is_declared:
        body = body.replace(f' xmlns:news="{NEWS}"'.encode(), b"")
    [found] = parse_sitemap(body, HOME, NOW)
    assert (found.how, found.title, found.published) == (
        "news-sitemap",
        "घाट पर दीये",
        "2026-11-24T06:30:00Z",
    )


@pytest.mark.parametrize("cut", range(0, 300, 7))
def test_a_document_in_two_parts_is_read_as_in_one(cut):
    text = f"x <!-- <a> --> <!DOCTYPE x> <a b='c>'>&amp; < 1 &#x915;<![CDATA[ </a>&amp; ]]> </A><b/>{'y' * 9}&lt;"
    assert flatten(scan_markup([text[:cut], text[cut:]])) == flatten(scan_markup([text]))


def flatten(tokens) -> tuple[str, list[str]]:
    tokens = list(tokens)
    return "".join(text for text, _, _ in tokens), [tag for _, tag, _ in tokens if tag]


def test_a_stray_bracket_hides_no_tag():
    assert flatten(scan_markup(["<<<a><<1 << 2</a><<<"])) == ("<<<<1 << 2<<<", ["a", "/a"])


def test_parts_of_one_letter_make_the_same_document():
    text = "<a>1<!-- <b> --><![CDATA[<c>]]>&amp;</a>\n<D e='f'/>"
    assert flatten(scan_markup(text)) == ("1<c>&\n", ["a", "/a", "d", "/d"])


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<a ",
        "<!--",
        "<![CDATA[",
        "&",
        "<a \"'",
        "<!",
        "<?",
        "<url>",
        "</a>",
        "]]>",
        "<url><loc>",
        "a=1 ",
    ],
)
@pytest.mark.parametrize("head", ["<urlset>", "<urlset><url><loc>", "<urlset><a "])
def test_what_has_no_end_is_read_in_a_time_of_its_length(head, piece):
    """Eight times the length takes about eight times the time, not sixty-four times."""
    times = []
    for size in (1 << 15, 1 << 18):
        body = (head + piece * (size // len(piece))).encode()
        begun = time.process_time()
        with contextlib.suppress(BrokenDocument):
            parse_sitemap(body, HOME, NOW)
        times.append(time.process_time() - begun)
    assert times[1] < 24 * times[0] + 0.1


@pytest.mark.parametrize(
    ("inner", "path"),
    [
        (f"<sitemap>{HOME}a.xml</sitemap>", "a.xml"),
        (f"<sitemap>\n {HOME}a \n</sitemap>", "a"),
        (f"<sitemap><![CDATA[{HOME}a]]><lastmod>2026-11-24</lastmod></sitemap>", "a"),
        (f"<SITEMAP><LOC>{HOME}a</LOC></SITEMAP>", "a"),
        (f"<sitemap><url>{HOME}a</url></sitemap>", "a"),
        ("<sitemap>not here</sitemap>", None),
    ],
)
def test_an_index_may_name_a_sitemap_without_loc(inner, path):
    found = parse_sitemap(urlset(inner, "sitemapindex"), HOME, NOW)
    assert [link.kind for link in found] == (["sitemap"] if path else [])
    assert links(found) == ([path] if path else [])


def test_a_feed_as_sitemap_is_a_sitemap():
    body = f"<rss version='2.0'><channel><item><link>{HOME}khabar-1</link></item></channel></rss>"
    [found] = parse_sitemap(body.encode(), HOME, NOW)
    assert (found.how, found.kind) == ("sitemap", "page")


def test_lines_that_name_sitemaps_are_an_index():
    found = parse_sitemap(f"{HOME}a.xml.gz\nnothing\n{HOME}khabar-1\n".encode(), HOME, NOW)
    assert [(link.kind, link.url.removeprefix(HOME)) for link in found] == [
        ("sitemap", "a.xml.gz"),
        ("page", "khabar-1"),
    ]


@pytest.mark.parametrize("cut", [0.3, 0.5, 0.9])
def test_cut_in_the_middle_it_is_read_as_far_as_it_goes(cut):
    body = urlset("".join(entry(f"khabar-{n}", TOLD) for n in range(100)))
    found = links(parse_sitemap(body[: int(len(body) * cut)], HOME, NOW))
    assert found[:-1] == [f"khabar-{n}" for n in range(len(found) - 1)]
    assert len(found) >= 100 * cut - 3


quine = urlset(entry("khabar-1"))
for _ in range(9):
    quine = gzip.compress(quine)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "begins b''"),
        (b"<html><body>404</body></html>", "<html>"),
        (b"<!-- <urlset> --><HTML lang='hi'><a>x</a>", "<html>"),
        (b'{"urls": ["https://www.prabhat.example/khabar-1"]}', "begins"),
        (b'[{"xml": "<urlset><url><loc>https://www.prabhat.example/a</loc></url>"}]', "begins"),
        (b"Error: see https://www.prabhat.example/", "begins"),
        (b"not found", "begins b'not found'"),
        (b"\x1f\x8b\x08broken", "gzip"),
        (b"<a:b/>", "not a sitemap"),
        (gzip.compress(bytes(MAX_BYTES + 9)), "begins"),
        (quine, "x1f"),
        (urlset("<url>" + "<a>" * 200_000), "over 100 elements"),
    ],
    ids=[
        "empty",
        "html",
        "html-after-a-comment",
        "json",
        "json-of-xml",
        "words",
        "text",
        "broken-gzip",
        "strange-root",
        "gzip-bomb",
        "gzip-in-gzip-without-end",
        "deep",
    ],
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


def test_a_sitemap_of_the_protocols_size_takes_little_memory():
    """50 MB, unzipped in parts, beside the 2 MB of the largest part: the links are what is kept."""
    filler = f"<!--{'x' * 99_000}-->"
    body = gzip.compress(urlset((entry("khabar-1") + filler) * 520 + entry("last")))
    tracemalloc.start()
    found = parse_sitemap(body, HOME, NOW)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert links(found)[-1] == "last"
    assert peak < 5 << 20


def test_a_sitemap_ends_where_its_protocol_does():
    too_long = gzip.compress(urlset(entry("khabar-1") + " " * MAX_BYTES + entry("khabar-2")))
    assert links(parse_sitemap(too_long, HOME, NOW)) == ["khabar-1"]
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
