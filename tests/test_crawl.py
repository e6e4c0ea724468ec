"""Whole crawls over loopback: what the archive holds after them is what the newsroom printed."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from shared_crawls import crawled_once, crawled_twice

from khabar.archive import open_archive
from khabar.archive.store import articles
from khabar.model.items import Outcome
from newsroom.expected import ExpectedArticle, expected_articles, expected_outcomes
from newsroom.server import EDITION_ONE, EDITION_TWO


@pytest.fixture(scope="module")
def crawled(tmp_path_factory):
    """Two crawls, a day apart; (khabar, what the newsroom saw, what each run stored)."""
    first, second = crawled_once(tmp_path_factory), crawled_twice(tmp_path_factory)
    khabar = second.khabar(EDITION_TWO)
    return (
        khabar,
        second.log,
        (first.run, _state(first.archive)),
        (second.run, _state(second.archive)),
    )


def _state(path: Path) -> dict[str, Counter]:
    with open_archive(path) as archive:
        rows = archive.db.query(
            "select url, state, outcome, next_at, article_id from pages where kind = 'page'"
        )
        pages = {row["url"]: row for row in rows}
        held = {row["url"]: row for row in archive.db.query("select * from articles")}
        revisions = Counter(
            row["article_id"] for row in archive.db.query("select article_id from revisions")
        )
    return {"pages": pages, "articles": held, "revisions": revisions}


def test_both_runs_end_well_and_silently(crawled):
    _, _, (first, _), (second, _) = crawled
    assert (first.code, first.out, first.err) == (0, "", "")
    assert (second.code, second.out, second.err) == (0, "", "")


def test_the_first_crawl_stores_at_least_what_was_promised(crawled):
    _, _, (_, state), _ = crawled
    assert len(state["articles"]) >= 45


def test_every_page_ends_in_its_named_outcome(crawled):
    _, _, _, (_, state) = crawled
    told = expected_outcomes(EDITION_TWO)
    got = {url: state["pages"][url]["outcome"] if url in state["pages"] else None for url in told}
    assert got == {url: outcome.value for url, outcome in told.items()}


def test_no_page_is_left_without_an_end_or_a_time(crawled):
    for _, state in crawled[2:]:
        for url, row in state["pages"].items():
            if row["state"] == "done":
                assert row["outcome"] in set(Outcome), url
            else:
                assert row["next_at"], url


@pytest.fixture(scope="module")
def stored(crawled):
    """The archive's articles by canonical address, in the contract's shape."""
    khabar, *_ = crawled
    with open_archive(khabar.archive) as archive:
        rows = {row["url"]: row["id"] for row in archive.db.query("select url, id from articles")}
        return {url: articles.load_article(archive.db, identity) for url, identity in rows.items()}


EXPECTED = expected_articles(EDITION_TWO)


# Each article of the newsroom against what its author wrote, field by field.
each_article = pytest.mark.parametrize(
    "expected",
    EXPECTED,
    ids=lambda one: f"{one.source}-{one.url.rsplit('/', 2)[-1][:24] or one.url[-24:]}",
)


@each_article
def test_headline(expected: ExpectedArticle, stored):
    assert stored[expected.url]["title"] == expected.title


@each_article
def test_text(expected: ExpectedArticle, stored):
    got = [
        (b["type"], b.get("text", ""))
        for b in stored[expected.url]["blocks"]
        if b["type"] not in ("image", "embed")
    ]
    assert got == [block for block in expected.blocks if block[0] not in ("image", "embed")]


@each_article
def test_order_with_pictures_and_embeds(expected: ExpectedArticle, stored):
    assert [b["type"] for b in stored[expected.url]["blocks"]] == [
        kind for kind, _ in expected.blocks
    ]


@each_article
def test_embeds(expected: ExpectedArticle, stored):
    keys = ("provider", "id", "url", "author_handle", "text")
    got = [
        {key: embed[key] for key in keys}
        for embed in stored[expected.url]["embeds"]
        if embed["place"] != "page"
    ]
    assert got == [{key: getattr(embed, key) for key in keys} for embed in expected.embeds]


@each_article
def test_people(expected: ExpectedArticle, stored):
    article = stored[expected.url]
    assert (tuple(article["authors"]), article["desk"]) == (tuple(expected.authors), expected.desk)


@each_article
def test_times(expected: ExpectedArticle, stored):
    article = stored[expected.url]
    assert article["published_at"] == expected.published_at


@each_article
def test_place(expected: ExpectedArticle, stored):
    assert stored[expected.url]["place"] == expected.place


def test_the_second_crawl_stores_only_what_changed(crawled):
    _, _, (_, before), (_, after) = crawled
    new = after["articles"].keys() - before["articles"].keys()
    edited = {url for url, row in after["articles"].items() if after["revisions"][row["id"]] > 1}
    told_before = {one.url: one for one in expected_articles(EDITION_ONE)}
    told_after = {one.url: one for one in EXPECTED}
    assert new == told_after.keys() - told_before.keys()
    changed = {
        url for url in told_before.keys() & told_after.keys() if told_before[url] != told_after[url]
    }
    assert edited == changed


def test_the_removed_article_is_kept_and_marked(crawled):
    _, _, (_, before), (_, after) = crawled
    gone = {one.url for one in expected_articles(EDITION_ONE)} - {one.url for one in EXPECTED}
    assert gone
    assert all(after["articles"][url]["removed_at"] for url in gone)
    assert not any(row["removed_at"] for url, row in after["articles"].items() if url not in gone)


def test_search_finds_with_the_words_marked(crawled):
    khabar, *_ = crawled
    hits = json.loads(khabar("search", "गोमती", "--json").out)
    assert hits and all(
        {"id", "url", "title", "source", "published_at", "snippet"} <= hit.keys() for hit in hits
    )


def test_show_by_an_address_never_seen(crawled):
    khabar, *_ = crawled
    run = khabar(
        "show",
        "http://www.savera.newsroom.test/2026/11/gomti-ghat-safai/?utm_source=never-seen",
        "--json",
    )
    assert json.loads(run.out)["url"] == "http://www.savera.newsroom.test/2026/11/gomti-ghat-safai/"


def test_nothing_asked_for_what_robots_forbid(crawled):
    _, log, *_ = crawled
    forbidden = {
        url for url, outcome in expected_outcomes(EDITION_TWO).items() if outcome is Outcome.ROBOTS
    }
    asked = {f"http://{host}{path}" for _, host, path, *_ in log}
    assert forbidden and not forbidden & asked
