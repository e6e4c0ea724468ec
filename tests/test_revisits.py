"""Articles read again: at their ages, bent to what was found, and never before anything new."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from archive_fixtures import HOME, START, ArchiveBuilder, article, source
from shared_crawls import crawled_once
from simulated_days import HOUR, Press, Simulation, own_words

from khabar.archive import health, open_archive
from khabar.archive.frontier import due as frontier
from khabar.archive.frontier import revisits
from khabar.model import schedule
from khabar.model.clock import format_utc, parse_utc
from khabar.model.items import Outcome
from newsroom.server import EDITION_ONE, EDITION_TWO, Newsroom


@pytest.fixture
def desk(tmp_path):
    opened = ArchiveBuilder(tmp_path / "archive.db")
    yield opened
    opened.archive.close()


# --- ages ---


@pytest.mark.parametrize(
    ("published", "hours"),
    [
        (None, 1),
        ("2026-11-24T08:30:00+00:00", 0.5),  # printed half an hour ago
        ("2026-11-24T14:00:00+05:30", 0.5),
        ("2026-11-23T05:00:00+00:00", 44),  # past its first day: the next age is three
        ("2026-11-25T09:00:00+00:00", 1),  # a date ahead of us is nobody's age
        ("2026-11-20", 168 - 4 * 24 - 14.5),
        ("2023-01-01T00:00:00+00:00", None),  # years old: read once
    ],
)
def test_age_counts_from_when_it_was_printed(desk, published, hours):
    desk.read(article(published_at=published))
    next_at = desk.row(article().url)["next_at"]
    assert next_at == (hours and format_utc(desk.now + timedelta(hours=hours)))


@pytest.mark.parametrize(
    "outcome",
    [Outcome.FORBIDDEN, Outcome.SOFT_404, Outcome.PAYWALLED, Outcome.NO_TEXT, Outcome.ROBOTS],
)
def test_one_bad_revisit_does_not_end_them(desk, outcome):
    desk.read(article())
    desk.wait(hours=1)
    desk.end(article().url, outcome)
    assert parse_utc(desk.row(article().url)["next_at"]) == START + timedelta(hours=6)


@pytest.mark.parametrize(
    ("edits", "first"), [(0, 4), (None, 1), (60, 0.5)], ids=["hardly ever", "unknown", "often"]
)
def test_ages_bend_to_the_edit_rate_a_source_has_shown(desk, edits, first):
    if edits is not None:
        for number in range(150):
            one = article(f"{HOME}/news/{number}", f"पहला पाठ {number}")
            desk.read(one)
            desk.wait(seconds=1)
            desk.read(article(one.url, f"दूसरा पाठ {number}") if number < edits else replace(one))
    revisits.update_revisit_pace(desk.db, desk.sources["kagaz"], desk.now, 10**6)
    desk.read(article(f"{HOME}/news/new", "नया पाठ"))
    age = parse_utc(desk.row(f"{HOME}/news/new")["next_at"]) - desk.now
    assert age / HOUR == pytest.approx(first, rel=0.15)


# --- budget ---


@pytest.fixture(scope="module")
def overloaded(tmp_path_factory):
    """A source that takes a request a minute: 800 old articles are due at once, ten new ones come an hour."""
    run = Simulation(
        tmp_path_factory.mktemp("overloaded") / "archive.db", Press(START, rate=10), delay=60
    )
    for number in range(800):
        run.desk.read(article(f"{HOME}/news/old-{number}", own_words(f"old-{number}")))
    run.desk.wait(hours=2)
    run.hours(24)
    yield run
    run.desk.archive.close()


def test_no_new_article_waits_behind_a_revisit(overloaded):
    first = {}
    for one in overloaded.asked:
        first.setdefault(one.url, one)
    new = {
        url: one
        for url, one in first.items()
        if url in overloaded.known and one.tier == frontier.NEW
    }
    assert len(new) > 150
    for url, one in new.items():
        waited = [other for other in overloaded.asked if overloaded.known[url] < other.at < one.at]
        assert {other.tier for other in waited} <= {frontier.DOCUMENT, frontier.NEW}, url


def test_revisits_keep_to_their_share_and_still_happen(overloaded):
    hours = [START + timedelta(hours=2 + n) for n in range(24)]
    counts = [len(overloaded.between(at, at + HOUR, frontier.REVISIT)) for at in hours]
    share = schedule.count_allowed_requests(
        schedule.REVISIT_SHARE, overloaded.run, overloaded.delay
    )
    assert max(counts) <= share
    assert sum(counts) > 12 * share / 2  # they are not starved either


def test_an_overloaded_source_s_ages_are_stretched(overloaded):
    (row,) = overloaded.desk.rows("select revisit_pace from sources where key = 'kagaz'")
    assert row["revisit_pace"] > 2


def test_everything_known_was_asked_for_within_the_hour(overloaded):
    """New pages and polls need a fifth of what the delay allows: nobody waits longer than for the next run."""
    first = {}
    for one in overloaded.asked:
        first.setdefault(one.url, one.at)
    late = [url for url, at in overloaded.known.items() if first.get(url, at) - at > HOUR]
    assert late == []


def test_the_backlog_is_counted_for_the_source_alone(desk):
    desk.add(source("pratilipi"))
    desk.read(article())
    desk.wait(hours=2)
    assert [
        revisits.count_due_revisits(desk.db, desk.sources[key], desk.now)
        for key in ("kagaz", "pratilipi")
    ] == [
        1,
        0,
    ]


# --- the newsroom ---


@pytest.fixture(scope="module")
def crawls(tmp_path_factory):
    """The newsroom four times: at first, twenty minutes and two hours later with nothing new, and a day later."""
    first = crawled_once(tmp_path_factory)
    with Newsroom(EDITION_ONE) as newsroom:
        khabar, logs = (
            first.copied(tmp_path_factory.mktemp("crawls"), EDITION_ONE, newsroom.address),
            {},
        )
        archive = khabar.archive
        for name, now in (
            ("minutes", EDITION_ONE + timedelta(minutes=20)),
            ("hours", EDITION_ONE + timedelta(hours=2)),
            ("day", EDITION_TWO),
        ):
            due = _due(archive, now)
            khabar.now, begun = now, len(newsroom.log)
            newsroom.now = EDITION_TWO if name == "day" else EDITION_ONE
            run = khabar("crawl")
            assert (run.code, run.err) == (0, ""), run.err
            logs[name] = (due, newsroom.log[begun:])
        yield archive, logs


def _due(path, now):
    with open_archive(path) as archive:
        rows = archive.db.execute(
            "select url, kind from pages where next_at <= ?", [format_utc(now)]
        )
        return {(url, kind) for url, kind in rows}


def test_with_nothing_new_each_due_document_is_asked_once_with_its_validators(crawls):
    due, log = crawls[1]["minutes"]
    documents = {url for url, kind in due if kind != "page"}
    asked = Counter(f"http://{one.host}{one.path}" for one in log)
    assert documents and asked.keys() >= documents
    assert {url: asked[url] for url in documents} == dict.fromkeys(documents, 1)
    assert {one.status for one in log if f"http://{one.host}{one.path}" in documents} == {304}


@pytest.mark.parametrize("name", ["minutes", "hours"])
def test_no_page_is_fetched_unless_it_is_due(crawls, name):
    due, log = crawls[1][name]
    asked = {f"http://{one.host}{one.path}" for one in log}
    assert asked <= {url for url, _ in due} | {url for url in asked if url.endswith("/robots.txt")}


def test_a_revisit_asks_whether_it_changed_and_keeps_no_second_copy(crawls):
    archive, logs = crawls
    due, log = logs["hours"]
    with open_archive(archive) as opened:
        held = {url for (url,) in opened.db.execute("select url from articles")}
        twice = opened.db.execute(
            "select count(*) from (select page_id, sha256 from snapshots where body is not null group by 1, 2 having count(*) > 1)"
        ).fetchone()[0]
    revisited = [
        one.status
        for one in log
        if f"http://{one.host}{one.path}" in held & {url for url, _ in due}
    ]
    assert 304 in revisited and 200 not in revisited  # one still answers 500
    assert twice == 0


def test_each_edited_article_has_exactly_one_new_revision(crawls):
    archive, _ = crawls
    with open_archive(archive) as opened:
        rows = opened.db.execute("select revision, removed_at is not null from articles").fetchall()
        run = health.last_run(opened.db)
    assert {revision for revision, _ in rows} == {1, 2}
    assert sum(revision == 2 for revision, _ in rows) == run.edited
    assert sum(removed for _, removed in rows) == run.removed == 1
