"""Discovery documents as they are in the wild: section pages and date hints; laws for all readers."""

from __future__ import annotations

import gzip
import pickle
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khabar.parsing.discovery import PARSERS, BrokenDocument, parse_document, parse_listing
from khabar.parsing.documents import parse_date_hint
from khabar.parsing.listings import MAX_BYTES, MAX_LINKS

HOME = "https://www.prabhat.example/"
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def links(found) -> list[str]:
    return [link.url.removeprefix(HOME) for link in found]


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


@pytest.mark.parametrize(
    ("base", "address"),
    [
        ("<base href='/desh/'>", "desh/khabar-1"),
        ("<base href=''>", "khel/khabar-1"),
        ("<base target=_top>", "khel/khabar-1"),
        ("<base target=_top><base href='/desh/'><base href='/bihar/'>", "desh/khabar-1"),
        ("<BASE HREF=//m.prabhat.example>", "https://m.prabhat.example/khabar-1"),
    ],
)
def test_listing_with_a_base(base, address):
    body = f"{base}<a href='khabar-1'>x</a>".encode()
    assert links(parse_listing(body, f"{HOME}khel/", NOW)) == [address]


@pytest.mark.parametrize(
    ("inner", "title"),
    [
        ("<a href=/1><h2>घाट</h2> <b>पर</b>\n<!-- x -->दीये", "घाट पर दीये"),
        ("<a href=/1>घाट पर<script>var x = '<a>'</script><style>a{}</style> दीये</a>", "घाट पर दीये"),
        ("<a href=/1>घाट पर दीये<a href=/1>और पढ़ें</a></a>", "घाट पर दीये"),
        ("<a href=/1>घाट &amp; दीये</a>", "घाट & दीये"),
        ("<A HREF=' /1 ' title='<b>'>घाट पर दीये</A>", "घाट पर दीये"),
        ("<a href='JavaScript:x()'>x</a><a href=/1></a>", None),
        (f"<a href=/1>{'घाट ' * 99}</a>", ("घाट " * 50)[:200]),
    ],
)
def test_titles_of_a_listing(inner, title):
    [link] = parse_listing(f"<html><body>{inner}".encode(), HOME, NOW)
    assert (link.url, link.title) == (f"{HOME}1", title)


HOSTILE = {
    "attributes": lambda n: b"<p " + b" ".join(b"a%d=1" % i for i in range(n)) + b">x",
    "attributes of a link": lambda n: (
        b"<a " + b" ".join(b"a%d=1" % i for i in range(n)) + b" href=/x>"
    ),
    "one attribute again and again": lambda n: b"<p " + b"a=1 " * n + b">",
    "elements in each other": lambda n: b"<div>" * n,
    "links in each other": lambda n: b"<a href=/x>" * n,
    "text in an open link": lambda n: b"<a href=/x>" + b"x<b>y</b>" * n,
    "comments not closed": lambda n: b"<!--" * n,
    "tags not closed": lambda n: b"<a " * n,
    "references": lambda n: b"&amp;&#2325;&x" * n,
    "other links": lambda n: b"".join(b"<a href=/%d>x</a>" % i for i in range(n)),
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_a_long_section_page_is_read_in_a_time_of_its_length(make):
    """Nine times the length takes about nine times the time, not eighty-one times."""
    times = []
    for size in (10_000, 90_000):
        begun = time.process_time()
        assert parse_listing(b"<html><body><a href='/1'>x</a>" + make(size), HOME, NOW)
        times.append(time.process_time() - begun)
    assert times[1] < 27 * times[0] + 0.1


def test_a_section_page_has_an_end():
    body = b"".join(b"<a href=/%d>x</a>" % number for number in range(MAX_LINKS + 9))
    assert len(parse_listing(body, HOME, NOW)) == MAX_LINKS
    assert links(
        parse_listing(b"<a href=/1>x</a>" + b" " * MAX_BYTES + b"<a href=/2>", HOME, NOW)
    ) == ["1"]
    assert links(parse_listing(gzip.compress(b"<a href=/1>x</a>"), HOME, NOW)) == ["1"]


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


@pytest.mark.parametrize("kind", PARSERS)
@pytest.mark.parametrize(
    "error",
    [ValueError("x"), RecursionError("x"), UnicodeDecodeError("utf-8", b"", 0, 1, "x"), KeyError()],
)
def test_an_error_of_a_reader_is_that_documents_and_named(kind, error, monkeypatch):
    def raise_error(*args):
        raise error

    monkeypatch.setitem(PARSERS, kind, raise_error)
    with pytest.raises(BrokenDocument, match=type(error).__name__) as caught:
        parse_document(kind, b"<html>", HOME, NOW)
    assert repr(pickle.loads(pickle.dumps(caught.value))) == repr(caught.value)


@pytest.mark.parametrize("reader", PARSERS.values(), ids=PARSERS)
@given(body=st.one_of(soup, st.binary(max_size=80)))
def test_a_reader_raises_nothing_but_broken_document(reader, body):
    try:
        found = reader(body, HOME, NOW)
    except BrokenDocument:
        return
    assert all(link.url for link in found)


@pytest.mark.parametrize(
    ("written", "stamped"),
    [
        ("11/24/2026 1:30:00 PM", "2026-11-24T08:00:00Z"),
        ("11/24/2026 12:05:00 AM", "2026-11-23T18:35:00Z"),
        ("11/23/2026", "2026-11-23"),
        ("24/11/2026 1:30 PM", "2026-11-24T08:00:00Z"),
        ("5/11/2026", "2026-11-05"),  # the fifth: an Indian date
        ("11/12/2026", "2026-11-12"),  # 11 December is to come
        ("1795505400", "2026-11-24T07:30:00Z"),
        (1795505400, "2026-11-24T07:30:00Z"),
        (1795505400.5, "2026-11-24T07:30:00Z"),
        ("1795505400000", "2026-11-24T07:30:00Z"),
        ("1795505400123", "2026-11-24T07:30:00Z"),
        ("7", None),
        (True, None),
        ("20261124", None),
        ("2795505400", None),  # of 2058
        ("Tue, 24 Nov 2026 13:30:00 GMT+5:30", "2026-11-24T08:00:00Z"),
        ("Tue, 24 Nov 2026 13:30:00 GMT+0530", "2026-11-24T08:00:00Z"),
        ("Tue, 24 Nov 2026 13:30:00 GMT +05:30", "2026-11-24T08:00:00Z"),
        ("Tue, 24 Nov 2026 13:30:00 UTC+05:30", "2026-11-24T08:00:00Z"),
        ("Tue Nov 24 2026 13:30:00 GMT+0530 (India Standard Time)", "2026-11-24T08:00:00Z"),
        ("2026-11-24 13:30:00 GMT+5:30", "2026-11-24T08:00:00Z"),
        ("Tue, 24 Nov 2026 03:30:00 GMT-5", "2026-11-24T08:30:00Z"),
        ("Tue, 24 Nov 2026 08:00:00 GMT", "2026-11-24T08:00:00Z"),
        ("2026-11-23T24:00:00+05:30", "2026-11-23T18:30:00Z"),
        ("2026-11-23T24:00+05:30", "2026-11-23T18:30:00Z"),
        ("2026-11-23 24:00:00", "2026-11-23T18:30:00Z"),
        ("Mon, 23 Nov 2026 24:00:00 +0530", "2026-11-23T18:30:00Z"),
        ("Mon, 23 Nov 2026 24:00:00 GMT", "2026-11-24T00:00:00Z"),
        ("2026-10-31T24:00:00Z", "2026-11-01T00:00:00Z"),
        ("2026-11-24T12:24:00Z", "2026-11-24T12:24:00Z"),
    ],
)
def test_dates_as_servers_write_them(written, stamped):
    assert parse_date_hint(written, NOW) == stamped


@given(st.text(max_size=40))
def test_a_date_is_read_or_none(text):
    told = parse_date_hint(text, NOW)
    assert told is None or datetime.fromisoformat(told)
