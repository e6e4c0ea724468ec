"""What a visit leaves in the archive: article, revision, embeds, ledger row and counts, all together or not at all."""

from __future__ import annotations

import json

import pytest
from archive_fixtures import HOME, START, WORDS, ArchiveBuilder, article, source

from khabar.archive import search
from khabar.archive.store import articles, embeds, revisions, snapshots
from khabar.hindi.india_time import to_india_date
from khabar.model.clock import format_utc
from khabar.model.items import (
    Block,
    DiscoveredLink,
    Embed,
    Image,
    Outcome,
    Page,
    TextFeatures,
    Visit,
)
from khabar.processing.keys import compute_keys

TWEET = Embed(
    "x", "post", "1852345678901234567", "https://x.com/kagaz_ghar/status/1852345678901234567", None, "kagaz_ghar",
    "पन्ने जुड़ गए", True, "2024-11-01T13:43:19Z", "id",
)  # fmt: skip


@pytest.fixture
def desk(tmp_path):
    opened = ArchiveBuilder(tmp_path / "archive.db")
    yield opened
    opened.archive.close()


def test_a_new_article_is_whole(desk):
    blocks = (Block("heading", "शिविर", 2), Block("paragraph", WORDS[0]), Block("embed", embed=0), Block("image", image=0),
              Block("paragraph", WORDS[1]))  # fmt: skip
    one = article(blocks=blocks, embeds=(TWEET,), images=(Image("http://i/1.jpg", "जिल्द", "काग़ज़"),), authors=("निशा रावत", "अमन"),
                  tags=("किताब",), published_at="2026-11-23T22:10:00+05:30", published_precision="minute")  # fmt: skip
    filed = desk.read(one)
    assert (filed.outcome, filed.change) == (Outcome.ARTICLE, "new")
    held = articles.load_article(desk.db, one.url)
    assert [(b["type"], b["text"]) for b in held["blocks"]] == [(b.type, b.text) for b in blocks]
    assert held["text"] == one.text
    assert (held["blocks"][2]["embed"], held["blocks"][3]["image"], held["blocks"][0]["level"]) == (
        0,
        0,
        2,
    )
    assert (held["authors"], held["tags"]) == (["निशा रावत", "अमन"], ["किताब"])
    assert held["embeds"][0]["text"] == TWEET.text and held["embeds"][0]["id"] == TWEET.id
    assert held["images"] == [{"url": "http://i/1.jpg", "caption": "जिल्द", "credit": "काग़ज़"}]


@pytest.mark.parametrize(
    ("published", "day"),
    [
        ("2026-11-23T22:10:00+05:30", "2026-11-23"),
        ("2026-11-23T19:15:00Z", "2026-11-24"),  # past midnight in India
        ("2026-11-23", "2026-11-23"),
        (None, None),
    ],
)
def test_the_day_is_the_one_in_india(published, day):
    assert to_india_date(published) == day


def test_ids_grow_with_time_and_never_change(desk):
    early = desk.read(article(f"{HOME}/news/old", "पुराना", published_at="2020-01-01T00:00:00Z"))
    late = desk.read(article(f"{HOME}/news/new", "नया", published_at="2026-11-20T00:00:00Z"))
    future = desk.read(article(f"{HOME}/news/future", "भविष्य", published_at="2031-01-01T00:00:00Z"))
    assert [early.change, late.change, future.change] == ["new"] * 3
    ids = {
        row["url"].rsplit("/")[-1]: row["id"] for row in desk.rows("select url, id from articles")
    }
    assert ids["old"] < ids["new"] < ids["future"]
    assert ids["future"] >> 20 == int(START.timestamp())  # never later than when it was seen
    desk.wait(hours=2)
    desk.read(article(f"{HOME}/news/old", "पुराना, अब बदला", published_at="2019-01-01T00:00:00Z"))
    assert {
        row["url"].rsplit("/")[-1]: row["id"] for row in desk.rows("select url, id from articles")
    } == ids


def test_a_taken_id_gives_way_to_the_next(desk):
    reading = revisions.NewRevision(article(), f"{HOME}/news/1", "kagaz", TextFeatures(), START)
    first = revisions.create_article(desk.db, reading)
    again = revisions._allocate_id(desk.db, reading)
    assert again == first + 1


@pytest.mark.parametrize(
    ("told", "changed"),
    [
        ({"title": "शिविर में चार सौ किताबें"}, ["title"]),
        ({"subtitle": "तीन दिन चला काम"}, ["subtitle"]),
        ({"blocks": (Block("paragraph", WORDS[0]),)}, ["text"]),
        ({"blocks": (Block("quote", WORDS[0]), Block("paragraph", WORDS[1]))}, ["blocks"]),
        ({"embeds": (TWEET,)}, ["embeds"]),
        ({"images": (Image("http://i/2.jpg"),)}, ["images"]),
        ({"modified_at": "2026-11-24T12:00:00+05:30", "authors": ("निशा",)}, []),
        ({}, []),
    ],
)
def test_a_second_reading(desk, told, changed):
    desk.read(article())
    desk.wait(hours=6)
    filed = desk.read(article(**told))
    assert filed.change == ("edited" if changed else "unchanged")
    rows = desk.rows("select * from revisions order by revision")
    assert len(rows) == (2 if changed else 1)
    assert json.loads(rows[-1]["changed"]) == changed
    held = articles.load_article(desk.db, article().url)
    assert held["authors"] == list(told.get("authors", ()))
    assert held["modified_at"] == told.get("modified_at")


def test_an_edit_is_dated_between_two_fetches_and_the_old_words_are_kept(desk):
    desk.read(article())
    desk.wait(hours=6)
    desk.read(article())
    unchanged = format_utc(desk.now)
    desk.wait(hours=6)
    desk.read(article(title="नया शीर्षक"))
    first, second = desk.rows("select * from readings order by revision")
    assert (first["title"], second["title"]) == ("किताबों का शिविर", "नया शीर्षक")
    assert first["text"] == second["text"] == article().text
    assert (second["seen_after"], second["seen_at"]) == (unchanged, format_utc(desk.now))


def test_what_reads_the_same_keeps_its_hash_only(desk):
    desk.read(article(), body=b"<p>first</p>" * 500)
    desk.wait(hours=2)
    desk.read(article(), body=b"<p>another counter</p>" * 500)
    kept = desk.rows("select body is not null as whole, same_as, sha256 from snapshots order by id")
    assert [row["whole"] for row in kept] == [1, 0]
    assert kept[1]["same_as"] == 1 and kept[0]["sha256"] != kept[1]["sha256"]


@pytest.mark.parametrize("outcome", [Outcome.NOT_FOUND, Outcome.GONE, Outcome.SOFT_404])
def test_a_page_that_is_gone_marks_its_article_and_a_return_unmarks_it(desk, outcome):
    desk.read(article())
    desk.wait(hours=2)
    assert desk.end(article().url, outcome).change == "removed"
    assert desk.rows("select removed_at from articles")[0]["removed_at"] == format_utc(desk.now)
    assert desk.row(article().url)["next_at"]  # looked at again
    assert desk.end(article().url, outcome).change is None
    desk.wait(hours=2)
    desk.read(article())
    assert desk.rows("select removed_at from articles")[0]["removed_at"] is None


def test_a_canonical_twin_is_an_alias_and_the_article_stands_once(desk):
    main, twin = f"{HOME}/news/1", f"{HOME}/news/1-from-home"
    filed = desk.read(article(main, canonical_url=main), at=twin)
    assert (filed.outcome, filed.change) == (Outcome.ALIAS, "new")
    assert desk.row(main)["next_at"] == format_utc(desk.now)  # its own address is still to be read
    desk.wait(minutes=1)
    assert desk.read(article(main, title="पूरा शीर्षक")).outcome is Outcome.ARTICLE
    (held,) = desk.rows("select * from articles")
    assert (held["url"], held["title"]) == (main, "पूरा शीर्षक")
    assert [row["reason"] for row in desk.rows("select reason from revisions")] == ["first"]
    desk.wait(hours=2)
    desk.read(
        article(main, title="अधूरा", canonical_url=main), at=twin
    )  # the twin no longer speaks for it
    assert desk.rows("select title from articles") == [{"title": "पूरा शीर्षक"}]
    assert articles.load_article(desk.db, twin)["url"] == main


def test_the_same_text_at_another_address_of_the_source_is_an_alias(desk):
    desk.read(article())
    filed = desk.read(article(f"{HOME}/news/2"))
    assert filed.outcome is Outcome.ALIAS
    assert article().url in desk.row(f"{HOME}/news/2")["evidence"]
    assert articles.load_article(desk.db, f"{HOME}/news/2")["url"] == article().url


def test_the_same_text_in_another_source_is_an_article_of_its_own(desk):
    desk.add(source("pratilipi"))
    desk.read(article())
    filed = desk.read(article("http://www.pratilipi.newsroom.test/news/9"), key="pratilipi")
    assert (filed.outcome, filed.change) == (Outcome.ARTICLE, "new")


def test_a_post_is_one_row_however_often_it_is_embedded(desk):
    cut = Embed(
        "x",
        "post",
        TWEET.id,
        "https://x.com/i/status/1852345678901234567",
        text="पन्ने…",
        text_complete=False,
    )
    desk.read(article(f"{HOME}/news/1", "एक", embeds=(cut,)))
    desk.wait(minutes=1)
    desk.read(article(f"{HOME}/news/2", "दो", embeds=(TWEET, TWEET)))
    desk.wait(minutes=1)
    desk.read(article(f"{HOME}/news/3", "तीन", embeds=(cut,)))
    (post,) = desk.rows("select * from embeds")
    assert (post["text"], post["text_complete"], post["author_handle"], post["url"]) == (
        TWEET.text,
        1,
        "kagaz_ghar",
        TWEET.url,
    )
    assert desk.rows("select articles, placements from embed_use") == [
        {"articles": 3, "placements": 4}
    ]
    assert (
        articles.load_article(desk.db, f"{HOME}/news/3")["embeds"][0]["text"] == "पन्ने…"
    )  # as this page shows it


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (Embed("x", "post", "1"), Embed("x", "post", "1", text="और"), True),
        (Embed("x", "post", "1"), Embed("koo", "post", "1"), False),
        (
            Embed("x", "post", author_handle="A", text="क  ख"),
            Embed("x", "post", author_handle="a", text="क ख"),
            True,
        ),
        (
            Embed("x", "post", author_handle="a", text="क"),
            Embed("x", "post", author_handle="b", text="क"),
            False,
        ),
        (
            Embed("unknown", "unknown", url="http://p/1"),
            Embed("unknown", "unknown", url="http://p/2"),
            False,
        ),
    ],
)
def test_what_makes_two_placements_one_post(left, right, same):
    assert (embeds.build_embed_key(left) == embeds.build_embed_key(right)) is same


def test_a_page_that_forbids_archives_keeps_its_words_in_the_snapshot_alone(desk):
    desk.read(
        article(
            rights={"noarchive": True}, embeds=(TWEET,), images=(Image("http://i/1.jpg", "जिल्द"),)
        )
    )
    (row,) = desk.rows("select * from articles")
    assert row["withheld"] == "noarchive"
    assert not any(WORDS[0][:20] in str(value) or "शिविर" in str(value) for value in row.values())
    assert desk.rows("select count(*) as n from article_embeds") == [{"n": 0}]
    assert articles.load_article(desk.db, article().url) is None
    assert list(articles.iter_articles(desk.db, articles.ArticleSelection())) == []
    assert search.search_articles(desk.db, search.SearchQuery("किताबों")) == []
    desk.wait(hours=2)
    desk.read(article())  # the ban was lifted
    assert articles.load_article(desk.db, article().url)["title"] == "किताबों का शिविर"
    desk.wait(hours=2)
    desk.read(
        article(rights={"noarchive": True})
    )  # and came back: the earlier reading stays as it was allowed
    assert articles.load_article(desk.db, article().url) is None


def test_nothing_is_written_when_something_fails(desk, monkeypatch):
    def burst(*told, **named):
        raise RuntimeError("in the middle")

    monkeypatch.setattr(embeds, "add_media", burst)
    with pytest.raises(RuntimeError):
        desk.read(article())
    assert desk.rows("select count(*) as n from articles") == [{"n": 0}]
    row = desk.row(article().url)
    assert (row["state"], row["outcome"]) == ("fetched", None)  # kept, to be read by the next run
    assert not desk.db.conn.in_transaction


def test_a_failure_waits_longer_each_time_and_ends_by_name(desk):
    url, waits = f"{HOME}/news/slow", []
    while (filed := desk.end(url, Outcome.SERVER_ERROR, "502")).outcome is None:
        row = desk.row(url)
        assert row["state"] == "new"
        waits.append(row["next_at"])
        desk.wait(days=3)
    assert filed.outcome is Outcome.SERVER_ERROR
    assert len(waits) == 5 and desk.row(url)["next_at"] == "2026-12-11T04:35:00Z"  # three days on


def test_a_pause_is_no_try(desk):
    url = f"{HOME}/news/busy"
    for _ in range(9):
        assert desk.end(url, Outcome.SERVER_ERROR, "429", retry_at=desk.now).outcome is None
    assert desk.row(url)["tries"] == 0


def test_a_page_that_answers_503_each_time_ends_though_it_asks_for_pauses(desk):
    url = f"{HOME}/news/broken"
    page = Page(url, b"", desk.now, 503, {"retry-after": "60"})
    for _ in range(5):
        assert (
            desk.end(url, Outcome.SERVER_ERROR, "503", page=page, retry_at=desk.now).outcome is None
        )
    assert (
        desk.end(url, Outcome.SERVER_ERROR, "503", page=page, retry_at=desk.now).outcome
        is Outcome.SERVER_ERROR
    )


def test_a_known_article_survives_a_bad_day_of_its_host(desk):
    desk.read(article())
    desk.wait(hours=2)
    desk.end(article().url, Outcome.UNREACHABLE, "timeout")
    row = desk.row(article().url)
    assert (row["state"], row["outcome"]) == ("done", "article")
    assert desk.rows("select removed_at from articles") == [{"removed_at": None}]


def test_redirects_are_aliases_and_loops_are_named(desk):
    a, b = f"{HOME}/news/a", f"{HOME}/news/b"
    assert (
        desk.end(a, Outcome.ALIAS, "301", found=(DiscoveredLink(b, "redirect"),)).outcome
        is Outcome.ALIAS
    )
    assert desk.row(a)["alias_of"] == desk.row(b)["id"]
    assert (
        desk.end(b, Outcome.ALIAS, "301", found=(DiscoveredLink(a, "redirect"),)).outcome
        is Outcome.REDIRECT_LOOP
    )
    assert desk.end(f"{HOME}/news/c", Outcome.ALIAS, "302", found=(DiscoveredLink(f"{HOME}/news/c", "redirect"),)).outcome \
        is Outcome.REDIRECT_LOOP  # fmt: skip


def test_a_denied_address_becomes_a_later_page_until_it_is_rejected(desk):
    first, second = f"{HOME}/news/1", f"{HOME}/gallery/2"  # the second is no article by its address
    desk.end(second, Outcome.DENIED, "no rule of the source covers it")
    desk.read(article(first, next_url=second))
    row = desk.row(second)
    assert (row["state"], row["next_at"]) == ("new", format_utc(desk.now))

    page = Page(second, b"<html>another story</html>", desk.now)
    snapshots.save_snapshot(desk.archive, page, row["id"])
    (head_id,) = desk.note(first)
    desk.file(Visit(head_id, "kagaz", article=article(first, next_url=second), outcome=Outcome.ARTICLE,
                    keys=compute_keys(article(first), desk.sources["kagaz"]),
                    unrelated_pages=((row["id"], "another headline"),)))  # fmt: skip
    rejected = desk.row(second)
    assert (rejected["state"], rejected["outcome"], rejected["next_at"]) == ("done", "denied", None)

    desk.wait(hours=2)
    desk.read(article(first, next_url=second))
    assert desk.row(second) == rejected


def test_not_modified_leaves_all_as_it_was(desk):
    desk.read(article())
    desk.wait(hours=2)
    filed = desk.end(article().url, None, "not modified")
    assert (filed.outcome, filed.change) == (Outcome.ARTICLE, "unchanged")
    assert desk.rows("select last_seen from articles") == [{"last_seen": format_utc(desk.now)}]


def test_the_run_counts_what_it_did(desk):
    desk.read(article())
    desk.wait(hours=2)
    desk.read(article(title="और"))
    desk.wait(hours=2)
    desk.read(article(title="और"))
    desk.end(f"{HOME}/news/x", Outcome.FORBIDDEN, "403")
    (row,) = desk.rows("select asked, new, edited, unchanged, failed from run_sources")
    assert row == {"asked": 4, "new": 1, "edited": 1, "unchanged": 1, "failed": 1}
