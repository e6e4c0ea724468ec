"""Forgetting: planted words are found nowhere afterwards, the neighbours are whole, and nothing brings them back."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta

import pytest
from archive_fixtures import HOME, START, ArchiveBuilder
from residue_scan import traces
from takedown_fixtures import (
    AFTER,
    BESIDES,
    HEADLINE,
    PLANTED,
    URL,
    down,
    held,
    plant,
    planted,
    planted_page,
)

from khabar.archive import ArchiveBusy, ArchiveError, open_archive, search, takedowns
from khabar.archive.connect import open_without_lock
from khabar.archive.store import articles, snapshots
from khabar.archive.upkeep import copies, seal, space, takedown
from khabar.archive.upkeep.space import hold_upkeep_lock
from khabar.model.items import Outcome, Page


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    return plant(tmp_path_factory.mktemp("ground"))


@pytest.fixture
def desk(ground, tmp_path):
    shutil.copytree(ground, tmp_path, dirs_exist_ok=True)
    opened = ArchiveBuilder(tmp_path / "archive.db", AFTER)
    yield opened
    opened.archive.close()


def test_the_words_are_there_before(desk, tmp_path):
    """Else what follows would find nothing for the wrong reason."""
    desk.db.execute("pragma wal_checkpoint(truncate)")
    found = " ".join(traces(tmp_path, PLANTED, BESIDES))
    places = ("archive.db: raw", "articles", "revisions", "embeds", "images", "insets", "snapshot 1,", "dictionaries", "search_terms",
              "search:")  # fmt: skip
    assert [place for place in places if place not in found] == []


@pytest.mark.parametrize("sealed", [False, True], ids=["live", "sealed"])
def test_afterwards_they_are_found_nowhere(desk, tmp_path, sealed):
    if sealed:
        seal.seal_months(desk.archive, timedelta(days=60), START + timedelta(days=120), print)
        assert any("2026-11.db" in one for one in traces(tmp_path, PLANTED, BESIDES))
    before = {
        row["id"]: snapshots.load_page(desk.db, row["id"])
        for row in desk.rows("select id from snapshots")
    }
    done = down(desk)
    assert (done.articles, done.snapshots, bool(done.finished_at)) == (1, 2, True)
    assert traces(tmp_path, PLANTED, BESIDES) == []
    assert traces(tmp_path, HEADLINE, BESIDES) == []
    for row in desk.rows("select id from snapshots"):
        assert snapshots.load_page(desk.db, row["id"]) == before[row["id"]]
    assert desk.rows("select count(*) as n from snapshots") == [{"n": 40}]


def test_the_neighbours_are_as_they_were(desk):
    kept = [articles.load_article(desk.db, f"{HOME}/news/1{n:02}") for n in range(40)]
    down(desk)
    assert [articles.load_article(desk.db, f"{HOME}/news/1{n:02}") for n in range(40)] == kept
    assert len(search.search_articles(desk.db, search.SearchQuery("पुस्तकालय", limit=100))) == 40
    assert desk.rows("pragma foreign_key_check") == []
    desk.db.execute("insert into articles_fts (articles_fts) values ('integrity-check')")


def test_pages_stay_small_without_the_old_dictionary(desk):
    down(desk)
    (made,) = desk.rows("select id, page_id from dictionaries")
    assert desk.rows("select count(*) as n from snapshots where dictionary_id = ?", made["id"]) == [
        {"n": 40}
    ]
    assert max(row["n"] for row in desk.rows("select length(body) as n from snapshots")) < 1000


def test_what_nobody_else_holds_goes_with_it(desk):
    down(desk)
    assert [row["key"] for row in desk.rows("select key from embeds")] == ["x:1853002"]
    assert desk.rows("select name from authors union all select name from tags") == []


# --- what is meant ---


def test_any_of_its_addresses_will_do(desk):
    desk.read(
        replace(planted(f"http://m.{HOME[11:]}/news/7"), canonical_url=URL), body=planted_page()
    )
    down(desk, f"http://m.{HOME[11:]}/news/7")
    assert held(desk) == [] and desk.row(URL)["outcome"] == "taken-down"


def test_a_pattern_means_what_fits_and_nothing_else(desk):
    done = down(desk, f"{HOME}/news/10*")
    assert done.articles == 10
    left = [row["url"] for row in desk.rows("select url from articles")]
    assert len(left) == 31 and not [url for url in left if "/news/10" in url]
    desk.note(f"{HOME}/news/10-later", f"{HOME}/news/20")
    assert desk.row(f"{HOME}/news/10-later")["outcome"] == "taken-down"
    assert desk.row(f"{HOME}/news/20")["outcome"] is None


@pytest.mark.parametrize("url", [f"{HOME}/news/?id=1*", f"{HOME}/news/[1]*"])
def test_only_the_star_is_a_sign(desk, url):
    down(desk, url)
    assert takedowns.find_takedown(desk.db, url.replace("*", "2")) and not takedowns.find_takedown(
        desk.db, f"{HOME}/news/1"
    )


@pytest.mark.parametrize(
    "told", ["*", "https://*", "https://*/x", "ftp://x.in/1", "words", "https://*in/x"]
)
def test_too_much_is_refused(told):
    with pytest.raises(ArchiveError, match="not a URL|must name its host"):
        takedown.normalize_pattern(told)


def test_all_hosts_of_a_site_can_be_meant():
    assert (
        takedown.normalize_pattern("https://*.Example.in/News/*#x") == "https://*.example.in/News/*"
    )


def test_a_later_page_takes_its_story_along(desk):
    (head,) = desk.note(f"{HOME}/news/105")
    (part,) = desk.note(f"{HOME}/news/105?page=2")
    desk.db.execute("insert into parts (page_id, head_id, number) values (?, ?, 2)", [part, head])
    down(desk, f"{HOME}/news/105?page=2")
    assert desk.rows("select 1 from articles where url = ?", f"{HOME}/news/105") == []


# --- the list ---


def test_copies_that_still_have_it_are_named(desk, tmp_path):
    before = desk.now - timedelta(minutes=1)
    copies.record_copy(desk.db, "backup", tmp_path / "old.db", START - timedelta(days=9), {}, 0)
    copies.record_copy(desk.db, "backup", tmp_path / "held.db", before, {}, 41)
    copies.record_copy(desk.db, "export", tmp_path / "all", before, {"sources": []}, 41)
    copies.record_copy(desk.db, "export", tmp_path / "others", before, {"sources": ["savera"]}, 0)
    copies.record_copy(desk.db, "export", tmp_path / "later", before, {"since": "2027-01-01"}, 0)
    assert {one.path.rpartition("/")[2] for one in down(desk).copies} == {"held.db", "all"}
    copies.record_copy(desk.db, "export", tmp_path / "after", desk.now + timedelta(days=1), {}, 40)
    (listed,) = takedown.list_takedowns(desk.db)
    assert (listed.pattern, listed.reason, listed.asked_by, len(listed.copies)) == (
        URL,
        "अदालत का आदेश",
        "संपादक",
        2,
    )


# --- not all at once ---


def test_one_upkeep_at_a_time(desk):
    with (
        hold_upkeep_lock(desk.archive.path, "khabar backup"),
        pytest.raises(ArchiveBusy, match="khabar backup"),
    ):
        down(desk)


def test_without_room_it_is_purged_and_says_so(desk, monkeypatch):
    monkeypatch.setattr(space.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    with pytest.raises(ArchiveError, match="takedown finish"):
        down(desk)
    assert held(desk) == [] and takedown.list_takedowns(desk.db)[0].finished_at is None
    monkeypatch.undo()
    assert takedown.finish_takedowns(desk.archive, desk.now) == 1
    assert takedown.finish_takedowns(desk.archive, desk.now) == 0


def test_a_reader_that_holds_the_log_is_named(desk, tmp_path, monkeypatch):
    monkeypatch.setattr(space, "READER_TIMEOUT", 0.2)
    monkeypatch.setattr(space.truncate_wal, "__defaults__", (0.2,))
    with open_archive(tmp_path / "archive.db") as reader:
        reader.db.execute("begin")
        reader.db.execute("select count(*) from articles").fetchone()
        with pytest.raises(ArchiveError, match="a reader keeps its log"):
            down(desk)
    assert (
        takedown.finish_takedowns(desk.archive, desk.now) == 1
        and traces(tmp_path, PLANTED, BESIDES) == []
    )


def test_what_a_killed_seal_left_is_removed(desk, tmp_path):
    part = tmp_path / "snapshots" / f"2026-11.db{seal.PART_SUFFIX}"
    part.parent.mkdir()
    part.write_bytes(planted_page())
    down(desk)
    assert not part.exists()


def test_a_page_kept_and_not_yet_read_goes_too(desk, tmp_path):
    url = f"{HOME}/news/300"
    (page_id,) = desk.note(url)
    snapshots.save_snapshot(desk.archive, Page(url, planted_page(), desk.now), page_id)
    down(desk, url)
    assert desk.row(url)["state"] == "done" and desk.row(url)["outcome"] == Outcome.TAKEN_DOWN
    assert desk.rows("select 1 from snapshots where page_id = ?", page_id) == []


def test_what_is_written_beside_meanwhile_is_not_lost(desk, tmp_path, monkeypatch):
    """An operator mutes a source, a backup is noted: short writes without the lock, while the file is written anew."""
    written, original = [], space.closing

    def closing(connection):
        if (
            len(written) < 2
            and "rewritten" in connection.execute("pragma database_list").fetchone()[2]
        ):
            with open_without_lock(tmp_path / "archive.db") as beside:
                copies.record_copy(
                    beside.db, "export", tmp_path / f"set-{len(written)}", desk.now, {}, 1
                )
            written.append(1)
        return original(connection)

    monkeypatch.setattr(space, "closing", closing)
    down(desk)
    assert len(written) == 2 and desk.rows("select count(*) as n from copies") == [{"n": 2}]
    assert traces(tmp_path, PLANTED, BESIDES) == [] and desk.rows("pragma integrity_check") == [
        {"integrity_check": "ok"}
    ]


def test_a_host_s_wildcard_means_no_other_host(desk):
    """GLOB's `*` matches `/` too: the path of another host may hold the pattern's host."""
    ours = ["https://a.example.in/1", "https://b.a.example.in/2?q=%5Bx%5D"]
    others = ["https://b.in/x.example.in/1", "https://example.in/1", "http://a.example.in/1"]
    for url in (*ours, *others):
        desk.note(url)
    target = takedown.find_target(desk.db, "https://*.example.in/*")
    found = desk.rows(
        "select url from pages where id in (select value from json_each(?))",
        str(list(target.pages)),
    )
    assert sorted(row["url"] for row in found) == sorted(ours)
    down(desk, "https://*.example.in/*")
    assert [url for url in (*ours, *others) if takedowns.find_takedown(desk.db, url)] == ours
