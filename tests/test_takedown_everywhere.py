"""What was taken down stays out, whatever command writes afterwards; and nothing that is not ours is deleted."""

from __future__ import annotations

import json
import shutil

import pytest
from archive_fixtures import HOME, START, ArchiveBuilder, article
from conftest import Khabar, settle_in
from residue_scan import traces
from takedown_fixtures import AFTER, BESIDES, PLANTED, URL, html, plant, planted, planted_page

from khabar.archive import open_archive
from khabar.archive.merge import merge_archive
from khabar.archive.store import snapshots
from khabar.archive.upkeep import takedown
from khabar.archive.upkeep.backup import create_backup
from khabar.archive.upkeep.verify import run_checks
from khabar.archive.upkeep.verify.findings import CheckContext
from khabar.model.items import Outcome, Page, Visit

ORDER = ("--reason", "court order", "--by", "the desk")


def faults(khabar: Khabar) -> list:
    with open_archive(khabar.archive) as archive:
        return list(run_checks(CheckContext(archive, khabar.now)))


@pytest.fixture
def shard(tmp_path):
    """An archive with the planted article, as another machine has it: under a further address, its AMP twin."""
    folder = tmp_path / "shard"
    folder.mkdir()
    plant(folder)
    desk = ArchiveBuilder(folder / "archive.db", AFTER)
    amp = f"{HOME}/news/amp/7"
    (page_id,) = desk.note(amp)
    page = Page(amp, planted_page("एएमपी।"), desk.now)
    kept = snapshots.save_snapshot(desk.archive, page, page_id)
    (target,) = desk.rows("select id from pages where url = ?", URL)
    desk.file(Visit(page_id, "kagaz", page, kept, outcome=Outcome.ALIAS, evidence="amp"))
    desk.db.execute(
        "update pages set alias_of = ?, article_id = null where id = ?", [target["id"], page_id]
    )
    desk.archive.close()
    return folder / "archive.db"


@pytest.mark.parametrize("pattern", [URL, f"{HOME}/news/7*"])
def test_a_merge_brings_nothing_of_it_back(tmp_path, shard, pattern):
    main = tmp_path / "main"
    main.mkdir()
    plant(main)
    desk = ArchiveBuilder(main / "archive.db", AFTER)
    takedown.add_takedown(desk.archive, pattern, "court", "desk", desk.now)
    merge_archive(desk.archive, shard, lambda articles: None)
    assert takedown.list_target_urls(desk.db, pattern) and not desk.rows(
        "select 1 from snapshots where url like '%/7'"
    )
    assert {
        one["outcome"] for one in desk.rows("select outcome from pages where url like '%/news/7'")
    } == {"taken-down"}
    neighbours = desk.rows("select count(*) as n from articles")[0]["n"]
    assert neighbours == 40
    assert list(run_checks(CheckContext(desk.archive, desk.now))) == []
    made = create_backup(desk.path, tmp_path / "copies", None, AFTER, lambda step: None)
    desk.archive.close()
    assert traces(main, PLANTED, BESIDES) == []
    (tmp_path / "restored").mkdir()
    shutil.copy(made.path, tmp_path / "restored" / "archive.db")
    assert traces(tmp_path / "restored", PLANTED, BESIDES) == []


def test_its_words_under_another_address_are_not_merged_either(tmp_path):
    main, other = ArchiveBuilder(tmp_path / "main.db"), ArchiveBuilder(tmp_path / "other.db")
    long = [f"{PLANTED} {number}" for number in range(5)]
    for desk, url in ((main, URL), (other, f"{HOME}/news/elsewhere")):
        desk.read(article(url, *long), body=html(7, *long))
        desk.read(article(f"{HOME}/news/open"), body=html(8, "खुली ख़बर"))
    other.archive.close()
    takedown.add_takedown(main.archive, URL, "court", "desk", main.now)
    counts = merge_archive(main.archive, other.path, lambda articles: None)
    assert counts == {"taken down": 1, "unchanged": 1}
    assert [row["url"] for row in main.rows("select distinct url from snapshots")] == [
        f"{HOME}/news/open"
    ]
    assert main.rows("select 1 from tombstones where url = ?", f"{HOME}/news/elsewhere")
    main.archive.close()


WRITING = {
    "import": ("import", "{lines}"),
    "merge": ("merge", "{shard}"),
    "stories": ("stories", "rebuild"),
    "seal": ("seal", "--older-than", "1d"),
    "reextract": ("reextract", "--all"),
    "repair": ("verify", "--repair"),
    "aliases": ("aliases", "add", "नगर निगम, एनएन"),
    "backup": ("backup", "{copies}"),
    "again": ("takedown", "finish"),
}


@pytest.mark.parametrize("name", WRITING)
def test_after_every_command_that_writes_verify_finds_nothing_of_it(tmp_path, shard, name):
    archive = settle_in(tmp_path / "main")
    plant(archive.parent)
    khabar = Khabar(archive, "", AFTER)
    assert khabar("takedown", "add", URL, *ORDER).code == 0
    text = "\n\n".join(one.text for one in planted().blocks if one.type == "paragraph")
    lines = tmp_path / "lines.jsonl"
    lines.write_text(
        json.dumps({"url": URL, "title": "फिर", "text": text, "source": "kagaz"}) + "\n"
    )
    told = {"lines": lines, "shard": shard, "copies": tmp_path / "copies"}
    run = khabar(*(word.format(**told) for word in WRITING[name]))
    assert run.code == 0, run
    assert faults(khabar) == []
    with open_archive(archive) as held:
        assert not held.db.execute("select 1 from articles where url = ?", [URL]).fetchone()
        assert not held.db.execute("select 1 from snapshots where url = ?", [URL]).fetchone()


def test_a_pattern_asks_and_says_how_many(tmp_path):
    archive = settle_in(tmp_path)
    desk = ArchiveBuilder(archive)
    for number in range(3):
        desk.read(article(f"{HOME}/news/{number}", f"पाठ {number}"))
    desk.archive.close()
    khabar = Khabar(archive, "", START)
    refused = khabar("takedown", "add", f"{HOME}/news/*", *ORDER)
    assert (refused.code, refused.out) == (2, "")
    assert (
        "3 articles" in refused.err
        and "--yes" in refused.err
        and len(refused.err.splitlines()) == 1
    )
    with open_archive(archive) as held:
        assert held.db.execute("select count(*) from articles").fetchone() == (3,)
    assert khabar("takedown", "add", f"{HOME}/news/*", *ORDER, "--dry-run").code == 0
    done = khabar("takedown", "add", f"{HOME}/news/*", *ORDER, "--yes")
    assert done.code == 0 and "3 articles" in done.out


def test_what_is_not_ours_is_left_alone(tmp_path):
    """Unfinished files of others in the folders we clean up."""
    (tmp_path / "main").mkdir()
    plant(tmp_path / "main")
    desk = ArchiveBuilder(tmp_path / "main" / "archive.db", AFTER)
    foreign = [tmp_path / "copies" / "film.mkv.part", tmp_path / "copies" / "snapshots" / "2026-notes.db",
               tmp_path / "main" / "snapshots" / "film.mkv.part"]  # fmt: skip
    for path in foreign:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("half a film")
    create_backup(desk.path, tmp_path / "copies", None, AFTER, lambda step: None)
    takedown.add_takedown(desk.archive, URL, "court", "desk", desk.now)
    desk.archive.close()
    assert [path.read_text() for path in foreign] == ["half a film"] * 3
