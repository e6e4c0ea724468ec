"""Planted damages: `run_checks` names each, `--repair` mends what follows from the rest and tells the others apart."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from archive_fixtures import HOME, START, WORDS, ArchiveBuilder, article
from conftest import Khabar
from corruptions import AGAIN, DAMAGES, MENDED, A, bytes_of, sql
from sqlite_utils import Database
from test_snapshots import html

from khabar.archive import health, open_archive, search
from khabar.archive.database import ArchiveError
from khabar.archive.store import month_files
from khabar.archive.upkeep import seal, takedown
from khabar.archive.upkeep.verify import CHECKS, CheckContext, run_checks
from khabar.archive.upkeep.verify import repair_findings as mend
from khabar.model.items import Block, Embed, Image

NOW = START + timedelta(days=200)
POST = Embed(
    "x", "post", id="1853001", author_handle="nagar", text="शिविर 🪁 कल भी लगेगा", text_complete=True
)
PICTURE = Image("http://x.test/1.jpg", "जिल्द बाँधते छात्र")


def told(n: int):
    words = [f"{one} अंक {n}।" for one in WORDS]
    blocks = (
        *(Block("paragraph", one) for one in words),
        Block("embed", embed=0),
        Block("image", image=0),
    )
    return article(f"{HOME}/news/{n}", blocks=blocks, embeds=(replace(POST, id=f"185300{n}"),), images=(PICTURE,),
                   title=f"शिविर {n}", authors=("अनाम",), published_at=f"2026-11-0{n}T08:00:00+05:30")  # fmt: skip


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """A sound archive: read twice, edited, sealed in part, with aliases, copies, robots and a takedown."""
    desk = ArchiveBuilder(tmp_path_factory.mktemp("whole") / "archive.db")
    desk.now = START - timedelta(days=90)
    for n in range(1, 7):
        desk.read(told(n), body=html(n))
    desk.note("http://m.kagaz.newsroom.test/news/3")
    seal.seal_months(desk.archive, timedelta(days=1), START, lambda month: None)
    desk.now = START
    for n in range(4, 10):
        desk.read(told(n), body=html(n))
    desk.read(replace(told(5), title="शिविर का दूसरा दिन"), body=html(50))
    desk.read(told(6), body=html(60))  # other bytes that read the same: headers and hash alone
    health.save_site_file(desk.db, "robots", HOME, 200, b"User-agent: *\nAllow: /\n", desk.now)
    takedown.add_takedown(desk.archive, f"{HOME}/news/9", "x", "y", desk.now)
    desk.archive.close()
    return desk.path.parent


@pytest.fixture
def folder(whole, tmp_path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "archive"))


def checked(folder: Path, *, repair: bool = False) -> dict[str, list]:
    """Check → its faults (what, mend or remedy)."""
    with open_archive(folder / "archive.db", write=repair) as archive:
        case = CheckContext(archive, NOW)
        found = run_checks(case)
        if repair:
            found = mend(case, found)
    return {one.check: [other for other in found if other.check == one.check] for one in found}


def test_a_sound_archive_has_no_fault(folder):
    assert checked(folder) == {}


# --- damages ---


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.name)
def test_a_damage_is_named_and_mended_or_told_apart(folder, damage):
    damage.do(folder)
    found = checked(folder)
    assert damage.check in found, found
    left = checked(folder, repair=True)
    if damage.end == MENDED:
        assert left == {}
        return
    fault = left[damage.check][0]
    assert fault.repair is None and ("reextract" in fault.remedy) == (damage.end == AGAIN)
    assert not any(one.repair for faults in left.values() for one in faults), (
        "something derivable was left"
    )


def test_the_table_is_long_and_every_check_has_its_damage():
    assert len(DAMAGES) >= 20 and len({damage.name for damage in DAMAGES}) == len(DAMAGES)
    assert {damage.check for damage in DAMAGES} >= {name.partition(":")[0] for name in CHECKS} - {
        "posts"
    }


# --- what is mended works ---


def test_a_row_that_lost_its_article_is_read_from_its_kept_page(folder):
    sql(f"update pages set article_id = null {A}")(folder)
    checked(folder, repair=True)
    with open_archive(folder / "archive.db") as archive:
        (row,) = archive.db.query(
            f"select state, outcome, article_id is not null as held from pages {A}"
        )
    assert row == {"state": "done", "outcome": "article", "held": 1} or row["state"] == "fetched"


def test_the_index_finds_again(folder):
    sql("insert into articles_fts (articles_fts) values ('delete-all')")(folder)
    checked(folder, repair=True)
    with open_archive(folder / "archive.db") as archive:
        assert len(search.search_articles(archive.db, search.SearchQuery("पुस्तकालय"))) == 8


def test_a_mended_index_leads_to_its_rows_again(folder):
    bytes_of("sqlite_autoindex_articles_1", 4000, b"zz")(folder)
    checked(folder, repair=True)
    with open_archive(folder / "archive.db") as archive:
        urls = [url for (url,) in archive.db.execute("select url from articles").fetchall()]
        assert all(
            archive.db.execute("select 1 from articles where url = ?", [url]).fetchone()
            for url in urls
        )


# --- the command ---


def test_the_command_tells_both_kinds_apart(folder):
    khabar = Khabar(folder / "archive.db", "", NOW)
    assert (khabar("verify").code, khabar("verify").out) == (0, "")
    sql(f"update articles set word_count = 1 {A}", "update robots set body = x'41'")(folder)
    named = khabar("verify", "--json")
    assert named.code == 1 and json.loads(named.out)["left"] == 2
    done = json.loads(khabar("verify", "--repair", "--json").out)
    assert done["left"] == 1 and {one["check"]: one["state"] for one in done["faults"]} == {
        "articles": "mended", "robots": "cannot be derived: restore it from a backup (docs/steward.md)"}  # fmt: skip


def test_a_crawl_may_go_on_beside_it(folder):
    """Without --repair no lock is taken, and what a writer commits meanwhile confuses nothing."""
    with open_archive(folder / "archive.db", write=True):
        assert checked(folder) == {}


def test_no_file_is_no_fault_but_an_error(tmp_path):
    with pytest.raises(ArchiveError, match="no archive"):
        checked(tmp_path)


def test_a_sealed_month_is_only_read(folder):
    before = sealed_bytes(folder)
    checked(folder)
    assert sealed_bytes(folder) == before


def sealed_bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / month_files.FOLDER_NAME).iterdir()}


def test_the_damage_would_be_there_without_us(folder):
    """The fixture is what it says: two months' pages, one of them sealed, an edit, an alias."""
    db = Database(folder / "archive.db")
    assert db.execute("select count(*) from snapshots where sealed is not null").fetchone()[0] == 6
    assert db.execute("select count(*) from snapshots where same_as is not null").fetchone()[0] >= 1
    assert db.execute("select count(*) from pages where outcome = 'alias'").fetchone()[0] == 1
    assert db.execute("select count(*) from revisions where revision > 1").fetchone()[0] == 1
    db.close()
