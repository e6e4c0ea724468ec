"""khabar sources check: one verdict for each document, asked live and politely."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from conftest import ROOT, Khabar, settle_in
from hostile_server import RESET, Evil, endless, http

from crawler.source_tools import check as checking
from crawler.source_tools import client
from crawler.source_tools.check import DocumentCheck, check_documents, judge_answer, list_documents
from crawler.source_tools.client import FetchFailure
from khabar.model.config import Config, Settings
from khabar.model.items import Outcome, Page
from khabar.model.sources import read_registry
from newsroom.server import EDITION_TWO, Newsroom

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
WEEK = timedelta(days=7)


def rows(run) -> dict[str, dict]:
    return {one["url"]: one for one in json.loads(run.out)}


# --- on the newsroom ---


@pytest.fixture(scope="module")
def newsroom():
    with Newsroom(EDITION_TWO) as newsroom:
        yield newsroom


@pytest.fixture
def khabar(newsroom, tmp_path):
    newsroom.log.clear()
    return Khabar(settle_in(tmp_path), newsroom.address, EDITION_TWO)


def test_all_is_well_in_the_newsroom(khabar, newsroom):
    run = khabar("sources", "check", "--json")
    assert (run.code, run.err) == (0, "")
    told = json.loads(run.out)
    assert {one["state"] for one in told} == {"ok"}
    assert [one["source"] for one in told] == sorted(one["source"] for one in told)
    assert {one["how"] for one in told} == {"feed", "news-sitemap", "archive-sitemap", "listing"}
    assert all(one["articles"] for one in told if one["how"] != "archive-sitemap")


def test_each_document_is_asked_once_and_robots_once_a_host(khabar, newsroom):
    told = json.loads(khabar("sources", "check", "savera", "vyapar", "--json").out)
    asked = [f"http://{one.host}{one.path}" for one in newsroom.log]
    robots = [url for url in asked if url.endswith("/robots.txt")]
    assert sorted(set(asked) - set(robots)) == sorted(one["url"] for one in told)
    assert len(asked) == len(set(asked)) == len(told) + 2
    assert all("+https://tests.newsroom.test" in one.user_agent for one in newsroom.log)
    assert not khabar.archive.exists(), "a check opens no archive"


def test_nothing_new_for_long_is_stale_but_no_failure(khabar):
    khabar.now = EDITION_TWO + timedelta(days=30)
    run = khabar("sources", "check", "savera", "--json")
    assert run.code == 0
    states = {one["how"]: one["state"] for one in json.loads(run.out)}
    assert states == {"feed": "stale", "news-sitemap": "stale", "archive-sitemap": "ok"}
    patient = khabar("sources", "check", "savera", "--stale", "60d", "--json")
    assert {one["state"] for one in json.loads(patient.out)} == {"ok"}


def test_csv_and_table_tell_the_same(khabar):
    told = list(csv.DictReader(io.StringIO(khabar("sources", "check", "savera", "--csv").out)))
    table = khabar("sources", "check", "savera").out
    assert [one["state"] for one in told] == ["ok"] * 3
    assert all(one["url"] in table for one in told)


def test_the_report_is_saved_beside_the_archive(khabar):
    run = khabar("sources", "check", "savera", "--save", "--json")
    [report] = khabar.archive.parent.glob("sources-check-*.json")
    saved = json.loads(report.read_text(encoding="utf-8"))
    assert str(report) in run.err
    assert saved["documents"] == json.loads(run.out)
    assert saved["checked_at"] in {
        f"{EDITION_TWO.astimezone(UTC) + timedelta(seconds=s):%Y-%m-%dT%H:%M:%SZ}"
        for s in range(30)
    }
    assert [path.name for path in khabar.archive.parent.iterdir() if path.suffix == ".part"] == []


def test_the_registrys_own_files_are_left_alone(khabar):
    before = {path: path.read_bytes() for path in (ROOT / "newsroom" / "sources").glob("*.toml")}
    khabar("sources", "check", "--save")
    assert {path: path.read_bytes() for path in before} == before


# --- on a server without manners ---

HOST = "evil.newsroom.test"
HOME = f"http://{HOST}/"


def rss(*links: str, date: str = "Tue, 24 Nov 2026 08:00:00 GMT") -> bytes:
    items = "".join(f"<item><link>{link}</link><pubDate>{date}</pubDate></item>" for link in links)
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title>{items}</channel></rss>'.encode()


STORY = f"{HOME}news/khabar-1234"
FEEDS = {
    # path → (answer, state, words of the evidence)
    "/good": (http(rss(STORY)), "ok", ""),
    "/undated": (http(rss(STORY, date="")), "ok", "no dates"),
    "/old": (
        http(rss(STORY, date="Sun, 01 Nov 2026 08:00:00 GMT")),
        "stale",
        "nothing since 2026-11-01",
    ),
    "/none": (http(rss()), "empty", "no entry"),
    "/foreign": (
        http(rss("http://other.example/news/khabar-1234", f"{HOME}desh/")),
        "empty",
        "no entry is an article",
    ),
    "/page": (http(b"<html><body>hello</body></html>"), "broken", "not a feed"),
    "/blank": (http(b""), "broken", "not a feed"),
    "/missing": (http(status=404), "dead", "404"),
    "/gone": (http(status=410), "dead", "410"),
    "/refused": (http(status=403), "dead", "403"),
    "/fault": (http(status=500), "dead", "500"),
    "/reset": (RESET, "dead", "unreachable"),
    "/short": (http(b"x", Content_Length="99"), "dead", "unreachable"),
    "/endless": (
        endless(http(b"", Content_Length="", Content_Type="text/xml"), b"<a/>" * 4096),
        "dead",
        "too-large",
    ),
    "/moved": (http(status=301, Location="/good"), "moved", f"to {HOME}good"),
    "/away": (
        http(status=302, Location="http://169.254.169.254/x"),
        "moved",
        "no host of this source",
    ),
    "/file": (http(status=302, Location="file:///etc/passwd"), "moved", "no host of this source"),
    "/home": (http(status=301, Location=HOME), "moved", "the home page"),
    "/private/feed": (http(rss(STORY)), "forbidden", "robots.txt disallows it"),
}


def source_toml(key: str, host: str, paths: list[str], hosts: tuple[str, ...] = ()) -> str:
    feeds = "".join(f'  {{ url = "http://{host}{path}" }},\n' for path in paths)
    listed = ", ".join(f'"{one}"' for one in dict.fromkeys((host, *hosts)))
    return f"""
key = "{key}"
name = "बुरा"
name_en = "Evil"
homepage = "http://{host}/"
hosts = [{listed}]
status = "draft"
reason = "made for a test"
delay = 0.0
feeds = [
{feeds}]
[article]
pattern = '/news/[a-z]+-\\d+$'
"""


def evil_khabar(folder, server: Evil, **sources: str) -> Khabar:
    (folder / "mine").mkdir()
    for key, text in sources.items():
        (folder / "mine" / f"{key}.toml").write_text(text, encoding="utf-8")
    (folder / "khabar.toml").write_text(
        'contact = "https://tests.newsroom.test"\nsource_folders = ["mine"]\n'
    )
    return Khabar(folder / "archive.db", server.address, NOW)


def test_every_way_a_document_can_be(tmp_path):
    answers = {(HOST, path): answer for path, (answer, *_) in FEEDS.items()}
    answers[HOST, "/robots.txt"] = http(
        b"User-agent: *\nDisallow: /private/\n", Content_Type="text/plain"
    )
    with Evil(answers) as server:
        khabar = evil_khabar(tmp_path, server, evil=source_toml("evil", HOST, list(FEEDS)))
        run = khabar("sources", "check", "evil", "--json")
    assert run.code == 1, "something is dead"
    told = rows(run)
    assert {path: told[f"http://{HOST}{path}"]["state"] for path in FEEDS} == {
        p: state for p, (_, state, _) in FEEDS.items()
    }
    for path, (_, _, words) in FEEDS.items():
        assert words in told[f"http://{HOST}{path}"]["evidence"], path
    asked = [path for _, path in server.log]
    assert "/private/feed" not in asked
    assert len(asked) == len(set(asked)) == len(FEEDS), (
        "nothing is asked twice, no redirect is followed"
    )


@pytest.mark.parametrize("path", ["/good", "/old", "/none", "/moved", "/private/feed"])
def test_what_can_wait_is_no_failure(tmp_path, path):
    robots = http(b"User-agent: *\nDisallow: /private/\n", Content_Type="text/plain")
    with Evil({(HOST, path): FEEDS[path][0], (HOST, "/robots.txt"): robots}) as server:
        khabar = evil_khabar(tmp_path, server, evil=source_toml("evil", HOST, [path]))
        assert khabar("sources", "check", "evil").code == 0


def test_a_host_that_asks_to_be_left_alone_is(tmp_path):
    answers = {
        (HOST, "/a"): http(rss(STORY)),
        (HOST, "/b"): http(status=429, Retry_After="60"),
        (HOST, "/c"): http(rss(STORY)),
        ("kind.newsroom.test", "/a"): http(rss("http://kind.newsroom.test/news/khabar-1")),
    }
    with Evil(answers) as server:
        kind = source_toml("kind", "kind.newsroom.test", ["/a"])
        khabar = evil_khabar(
            tmp_path, server, evil=source_toml("evil", HOST, ["/a", "/b", "/c"]), kind=kind
        )
        run = khabar("sources", "check", "evil", "kind", "--json")
    assert [(one["source"], one["state"]) for one in json.loads(run.out)] == [
        ("evil", "ok"), ("evil", "busy"), ("evil", "busy"), ("kind", "ok"),
    ]  # fmt: skip
    assert (HOST, "/c") not in server.log
    assert run.code == 0


@pytest.mark.parametrize("robots", [http(status=503), RESET], ids=["503", "reset"])
def test_robots_that_cannot_be_read_forbid_all(tmp_path, robots):
    with Evil({(HOST, "/robots.txt"): robots, (HOST, "/good"): FEEDS["/good"][0]}) as server:
        khabar = evil_khabar(tmp_path, server, evil=source_toml("evil", HOST, ["/good"]))
        [told] = json.loads(khabar("sources", "check", "evil", "--json").out)
    assert (told["state"], "robots.txt" in told["evidence"]) == ("dead", True)
    assert (HOST, "/good") not in server.log


def test_no_private_address_is_asked(tmp_path):
    with Evil({("127.0.0.1", "/feed"): FEEDS["/good"][0]}) as server:
        port = server.address.rpartition(":")[2]
        text = (
            source_toml("inside", "127.0.0.1", [])
            .replace("delay = 0.0", "")
            .replace("feeds = [\n]", f'feeds = [{{ url = "http://127.0.0.1:{port}/feed" }}]')
        )
        [told] = json.loads(
            evil_khabar(tmp_path, server, inside=text)("sources", "check", "inside", "--json").out
        )
    assert (told["state"], told["evidence"]) == ("dead", "blocked-address: 127.0.0.1")
    assert server.log == []


# --- who is asked at all ---


def test_nobody_is_asked_without_a_contact(tmp_path):
    run = Khabar(tmp_path / "archive.db", "", NOW)("sources", "check", "jagran")
    assert run.code == 2
    assert "KHABAR_CONTACT" in run.err


def test_a_source_that_is_off_is_not_asked(tmp_path):
    run = Khabar(tmp_path / "archive.db", "", NOW)("sources", "check", "bbc_hindi")
    assert run.code == 2
    assert "bbc_hindi is off" in run.err
    assert "robots.txt" in run.err


def test_an_unknown_source_gets_a_hint(tmp_path):
    run = Khabar(tmp_path / "archive.db", "", NOW)("sources", "check", "jagrn")
    assert (run.code, "did you mean jagran" in run.err) == (2, True)


# --- the parts ---


def test_archives_are_looked_at_by_the_day_before_yesterday():
    source = read_registry().get("patrika")
    told = [
        one.url
        for one in list_documents([source], datetime(2026, 11, 24, 20, 0, tzinfo=UTC))
        if one.how == "archive-sitemap"
    ]
    assert told == [
        "https://www.patrika.com/date/google-sitemap-2026-11-23.xml"
    ]  # it is the 25th in India


def test_a_host_is_asked_one_thing_at_a_time_and_hosts_side_by_side(monkeypatch):
    under_way: list[str] = []
    most: dict[str, int] = {"host": 0, "all": 0}

    async def fetch(url, *, reason="page"):
        under_way.append(url.split("/")[2])
        most["host"] = max(most["host"], under_way.count(under_way[-1]))
        most["all"] = max(most["all"], len(under_way))
        await asyncio.sleep(0.001)
        under_way.remove(url.split("/")[2])
        return FetchFailure(Outcome.UNREACHABLE, "a test")

    monkeypatch.setattr(
        checking, "run_callback", lambda config, script, sources: asyncio.run(script(fetch))
    )
    on = read_registry().active_sources
    told = check_documents(Config(ROOT / "x.db", ROOT / "khabar.toml", Settings(), {}), on, WEEK)
    assert (most["host"], most["all"] > 10) == (1, True)
    assert [one.source for one in told] == [
        source.key for source in on for _ in list_documents([source], NOW)
    ]


@pytest.mark.parametrize(
    ("url", "delay"), [("https://www.a.in/x", 1.5), ("http://c.newsroom.test/", 0.0)]
)
def test_a_stranger_is_asked_as_slowly_as_anybody_at_the_least(url, delay):
    assert (
        client.make_temporary_source(url).delay,
        client.make_temporary_source(url).is_newsroom,
    ) == (
        delay,
        delay == 0,
    )


def test_a_sitemap_of_a_source_is_judged_by_its_own_pattern():
    source = read_registry().get("webdunia")
    loc = "".join(
        f"<url><loc>{url}</loc><lastmod>2026-11-24</lastmod></url>"
        for url in source.article.examples
    )
    body = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{loc}</urlset>'.encode()
    asked = DocumentCheck(source, "sitemap", "news-sitemap", f"{source.homepage}s.xml")
    told = judge_answer(asked, Page(asked.url, body, NOW), WEEK)
    assert (told.state, told.entries, told.articles, told.newest) == ("ok", 2, 2, "2026-11-24")
