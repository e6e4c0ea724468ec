"""Feeds, sitemaps and listings: asked as often as they bring something, and told when they are dead."""

from __future__ import annotations

from datetime import timedelta

import pytest
from archive_fixtures import HOME, START, ArchiveBuilder, source
from simulated_days import HOUR, Press, Simulation

from khabar.archive.frontier import documents
from khabar.model import schedule
from khabar.model.clock import parse_utc
from khabar.model.items import DiscoveredLink, Outcome, Page, Visit
from khabar.model.sources import DiscoveryDocument
from khabar.processing.responses import build_visit

FEED, SITEMAP = f"{HOME}/feed.xml", f"{HOME}/news-sitemap.xml"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def desk(tmp_path):
    opened = ArchiveBuilder(tmp_path / "archive.db")
    opened.add(source(news_sitemaps=(DiscoveryDocument(url=SITEMAP),)))
    yield opened
    opened.archive.close()


def read(
    desk: ArchiveBuilder, url: str, *names: str, how: str = "feed", outcome: Outcome = Outcome.FEED
) -> timedelta:
    """The document was read and named these pages; in how long it is due again."""
    row = desk.row(url)
    links = tuple(DiscoveredLink(f"{HOME}/news/{name}", how) for name in names)
    page = Page(
        url, repr((names, outcome)).encode(), desk.now, 200 if outcome is Outcome.FEED else 404
    )
    desk.file(Visit(row["id"], "kagaz", page, outcome=outcome, found=links))
    return parse_utc(desk.row(url)["next_at"]) - desk.now


def record(desk: ArchiveBuilder, url: str) -> dict:
    (row,) = desk.rows("select * from document_list where url = ?", url)
    return row


# --- how often ---


def test_a_busy_document_is_asked_within_minutes_a_quiet_one_within_hours(desk):
    every, number = read(desk, FEED, "0"), 0
    assert every == 15 * MINUTE
    for _ in range(8):
        desk.wait(seconds=every.total_seconds())
        number += 10
        every = read(desk, FEED, *(str(n) for n in range(number, number + 10)))
    assert every == schedule.MIN_POLL_INTERVALS["feed"]
    for _ in range(30):
        desk.wait(seconds=every.total_seconds())
        every = read(desk, FEED, str(number))
    assert every >= timedelta(hours=6)


def test_what_somebody_else_had_named_already_is_nothing_new(desk):
    read(desk, FEED)
    read(desk, SITEMAP, "1", "2", how="news-sitemap")
    desk.wait(minutes=15)
    assert read(desk, FEED, "1", "2") > 15 * MINUTE


def test_links_of_others_and_no_articles_make_no_document_busy(desk):
    read(desk, FEED)
    desk.wait(minutes=15)
    row = desk.row(FEED)
    found = tuple(DiscoveredLink(f"{HOME}/about/{n}", "feed") for n in range(9))
    desk.file(
        Visit(row["id"], "kagaz", Page(FEED, b"x", desk.now), outcome=Outcome.FEED, found=found)
    )
    assert parse_utc(desk.row(FEED)["next_at"]) - desk.now > 15 * MINUTE


def test_an_index_is_as_busy_as_its_children(desk):
    child = f"{HOME}/sitemap-1.xml"
    index = desk.row(SITEMAP)
    for number in range(6):
        found = (DiscoveredLink(child, "sitemap-index", "sitemap"),)
        page = Page(SITEMAP, str(number).encode(), desk.now)
        desk.file(Visit(index["id"], "kagaz", page, outcome=Outcome.FEED, found=found))
        desk.wait(minutes=1)
        read(desk, child, *(f"{number}-{n}" for n in range(8)), how="news-sitemap")
        desk.wait(minutes=14)
    assert record(desk, SITEMAP)["every_minutes"] < 15


def test_a_feed_its_sitemap_has_covered_for_a_week_is_asked_daily_and_no_longer_when_it_is_first_again(
    desk,
):
    number = 0
    for _ in range(9 * 8):
        read(desk, FEED, str(number), str(number + 1))
        desk.wait(hours=1)
        read(desk, SITEMAP, str(number), str(number + 1), how="news-sitemap")
        desk.wait(hours=2)
        number += 2
    assert read(desk, FEED, "more") == timedelta(days=1)
    read(desk, SITEMAP, "more", how="news-sitemap")
    read(desk, FEED, "its own")
    desk.wait(hours=25)
    read(desk, SITEMAP, "another", how="news-sitemap")
    assert read(desk, FEED, "its own") < timedelta(days=1)


def test_a_feed_leads_again_when_its_sitemap_fails(desk):
    for number in range(9 * 8):
        read(desk, SITEMAP, str(number), how="news-sitemap")
        read(desk, FEED, str(number))
        desk.wait(hours=3)
    read(desk, SITEMAP, "a", how="news-sitemap")
    assert read(desk, FEED, "a") == timedelta(days=1)
    read(desk, SITEMAP, outcome=Outcome.NOT_FOUND)
    read(desk, FEED, "b", "c")
    desk.wait(hours=1)
    assert read(desk, FEED, "d", "e") < timedelta(hours=3)


def test_a_source_with_36_feeds_stays_within_its_budget(tmp_path):
    """A day of it, a request a minute at most: all feeds together take a quarter, and every article is found."""
    run = Simulation(tmp_path / "archive.db", Press(START, rate=6, feeds=36), delay=60)
    run.hours(24)
    later = START + 3 * HOUR  # the first readings apart
    polls = run.between(later, START + 24 * HOUR, 0)
    assert len(polls) <= schedule.POLL_SHARE * 21 * 60
    assert {one.url for one in polls} == {f"{HOME}/feed-{n}.xml" for n in range(36)}
    printed = [n for n, at in enumerate(run.press.times) if at <= START + 12 * HOUR]
    assert {f"{HOME}/news/{n}" for n in printed} <= run.known.keys()
    run.desk.archive.close()


# --- nothing changed ---


@pytest.mark.parametrize("kind", ["feed", "sitemap", "listing"])
def test_the_same_body_is_not_read_again(desk, kind):
    page = Page(FEED, b"<rss><channel><item><link>/news/1</link></item></channel></rss>", desk.now)
    known = documents.hash_body(page)
    visit = build_visit(1, desk.sources["kagaz"], kind, page, known)
    assert (visit.outcome, visit.found) == (Outcome.FEED, ())
    other = build_visit(1, desk.sources["kagaz"], "feed", page, known[::-1])
    assert other.outcome is None  # the worker process reads it


def test_the_hash_is_that_of_the_last_body_read_and_a_failure_forgets_the_validators(desk):
    row = desk.row(FEED)
    page = Page(FEED, b"one", desk.now, 200, {"etag": '"1"'})
    desk.file(Visit(row["id"], "kagaz", page, outcome=Outcome.FEED))
    (told,) = desk.rows("select body_sha256 from documents where page_id = ?", row["id"])
    assert told["body_sha256"] == documents.hash_body(page)
    assert desk.row(FEED)["etag"] == '"1"'
    desk.file(
        Visit(
            row["id"],
            "kagaz",
            Page(FEED, b"", desk.now, 404),
            outcome=Outcome.NOT_FOUND,
            evidence="404",
        )
    )
    assert (
        desk.row(FEED)["etag"] is None
    )  # or a 304 would say that what is not there has not changed


# --- dead ---


def test_a_document_dead_for_two_weeks_is_retired_with_a_notice_and_comes_back(desk):
    read(desk, FEED, "1")
    waits = []
    for _ in range(19):
        waits.append(read(desk, FEED, outcome=Outcome.NOT_FOUND))
        desk.wait(seconds=waits[-1].total_seconds())
    assert waits[:3] == [timedelta(minutes=minutes) for minutes in (5, 20, 80)]
    assert waits[3:17] == [timedelta(days=1)] * 14
    assert waits[17:] == [timedelta(days=30)] * 2
    ((key, url, since, evidence),) = documents.list_retired(desk.db)
    assert (key, url, since[:10]) == ("kagaz", FEED, "2026-11-24")
    assert evidence.startswith("not-found")
    assert record(desk, FEED)["retired_at"]
    read(desk, FEED, "2")
    assert documents.list_retired(desk.db) == []
    assert record(desk, FEED)["failing_since"] is None


def test_one_bad_day_retires_nobody(desk):
    for _ in range(20):
        read(desk, FEED, "1")
        desk.wait(days=10)
        read(desk, FEED, outcome=Outcome.NOT_FOUND)
        desk.wait(days=1)
    assert documents.list_retired(desk.db) == []
