"""The ledger and its frontier: every URL judged, folded and due when it should be."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from archive_fixtures import HOME, HOST, ArchiveBuilder, article, source

from khabar.archive.frontier import due as frontier
from khabar.archive.frontier import hosts, outcomes, url_store
from khabar.model.clock import format_utc
from khabar.model.items import DiscoveredLink, Outcome
from khabar.model.sources import DiscoveryDocument


@pytest.fixture
def desk(tmp_path):
    opened = ArchiveBuilder(tmp_path / "archive.db")
    yield opened
    opened.archive.close()


def due(desk: ArchiveBuilder, *, skip=(), limit=100, per_host=100, keys=("kagaz",)) -> list[str]:
    found = frontier.select_due(desk.db, keys, desk.now, skip=skip, limit=limit, per_host=per_host)
    return [entry.url for entry in found]


def is_due(desk: ArchiveBuilder, url: str) -> bool:
    """Whether its time has come, whatever else goes first."""
    next_at = desk.row(url)["next_at"]
    return next_at is not None and next_at <= format_utc(desk.now)


@pytest.mark.parametrize(
    ("url", "outcome"),
    [
        (f"{HOME}/news/1", None),
        (f"{HOME}/about", Outcome.DENIED),
        ("http://elsewhere.newsroom.test/news/1", Outcome.OFF_SITE),
        ("ftp://www.kagaz.newsroom.test/news/1", Outcome.BAD_URL),
        (f"{HOME}/news/" + "x" * 2000, Outcome.BAD_URL),
        (f"http://user:pw@{HOST}/news/1", Outcome.BAD_URL),
        ("http://[::1/news/1", Outcome.BAD_URL),
    ],
)
def test_every_link_is_judged_before_it_is_asked_for(desk, url, outcome):
    (page_id,) = desk.note(url)
    (row,) = desk.rows("select state, outcome, next_at from pages where id = ?", page_id)
    assert row["outcome"] == (outcome and outcome.value)
    assert (row["next_at"] is None) is (outcome is not None)


def test_other_spellings_are_aliases_of_one_row(desk):
    tracked, mobile = f"{HOME}/news/1?utm_source=x", "http://m.kagaz.newsroom.test/news/1"
    ids = desk.note(f"{HOME}/news/1", tracked, mobile, f"{HOME}/news/1#top")
    assert len(set(ids)) == 1
    assert desk.row(tracked)["outcome"] == desk.row(mobile)["outcome"] == "alias"
    assert desk.row(mobile)["alias_of"] == ids[0]
    assert due(desk).count(f"{HOME}/news/1") == 1


def test_documents_come_before_pages_and_hosts_take_turns(desk):
    other = desk.add(source("pratilipi"))
    desk.note(*(f"{HOME}/news/{n}" for n in range(9)))
    desk.note("http://www.pratilipi.newsroom.test/news/1", key="pratilipi")
    found = due(desk, per_host=3, keys=("kagaz", other.key))
    assert found[:2] == [f"{HOME}/feed.xml", "http://www.pratilipi.newsroom.test/feed.xml"]
    assert sum(HOST in url for url in found) == 3
    assert "http://www.pratilipi.newsroom.test/news/1" in found


def test_new_pages_before_revisits_before_backfills_always(desk):
    desk.read(article(f"{HOME}/news/old"))
    desk.wait(hours=2)
    links = [
        DiscoveredLink(f"{HOME}/news/back", "sitemap"),
        DiscoveredLink(f"{HOME}/sitemap-2026-01.xml", "archive-sitemap", "sitemap"),
    ]
    url_store.upsert_urls(desk.db, desk.sources["kagaz"], links, desk.now, None, backfill=True)
    desk.wait(minutes=1)
    desk.note(f"{HOME}/news/new")
    tiers = []
    while found := frontier.select_due(desk.db, ("kagaz",), desk.now, skip=(), limit=9, per_host=9):
        tiers += [(entry.tier, entry.url.rsplit("/", 1)[-1]) for entry in found]
        for entry in found:
            outcomes.set_outcome(desk.db, entry.id, Outcome.OTHER_PAGE, "", desk.now)
    assert tiers == [
        (frontier.DOCUMENT, "feed.xml"),
        (frontier.NEW, "new"),
        (frontier.REVISIT, "old"),
        (frontier.BACKFILL, "back"),
        (frontier.BACKFILL, "sitemap-2026-01.xml"),
    ]


def test_a_revisit_goes_out_alone(desk):
    """So a page found meanwhile waits for one revisit at most, not for the four that could be handed out."""
    for number in range(5):
        desk.read(article(f"{HOME}/news/{number}", f"पहली पंक्ति {number}"))
    desk.end(f"{HOME}/feed.xml", Outcome.FEED)
    desk.wait(hours=2)
    desk.end(f"{HOME}/feed.xml", Outcome.FEED)
    (revisit,) = frontier.select_due(desk.db, ("kagaz",), desk.now, skip=(), limit=9, per_host=4)
    assert (
        frontier.select_due(desk.db, ("kagaz",), desk.now, skip=(revisit.id,), limit=9, per_host=4)
        == []
    )
    desk.note(f"{HOME}/news/new")
    assert due(desk, skip=(revisit.id,), per_host=4) == [f"{HOME}/news/new"]


def test_what_a_feed_names_is_no_backfill_s_any_more(desk):
    link = DiscoveredLink(f"{HOME}/news/1", "sitemap")
    url_store.upsert_urls(desk.db, desk.sources["kagaz"], [link], desk.now, None, backfill=True)
    assert desk.row(link.url)["tier"] == frontier.BACKFILL
    desk.note(link.url)
    assert desk.row(link.url)["tier"] == frontier.NEW


def test_a_tier_this_run_is_done_with_waits_for_the_next(desk):
    desk.read(article())
    desk.wait(hours=2)
    desk.end(f"{HOME}/feed.xml", Outcome.FEED)
    assert (
        frontier.select_due(
            desk.db,
            ("kagaz",),
            desk.now,
            skip=(),
            limit=9,
            per_host=4,
            skip_lanes=[(HOST, frontier.REVISIT)],
        )  # fmt: skip
        == []
    )
    assert due(desk) == [article().url]


def test_what_is_in_flight_counts_against_its_host(desk):
    ids = desk.note(*(f"{HOME}/news/{n}" for n in range(9)))
    assert len(due(desk, skip=ids[:2], per_host=4)) == 2
    assert due(desk, skip=ids[:4], per_host=4) == []


def test_only_the_sources_of_the_run_are_asked(desk):
    assert due(desk, keys=()) == []
    assert due(desk, keys=("another",)) == []


def test_documents_a_source_no_longer_names_rest_and_come_back(desk):
    own = desk.sources["kagaz"]
    moved = msgspec.structs.replace(own, feeds=(DiscoveryDocument(url=f"{HOME}/rss"),))
    url_store.register_source(desk.db, moved, desk.now)
    assert due(desk) == [f"{HOME}/rss"]
    url_store.register_source(desk.db, own, desk.now)
    assert due(desk) == [f"{HOME}/feed.xml"]


def test_registering_again_does_not_make_a_polled_feed_due(desk):
    desk.end(f"{HOME}/feed.xml", None)
    (row,) = desk.rows("select id from pages where kind = 'feed'")
    outcomes.set_outcome(
        desk.db, row["id"], Outcome.FEED, "", desk.now, next_at=desk.now + timedelta(minutes=15)
    )
    url_store.register_source(desk.db, desk.sources["kagaz"], desk.now)
    assert due(desk) == []
    desk.wait(minutes=16)
    assert due(desk) == [f"{HOME}/feed.xml"]


@pytest.mark.parametrize(
    ("modified", "again"),
    [
        ("2026-11-24T13:15:00+00:00", True),
        ("2026-11-24T18:45:00+05:30", True),  # the same instant
        ("2026-11-24T08:00:00Z", False),  # before we asked
        ("not a time", False),
        (None, False),
    ],
)
def test_a_pointer_that_says_it_changed_makes_an_article_due(desk, modified, again):
    desk.read(article())
    desk.wait(hours=4)  # past the revisit after an hour
    desk.read(article())
    assert not is_due(desk, article().url)
    desk.wait(minutes=30)
    desk.note(article().url, how="news-sitemap", modified=modified)
    desk.wait(minutes=31)
    assert is_due(desk, article().url) is again


def test_a_clock_that_always_says_now_is_asked_no_more_than_hourly(desk):
    desk.read(article())
    desk.wait(hours=4)
    desk.read(article())
    asked = 0
    for _ in range(12):  # an hour in five-minute polls
        desk.wait(minutes=5)
        desk.note(article().url, how="news-sitemap", modified=format_utc(desk.now))
        if is_due(desk, article().url):
            asked += 1
            desk.read(article())
    assert asked == 1


def test_an_operator_s_word_makes_anything_due_and_follows_where_it_leads(desk):
    desk.end(f"{HOME}/news/gone", Outcome.GONE, "410")
    url_store.schedule_now(
        desk.db, desk.sources["kagaz"], "http://m.kagaz.newsroom.test/news/gone", desk.now
    )
    (entry,) = frontier.select_urls(desk.db, (f"{HOME}/news/gone",), desk.now, skip=(), limit=9)
    assert entry.url == f"{HOME}/news/gone"


def test_a_paused_host_waits_whole_and_others_go_on(desk):
    desk.add(source("pratilipi"))
    desk.note(f"{HOME}/news/1")
    hosts.pause_host(desk.db, HOST, desk.now + timedelta(minutes=10), "it asked")
    assert due(desk, keys=("kagaz", "pratilipi")) == ["http://www.pratilipi.newsroom.test/feed.xml"]
    desk.wait(minutes=10)
    assert f"{HOME}/news/1" in due(desk)


def test_a_page_our_own_fault_put_off_is_never_forgotten(desk):
    (page_id,) = desk.note(f"{HOME}/news/1")
    for _ in range(5):
        outcomes.postpone_url(desk.db, page_id, "KeyError: x", desk.now)
        assert desk.row(f"{HOME}/news/1")["next_at"] > format_utc(desk.now)
        desk.wait(days=5)
    outcomes.postpone_url(desk.db, page_id, "KeyError: x", desk.now)
    assert desk.row(f"{HOME}/news/1")["outcome"] == "unreadable"


def test_due_is_found_by_index_however_long_the_ledger(desk):
    plan = " ".join(
        row[3]
        for row in desk.db.execute(
            "explain query plan select id from pages where host = ? and tier = 1 and next_at <= ? and state <> 'fetched'",
            [HOST, format_utc(desk.now)],
        )
    )
    assert "pages_due" in plan


def test_article_of_a_page_survives_when_its_pointer_is_seen_again(desk):
    desk.read(replace(article()))
    held = desk.row(article().url)["article_id"]
    desk.note(article().url)
    assert desk.row(article().url)["article_id"] == held
