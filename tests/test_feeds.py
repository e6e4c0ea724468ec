"""Feeds as they are in the wild: RSS, Atom and JSON Feed, broken and hostile."""

from __future__ import annotations

import gzip
import json
import random
import time
from datetime import UTC, datetime

import feedparser
import pytest

from khabar.parsing.discovery import BrokenDocument, parse_feed
from khabar.parsing.feeds import MAX_BYTES

HOME = "https://www.prabhat.example/"
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def links(found) -> list[str]:
    return [link.url.removeprefix(HOME) for link in found]


def rss(items: str, head: str = '<?xml version="1.0" encoding="UTF-8"?>') -> bytes:
    return f'{head}<rss version="2.0"><channel><title>प्रभात</title>{items}</channel></rss>'.encode()


ITEM = "<item><title>घाट पर दीये</title><link>{link}</link>{more}</item>"
ONE = ITEM.format(link="/khabar-1", more="")
ATOM = f"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>प्रभात</title>
<entry><title>घाट पर दीये</title><link href="/khabar-1"/><link rel="enclosure" href="{HOME}a.mp4"/>
<published>2026-11-24T12:00:00+05:30</published><updated>2026-11-24T13:00:00+05:30</updated></entry></feed>"""


@pytest.mark.parametrize(
    ("link", "address"),
    [
        (f"{HOME}khabar-1", "khabar-1"),
        ("/khabar-1", "khabar-1"),
        ("khabar-1", "khabar-1"),
        (f"\n   {HOME}khabar-1\n  ", "khabar-1"),
        (f"<![CDATA[{HOME}khabar-1]]>", "khabar-1"),
        (f"{HOME}khabar-1?a=1&amp;b=2", "khabar-1?a=1&b=2"),
        (f"{HOME}khabar-1?a=1&b=2", "khabar-1?a=1&b=2"),
        (f"{HOME}घाट-1", "%E0%A4%98%E0%A4%BE%E0%A4%9F-1"),
        (f"{HOME}khabar-1#comments", "khabar-1"),
        ("//cdn.example/khabar-1", "https://cdn.example/khabar-1"),
        ("www.prabhat.example/khabar-1", "khabar-1"),
        ("WWW.Prabhat.example/khabar-1?a=1&b=2", "khabar-1?a=1&b=2"),
        ("prabhat.example/khabar-1", "https://prabhat.example/khabar-1"),
        ("m.prabhat.example/khabar-1", "https://m.prabhat.example/khabar-1"),
        ("www.prabhat.example", ""),
        ("www.prabhat.example:8080/khabar-1", "https://www.prabhat.example:8080/khabar-1"),
        ("www.sandhya.example/khabar-1", "https://www.sandhya.example/khabar-1"),
        ("sandhya.example/a/khabar-1", "https://sandhya.example/a/khabar-1"),
        ("index.php/khabar-1", "index.php/khabar-1"),
        ("khabar.html", "khabar.html"),
        ("khabar.aspx?id=1", "khabar.aspx?id=1"),
        ("2026.11.24/khabar-1", "2026.11.24/khabar-1"),
        ("desh/www.prabhat.example/khabar-1", "desh/www.prabhat.example/khabar-1"),
        ("?p=7", "?p=7"),
    ],
)
def test_links_of_a_feed(link, address):
    assert links(parse_feed(rss(ITEM.format(link=link, more="")), HOME, NOW)) == [address]


ORIGINAL = "<feedburner:origLink>{}</feedburner:origLink>"
COUNTER = "http://feedproxy.example/~r/prabhat/~3/abc/"


@pytest.mark.parametrize(
    ("link", "more", "address"),
    [
        (COUNTER, ORIGINAL.format(f"{HOME}khabar-1"), "khabar-1"),
        (COUNTER, ORIGINAL.format(f"{HOME}khabar-1").replace("feedburner", "pheedo"), "khabar-1"),
        (COUNTER, ORIGINAL.format("/khabar-1"), "khabar-1"),
        (COUNTER, ORIGINAL.format(" "), COUNTER),
        (COUNTER, f"<guid isPermaLink='true'>{HOME}khabar-1</guid>", "khabar-1"),
        (COUNTER, f"<guid>{HOME}?p=7</guid>", "?p=7"),
        (COUNTER, "<guid isPermaLink='false'>7</guid>", COUNTER),
        (COUNTER, "<guid>https://www.sandhya.example/7</guid>", COUNTER),
        (f"{HOME}khabar-1", f"<guid>{HOME}?p=7</guid>", "khabar-1"),
        ("/khabar-1", f"<guid>{HOME}?p=7</guid>", "khabar-1"),
        ("https://m.prabhat.example/1", f"<guid>{HOME}7</guid>", "https://m.prabhat.example/1"),
    ],
)
@pytest.mark.parametrize("is_declared", [True, False])
def test_a_link_to_a_counter_gives_way_to_the_articles_own(link, more, address, is_declared):
    body = rss(ITEM.format(link=link, more=more))
    if is_declared:
        names = b' xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0" xmlns:pheedo="x">'
        body = body.replace(b'"2.0">', b'"2.0"' + names)
    assert links(parse_feed(body, f"{HOME}feed", NOW)) == [address]


@pytest.mark.parametrize(
    ("base", "entry", "address"),
    [
        ("", "", "desh/khabar-1"),
        (f'xml:base="{HOME}khel/"', "", "khel/khabar-1"),
        ('xml:base="/khel/"', "", "khel/khabar-1"),
        ('xml:base="khel/"', "", "desh/khel/khabar-1"),
        ("", f'xml:base="{HOME}khel/"', "khel/khabar-1"),
        (f'xml:base="{HOME}khel/"', 'xml:base="bihar/"', "khel/bihar/khabar-1"),
    ],
)
def test_links_of_a_feed_with_a_base(base, entry, address):
    body = f"""<feed xmlns="http://www.w3.org/2005/Atom" {base}><entry {entry}><title>x</title>
    <link href="khabar-1"/></entry></feed>"""
    assert links(parse_feed(body.encode(), f"{HOME}desh/feed", NOW)) == [address]


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("घाट &amp; दीये", "घाट & दीये"),
        ("घाट &amp;amp; दीये", "घाट & दीये"),
        ("<![CDATA[घाट & दीये]]>", "घाट & दीये"),
        ("<![CDATA[घाट &amp; &#39;दीये&#39;]]>", "घाट & 'दीये'"),
        ("घाट &nbsp;&#2342;&#x940;ये", "घाट दीये"),
        ("&lsquo;घाट&rsquo;\n दीये", "‘घाट’ दीये"),
        ("", None),
    ],
)
def test_titles_of_a_feed(written, title):
    [entry] = parse_feed(rss(f"<item><title>{written}</title><link>/1</link></item>"), HOME, NOW)
    assert entry.title == title


JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "items": [
        {"id": "1", "url": f"{HOME}khabar-1", "title": "घाट &amp; दीये",
         "date_published": "2026-11-24T12:00:00+05:30", "date_modified": "2026-11-24T07:30:00Z"},
        {"id": f"{HOME}khabar-2", "title": None, "date_published": 7},
        {"id": 3, "external_url": "/khabar-3", "url": ["x"], "date_published": {"a": []}},
        {"id": 4}, "text", None, [],
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    "version", ["https://jsonfeed.org/version/1", "http://jsonfeed.org/version/1.1"]
)
@pytest.mark.parametrize(
    "wrap",
    [
        bytes,
        gzip.compress,
        lambda body: b"\xef\xbb\xbf\n" + body,
        lambda body: body.replace(b'"items"', b'"x":"\xff","items"'),
    ],
    ids=["plain", "gzip", "with a mark", "bytes that are no UTF-8"],
)
def test_json_feed(version, wrap):
    body = json.dumps(JSON_FEED | {"version": version}, ensure_ascii=False).encode()
    found = parse_feed(wrap(body), HOME, NOW)
    assert links(found) == ["khabar-1", "khabar-2", "khabar-3"]
    times = (found[0].published, found[0].modified, found[1].published)
    assert (found[0].title, found[0].how, *times) == (
        "घाट & दीये", "feed", "2026-11-24T06:30:00Z", "2026-11-24T07:30:00Z", None,
    )  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [b"{" * 100_000, b'{"a":' * 100_000, b'{"version": 1' + b"0" * 9999 + b"}", b"{}", b'{"version": "https://jsonfeed.org/version/1"}',
     b'{"version": "https://jsonfeed.org/version/1", "items": {"a": 1}}'],
    ids=["open", "deep", "a long number", "empty", "no items", "items that are none"],
)  # fmt: skip
def test_json_that_is_no_feed_says_so(body):
    with pytest.raises(BrokenDocument, match="not a feed"):
        parse_feed(body, HOME, NOW)


@pytest.mark.parametrize(
    "wrap",
    [
        gzip.compress,
        lambda body: gzip.compress(gzip.compress(body)),
        lambda body: gzip.compress(body + b"<item>" + random.Random(7).randbytes(9999))[:-2000],
    ],
    ids=["once", "twice", "cut"],
)
def test_a_feed_may_be_gzipped_without_a_header(wrap):
    assert links(parse_feed(wrap(rss(ONE)), HOME, NOW))[:1] == ["khabar-1"]


BAD_VALUES = [
    "<pubDate>Nov 24 999999999999 12:60</pubDate>",
    "<pubDate>Tue, 24 Nov 99999999999999999999 10:00:00 GMT</pubDate>",
    "<pubDate>Tue, 99 Nov 2026 99:99:99 +9999</pubDate>",
    "<pubDate>2026-11-24T10:00:00+99:99</pubDate>",
    "<pubDate>9999999999999</pubDate>",
    "<pubDate>0001-01-01T00:00:00Z</pubDate>",
    "<pubDate>-1</pubDate>",
    "<pubDate>&#xD800;</pubDate>",
    "<updated>9999-12-31T24:00:00Z</updated>",
    "<pubDate>9999-12-31T23:59:59-14:00</pubDate>",
    f"<pubDate>{'9' * 9999}</pubDate>",
    f"<pubDate>{'(' * 9999}</pubDate>",
    "<category domain='http://['>x</category>",
    "<enclosure url='http://[' length='x'/>",
    "<guid>http://[</guid>",
    "<source url='//['/><comments>http://[x</comments>",
    "<geo:long xmlns:geo='http://www.georss.org/georss'>x</geo:long><georss:point xmlns:georss='http://www.georss.org/georss'>x y z</georss:point>",
    "<itunes:duration xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd'>9:9:9:9</itunes:duration>",
]


@pytest.mark.parametrize("bad", BAD_VALUES)
def test_a_bad_value_costs_a_feed_that_value_only(bad):
    items = [ITEM.format(link=f"/khabar-{n}", more=bad if n == 2 else "") for n in (1, 2, 3)]
    found = parse_feed(rss("".join(items)), HOME, NOW)
    assert links(found) == ["khabar-1", "khabar-2", "khabar-3"]
    assert {link.title for link in found} == {"घाट पर दीये"}


@pytest.mark.parametrize("error", [TypeError, IndexError, RecursionError, AssertionError])
def test_what_feedparser_raises_on_costs_a_feed_nothing(error, monkeypatch):
    def raise_error(*args, **kwargs):
        raise error("of a date")

    monkeypatch.setattr(feedparser, "parse", raise_error)
    item = ITEM.format(link="/khabar-1", more="<pubDate>24 नवंबर 2026, 12:00 PM IST</pubDate>")
    [entry] = parse_feed(rss(item), HOME, NOW)
    assert (entry.url, entry.title) == (f"{HOME}khabar-1", "घाट पर दीये")
    assert entry.published == "2026-11-24T06:30:00Z"
    [entry] = parse_feed(ATOM.encode(), HOME, NOW)
    assert (entry.url, entry.modified) == (f"{HOME}khabar-1", "2026-11-24T07:30:00Z")
    with pytest.raises(BrokenDocument, match=error.__name__):
        parse_feed(b"<html>", HOME, NOW)


def test_many_attributes_do_not_hold_up_a_feed():
    attributes = " ".join(f"a{n}='1'" for n in range(30_000))
    begun = time.process_time()
    found = parse_feed(rss(f"<item {attributes}><link>/khabar-2</link></item>{ONE}"), HOME, NOW)
    assert links(found) == ["khabar-2", "khabar-1"]
    assert time.process_time() - begun < 2


def test_atom():
    [entry] = parse_feed(ATOM.encode(), f"{HOME}atom.xml", NOW)
    told = (entry.url, entry.how, entry.kind, entry.title, entry.published, entry.modified)
    assert told == (
        f"{HOME}khabar-1",
        "feed",
        "page",
        "घाट पर दीये",
        "2026-11-24T06:30:00Z",
        "2026-11-24T07:30:00Z",
    )


@pytest.mark.parametrize(
    ("date", "stamped"),
    [
        ("<pubDate>Tue, 24 Nov 2026 12:00:00 +0530</pubDate>", "2026-11-24T06:30:00Z"),
        ("<pubdate>Tue, 24 Nov 2026 06:30:00 GMT</pubdate>", "2026-11-24T06:30:00Z"),
        ("<PUBDATE>Tue, 24 Nov 2026 06:30:00 GMT</PUBDATE>", "2026-11-24T06:30:00Z"),
        ("<pubDate>2026-11-24T12:00:00+05:30</pubDate>", "2026-11-24T06:30:00Z"),
        ("<pubDate>2026-11-24 12:00:00</pubDate>", "2026-11-24T06:30:00Z"),  # naive: Indian
        (
            "<pubDate>Tue, 24 Nov 2026 12:00:00 IST</pubDate>",
            "2026-11-24T06:30:00Z",
        ),  # not Israel's
        ("<pubDate>24 नवंबर 2026, 12:00 PM IST</pubDate>", "2026-11-24T06:30:00Z"),
        ("<pubDate>मंगलवार, 24 नवंबर 2026</pubDate>", "2026-11-24"),
        ("<pubDate>२४ नवम्बर २०२६</pubDate>", "2026-11-24"),
        ("<pubDate>2026-11-24</pubDate>", "2026-11-24"),
        (
            "<dc:date xmlns:dc='http://purl.org/dc/elements/1.1/'>2026-11-24T06:30:00Z</dc:date>",
            None,
        ),
        ("<pubDate>कल शाम</pubDate>", None),
        ("<pubDate>0000-00-00 00:00:00</pubDate>", None),
        ("<pubDate>Tue, 24 Nov 9026 12:00:00 +0530</pubDate>", None),
        ("<pubDate></pubDate>", None),
        ("", None),
    ],
)
def test_dates_of_a_feed(date, stamped):
    [entry] = parse_feed(rss(ITEM.format(link="/khabar-1", more=date)), HOME, NOW)
    assert entry.published == stamped


BROKEN_FEEDS = {
    "never closed": rss(ONE).removesuffix(b"</channel></rss>"),
    "a bare ampersand": rss(
        ITEM.format(link="/khabar-1", more="<description>A & B &nbsp; &copy;</description>")
    ),
    "soup of entities": rss(
        ITEM.format(
            link="/khabar-1",
            more="<author>&lsquo;क&rsquo; &zwj;&#0;&#xD800; &#99999999999;</author>",
        )
    ),
    "control characters": rss(ITEM.format(link="/khabar-1", more="<author>\x00\x0b\x1f</author>")),
    "words before it": b"\n\n Notice: undefined index\n" + rss(ONE),
    "a byte order mark": b"\xef\xbb\xbf" + rss(ONE),
    "another charset declared": rss(ONE, head='<?xml version="1.0" encoding="ISO-8859-1"?>'),
    "no declaration": rss(ONE, head=""),
    "UTF-16": rss(ONE, head='<?xml version="1.0" encoding="UTF-16"?>').decode().encode("utf-16"),
    "bytes that are no UTF-8": rss(ONE + "<item><title>x</title></item>").replace(
        b"<title>x", b"<title>\xff\xfe\xe0"
    ),
    "a script for browsers": rss(
        ONE, head='<?xml version="1.0"?><?xml-stylesheet href="/feed.xsl"?>'
    ),
}


@pytest.mark.parametrize("body", BROKEN_FEEDS.values(), ids=BROKEN_FEEDS)
def test_a_broken_feed_is_read(body):
    assert links(parse_feed(body, HOME, NOW))[:1] == ["khabar-1"]


def test_entries_without_a_link_are_left_out_and_a_permalink_will_do():
    items = "<item><title>x</title></item><item><guid isPermaLink='false'>opaque-7</guid></item>"
    items += f"<item><guid isPermaLink='true'>{HOME}khabar-1</guid></item><item><guid>{HOME}khabar-2</guid></item>"
    assert links(parse_feed(rss(items), HOME, NOW)) == ["khabar-1", "khabar-2"]


def test_an_empty_feed_is_a_feed():
    assert parse_feed(rss(""), HOME, NOW) == ()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"<html><body><p>Error: no feed by that name.</p></body></html>",
        b"%PDF-1.7\n",
        b"\x00" * 40,
        b'{"items": []}',
    ],
    ids=["empty", "blank", "html", "pdf", "zeros", "json"],
)
def test_what_is_no_feed_says_so(body):
    with pytest.raises(BrokenDocument, match="not a feed"):
        parse_feed(body, HOME, NOW)


def test_an_xml_bomb_does_not_go_off_in_a_feed():
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    head = f'<!DOCTYPE rss [<!ENTITY l0 "ha"><!ENTITY file SYSTEM "file:///etc/passwd">{laughs}]>'
    began = time.process_time()
    found = parse_feed(
        rss("<item><title>&l9;&file;</title><link>/khabar-1</link></item>", head), HOME, NOW
    )
    assert time.process_time() - began < 2
    assert all(
        len(link.title or "") < 10_000 and "root:" not in (link.title or "") for link in found
    )


def test_a_feed_without_end_is_read_from_its_beginning():
    items = [ITEM.format(link=f"/khabar-{number}", more="") for number in (1, 2)]
    assert links(parse_feed(rss(f"{items[0]}<!--{'x' * MAX_BYTES}-->{items[1]}"), HOME, NOW)) == [
        "khabar-1"
    ]
