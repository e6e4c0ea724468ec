"""Time against size for 69 kinds of hostile input: `python -m benchmarks pathological`.

Each kind is made in two sizes, one four times the other, and read by the parser it is meant for,
in a process of its own. Linear code takes four times as long; a kind that takes over GROWTH_LIMIT
times as long, and over MIN_SECONDS, is marked. What a size limit cuts takes the same time.
"""

from __future__ import annotations

import gzip
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from khabar.extraction import read_html
from khabar.hindi.query_parser import parse_query
from khabar.parsing.discovery import PARSERS, BrokenDocument
from khabar.parsing.robots import parse_robots

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
URL = "https://www.kagaz.example/khabar/1"
SMALL, LARGE = 1, 4  # factors on a kind's unit
GROWTH_LIMIT = 8.0  # twice what linear code takes; chosen by hand
MIN_SECONDS = 0.3  # below it noise decides; chosen by hand
TIME_LIMIT = 60.0  # seconds after which a reading is stopped and counts as endless
# libxml2 compares each attribute of a tag with all before it: the worker's time limit ends it.
STOPPED = frozenset({"distinct attributes"})
Make = Callable[[int], bytes]


def _wrap(open_: bytes, body: bytes, close: bytes) -> bytes:
    return open_ + body + close


def _article(body: bytes) -> bytes:
    return _wrap(
        b"<html><head><title>\xe0\xa4\x95</title></head><body><article><h1>\xe0\xa4\x95</h1>",
        body,
        b"</article></body></html>",
    )


def _script(body: str) -> bytes:
    return _article(f'<script type="application/ld+json">{body}</script><p>कख</p>'.encode())


PAGES: dict[str, Make] = {
    "nested divs": lambda n: _article(b"<div>" * 10_000 * n + "शब्द".encode()),
    "nested inline": lambda n: _article(b"<b><i><span>" * 5_000 * n + "शब्द".encode()),
    "nested lists": lambda n: _article(b"<ul><li>" * 5_000 * n),
    "nested tables": lambda n: _article(b"<table><tr><td>" * 1_000 * n),
    "nested quotes": lambda n: _article(b"<blockquote>" * 5_000 * n),
    "open paragraphs": lambda n: _article("<p>शब्द ".encode() * 20_000 * n),
    "empty paragraphs": lambda n: _article(b"<p></p>" * 50_000 * n),
    "paragraphs of the body": lambda n: b"<p>x" * 9_000 * n,
    "line breaks": lambda n: _article("शब्द<br>".encode() * 30_000 * n),
    "links": lambda n: _article(b"<a href=/x>y</a> " * 25_000 * n),
    "one long word": lambda n: _article(b"<p>" + "क".encode() * 300_000 * n),
    "one long line": lambda n: _article(b"<p>" + "कख गघ ".encode() * 60_000 * n),
    "blanks": lambda n: _article(b"<p>" + b" " * 500_000 * n + "शब्द".encode()),
    "non-breaking blanks": lambda n: _article(b"<p>" + "\u00a0 ".encode() * 100_000 * n),
    "zero-width joiners": lambda n: _article(b"<p>" + "क\u200d\u200c".encode() * 60_000 * n),
    "combining marks": lambda n: _article(b"<p>" + "कि\u093c\u0951".encode() * 40_000 * n),
    "sentence ends": lambda n: _article(b"<p>" + "है। ".encode() * 50_000 * n),
    "quotation marks": lambda n: _article(b"<p>" + "‘“\"'".encode() * 40_000 * n),
    "pipes and bullets": lambda n: _article(b"<p>" + "| • ".encode() * 60_000 * n),
    "attributes": lambda n: _article(b"<p " + b"a=1 " * 50_000 * n + b">x"),
    "distinct attributes": lambda n: _article(
        b"<p " + b" ".join(b"a%d=1" % i for i in range(20_000 * n)) + b">x"
    ),
    "a long class": lambda n: _article(b'<div class="' + b"ad-box " * 50_000 * n + b'">x</div>'),
    "many classes": lambda n: _article(
        b"".join(b'<p class="c%d story">x</p>' % i for i in range(10_000 * n))
    ),
    "entities": lambda n: _article(b"<p>" + b"&amp;&#2325;&nbsp;" * 30_000 * n),
    "broken entities": lambda n: _article(b"<p>" + b"&amp &#x; &&" * 40_000 * n),
    "comments": lambda n: _article(b"<!-- x -->" * 40_000 * n),
    "open comments": lambda n: _article(b"<!-- " * 60_000 * n),
    "scripts": lambda n: _article(b"<script>var a = {};</script>" * 10_000 * n),
    "a long script": lambda n: _article(
        b"<script>" + b"window.__x = {'a': [1, 2]};" * 20_000 * n + b"</script>"
    ),
    "open braces in a script": lambda n: _article(
        b"<script>window.__INITIAL_STATE__ = " + b'{"a":' * 20_000 * n + b"</script>"
    ),
    "styles": lambda n: _article(b"<style>p{color:red}</style>" * 10_000 * n),
    "meta tags": lambda n: _wrap(
        b"<html><head>", b'<meta name="keywords" content="a, b">' * 10_000 * n, b"</head><p>x"
    ),
    "keywords": lambda n: _wrap(
        b'<html><head><meta name="keywords" content="', b"a, " * 60_000 * n, b'"></head><p>x'
    ),
    "a long title": lambda n: _wrap(
        b"<html><head><title>", "शब्द - ".encode() * 30_000 * n, b"</title></head><p>x"
    ),
    "JSON-LD, deep": lambda n: _script('{"@graph":[' * 10_000 * n),
    "JSON-LD, wide": lambda n: _script(
        json.dumps({"@graph": [{"@type": "NewsArticle", "headline": "x"}] * 5_000 * n})
    ),
    "JSON-LD, many": lambda n: _article(
        b'<script type="application/ld+json">{"@type":"Thing"}</script>' * 5_000 * n
    ),
    "JSON-LD, comments": lambda n: _script("/* x */" * 20_000 * n + "{}"),
    "JSON-LD, trailing commas": lambda n: _script("[" + "1,," * 40_000 * n + "]"),
    "tweets": lambda n: _article(
        b'<blockquote class="twitter-tweet"><p>x</p><a href="https://twitter.com/a/status/1">'
        b"y</a></blockquote>" * 2_000 * n
    ),
    "frames": lambda n: _article(
        b'<iframe src="https://www.youtube.com/embed/abcdefghijk"></iframe>' * 4_000 * n
    ),
    "pictures": lambda n: _article(
        b"<figure><img src=a.jpg><figcaption>x</figcaption></figure>" * 4_000 * n
    ),  # fmt: skip
    "srcset": lambda n: _article(b'<img srcset="' + b"a.jpg 1x, " * 30_000 * n + b'">'),
    "embed codes in parts": lambda n: _article(
        b'<p>&lt;iframe src="https://www.youtube.com/embed/abcdefghijk"</p><p>width="5"</p>'
        * 4_000
        * n
    ),
    "an embed code in long parts": lambda n: _article(
        b"<p>&lt;iframe" + b"<p>a=b " * 14 + b"<p>" + b"a=b " * 60_000 * n
    ),
    "calls of an SDK": lambda n: _article(
        b"<script>"
        b"instgrm.Embeds.process('https://www.instagram.com/p/abcdefghijk/');FB.XFBML.parse();"
        b"'https://www.facebook.com/a/posts/100200300'; /* " * 500 * n + b"</script>"
    ),
    "dates": lambda n: _article(b"<p>" + "24 नवंबर 2026, 10:30 बजे ".encode() * 10_000 * n),
    "bylines": lambda n: _article("<p class=author>द्वारा राम कुमार, </p>".encode() * 5_000 * n),
    "bylines, in cards": lambda n: _article(
        b"<div class=card>" + "<span>By राम कुमार</span> ".encode() * 5_000 * n
    ),
    "bylines, blanks": lambda n: _article(b"<p>" + b"x - ( , " * 20_000 * n),
    "date attributes": lambda n: _article(b"<p class=date data-time=20261128>x" * 10_000 * n),
    "live updates": lambda n: _article(
        '<div class="update"><time>10:30 AM</time><p>शब्द शब्द</p></div>'.encode() * 3_000 * n
    ),
    "see also": lambda n: _article("<p>यह भी पढ़ें: <a href=/x>शब्द</a></p>".encode() * 5_000 * n),
    "page numbers": lambda n: _article(
        b"".join(b'<a href="?page=%d">%d</a>' % (i, i) for i in range(10_000 * n))
    ),
    "NULs": lambda n: _article(b"<p>\x00\x00" * 20_000 * n),
    "charsets": lambda n: b'<meta charset="utf-16"><p>' + bytes(range(256)) * 400 * n,
}
FEEDS: dict[str, Make] = {
    "feed: items": lambda n: _rss(b"<item><link>http://a.in/1</link></item>" * 1_500 * n),
    "feed: nested": lambda n: _rss(b"<item>" * 4_000 * n),
    "feed: a long text": lambda n: _rss(
        b"<item><link>http://a.in/1</link><description><![CDATA["
        + b"<p>x</p>" * 30_000 * n
        + b"]]></description></item>"
    ),
    "feed: entities": lambda n: _rss(b"<item><title>" + b"&amp;" * 40_000 * n),
}
SITEMAPS: dict[str, Make] = {
    "sitemap: links": lambda n: _urlset(b"<url><loc>http://a.in/1</loc></url>" * 10_000 * n),
    "sitemap: nested": lambda n: _urlset(b"<url>" * 20_000 * n),
    "sitemap: a long address": lambda n: _urlset(
        b"<url><loc>http://a.in/" + b"%E0%A4%95" * 40_000 * n + b"</loc></url>"
    ),
    "sitemap: gzip bomb": lambda n: gzip.compress(b" " * 4_000_000 * n),
}
LISTINGS: dict[str, Make] = {
    "listing: links": lambda n: b"<a href=/khabar/1>x</a>" * 20_000 * n,
    "listing: attributes": lambda n: b"<a " + b"a=1 " * 40_000 * n + b"href=/x>y</a>",
}
ROBOTS: dict[str, Make] = {
    "robots: stars": lambda n: b"User-agent: *\nDisallow: /" + b"*a" * 1_000 * n + b"b\n",
    "robots: rules": lambda n: b"User-agent: *\n" + b"Disallow: /*?x=*\n" * 5_000 * n,
}
QUERIES: dict[str, Make] = {
    "query: words": lambda n: "शब्द ".encode() * 500 * n,
    "query: quotes": lambda n: b'"' * 2_000 * n,
}


def _rss(body: bytes) -> bytes:
    return _wrap(b'<rss version="2.0"><channel>', body, b"</channel></rss>")


def _urlset(body: bytes) -> bytes:
    return _wrap(
        b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">', body, b"</urlset>"
    )


def _read_page(body: bytes) -> None:
    read_html(body, URL, now=NOW)


def _read_document(kind: str) -> Callable[[bytes], None]:
    def read(body: bytes) -> None:
        with suppress(BrokenDocument):
            PARSERS[kind](body, URL, NOW)  # type: ignore[index]

    return read


def _read_robots(body: bytes) -> None:
    parse_robots(body).select_rules("Khabar").allows_url("https://a.in/" + "a" * 2_000)


def _read_query(body: bytes) -> None:
    parse_query(body.decode(), {})


KINDS: dict[str, tuple[Callable[[bytes], None], Make]] = {
    **{name: (_read_page, make) for name, make in PAGES.items()},
    **{name: (_read_document("feed"), make) for name, make in FEEDS.items()},
    **{name: (_read_document("sitemap"), make) for name, make in SITEMAPS.items()},
    **{name: (_read_document("listing"), make) for name, make in LISTINGS.items()},
    **{name: (_read_robots, make) for name, make in ROBOTS.items()},
    **{name: (_read_query, make) for name, make in QUERIES.items()},
}


def measure_kind(name: str) -> tuple[float, float, int]:
    """Returns the CPU seconds of the smaller and the larger input of a kind, and the larger's size
    in bytes. A reading stopped after TIME_LIMIT counts as infinite.
    """
    context = multiprocessing.get_context("fork")
    times = []
    for factor in (SMALL, LARGE):
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=_measure_one, args=(name, factor, sender))
        process.start()
        is_done = receiver.poll(TIME_LIMIT)
        times.append(receiver.recv() if is_done else float("inf"))
        process.kill()
        process.join()
    return times[0], times[1], len(KINDS[name][1](LARGE))


def _measure_one(name: str, factor: int, sender: object) -> None:
    read, make = KINDS[name]
    body = make(factor)
    began = time.process_time()
    read(body)
    sender.send(time.process_time() - began)  # type: ignore[attr-defined]  # a Connection


def is_superlinear(small: float, large: float) -> bool:
    """Whether a kind takes far more time than its size explains."""
    return large > MIN_SECONDS and large > GROWTH_LIMIT * max(small, MIN_SECONDS / GROWTH_LIMIT)


def main() -> None:
    """Measures all kinds, or those whose names contain KIND, and prints a line each, the slowest
    first.
    """
    read_html("<p>warm</p>", URL, now=NOW)
    wanted = os.environ.get("KIND", "")
    rows = [(name, *measure_kind(name)) for name in KINDS if wanted in name]
    for name, small, large, size in sorted(rows, key=lambda row: -row[2]):
        mark = "  superlinear" if is_superlinear(small, large) else ""
        sys.stdout.write(f"{name:26} {size / 1e6:6.2f} MB {small:7.2f} s {large:7.2f} s{mark}\n")
    marked = [name for name, small, large, _ in rows if is_superlinear(small, large)]
    sys.stdout.write(f"{len(rows)} kinds, {len(marked)} superlinear\n")
