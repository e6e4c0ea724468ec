"""Kept pages extracted again: what changes is shown, then written beside the older reading, and nothing is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Khabar, settle_in

from khabar.archive import open_archive
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
