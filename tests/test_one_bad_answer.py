"""One bad answer is not the last word: 33 kinds of it, by a page, a feed and a sitemap, and when the article comes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from raw_site import START, RawSite, http, rss, serving, sitemap, story

MAINTENANCE = "<html><head><title>रखरखाव</title></head><body><h1>साइट का रखरखाव चल रहा है</h1><p>थोड़ी देर में फिर आएँ।</p></body></html>"
CHALLENGE = (
    "<html><head><title>One moment, please</title></head><body><script>location.reload()</script>"
    "<noscript>Turn on JavaScript and cookies</noscript></body></html>"
)
LOGIN = "<html><head><title>प्रवेश</title></head><body><form><input name=user></form></body></html>"
KINDS: dict[str, bytes] = {
    **{str(status): http("no", status) for status in (
        400, 401, 402, 403, 404, 406, 408, 409, 410, 418, 421, 423, 425, 429, 451, 500, 503)},
    "empty": http(),
    "204": http(b"", 204, kind=""),
    "maintenance": http(MAINTENANCE),
    "challenge": http(CHALLENGE),
    "pdf": http(b"%PDF-1.7 \x00\x01", kind="application/pdf"),
    "json error": http('{"error": "try later"}', kind="application/json"),
    "302 maintenance": http(b"", 302, Location="/maintenance"),
    "302 home": http(b"", 302, Location="/"),
    "302 login": http(b"", 302, Location="/login?next=x"),
    "302 portal": http(b"", 302, Location="http://portal.example/welcome"),
    "307 itself": b"",
    "302 nowhere": http(b"", 302),
    "206": http("<html><body><p>आधा", 206, Content_Range="bytes 0-19/400"),
    "304": http(b"", 304, kind=""),
    "cut": http("<html>" + "क" * 200)[:-300],
    "closed": b"",
}  # fmt: skip
ROLES = ("page", "feed", "sitemap")
SOON, LATER = timedelta(minutes=12), timedelta(hours=2)


def host_of(role: str, kind: str) -> str:
    return f"{role[0]}-{kind.replace(' ', '-')}.newsroom.test"


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[RawSite]:
    """99 newspapers: the page, the feed or the sitemap answers badly in the first run; then all is well."""
    with serving(tmp_path_factory.mktemp("once") / "x") as site:
        for number, (role, kind) in enumerate((role, kind) for role in ROLES for kind in KINDS):
            document = "/sitemap.xml" if role == "sitemap" else "/feed.xml"
            key = host_of(role, kind).partition(".")[0]
            names = {"news": (document,), "feeds": ()} if role == "sitemap" else {}
            host = site.add(key, **names)
            good = {
                document: (sitemap if role == "sitemap" else rss)(host, "/news/1"),
                "/news/1": http(story(number)),
            }
            bad_path = "/news/1" if role == "page" else document
            bad = KINDS[kind]
            if kind == "307 itself":
                bad = http(b"", 307, Location=bad_path, Set_Cookie="seen=1")
            for path, answer in good.items():
                site.on(host, path, answer)
            site.on(
                host,
                bad_path,
                lambda path, headers, bad=bad, answer=good[bad_path]: bad if site.now == START else answer,
            )  # fmt: skip
            site.on(host, "/maintenance", http(MAINTENANCE))
            site.on(host, "/", http("<html><body><a href=/news/1>एक</a></body></html>"))
            site.on(host, "/login?next=x", http(LOGIN))
        site.stored_at = {}
        for at in (timedelta(), SOON, LATER):
            site.now = START + at
            site.khabar("crawl")
            for role in ROLES:
                for kind in KINDS:
                    if "/news/1" in site.stored(host_of(role, kind)):
                        site.stored_at.setdefault((role, kind), at)
        yield site


@pytest.mark.parametrize("role", ROLES)
def test_it_is_asked_again_within_minutes_and_its_article_comes(site: RawSite, role):
    """The table: kind of answer → (asked again after, stored after), in minutes."""
    path = {"page": "/news/1", "feed": "/feed.xml", "sitemap": "/sitemap.xml"}[role]
    table = {}
    for kind in KINDS:
        again = [at - START for at, one in site.asked(host_of(role, kind)) if one == path and at > START]  # fmt: skip
        stored = site.stored_at.get((role, kind))
        table[kind] = tuple(time and time.total_seconds() / 60 for time in (min(again, default=None), stored))  # fmt: skip
    expected = dict.fromkeys(KINDS, (12.0, 12.0))
    if role == "page":
        expected["410"] = (None, None)  # gone is gone
    assert table == expected


def test_what_it_was_sent_to_is_no_document_and_no_article(site: RawSite):
    documents = site.rows("select url from pages where kind <> 'page'")
    assert {url.rpartition("/")[2] for (url,) in documents} == {"feed.xml", "sitemap.xml"}
    articles = site.rows("select url from articles")
    assert {url.partition("newsroom.test")[2] for (url,) in articles} == {"/news/1"}


def test_nobody_is_asked_more_than_a_few_times(site: RawSite):
    for role in ROLES:
        for kind in KINDS:
            asked = site.asked(host_of(role, kind))
            # a document three times, the page twice and its revisit, where it was sent to twice
            assert len(asked) <= 9, (role, kind, asked)
