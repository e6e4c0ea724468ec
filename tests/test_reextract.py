"""Kept pages read again: what changes is shown, then written beside the older reading, and nothing is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Khabar, settle_in

from archive import open_archive
from newsroom.server import EDITION_ONE, Newsroom

OLD = "जैसा पुराने पाठक ने पढ़ा"


@pytest.fixture
def khabar(tmp_path):
    """One site crawled; then one of its articles is as an older extractor would have left it, another removed."""
    archive = settle_in(tmp_path)
    with Newsroom(EDITION_ONE) as newsroom:
        khabar = Khabar(archive, newsroom.address, EDITION_ONE)
        assert khabar("crawl", "vyapar").code == 0
    with open_archive(archive, write=True) as held:
        held.db.execute("update articles set extractor_version = '0'")
        first, second = (row["id"] for row in held.db.query("select id from articles order by id limit 2"))
        held.db.execute("update articles set title = ?, section = 'कुछ और' where id = ?", [OLD, first])
        held.db.execute("update articles set removed_at = '2026-11-02T10:00:00Z' where id = ?", [second])
    return khabar


def rows(khabar, sql: str) -> list[dict]:
    with open_archive(khabar.archive) as held:
        return list(held.db.query(sql))


def test_a_dry_run_says_what_would_change_and_writes_nothing(khabar):
    before = rows(khabar, "select * from articles"), rows(khabar, "select * from revisions")
    run = khabar("reextract", "--dry-run", "--json")
    assert (run.code, run.err) == (0, "")
    told = json.loads(run.out)
    assert told["read"] == len(before[0]) and told["left_alone"] == []
    assert {(row["field"], row["articles"]) for row in told["changes"]} == {("title", 1), ("section", 1)}
    title = next(row for row in told["changes"] if row["field"] == "title")
    assert title["held"] == OLD and title["now"] and title["now"] != OLD
    assert (rows(khabar, "select * from articles"), rows(khabar, "select * from revisions")) == before


def test_a_run_keeps_the_older_reading_and_every_id_and_time(khabar):
    before = {row["id"]: row for row in rows(khabar, "select * from articles")}
    run = khabar("reextract")
    assert (run.code, run.err) == (0, "")
    after = {row["id"]: row for row in rows(khabar, "select * from articles")}
    assert after.keys() == before.keys()
    for name in ("first_seen", "last_seen", "removed_at", "url"):
        assert {key: row[name] for key, row in after.items()} == {key: row[name] for key, row in before.items()}
    assert {row["extractor_version"] for row in after.values()} != {"0"}
    (again,) = rows(khabar, "select * from readings where reason = 're-extraction'")
    (older,) = rows(khabar, f"select * from readings where article_id = {again['article_id']} and revision = 1")
    assert older["title"] == OLD != again["title"]
    assert json.loads(again["changed"]) == ["title"]


def test_what_was_read_is_not_read_again(khabar):
    khabar("reextract")
    assert "0 pages read again" in khabar("reextract").out
    assert "0 pages" not in khabar("reextract", "--all").out
    assert rows(khabar, "select count(*) as n from revisions where reason = 're-extraction'") == [{"n": 1}]


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
    assert run.code == 0 and "other-language" in run.out
    assert rows(khabar, f"select count(*) as n from articles where title = '{OLD}'") == [{"n": 1}]


def test_an_unknown_source_is_one_line(khabar):
    run = khabar("reextract", "--source", "vyapr")
    assert run.code == 2 and len(run.err.splitlines()) == 1 and "vyapar" in run.err
