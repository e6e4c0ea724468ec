"""Backups: whole while a crawl writes, checked, small when little changed, and restored as the manual says."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from archive_fixtures import HOME, START, ArchiveBuilder, article
from conftest import ROOT, Khabar, settle_in_unhurried
from datasette.app import Datasette
from residue_scan import pieces
from takedown_fixtures import PLANTED, URL, planted, planted_page
from test_seal import months_of_pages
from web_fixtures import get

from khabar.archive import ArchiveBusy, ArchiveError, open_archive
from khabar.archive.store import snapshots
from khabar.archive.upkeep import seal, takedown
from khabar.archive.upkeep.backup import BackupResult, create_backup
from khabar.archive.upkeep.space import hold_upkeep_lock
from khabar.archive.upkeep.verify import CheckContext, run_checks
from khabar.web import make_app
from newsroom.server import EDITION_ONE, Newsroom

MANUAL = (ROOT / "docs" / "steward.md").read_text(encoding="utf-8")
LATER = START + timedelta(days=200)


def make(
    desk: ArchiveBuilder, folder: Path, keep: int | None = None, now: datetime = LATER
) -> BackupResult:
    return create_backup(desk.path, folder, keep, now, lambda what: None)


def faults(path: Path) -> list:
    with open_archive(path) as archive:
        return run_checks(CheckContext(archive, LATER))


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Three sealed months, and a page of today."""
    folder = months_of_pages(tmp_path_factory.mktemp("built"))
    opened = ArchiveBuilder(folder / "archive.db", LATER)
    seal.seal_months(opened.archive, timedelta(days=60), LATER, lambda month: None)
    opened.read(article(f"{HOME}/news/900", "आज की ख़बर " * 20))
    opened.archive.close()
    return folder


@pytest.fixture
def desk(built, tmp_path):
    shutil.copytree(built, tmp_path / "khabar")
    opened = ArchiveBuilder(tmp_path / "khabar" / "archive.db", LATER)
    yield opened
    opened.archive.close()


def restore(folder: Path, made: BackupResult) -> None:
    """The manual's own commands, in the archive's folder."""
    (commands,) = re.findall(r"\*\*Back again\.\*\*.*?```sh\n(.*?)```", MANUAL, flags=re.S)
    told = commands.replace("/mnt/copies/khabar/archive-20261124T033000Z.db", str(made.path))
    told = told.replace("/mnt/copies/khabar", str(made.path.parent))
    environment = Khabar(folder / "archive.db", "", EDITION_ONE).environment()
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    subprocess.run(
        ["bash", "-e", "-c", told], cwd=folder, env=environment, check=True, capture_output=True
    )


def test_taken_while_a_crawl_writes_restored_it_is_whole_and_serves(tmp_path):
    archive = settle_in_unhurried(tmp_path / "khabar")
    with Newsroom(EDITION_ONE) as newsroom:
        khabar = Khabar(archive, newsroom.address, EDITION_ONE)
        run = khabar.start("crawl", "savera")
        made: list[BackupResult] = []
        while run.poll() is None:
            if archive.exists() and (one := attempt(archive, tmp_path / "copies")):
                made.append(one)
            time.sleep(0.1)
        assert run.poll() == 0
    counts = [articles(one.path) for one in made]
    assert len(set(counts)) > 2, f"no backup was taken in the middle: {counts}"
    assert counts == sorted(counts)
    middle = next(
        one for one, count in zip(made, counts, strict=True) if 0 < count < articles(archive)
    )
    restore(archive.parent, middle)
    assert faults(archive) == []
    served: Datasette = make_app(archive, public=False)
    assert get(served, "/").status_code == 200
    assert get(served, "/archive/article_list.json", _shape="array").json()


def attempt(archive: Path, folder: Path) -> BackupResult | None:
    """None while the first tables are being made."""
    try:
        return create_backup(archive, folder, None, datetime.now(UTC), lambda what: None)
    except ArchiveError as error:
        assert re.search("not an archive|older Khabar|no such table|: empty", str(error)), error
        return None


def articles(path: Path) -> int:
    with open_archive(path) as held:
        return held.db.execute("select count(*) from articles").fetchone()[0]


def test_with_its_sealed_months_it_gives_every_page_back(desk, tmp_path):
    before = {
        row["id"]: snapshots.load_page(desk.db, row["id"])
        for row in desk.rows("select id from snapshots")
    }
    made = make(desk, tmp_path / "copies")
    assert made.months == ("2026-11", "2026-12", "2027-01") and made.month_count == 3
    shutil.copytree(made.path.parent, tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / made.path.name).rename(tmp_path / "elsewhere" / "archive.db")
    with open_archive(tmp_path / "elsewhere" / "archive.db") as held:
        assert {found: snapshots.load_page(held.db, found) for found in before} == before
    assert faults(tmp_path / "elsewhere" / "archive.db") == []


def test_the_archive_and_its_copies_are_for_their_owner_only(desk, tmp_path):
    made = make(desk, tmp_path / "copies")
    files = [
        path
        for folder in (desk.archive.path.parent, made.path.parent)
        for path in folder.rglob("*.db")
    ]
    assert len(files) == 8
    assert [path for path in files if path.stat().st_mode & 0o077] == []


def test_only_months_that_changed_are_copied_again(desk, tmp_path):
    make(desk, tmp_path / "copies")
    assert make(desk, tmp_path / "copies", now=LATER + timedelta(days=1)).months == ()
    takedown.add_takedown(desk.archive, f"{HOME}/news/1", "x", "y", desk.now)
    assert make(desk, tmp_path / "copies", now=LATER + timedelta(days=2)).months == ("2026-11",)


def test_a_month_that_was_emptied_goes_from_the_backups_too(desk, tmp_path):
    make(desk, tmp_path / "copies")
    takedown.add_takedown(desk.archive, f"{HOME}/news/*", "x", "y", desk.now)
    make(desk, tmp_path / "copies", now=LATER + timedelta(days=2))
    assert list((tmp_path / "copies" / "snapshots").iterdir()) == []


def test_the_newest_are_kept(desk, tmp_path):
    made = [make(desk, tmp_path / "copies", 3, LATER + timedelta(days=day)) for day in range(5)]
    assert sorted(path.name for path in (tmp_path / "copies").glob("*.db")) == [
        one.path.name for one in made[2:]
    ]
    assert [len(one.removed_paths) for one in made] == [0, 0, 0, 1, 1]
    assert {row["path"] for row in desk.rows("select path from copies")} == {
        str(one.path) for one in made[2:]
    }


def test_a_takedown_names_it_and_the_next_one_is_without(desk, tmp_path):
    desk.read(planted(), body=planted_page())
    made = make(desk, tmp_path / "copies")
    assert any(piece in made.path.read_bytes() for piece in pieces(PLANTED))
    desk.now = LATER + timedelta(days=1)
    done = takedown.add_takedown(desk.archive, URL, "x", "y", desk.now)
    assert [one.path for one in done.copies] == [str(made.path)]
    after = make(desk, tmp_path / "copies", 1, LATER + timedelta(days=2))
    assert not any(piece in after.path.read_bytes() for piece in pieces(PLANTED))
    assert takedown.list_takedowns(desk.db)[0].copies == ()


def test_what_is_not_whole_takes_no_place(desk, tmp_path):
    desk.db.execute("pragma foreign_keys = off")
    desk.db.execute("insert into article_authors values (5, 0, 1)")
    with pytest.raises(ArchiveError, match="not backed up: article_authors"):
        make(desk, tmp_path / "copies")
    assert [path.name for path in (tmp_path / "copies").iterdir()] == ["snapshots"]


def test_a_missing_month_is_named_and_the_copy_of_it_stays(desk, tmp_path):
    make(desk, tmp_path / "copies")
    (desk.path.parent / "snapshots" / "2026-12.db").unlink()
    with pytest.raises(ArchiveError, match="2026-12.db: missing.*copies/snapshots/2026-12.db"):
        make(desk, tmp_path / "copies", now=LATER + timedelta(days=1))
    assert (tmp_path / "copies" / "snapshots" / "2026-12.db").exists()


def test_what_a_killed_run_left_is_removed(desk, tmp_path):
    left = tmp_path / "copies" / "archive-20200101T000000Z.db.part"
    left.parent.mkdir()
    left.write_bytes(b"half")
    make(desk, left.parent)
    assert not left.exists()


def test_folders_that_cannot_be(desk, tmp_path):
    with pytest.raises(ArchiveError, match="own folder"):
        make(desk, desk.path.parent)
    (tmp_path / "file").write_text("x")
    with pytest.raises(ArchiveError, match="could not be written"):
        make(desk, tmp_path / "file")
    make(desk, tmp_path / "copies")
    desk.db.execute("update meta set value = 'another' where name = 'archive'")
    (tmp_path / "copies" / "snapshots" / "2026-11.db").touch()
    with pytest.raises(ArchiveError, match="another archive"):
        make(desk, tmp_path / "copies", now=LATER + timedelta(days=1))


def test_one_at_a_time(desk, tmp_path):
    with (
        hold_upkeep_lock(desk.path, "khabar seal"),
        pytest.raises(ArchiveBusy, match="khabar seal"),
    ):
        make(desk, tmp_path / "copies")
