"""An archive restored from a backup that is older than a takedown says so, and forgets again before it is used."""

from __future__ import annotations

import json
import shutil

import pytest
from archive_fixtures import HOME, ArchiveBuilder
from conftest import Khabar, settle_in
from residue_scan import traces
from takedown_fixtures import AFTER, BESIDES, PLANTED, URL, plant

from khabar.archive import ArchiveError, open_archive
from khabar.archive.takedown_log import FILE_NAME
from khabar.archive.upkeep.backup import create_backup

ORDER = ("--reason", "court order", "--by", "the desk")
NEIGHBOUR = f"{HOME}/news/103"


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    """An archive with a backup from before a takedown and the log of that takedown in both folders."""
    folder = tmp_path_factory.mktemp("restored")
    archive = settle_in(folder)
    plant(folder)
    before = create_backup(archive, folder / "backups", None, AFTER, lambda step: None).path
    shutil.move(before, folder / "before.db")
    khabar = Khabar(archive, "", AFTER)
    assert khabar("takedown", "add", URL, *ORDER).code == 0
    assert khabar("takedown", "add", f"{NEIGHBOUR}*", *ORDER, "--yes").code == 0
    assert khabar("backup", str(folder / "backups")).code == 0
    return folder


@pytest.fixture
def restored(ground, tmp_path):
    shutil.copytree(ground, tmp_path, dirs_exist_ok=True)
    for log in tmp_path.glob("archive.db-*"):  # as docs/operate.md says
        log.unlink()
    shutil.move(tmp_path / "before.db", tmp_path / "archive.db")
    return Khabar(tmp_path / "archive.db", "", AFTER)


def test_the_log_is_private_and_goes_with_the_backups(ground):
    for folder in (ground, ground / "backups"):
        log = folder / FILE_NAME
        assert log.stat().st_mode & 0o777 == 0o600
        assert log.read_text(encoding="utf-8").count(URL) == 1


@pytest.mark.parametrize(
    "command", ["crawl", "status", "export out", "search पीतल", "serve", "backup more", "seal"]
)
def test_every_command_says_what_to_do(restored, tmp_path, command):
    run = restored(*command.split())
    assert run.code == 2 and run.err.count("\n") == 1
    assert (
        "restored from before 2 takedowns" in run.err
        and "khabar takedown repeat" in run.err
        and URL in run.err
    )


def test_repeated_it_is_forgotten_and_the_archive_opens(restored, tmp_path):
    assert PLANTED.encode() in (tmp_path / "archive.db").read_bytes()
    run = restored("takedown", "repeat")
    assert (
        run.code == 0 and f"{URL}: 1 articles" in run.out and f"{NEIGHBOUR}*: 1 articles" in run.out
    )
    assert traces(tmp_path, PLANTED, BESIDES) == []
    assert restored("verify").code == 0 and restored("status").code in (0, 1)
    log = (tmp_path / FILE_NAME).read_text(encoding="utf-8")
    assert (
        log.count(URL) == 1
        and restored("takedown", "repeat").out
        == "the archive has every takedown of takedowns.jsonl\n"
    )
    rows = json.loads(restored("takedown", "list", "--json").out)
    assert {row["at"][:10] for row in rows} == {f"{AFTER:%Y-%m-%d}"}


def test_verify_names_it_and_repairs(restored, tmp_path):
    run = restored("verify")
    assert run.code == 1 and URL in run.out and "restored" in run.out
    assert restored("verify", "--repair").code == 0
    assert traces(tmp_path, PLANTED, BESIDES) == []


def test_an_archive_taken_down_by_an_older_release_gets_its_log(ground, tmp_path):
    shutil.copytree(ground, tmp_path, dirs_exist_ok=True)
    (tmp_path / FILE_NAME).unlink()
    open_archive(tmp_path / "archive.db", write=True).close()
    assert (tmp_path / FILE_NAME).read_text(encoding="utf-8").count(URL) == 1


def test_another_archive_in_the_folder_is_not_concerned(ground, tmp_path):
    shutil.copytree(ground, tmp_path, dirs_exist_ok=True)
    other = ArchiveBuilder(tmp_path / "other.db", AFTER)
    other.archive.close()
    with open_archive(tmp_path / "other.db") as archive:
        assert archive.db.execute("select count(*) from takedowns").fetchone() == (0,)


def test_a_line_cut_off_by_a_crash_is_written_again(ground, tmp_path):
    shutil.copytree(ground, tmp_path, dirs_exist_ok=True)
    log = tmp_path / FILE_NAME
    whole = log.read_bytes()
    log.write_bytes(whole[:-9])
    open_archive(tmp_path / "archive.db", write=True).close()
    assert log.read_bytes() == whole


def test_a_line_that_cannot_be_read_is_named(ground, tmp_path):
    shutil.copytree(ground, tmp_path, dirs_exist_ok=True)
    log = tmp_path / FILE_NAME
    log.write_bytes(b"{nonsense\n" + log.read_bytes())
    with pytest.raises(ArchiveError, match="line 1: not a takedown"):
        open_archive(tmp_path / "archive.db")
