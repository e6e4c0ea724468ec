"""Kept pages extracted again: what changes is shown, then written beside the older reading, and nothing is lost."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from threading import Timer

import pytest
from conftest import Khabar, settle_in

from commands import reextract
from khabar.archive import ArchiveBusy, open_archive
from khabar.archive.locks import SLICED_COMMAND
from khabar.archive.upkeep import reextract_queue
from khabar.archive.upkeep.reextract_queue import PageSelection
from khabar.extraction import extractor_version
from khabar.model.config import read_config
from newsroom.server import EDITION_ONE, Newsroom

OLD = "जैसा पुराने पाठक ने पढ़ा"


@pytest.fixture(scope="module")
def crawled(tmp_path_factory):
    """Two sites crawled; then one article is as an older extractor would have left it, another removed."""
    archive = settle_in(tmp_path_factory.mktemp("reextract"))
    with Newsroom(EDITION_ONE) as newsroom:
        khabar = Khabar(archive, newsroom.address, EDITION_ONE)
        assert khabar("crawl", "vyapar", "savera").code == 0
    with open_archive(archive, write=True) as held:
        held.db.execute("update articles set extractor_version = '0'")
        held.db.execute("update pages set extractor_version = '0'")
        own = "select id from articles where source = 'vyapar' order by id limit 2"
        first, second = (row["id"] for row in held.db.query(own))
        held.db.execute(
            "update articles set title = ?, section = 'कुछ और' where id = ?", [OLD, first]
        )
        held.db.execute(
            "update articles set removed_at = '2026-11-02T10:00:00Z' where id = ?", [second]
        )
    return khabar


@pytest.fixture
def khabar(crawled, tmp_path):
    return crawled.copied(tmp_path)


def rows(khabar, sql: str) -> list[dict]:
    with open_archive(khabar.archive) as held:
        return list(held.db.query(sql))


def test_a_dry_run_says_what_would_change_and_writes_nothing(khabar):
    before = rows(khabar, "select * from articles"), rows(khabar, "select * from revisions")
    run = khabar("reextract", "--dry-run", "--json")
    assert (run.code, run.err) == (0, "")
    told = json.loads(run.out)
    (others,) = rows(khabar, "select count(*) as n from pages where outcome = 'other-language'")
    assert told["read"] == len(before[0]) + others["n"] and told["left_alone"] == []
    assert {(row["field"], row["pages"]) for row in told["changes"]} == {
        ("title", 1),
        ("section", 1),
    }
    title = next(row for row in told["changes"] if row["field"] == "title")
    assert title["held"] == OLD and title["now"] and title["now"] != OLD
    assert (
        rows(khabar, "select * from articles"),
        rows(khabar, "select * from revisions"),
    ) == before


def test_a_run_keeps_the_older_reading_and_every_id_and_time(khabar):
    before = {row["id"]: row for row in rows(khabar, "select * from articles")}
    run = khabar("reextract")
    assert (run.code, run.err) == (0, "")
    after = {row["id"]: row for row in rows(khabar, "select * from articles")}
    assert after.keys() == before.keys()
    for name in ("first_seen", "last_seen", "removed_at", "url"):
        assert {key: row[name] for key, row in after.items()} == {
            key: row[name] for key, row in before.items()
        }
    assert {row["extractor_version"] for row in after.values()} != {"0"}
    (again,) = rows(khabar, "select * from readings where reason = 're-extraction'")
    (older,) = rows(
        khabar, f"select * from readings where article_id = {again['article_id']} and revision = 1"
    )
    assert older["title"] == OLD != again["title"]
    assert json.loads(again["changed"]) == ["title"]


def test_what_was_read_is_not_read_again(khabar):
    khabar("reextract")
    assert "0 pages extracted again" in khabar("reextract").out
    assert "0 pages" not in khabar("reextract", "--all").out
    assert rows(khabar, "select count(*) as n from revisions where reason = 're-extraction'") == [
        {"n": 1}
    ]


def test_a_page_that_is_no_article_any_more_is_named_and_left(khabar):
    """Here its source is kept for another language by now."""
    settings = khabar.archive.parent / "khabar.toml"
    sources = settings.read_text().split('"')[-2]
    own = khabar.archive.parent / "own"
    own.mkdir()
    toml = Path(sources, "vyapar.toml").read_text(encoding="utf-8")
    (own / "vyapar.toml").write_text(
        toml.replace('key = "vyapar"', 'key = "vyapar"\nlanguages = ["mr"]'), encoding="utf-8"
    )
    settings.write_text(settings.read_text().replace(sources, "own"))
    run = khabar("reextract")
    assert run.code == 0 and "left unchanged" in run.out and "other-language" in run.out
    assert rows(khabar, f"select count(*) as n from articles where title = '{OLD}'") == [{"n": 1}]


def test_a_changed_hint_makes_the_pages_of_its_source_stale(khabar):
    """And of no other; the count is said before anything is read, and a run brings it to nought."""
    khabar("reextract")
    assert "0 stored pages are stale\n" in khabar("reextract", "--dry-run").out
    settings = khabar.archive.parent / "khabar.toml"
    sources = settings.read_text().split('"')[-2]
    own = khabar.archive.parent / "own"
    own.mkdir()
    for key in ("vyapar", "savera"):
        toml = Path(sources, f"{key}.toml").read_text(encoding="utf-8")
        hints = '\n[reading]\nbylines = ["ख़ास क़लम"]\n' if key == "vyapar" else "# a comment\n"
        (own / f"{key}.toml").write_text(toml + hints, encoding="utf-8")
    settings.write_text(settings.read_text().replace(sources, "own"))
    (pages,) = rows(khabar, "select count(*) as n from articles where source = 'vyapar'")
    run = khabar("reextract", "--dry-run")
    count = int(run.out.split()[0])
    assert run.out.startswith(f"{count} stored pages are stale (vyapar {count})\n")
    assert count >= pages["n"]
    assert json.loads(khabar("reextract", "--json").out)["stale"] == count
    assert json.loads(khabar("reextract", "--json", "--dry-run").out)["stale"] == 0


def test_an_unknown_source_is_one_line(khabar):
    run = khabar("reextract", "--source", "vyapr")
    assert run.code == 2 and len(run.err.splitlines()) == 1 and "vyapar" in run.err


def test_a_story_on_several_pages_is_joined_again(khabar):
    """Its later pages are kept pages of their own: reading the first alone would lose their words."""
    many = "select distinct a.id, a.text, a.revision from articles a join pages p on p.article_id = a.id join parts on head_id = p.id"
    before = rows(khabar, many)
    assert before and khabar("reextract", "--source", "savera").code == 0
    assert rows(khabar, many) == before


WRONGED = "select id, url, article_id, snapshot_id from pages where article_id is not null and source = 'savera' limit 1"


@pytest.fixture
def wronged(khabar):
    """A page an older reader took for a listing; gives (khabar, its row, the article it would have been)."""
    with open_archive(khabar.archive, write=True) as held:
        (page,) = held.db.query(WRONGED)
        (article,) = held.db.query("select * from articles where id = ?", [page["article_id"]])
        listing = (
            "update pages set outcome = 'listing', article_id = null, next_at = null where id = ?"
        )
        held.db.execute(listing, [page["id"]])
        held.db.execute("delete from articles where id = ?", [page["article_id"]])
    return khabar, page, article


def test_a_dry_run_counts_what_a_mended_rule_wins_back(wronged):
    khabar, page, _ = wronged
    told = json.loads(khabar("reextract", "--dry-run", "--json", "--source", "savera").out)
    (won,) = (row for row in told["changes"] if row["field"] == "outcome")
    assert (won["held"], won["now"], won["pages"], won["url"]) == (
        "listing",
        "article",
        1,
        page["url"],
    )
    assert rows(khabar, f"select outcome from pages where id = {page['id']}") == [
        {"outcome": "listing"}
    ]


def test_a_page_that_reads_as_an_article_by_now_becomes_one_of_the_day_it_was_fetched(wronged):
    khabar, page, article = wronged
    assert khabar("reextract", "--source", "savera").code == 0
    (row,) = rows(khabar, f"select * from pages where id = {page['id']}")
    (again,) = rows(khabar, f"select * from articles where url = '{article['url']}'")
    (kept,) = rows(khabar, f"select fetched_at from snapshots where id = {page['snapshot_id']}")
    assert (row["outcome"], row["article_id"]) == ("article", again["id"])
    assert (again["title"], again["text"]) == (article["title"], article["text"])
    assert again["first_seen"] == row["last_asked"] == kept["fetched_at"]
    assert (
        "0 pages extracted again" in khabar("reextract").out
        or "0 fields" in khabar("reextract").out
    )


def test_words_held_already_make_no_second_article(wronged):
    """A page thought to say the same as another, when both were read badly, is judged anew: here it still does."""
    khabar, page, _ = wronged
    other = f"select id, url from pages where article_id is not null and source = 'savera' and id <> {page['id']} limit 1"
    with open_archive(khabar.archive, write=True) as held:
        (twin,) = held.db.query(other)
        same = "update pages set outcome = 'alias', evidence = ?, alias_of = ?, snapshot_id = ? where id = ?"
        (snapshot,) = held.db.query("select snapshot_id from pages where id = ?", [twin["id"]])
        told = [f"same text as {twin['url']}", twin["id"], snapshot["snapshot_id"], page["id"]]
        held.db.execute(same, told)
    before = rows(khabar, "select count(*) as n from articles")
    told = json.loads(khabar("reextract", "--json", "--source", "savera").out)
    assert not [row for row in told["changes"] if row["field"] == "outcome"]
    assert rows(khabar, "select count(*) as n from articles") == before


# --- slices ---


def test_a_limit_is_continued_by_the_same_command(khabar):
    (count,) = rows(khabar, "select count(*) as n from articles")
    first = json.loads(khabar("reextract", "--limit", "3", "--json").out)
    assert (first["read"], first["left"]) == (3, first["stale"] - 3) and first["left"] > 0
    again = json.loads(khabar("reextract", "--json").out)
    assert (again["stale"], again["left"]) == (first["left"], 0)
    assert rows(khabar, "select count(*) as n from articles") == [count]
    assert json.loads(khabar("reextract", "--json", "--dry-run").out)["stale"] == 0


def test_a_budget_ends_in_time_and_says_what_is_left(khabar):
    run = khabar("reextract", "--budget", "1s", "--source", "savera")
    left = json.loads(khabar("reextract", "--json", "--dry-run", "--source", "savera").out)["stale"]
    assert run.code == 0 and (f"{left} are left: the same command goes on" in run.out or left == 0)


def test_pages_that_are_left_alone_stand_in_no_limit_s_way(khabar):
    """They come last the next time: a limit as small as their number would never get past them."""
    settings = khabar.archive.parent / "khabar.toml"
    sources = settings.read_text().split('"')[-2]
    own = khabar.archive.parent / "own"
    own.mkdir()
    for key in ("vyapar", "savera"):
        toml = Path(sources, f"{key}.toml").read_text(encoding="utf-8")
        other = toml.replace('key = "vyapar"', 'key = "vyapar"\nlanguages = ["mr"]')
        (own / f"{key}.toml").write_text(other, encoding="utf-8")
    settings.write_text(settings.read_text().replace(sources, "own"))
    first = json.loads(khabar("reextract", "--limit", "1", "--source", "vyapar", "--json").out)
    again = json.loads(khabar("reextract", "--limit", "1", "--source", "vyapar", "--json").out)
    assert len(first["left_alone"]) == len(again["left_alone"]) == 1
    assert first["left_alone"] != again["left_alone"]


def test_the_lock_is_free_between_slices(khabar, monkeypatch):
    """Whoever waits for it gets it, here in each pause; what it does meanwhile is no obstacle."""
    taken = []

    def pause(seconds: float) -> None:
        with open_archive(khabar.archive, write=True) as held:
            taken.append(held.db.execute("select count(*) from articles").fetchone()[0])

    monkeypatch.setattr(reextract, "SLICE_SECONDS", 0.01)
    monkeypatch.setattr(reextract, "sleep", pause)
    sources = read_config(khabar.archive).load_registry().sources
    job = reextract.SlicedJob(read_config(khabar.archive), PageSelection(sources), 2, dry_run=False)
    with open_archive(khabar.archive) as read:
        job.prepare(read, 8)
    stale = job.left
    assert stale > 8 == job.run(300).page_count and len(taken) > 1 and job.left == stale - 8


@pytest.mark.parametrize("include_current", [False, True])
def test_pages_are_selected_in_steps_of_any_size_and_from_any_of_them_on(
    khabar, monkeypatch, include_current
):
    """Some of them left alone by this version, some extracted by it, and pages that are no article."""
    sources = read_config(khabar.archive).load_registry().sources
    selection = PageSelection(sources, include_current=include_current)
    with open_archive(khabar.archive, write=True) as archive:
        for key, source in sources.items():
            for sql in (
                "update pages set extractor_version = ? where article_id % 3 = 0 and source = ?",
                "update articles set extractor_version = ? where id % 3 = 1 and source = ?",
            ):
                archive.db.execute(sql, [extractor_version(source), key])
        everything = list(selection.iter_pages(archive.db))
        assert {page.position.part for page in everything} == {0, 1, 2}
        assert len({page.page_id for page in everything}) == len(everything)
        assert selection.count_by_source(archive.db) == Counter(page.source for page in everything)
        for step in (1, 2, len(everything)):
            monkeypatch.setattr(reextract_queue, "_SELECTED_TOGETHER", step)
            assert list(selection.iter_pages(archive.db)) == everything
        for number, page in enumerate(everything, 1):
            assert list(selection.iter_pages(archive.db, page.position)) == everything[number:]


def test_a_crawl_waits_for_a_slice_and_for_nobody_else(tmp_path):
    path = tmp_path / "archive.db"
    slice_of = open_archive(path, write=True, holder=SLICED_COMMAND)
    with pytest.raises(ArchiveBusy, match="reextract"):
        open_archive(path, write=True, patience=0.3)
    Timer(0.5, slice_of.lock.close).start()
    crawl = open_archive(path, write=True, patience=10)
    with pytest.raises(ArchiveBusy):
        open_archive(path, write=True, patience=10)  # at once: a crawl is no slice
    crawl.close()
