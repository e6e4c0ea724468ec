"""khabar sources add: a source drafted from its home page, for a person to finish."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import Khabar
from hostile_server import Evil, http

from crawler.source_tools.draft import derive_key
from crawler.source_tools.homepage import read_site_metadata
from crawler.source_tools.toml import quote_string
from khabar.model.items import Page
from khabar.model.sources import parse_source, read_source
from newsroom.server import EDITION_TWO, Newsroom
from newsroom.sites import SITES

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def set_up(folder: Path, address: str, now: datetime = NOW, folders: str = '["mine"]') -> Khabar:
    (folder / "mine").mkdir()
    (folder / "khabar.toml").write_text(
        f'contact = "https://tests.newsroom.test"\nsource_folders = {folders}\n'
    )
    return Khabar(folder / "archive.db", address, now)


# --- on the newsroom ---


@pytest.fixture(scope="module")
def newsroom():
    with Newsroom(EDITION_TWO, bulk=200) as newsroom:
        yield newsroom


@pytest.fixture(scope="module")
def drafted(newsroom, tmp_path_factory):
    """Every site of the newsroom, drafted: key → (what the command said, its file)."""
    folder = tmp_path_factory.mktemp("add")
    khabar = set_up(folder, newsroom.address, EDITION_TWO)
    return {
        key: (khabar("sources", "add", site.home), folder / "mine" / f"{key}.toml")
        for key, site in SITES.items()
    }


every_site = pytest.mark.parametrize("key", SITES)


@every_site
def test_the_file_is_a_source_and_its_path_is_told(drafted, key):
    run, path = drafted[key]
    assert (run.code, run.out.strip(), run.err) == (0, str(path), "")
    source = read_source(path)
    assert (source.key, source.status, bool(source.reason), source.permission) == (
        key,
        "draft",
        True,
        "none",
    )
    assert (source.name, source.homepage, source.hosts[0]) == (
        SITES[key].name,
        SITES[key].home,
        SITES[key].host,
    )


@every_site
def test_its_own_examples_obey_the_laws_of_sources(drafted, key):
    source = read_source(drafted[key][1])
    assert source.article.examples
    assert [url for url in source.article.examples if source.check_url(url)] == []
    assert [url for url in source.article.not_articles if source.check_url(url) is None] == []
    documents = [*source.feeds, *source.news_sitemaps, *source.archive_sitemaps]
    assert [one.url for one in documents if source.is_article(one.url)] == []
    assert all(one.evidence and one.checked == EDITION_TWO.date() for one in documents)


@every_site
def test_the_pattern_knows_articles_it_was_not_shown(drafted, newsroom, key):
    """The few of one edition's feed and news sitemap stand for the whole archive."""
    source, site = read_source(drafted[key][1]), SITES[key]
    articles = [site.url(item) for item in newsroom._site_server.issues[key].items]
    shown = set(source.article.examples)
    taken = [url for url in articles if source.check_url(url) is None]
    assert len(set(articles) - shown) > 30
    assert len(taken) >= 0.95 * len(articles)
    sections = [
        f"{site.home.rstrip('/')}{site.section_path(name)}"
        for name in newsroom._site_server.issues[key].sections
    ]
    assert [url for url in sections if source.check_url(url) is None] == []


@every_site
def test_sitemaps_are_told_apart(drafted, key):
    source, site = read_source(drafted[key][1]), SITES[key]
    assert [one.url for one in source.news_sitemaps] == [site.home.rstrip("/") + site.news_sitemap]
    assert [one.url for one in source.archive_sitemaps] == [
        site.home.rstrip("/") + site.archive_index
    ]


def test_a_feed_the_home_page_advertises_is_found(drafted):
    assert [one.url for one in read_source(drafted["savera"][1]).feeds] == [
        "http://www.savera.newsroom.test/feed/"
    ]
    assert read_source(drafted["vyapar"][1]).feeds == ()  # it advertises none, and none is invented


def test_a_drafted_source_is_crawled_once_it_is_on(drafted, newsroom, tmp_path):
    """What a person does next: status = "on"."""
    khabar = set_up(tmp_path, newsroom.address, EDITION_TWO)
    text = (
        drafted["savera"][1]
        .read_text(encoding="utf-8")
        .replace('status = "draft"', 'status = "on"\ndelay = 0.0')
    )
    (tmp_path / "mine" / "savera.toml").write_text(text, encoding="utf-8")
    assert khabar("sources", "check", "savera").code == 0
    assert khabar("crawl", "--limit", "12").code == 0
    assert "सवेरा" in khabar("sources", "list", "--status", "on").out


def test_nothing_is_ever_written_over(newsroom, tmp_path):
    khabar = set_up(tmp_path, newsroom.address, EDITION_TWO)
    path = tmp_path / "mine" / "savera.toml"
    path.write_text("key = somebody is at work here\n")
    run = khabar("sources", "add", SITES["savera"].home)
    assert (run.code, "exists already" in run.err, "--key" in run.err) == (2, True, True)
    assert path.read_text() == "key = somebody is at work here\n"
    other = khabar("sources", "add", SITES["savera"].home, "--key", "subah")
    assert (other.code, read_source(tmp_path / "mine" / "subah.toml").key) == (0, "subah")
    again = khabar("sources", "add", SITES["savera"].home, "--key", "third")
    assert (again.code, "belongs to subah" in again.err) == (2, True)


@pytest.mark.parametrize("folders", ['["built-in"]', None])
def test_without_a_folder_of_ones_own_it_is_printed(newsroom, tmp_path, folders):
    if folders:
        khabar = set_up(tmp_path, newsroom.address, EDITION_TWO, folders)
    else:
        khabar = Khabar(tmp_path / "archive.db", newsroom.address, EDITION_TWO)
    run = khabar("sources", "add", SITES["lokujas"].home)
    assert (run.code, run.err) == (0, "")
    assert parse_source(run.out, Path("lokujas.toml")).name == "लोक उजास"


def test_a_moved_home_page_is_followed(newsroom, tmp_path):
    run = set_up(tmp_path, newsroom.address, EDITION_TWO)(
        "sources", "add", "http://savera.newsroom.test/"
    )
    assert read_source(Path(run.out.strip())).homepage in (
        SITES["savera"].home,
        "http://savera.newsroom.test/",
    )


# --- what cannot be added ---


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("https://www.jagran.com/",), "belongs to jagran"),
        (("ftp://www.a.in/",), "scheme ftp"),
        (("prabhat",), "scheme missing"),
        (("http://user:word@www.a.in/",), "credentials"),
        (("https://www.a.in/",), "KHABAR_CONTACT"),
        (("https://www.a.in/", "--key", "jagran"), "a source jagran exists already"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_added_says_why(tmp_path, args, words):
    run = Khabar(tmp_path / "archive.db", "", NOW)("sources", "add", *args)
    assert (run.code, run.out) == (2, "")
    assert words in run.err
    assert run.err.count("\n") == 1


HOST = "evil.newsroom.test"
HOME = f"http://{HOST}/"

NO_HOME = {
    "missing": ({(HOST, "/"): http(status=404)}, "answered 404"),
    "loop": ({(HOST, "/"): http(status=302, Location="/")}, "redirected"),
    "private": (
        {(HOST, "/"): http(status=302, Location="http://169.254.169.254/")},
        "blocked-address",
    ),
    "file": ({(HOST, "/"): http(status=302, Location="file:///etc/passwd")}, "bad-url"),
    "robots": (
        {(HOST, "/robots.txt"): http(b"User-agent: *\nDisallow: /\n"), (HOST, "/"): http(b"<p>x")},
        "robots",
    ),
}


@pytest.mark.parametrize(("answers", "words"), NO_HOME.values(), ids=NO_HOME)
def test_no_home_page_no_draft(tmp_path, answers, words):
    with Evil(answers) as server:
        run = set_up(tmp_path, server.address)("sources", "add", HOME)
    assert (run.code, run.out, words in run.err) == (2, "", True)
    assert list((tmp_path / "mine").iterdir()) == []


@pytest.mark.parametrize("key", ["../outside", "Prabhat", "a b", "", "a" * 50])
def test_a_key_that_is_none_writes_nothing(newsroom, tmp_path, key):
    run = set_up(tmp_path, newsroom.address, EDITION_TWO)(
        "sources", "add", SITES["savera"].home, "--key", key
    )
    if key:
        assert (run.code, "key" in run.err) == (2, True)
        assert [*tmp_path.rglob("*.toml")] == [tmp_path / "khabar.toml"]
    else:
        assert (run.code, (tmp_path / "mine" / "savera.toml").exists()) == (
            0,
            True,
        )  # as if none were given


# --- a page that means harm ---

NASTY = """<html lang='"]&#10;status = "on"'><head><title>"""
NASTY += """x</title><meta property="og:site_name" content='"""
NASTY += """"&#10;status = "on"&#10;\\u0000 &#127; """
NASTY += """]]'><link rel=alternate type=application/rss+xml href="file:///etc/passwd"><link rel=alternate
type=application/rss+xml href="http://other.example/feed"><link rel=alternate type=application/rss+xml href="/{year}/feed">
<script type="application/ld+json">{"@type": "NewsMediaOrganization", "name": ["\\"'''\\"\\"\\"", 7], "legalName": "a\\nb"}</script>
</head><body><a href="/x'y-12345">a</a><a href="/x'z-12346">b</a><a href="http://[broken">c</a></body></html>"""


def test_whatever_a_page_says_stays_inside_its_quotes(tmp_path):
    robots = b"User-agent: *\nAllow: /\nSitemap: /bomb.xml\nSitemap: http://127.0.0.1:9/s.xml\nSitemap: /{month}/{0}.xml\n"
    bomb = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><urlset><url><loc>/&b;-12347</loc></url></urlset>'
    answers = {
        (HOST, "/"): http(NASTY.encode()),
        (HOST, "/robots.txt"): http(robots, Content_Type="text/plain"),
        (HOST, "/bomb.xml"): http(bomb, Content_Type="text/xml"),
        (HOST, "/%7Byear%7D/feed"): http(
            b"<rss><channel><item><link>/x'y-12345</link></item></channel></rss>"
        ),
        (HOST, "/%7Bmonth%7D/%7B0%7D.xml"): http(
            b"<urlset><url><loc>/x'y-12345</loc></url></urlset>"
        ),
    }
    with Evil(answers) as server:
        run = set_up(tmp_path, server.address)("sources", "add", HOME)
    assert run.code == 0, run.err
    source = read_source(Path(run.out.strip()))
    assert (source.status, source.key, source.hosts) == ("draft", "evil", (HOST,))
    assert [one.url for one in source.feeds] == [f"{HOME}%7Byear%7D/feed"]
    assert all(source.is_own_url(one.url) for one in source.archive_sitemaps)
    assert source.check_url(f"{HOME}x'w-54321") is None
    assert {host for host, _ in server.log} == {HOST}


def test_a_home_page_that_tells_nothing_still_makes_a_file(tmp_path):
    with Evil({(HOST, "/"): http(b"<html><body>0</body></html>")}) as server:
        run = set_up(tmp_path, server.address)("sources", "add", HOME)
    text = Path(run.out.strip()).read_text(encoding="utf-8")
    assert "no article URL was found" in text
    source = read_source(Path(run.out.strip()))
    assert (source.feeds, source.article.examples, source.name) == ((), (), HOST)
    assert source.check_url(f"{HOME}news/khabar-12345")


# --- the parts ---


@pytest.mark.parametrize(
    ("host", "key"),
    [
        ("www.jagran.com", "jagran"),
        ("hindi.oneindia.com", "oneindia"),
        ("navbharattimes.indiatimes.com", "navbharattimes"),
        ("www.deshbandhu.co.in", "deshbandhu"),
        ("www.pib.gov.in", "pib"),
        ("m.hindi.news18.com", "news18"),
        ("prabhat.in", "prabhat"),
        ("xn--i1b6b1a6a2e.xn--h2brj9c", "xn--i1b6b1a6a2e"),
        ("news.in", "news"),
        ("localhost", "source"),
    ],
)
def test_a_key_out_of_a_host(host, key):
    assert derive_key(host) == key


def masthead(html: str):
    return read_site_metadata(Page("https://www.prabhat.example/", html.encode(), NOW))


def test_what_a_home_page_says_of_its_source():
    told = masthead("""<html lang="hi-IN"><head><title>ताज़ा ख़बरें | प्रभात</title>
    <link rel="alternate" type="application/rss+xml" href="/rss"><link rel="Alternate" type="application/atom+xml" href="atom">
    <link rel="alternate" hreflang="en" href="/en/"><link rel="amphtml" href="/amp/">
    <script type="application/ld+json">{"@graph": [{"@type": "NewsMediaOrganization", "name": "प्रभात",
      "alternateName": "Prabhat", "parentOrganization": {"name": "Prabhat Media Limited"}}]}</script></head>
    <body><a href="/desh/">देश</a><a href="/niyam">नियम और शर्तें</a></body></html>""")
    assert (told.name, told.name_en, told.owner, told.language) == (
        "प्रभात",
        "Prabhat",
        "Prabhat Media Limited",
        "hi",
    )
    assert told.feeds == ("https://www.prabhat.example/rss", "https://www.prabhat.example/atom")
    assert told.terms_url == "https://www.prabhat.example/niyam"
    assert told.links == ("https://www.prabhat.example/desh/", "https://www.prabhat.example/niyam")


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("<title>ताज़ा ख़बरें | प्रभात</title>", "प्रभात"),
        ("<title>Prabhat: latest news</title>", "latest news"),
        ('<title>x</title><meta property="og:site_name" content="प्रभात">', "प्रभात"),
        ("", ""),
    ],
)
def test_the_name_where_json_ld_has_none(head, name):
    assert masthead(f"<html><head>{head}</head><body><p>x</p></body></html>").name == name


def test_a_page_that_cannot_be_read_says_nothing():
    for body in (b"", b"%PDF-1.7", b"\x1f\x8b\x08"):
        assert read_site_metadata(Page("https://www.prabhat.example/", body, NOW)).links == ()


@pytest.mark.parametrize(
    "text",
    [
        '"',
        "\\",
        "\n",
        "'''",
        '"""',
        "\x7f\x80\u2028",
        "\ud800",
        "\x00\x1f",
        "ख़बर",
        "\U0001f5de",
        "]]\n[x]",
    ],
)
def test_any_text_is_one_toml_string(text):
    told = tomllib.loads(f"a = {quote_string(text)}\nb = 1")
    assert told == {"a": re.sub("[\ud800-\udfff]", "?", text), "b": 1}


def test_a_ban_of_web_archives_is_told(tmp_path):
    answers = {
        (HOST, "/robots.txt"): http(
            b"User-agent: ia_archiver\nDisallow: /\n", Content_Type="text/plain"
        ),
        (HOST, "/"): http("<html lang=hi><title>ठीक</title>".encode()),
    }
    with Evil(answers) as evil:
        run = set_up(tmp_path, evil.address)("sources", "add", f"http://{HOST}/")
    assert run.code == 0, run.err
    assert (
        run.err
        == "khabar: its robots.txt bars web archives (ia_archiver): ask the site before you archive it\n"
    )
    assert "# Its robots.txt bars web archives (ia_archiver)" in Path(run.out.strip()).read_text(
        encoding="utf-8"
    )
