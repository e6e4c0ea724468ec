"""What came back, as a Visit: every status, header and body has its outcome, and nothing raises."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khabar.model.items import DiscoveredLink, Outcome, Page
from khabar.model.sources import ArticleUrls, Source
from khabar.processing.responses import (
    MAX_PAUSE,
    build_failed_visit,
    build_visit,
    flatten_headers,
    pause_until,
    read_document,
)

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HOME = "https://www.prabhat.example/"
SOURCE = Source(
    key="prabhat", name="प्रभात", name_en="Prabhat", homepage=HOME, hosts=("www.prabhat.example",), status="on",
    article=ArticleUrls(pattern=r"/khabar-\d+$"),
)  # fmt: skip
HTML = "<html><body><p>घाट पर दीये जले।</p></body></html>".encode()


def visit(status=200, body=HTML, kind="page", url=f"{HOME}khabar-1", **headers):
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return read(build_visit(7, SOURCE, kind, Page(url, body, NOW, status, told)))


def read(told):
    """What the worker process does with a document."""
    if told.kind != "page" and told.outcome is None and told.page.status == 200:
        content = read_document(told.kind, told.page, SOURCE)
        told.outcome, told.evidence, told.found = content.outcome, content.evidence, content.links
    return told


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (201, Outcome.CLIENT_ERROR),
        (204, Outcome.EMPTY),
        (206, Outcome.CLIENT_ERROR),
        (300, Outcome.CLIENT_ERROR),
        (301, Outcome.CLIENT_ERROR),  # without a Location
        (304, None),
        (400, Outcome.CLIENT_ERROR),
        (401, Outcome.FORBIDDEN),
        (402, Outcome.FORBIDDEN),
        (403, Outcome.FORBIDDEN),
        (404, Outcome.NOT_FOUND),
        (408, Outcome.SERVER_ERROR),
        (410, Outcome.GONE),
        (418, Outcome.CLIENT_ERROR),
        (429, Outcome.SERVER_ERROR),
        (451, Outcome.FORBIDDEN),
        (500, Outcome.SERVER_ERROR),
        (503, Outcome.SERVER_ERROR),
        (522, Outcome.SERVER_ERROR),
        (999, Outcome.SERVER_ERROR),
    ],
)
@pytest.mark.parametrize("kind", ["page", "feed", "sitemap", "listing"])
def test_status(status, outcome, kind):
    told = visit(status, kind=kind)
    assert (told.page_id, told.source, told.outcome) == (7, "prabhat", outcome)
    assert told.evidence


@pytest.mark.parametrize(
    ("location", "address"),
    [
        ("/khabar-2", f"{HOME}khabar-2"),
        ("khabar-2", f"{HOME}khabar-2"),
        (f"{HOME}khabar-2#top", f"{HOME}khabar-2"),
        ("//m.prabhat.example/khabar-2", "https://m.prabhat.example/khabar-2"),
        ("?page=2", f"{HOME}khabar-1?page=2"),
        ("/खबर", f"{HOME}%E0%A4%96%E0%A4%AC%E0%A4%B0"),
        ("file:///etc/passwd", "file:///etc/passwd"),
        ("data:text/html,x", "data:text/html,x"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("http://10.0.0.1/", "http://10.0.0.1/"),
        ("http://[broken", "http://[broken"),
        ("http://www.prabhat.example:99999/", "http://www.prabhat.example:99999/"),
    ],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_alias_of_where_it_leads(status, location, address):
    told = visit(status, b"", location=location)
    assert (told.outcome, told.found) == (
        Outcome.ALIAS,
        (DiscoveredLink(address, "redirect", "page"),),
    )
    assert str(status) in told.evidence
    assert len(visit(status, b"", location="/" + "a" * 5000).evidence) <= 300


META = '<meta http-equiv="refresh" content="{}">'


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("0; URL=/khabar-2", "khabar-2"),
        ("0;url=/khabar-2", "khabar-2"),
        ("0;URL='/khabar-2'", "khabar-2"),
        ("5 ; url = khabar-2 ", "khabar-2"),
        ("0,url=/khabar-2", "khabar-2"),
        ("0 url=/khabar-2", "khabar-2"),
        ("0; /khabar-2", "khabar-2"),
        ("0.5; url=/khabar-2", "khabar-2"),
        (";url=/khabar-2", "khabar-2"),
        ("0;url=?id=1&b=2", "khabar-1?id=1&b=2"),
        ("6; url=/khabar-2", None),
        ("600; url=/khabar-2", None),
        ("300", None),
        ("0", None),
        ("0;", None),
        ("0;url=", None),
        ("0;url=''", None),
        ("0; url=/khabar-1", None),  # the page itself
        (f"0; url={HOME}khabar-1#top", None),
        ("0; url=javascript:alert(1)", None),
        ("0; url=http://[", None),
        ("x; url=/khabar-2", None),
        ("", None),
    ],
)
@pytest.mark.parametrize("is_header", [True, False])
def test_a_refresh_without_a_text_is_a_temporary_redirect(value, address, is_header):
    if is_header:
        told = visit(body=b"", refresh=value)
    else:
        told = visit(body=f"<html><head>{META.format(value)}</head><body><a href=x>x</a>".encode())
    if address:
        target = HOME + address
        assert (told.outcome, told.evidence) == (Outcome.ALIAS, f"refresh to {target}")
        assert told.found == (DiscoveredLink(target, "redirect", "page"),)
    else:
        assert (told.outcome, told.found) == (Outcome.EMPTY if is_header else None, ())


GO = META.format("0; URL=/khabar-2")


@pytest.mark.parametrize(
    ("body", "is_refresh"),
    [
        (GO, True),
        (GO.upper().replace("/KHABAR", "/khabar"), True),
        ("<meta content='0;URL=/khabar-2' http-equiv=Refresh />", True),
        ("<META HTTP-EQUIV=refresh CONTENT=0;url=/khabar-2>", True),
        (f"<!doctype html><html><head><title>{'घाट ' * 99}</title>{GO}</head><body>यहाँ दबाएँ", True),
        (f"<noscript>{GO}</noscript>", True),
        (f"{GO}<script>if (1 < 2) {{ {'x();' * 99} }}</script><style>{'p{}' * 99}</style>", True),
        (f"<base href='{HOME}desh/'>{META.format('0;url=../khabar-2')}", True),
        (f"{GO}{META.format('0;url=/khabar-3')}", True),
        (f"{GO}<p>{'घाट पर दीये जले। ' * 30}", False),
        (f"<!-- {GO} --><p>x", False),
        (f"<script>var a = '{GO}'</script><p>x", False),
        (f"<title>{GO}</title><p>x", False),
        (GO + "<p>" + " " * (1 << 18) + "</p>", False),
        ("<meta name=refresh content='0;url=/khabar-2'>", False),
        ("<p>refresh", False),
    ],
)
def test_what_is_nothing_but_a_refresh(body, is_refresh):
    for encoding in ("utf-8", "utf-16"):
        told = visit(body=body.encode(encoding))
        assert told.outcome is (Outcome.ALIAS if is_refresh else None)
        assert [link.url for link in told.found] == ([f"{HOME}khabar-2"] if is_refresh else [])


@pytest.mark.parametrize("piece", ["a", "a=", "a='", "a=\"'", " ", "= ", "a "])
def test_attributes_of_a_refresh_are_read_in_a_time_of_their_length(piece):
    begun = time.process_time()
    visit(body=f"<p>refresh<meta {piece * (200_000 // len(piece))}>".encode())
    assert time.process_time() - begun < 2


def test_an_article_that_refreshes_is_an_article():
    body = f"<html><body>{'<p>घाट पर दीये जले।</p>' * 30}".encode()
    assert visit(body=body, refresh="3; url=/").outcome is None


def test_the_evidence_of_a_refresh_has_no_password():
    told = visit(body=b"", refresh="0; url=https://user:word@www.amar.example/a")
    assert told.evidence == "refresh to https://www.amar.example/a"


@pytest.mark.parametrize("kind", ["page", "feed"])
def test_203_is_read_as_200(kind):
    told = visit(203, RSS.encode() if kind == "feed" else HTML, kind)
    assert told.outcome is (Outcome.FEED if kind == "feed" else None)
    assert told.page.status == 200
    assert visit(203, b"", kind).outcome is Outcome.EMPTY


def test_a_redirected_feed_leads_to_a_feed():
    assert visit(301, b"", "feed", location="/rss").found == (
        DiscoveredLink(f"{HOME}rss", "redirect", "feed"),
    )


@pytest.mark.parametrize(
    ("location", "kept"),
    [
        ("https://user:word@www.amar.example/a", "https://www.amar.example/a"),
        ("//user@www.amar.example/a?by=k@x.example", "//www.amar.example/a?by=k@x.example"),
        ("/a?by=k@x.example", "/a?by=k@x.example"),
        ("https://www.amar.example?by=k@x.example", "https://www.amar.example?by=k@x.example"),
    ],
)
def test_what_is_kept_of_a_redirect_has_no_password(location, kept):
    assert visit(301, b"", location=location).evidence == f"301 to {kept}"


@pytest.mark.parametrize("status", [200, 304, 404, 500])
def test_a_location_without_a_redirect_leads_nowhere(status):
    assert visit(status, location="/khabar-2").found == ()


@pytest.mark.parametrize(
    ("status", "told", "minutes"),
    [
        (429, "120", 2),
        (503, "120", 2),
        (429, "", 10),
        (503, "", None),
        (500, "120", None),
        (404, "120", None),
    ],
)
def test_when_a_host_says_to_come_back(status, told, minutes):
    """A bare 503 may be one page's: were it no try, that page would hold up its host for ever."""
    assert visit(status, retry_after=told).retry_at == (
        minutes and NOW + timedelta(minutes=minutes)
    )


@pytest.mark.parametrize(
    ("body", "content_type", "outcome"),
    [
        (HTML, "text/html; charset=utf-8", None),
        (HTML, "TEXT/HTML", None),
        (HTML, "", None),
        (HTML, "application/xhtml+xml", None),
        (HTML, "text/plain", None),
        (HTML, "application/json", Outcome.NOT_HTML),
        (HTML, "image/jpeg", Outcome.NOT_HTML),
        (HTML, "application/octet-stream", None),
        (b"\n" + HTML, "binary/octet-stream", None),
        (b"\xef\xbb\xbf<!-- x -->" + HTML, "application/octet-stream", None),
        (HTML.decode().encode("utf-16"), "application/octet-stream", None),
        ("घाट पर दीये जले।".encode(), "application/octet-stream", None),
        (HTML, "application/x-httpd-php", None),
        (HTML, "application/force-download", None),
        (HTML, "httpd/unix-directory", None),
        (HTML, "unknown/unknown", None),
        (HTML, "html", None),
        (HTML, "*/*", None),
        (HTML, ";charset=utf-8", None),
        (b"\x00\x01\x02" + HTML, "application/octet-stream", Outcome.NOT_HTML),
        (b"\x7fELF\x02\x01\x01", "application/octet-stream", Outcome.NOT_HTML),
        (b"PK\x03\x04", "application/octet-stream", Outcome.NOT_HTML),
        (b"Rar!\x1a\x07\x00", "unknown", Outcome.NOT_HTML),
        (b"var x = 1;", "application/javascript", Outcome.NOT_HTML),
        (b"var x = 1;", "application/x-javascript", Outcome.NOT_HTML),
        (HTML, "application/pdf", Outcome.NOT_HTML),
        (HTML, "application/ld+json", Outcome.NOT_HTML),
        (HTML, "video/mp4", Outcome.NOT_HTML),
        (b"%PDF-1.7\n", "text/html", Outcome.NOT_HTML),
        (b"\n %PDF-1.7\n", "text/html", Outcome.NOT_HTML),
        (b"\x89PNG\r\n\x1a\n", "text/html", Outcome.NOT_HTML),
        (b"\xff\xd8\xff\xe0", "text/html", Outcome.NOT_HTML),
        (b"GIF89a", "text/html", Outcome.NOT_HTML),
        (b"\x1f\x8b\x08\x00", "text/html", Outcome.NOT_HTML),
        (b"PK\x03\x04", "text/html", Outcome.NOT_HTML),
        (b"\x00\x00\x00\x18ftypmp42", "text/html", Outcome.NOT_HTML),
        (b"", "text/html", Outcome.EMPTY),
        (b" \r\n\t ", "text/html", Outcome.EMPTY),
        (b"", "application/pdf", Outcome.EMPTY),
        (HTML.decode().encode("utf-16"), "text/html", None),
        (b"\xef\xbb\xbf" + HTML, "text/html", None),
    ],
)
def test_only_pages_are_read(body, content_type, outcome):
    told = visit(body=body, content_type=content_type) if content_type else visit(body=body)
    assert told.outcome is outcome
    assert bool(told.evidence) == (outcome is Outcome.NOT_HTML)


RSS = f"<rss version='2.0'><channel><item><link>{HOME}khabar-1</link></item><item><link>{HOME}x</link></item></channel></rss>"
URLSET = f"<urlset><url><loc>{HOME}khabar-1</loc></url><url><loc>{HOME}x</loc></url></urlset>"
LISTING = "<a href='/khabar-1?utm_source=x'>क</a><a href='/x'>ख</a>"


@pytest.mark.parametrize(
    ("kind", "body", "taken", "evidence"),
    [
        ("feed", RSS, 2, "2 of 2"),  # what a feed names is judged, and named, by the ledger
        ("sitemap", URLSET, 2, "2 of 2"),
        ("listing", LISTING, 1, "1 of 2"),  # what a section page links to is mostly no article
        ("feed", "<rss version='2.0'><channel></channel></rss>", 0, "0 of 0"),
    ],
)
def test_a_document_is_read_for_its_links(kind, body, taken, evidence):
    told = visit(body=body.encode(), kind=kind, content_type="application/octet-stream")
    assert (told.outcome, len(told.found)) == (Outcome.FEED, taken)
    assert evidence in told.evidence


@pytest.mark.parametrize(
    ("kind", "body"), [("feed", HTML), ("sitemap", HTML), ("listing", HTML), ("feed", b"%PDF-1.7")]
)
def test_a_document_that_is_none_is_broken(kind, body):
    told = visit(body=body, kind=kind)
    assert (told.outcome, told.found) == (Outcome.BROKEN_FEED, ())
    assert told.evidence


def test_dates_that_cannot_be_true_yet_are_not_believed():
    body = URLSET.replace("</loc>", "</loc><lastmod>2027-01-01T00:00:00Z</lastmod>", 1).replace(
        "</loc></url></urlset>", "</loc><lastmod>2026-11-24T14:00:00+05:30</lastmod></url></urlset>"
    )
    assert [link.modified for link in visit(body=body.encode(), kind="sitemap").found] == [
        None,
        "2026-11-24T08:30:00Z",
    ]


@pytest.mark.parametrize(
    ("headers", "flat"),
    [
        ({b"Content-Type": [b"text/html"]}, {"content-type": "text/html"}),
        (
            {b"X-Robots-Tag": [b"noarchive", b"bot: noindex"]},
            {"x-robots-tag": "noarchive, bot: noindex"},
        ),
        ({b"Location": ["/खबर".encode()]}, {"location": "/खबर"}),
        ({b"Server": [b"caf\xe9"]}, {"server": "café"}),
        ({b"Empty": [b""]}, {"empty": ""}),
        ({}, {}),
    ],
)
def test_headers_are_flattened(headers, flat):
    assert flatten_headers(headers) == flat


def test_a_request_that_brought_nothing_back():
    told = build_failed_visit(7, "prabhat", Outcome.UNREACHABLE, "no route", NOW)
    assert (told.page_id, told.source, told.page, told.outcome, told.evidence, told.retry_at) == (
        7, "prabhat", None, Outcome.UNREACHABLE, "no route", NOW,
    )  # fmt: skip


@given(
    st.integers(100, 999),
    st.binary(max_size=60),
    st.sampled_from(["page", "feed", "sitemap", "listing"]),
    st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(("location", "content-type", "retry-after", "refresh"), st.text()),
    ),
)
def test_every_answer_has_an_end_or_goes_on_to_be_read(status, body, kind, headers):
    told = read(build_visit(7, SOURCE, kind, Page(f"{HOME}khabar-1", body, NOW, status, headers)))
    goes_on = status == 304 or (status in (200, 203) and kind == "page")
    assert told.outcome is not None or goes_on


@pytest.mark.parametrize(
    "value", ["Tue, 24 Nov 99999999999 09:00:00 GMT", "9" * 400, "Nov 99 99", ""]
)
def test_a_retry_after_of_any_kind_is_a_pause_of_a_day_at_most(value):
    """Found by `make fuzz`: email.utils raises OverflowError for a long number."""
    until = pause_until(503, value, NOW)
    assert timedelta(0) < until - NOW <= MAX_PAUSE
