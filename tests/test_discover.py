"""Discovery documents as they are in the wild: feeds and section pages, broken and hostile; laws for all readers."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khabar.parsing.discovery import PARSERS, BrokenDocument, parse_feed, parse_listing
from khabar.parsing.documents import parse_date_hint
from khabar.parsing.feeds import MAX_BYTES

HOME = "https://www.prabhat.example/"
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def links(found) -> list[str]:
    return [link.url.removeprefix(HOME) for link in found]


# --- feeds ---


def rss(items: str, head: str = '<?xml version="1.0" encoding="UTF-8"?>') -> bytes:
    return f'{head}<rss version="2.0"><channel><title>प्रभात</title>{items}</channel></rss>'.encode()


ITEM = "<item><title>घाट पर दीये</title><link>{link}</link>{more}</item>"
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
    ],
)
def test_links_of_a_feed(link, address):
    assert links(parse_feed(rss(ITEM.format(link=link, more="")), HOME, NOW)) == [address]


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


ONE = ITEM.format(link="/khabar-1", more="")
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


# --- section pages ---

PAGE = """<html><head><base href="/desh/"></head><body>
<a href="khabar-1"><img src="a.jpg"></a> <a href="khabar-1">  घाट पर
 दीये </a> <a href="khabar-1">और पढ़ें</a>
<a href="https://m.prabhat.example/khabar-2?x=1&amp;y=2#c">दूसरी</a>
<a href="#top">ऊपर</a><a href="javascript:void(0)">x</a><a href="mailto:a@b.example">x</a><a href="tel:1">x</a>
<a href="whatsapp://send?text=x">x</a><a href="http://[broken">x</a><a>x</a><a href=" ">x</a><a href="data:x,y">x</a>
</body></html>"""


def test_listing():
    found = parse_listing(PAGE.encode(), HOME, NOW)
    assert [(link.url, link.title) for link in found] == [
        (f"{HOME}desh/khabar-1", "घाट पर दीये"),
        ("https://m.prabhat.example/khabar-2?x=1&y=2", "दूसरी"),
    ]
    assert {(link.how, link.kind) for link in found} == {("listing", "page")}


def test_listing_with_a_broken_base():
    assert links(parse_listing(b'<base href="http://[x"><a href="/khabar-1">x</a>', HOME, NOW)) == [
        "khabar-1"
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"<!-- -->",
        b"%PDF-1.7",
        b'<div id="root"></div><script src="/app.js"></script>',
        b"\x00\xff",
    ],
)
def test_a_page_without_links_is_no_listing(body):
    with pytest.raises(BrokenDocument):
        parse_listing(body, HOME, NOW)


# --- laws ---

tags = st.sampled_from(
    "<rss> <item> <link> </link> </item> <url> <loc> </loc> </url> <urlset> <a href=' '> </a> <![CDATA[ ]]> <!-- &#x0; "
    "&amp; http://e.in/ //[ <a:b/> <base href=' <!DOCTYPE".split()
)
soup = st.lists(
    st.one_of(tags, st.text(st.characters(exclude_categories=["Cs"]), max_size=8)), max_size=20
).map(lambda parts: "".join(parts).encode("utf-8", "replace"))


@pytest.mark.parametrize("reader", PARSERS.values(), ids=PARSERS)
@given(body=st.one_of(soup, st.binary(max_size=80)))
def test_a_reader_raises_nothing_but_broken_document(reader, body):
    try:
        found = reader(body, HOME, NOW)
    except BrokenDocument:
        return
    assert all(link.url for link in found)


@given(st.text(max_size=40))
def test_a_date_is_read_or_none(text):
    told = parse_date_hint(text, NOW)
    assert told is None or datetime.fromisoformat(told)
