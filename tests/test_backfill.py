"""Older days: walked from the archive sitemaps after everything else, resumable, and missed days queue themselves."""

from __future__ import annotations

import time
from datetime import date, timedelta

import pytest
from archive_fixtures import HOME, START, ArchiveBuilder, article, source
from command_runner import PATIENCE, Khabar
from conftest import settle_in

from khabar.archive import ArchiveError, open_archive
from khabar.archive.frontier import backfills
from khabar.archive.frontier import due as frontier
from khabar.model.clock import format_utc
from khabar.model.items import DiscoveredLink, Outcome
from khabar.model.sources import DiscoveryDocument
from newsroom.expected import expected_articles
from newsroom.server import EDITION_ONE, Newsroom

BULK = 150  # thirty for each site: more than its feed names
LATE = EDITION_ONE + timedelta(days=9)  # the news sitemaps have forgotten all of them
DAYS = ("--from", "2026-10-20", "--to", "2026-11-02")
ARCHIVE = f"{HOME}/sitemap-archive.xml"


def held(path) -> list[str]:
    with open_archive(path) as archive:
        return [
            url
            for (url,) in archive.db.execute(
                "select url from articles where source = 'savera' order by url"
            )
        ]


def requested(newsroom: Newsroom, start: int) -> list[str]:
    """The URLs of its log from `start` on; the mobile host has the paths of the desktop host."""
    return [f"http://{request.host}{request.path}" for request in newsroom.log[start:]]


def printed(since: date, until: date) -> list[str]:
    """What savera printed on those days."""
    told = [one for one in expected_articles(LATE, BULK) if one.source == "savera"]
    return sorted(
        one.url for one in told if since.isoformat() <= one.published_at[:10] <= until.isoformat()
    )


@pytest.fixture(scope="module")
def crawled(tmp_path_factory):
    """Nine days late: what a crawl found of savera, then what two backfills brought, and the pages they asked for."""
    archive = settle_in(tmp_path_factory.mktemp("late"))
    with Newsroom(LATE, BULK) as newsroom:
        khabar = Khabar(archive, newsroom.address, LATE)
        assert khabar("crawl", "savera").code == 0
        before, asked = held(archive), len(newsroom.log)
        first = khabar("backfill", "savera", *DAYS)
        after, walked = held(archive), requested(newsroom, asked)
        asked = len(newsroom.log)
        second = khabar("backfill", "savera", *DAYS)
        again = requested(newsroom, asked)
    return before, after, (first, walked), (second, again)


def test_it_brings_what_feeds_had_forgotten(crawled):
    before, after, (run, _), _ = crawled
    wanted = printed(date(2026, 10, 20), date(2026, 11, 2))
    assert set(wanted) - set(before)
    assert set(wanted) <= set(after)
    assert (run.code, run.err) == (0, "")
    assert f"savera: {len(after) - len(before)} articles" in run.out
    assert "nothing left to request" in run.out


def test_what_is_held_is_not_fetched_again(crawled):
    before, _, (_, walked), (_, again) = crawled
    assert set(before) & set(walked) == set()
    assert [url for url in again if "sitemap" not in url and not url.endswith("/robots.txt")] == []


def test_a_limit_and_a_kill_cost_nothing(tmp_path):
    archive = settle_in(tmp_path)
    with Newsroom(LATE, BULK) as newsroom:
        khabar = Khabar(archive, newsroom.address, LATE)
        part = khabar("backfill", "savera", *DAYS, "--limit", "6")
        assert part.code == 0 and "left to request" in part.out and "nothing left" not in part.out
        stood, deadline = len(held(archive)), time.monotonic() + PATIENCE
        run = khabar.start("backfill", "savera", *DAYS)
        while run.poll() is None and _count(archive) < stood + 5 and time.monotonic() < deadline:
            time.sleep(0.02)
        run.kill()
        known, asked = set(held(archive)), len(newsroom.log)
        assert _count(archive) < len(printed(date(2026, 10, 20), date(2026, 11, 2)))
        khabar.now += timedelta(
            minutes=1
        )  # the clock of a run does not begin before the last's end
        done = khabar("backfill", "savera", *DAYS)
    assert (done.code, done.err) == (0, "")
    assert set(printed(date(2026, 10, 20), date(2026, 11, 2))) <= set(held(archive))
    assert known & set(requested(newsroom, asked)) == set()


def _count(path) -> int:
    try:
        return len(held(path))
    except ArchiveError:  # in the middle of a commit
        return 0


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("savera", "--from", "2026-11-02", "--to", "2026-11-01"), "is before --from"),
        (("nirala", *DAYS), "nirala"),
        (("savera", "--from", "2026-11-02"), "--to"),
    ],
)
def test_what_cannot_be_walked_says_why(tmp_path, args, words):
    run = Khabar(settle_in(tmp_path), "127.0.0.1:1", LATE)("backfill", *args)
    assert run.code == 2 and words in run.err and len(run.err.splitlines()) <= 4


# --- which days a link may be of ---


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("https://a.example/sitemap-2026-10.xml", ("2026-10-01", "2026-10-31")),
        ("https://a.example/sitemap/2026/02/03.xml", ("2026-02-03", "2026-02-03")),
        ("https://a.example/sitemap_20261005.xml.gz", ("2026-10-05", "2026-10-05")),
        ("https://a.example/archive-2024.xml", ("2024-01-01", "2024-12-31")),
        ("https://a.example/sitemap_2026_1.xml", ("2026-01-01", "2026-01-31")),
        ("https://a.example/sitemap-2026-02-30.xml", ("2026-02-01", "2026-02-28")),
        ("https://a.example/sitemap-12345678.xml", None),
        ("https://a.example/sitemap-part-7.xml", None),
    ],
)
def test_the_days_a_sitemap_names(url, named):
    told = source(archive_sitemaps=(DiscoveryDocument(url=ARCHIVE),))
    first, last = map(date.fromisoformat, named) if named else (date(2026, 7, 1), date(2026, 7, 1))
    link, day = DiscoveredLink(url, "sitemap", "sitemap"), timedelta(days=1)
    assert backfills.can_overlap(link, told, first, first)
    assert backfills.can_overlap(link, told, last, last)
    far = backfills.can_overlap(link, told, last + 2 * day, last + 9 * day)
    assert far is (named is None)  # without a name any day is possible


# --- missed days ---


@pytest.fixture
def desk(tmp_path):
    opened = ArchiveBuilder(tmp_path / "archive.db")
    opened.add(source(archive_sitemaps=(DiscoveryDocument(url=ARCHIVE),)))
    yield opened
    opened.archive.close()


def promise(desk: ArchiveBuilder, number: int, ended: Outcome = Outcome.OTHER_PAGE) -> None:
    """A day on which sitemaps named so many pages, each of them asked for."""
    for one in range(number):
        url = f"{HOME}/news/{desk.now:%d}-{one}"
        desk.note(url, how="news-sitemap", published=format_utc(desk.now))
        end(desk, url, ended)


def end(desk: ArchiveBuilder, url: str, outcome: Outcome) -> None:
    """What may pass by itself is an end only after the last try."""
    while desk.row(url)["outcome"] is None:
        desk.end(url, outcome)


def test_a_day_nobody_listened_queues_itself_once(desk):
    for day in range(9):
        promise(desk, 0 if day == 4 else 8)
        desk.wait(hours=24)
    queued = backfills.schedule_missing_days(desk.db, desk.sources["kagaz"], desk.now)
    assert queued == [(START + timedelta(days=4)).date()]
    assert backfills.schedule_missing_days(desk.db, desk.sources["kagaz"], desk.now) == []
    (row,) = desk.rows("select * from backfills")
    assert (row["why"], row["since"]) == ("missing", queued[0].isoformat())
    assert {one.tier for one in due(desk)} == {
        frontier.DOCUMENT
    }  # while its feed is due the days wait
    desk.end(f"{HOME}/feed.xml", Outcome.FEED)
    assert [(one.url, one.tier) for one in due(desk)] == [(ARCHIVE, frontier.BACKFILL)]


def due(desk: ArchiveBuilder) -> list[frontier.QueueEntry]:
    return frontier.select_due(desk.db, ("kagaz",), desk.now, skip={}, limit=50, per_host=50)


def test_pages_a_host_failed_to_give_are_asked_for_again(desk):
    for day in range(5):
        promise(desk, 8, Outcome.SERVER_ERROR if day == 2 else Outcome.OTHER_PAGE)
        desk.wait(hours=24)
    lost = desk.rows("select url from pages where outcome = 'server-error'")
    assert len(lost) == 8
    assert backfills.schedule_missing_days(desk.db, desk.sources["kagaz"], desk.now) == [
        (START + timedelta(days=2)).date()
    ]
    assert (
        desk.rows(
            "select count(*) as n from pages where state = 'new' and backfill and kind = 'page'"
        )[0]["n"]
        == 8
    )


def test_a_source_without_archives_cannot_catch_up(desk):
    desk.add(source("pratilipi"))
    desk.wait(hours=24 * 9)
    assert backfills.schedule_missing_days(desk.db, desk.sources["pratilipi"], desk.now) == []


# --- completeness ---


def test_each_promise_of_a_day_has_its_fate(desk):
    stories = [f"{HOME}/news/{number}" for number in range(5)]
    desk.note(
        *stories, how="news-sitemap", published="2026-11-23T19:00:00Z"
    )  # past midnight in India
    end(desk, stories[0], Outcome.SERVER_ERROR)
    end(desk, stories[1], Outcome.LISTING)
    desk.read(article(stories[2]))
    (row,) = desk.rows("select * from completeness")
    assert row == {
        "source": "kagaz", "day": "2026-11-24", "expected": 5, "held": 1, "waiting": 2, "lost": 1, "no_article": 1,
    }  # fmt: skip
