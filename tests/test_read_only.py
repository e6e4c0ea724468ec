"""Archives that may not be written to, or not yet: of another user, on a full disk, of the last release."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from command_runner import Khabar, Run, start
from shared_crawls import crawled_once
from sqlite_utils.utils import sqlite3
from test_migrations import archive_of, fill

from khabar.archive import ArchiveError, open_archive, schema
from khabar.archive.database import may_write
from newsroom.server import EDITION_ONE

NOW = EDITION_ONE + timedelta(days=1)
COMMANDS = {
    "export": ("export", "{mine}/out", "--splits", "story"),
    "backup": ("backup", "{mine}/copies"),
    "account": ("account", "savera", "{mine}/report", "--from", "2026-11-01", "--to", "2026-11-30"),
    "status": ("status",),
    "search": ("search", "के"),
    "show": ("show", "{url}"),
    "verify": ("verify",),
    "stories": ("stories", "list"),
    "takedowns": ("takedown", "list"),
}  # fmt: skip
RECORDED = ("export", "backup")


@pytest.fixture
def place():
    """A folder that every user may enter, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    for path in folder.rglob("*"):
        path.chmod(0o755)
    shutil.rmtree(folder)


@pytest.fixture
def khabar(place, tmp_path_factory) -> Khabar:
    """An archive of somebody else, which all may read."""
    theirs = crawled_once(tmp_path_factory).copied(place / "theirs", NOW)
    (place / "mine").mkdir()
    (place / "mine").chmod(0o777)
    for path in (place / "theirs", *(place / "theirs").rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    return theirs


def run_as_reader(khabar: Khabar, name: str) -> Run:
    with closing(sqlite3.connect(f"file:{khabar.archive}?immutable=1", uri=True)) as connection:
        (url,) = connection.execute("select url from articles order by id limit 1").fetchone()
    mine = khabar.archive.parent.parent / "mine"
    words = [word.format(mine=mine, url=url) for word in COMMANDS[name]]
    return start(words, khabar.environment(), entry="failing_writes:read_only").result()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_reader_needs_no_right_to_write(khabar, name):
    before = sorted(khabar.archive.parent.rglob("*"))
    run = run_as_reader(khabar, name)
    assert run.code == 0, run
    assert sorted(khabar.archive.parent.rglob("*")) == before
    if name in RECORDED:
        assert run.err.count("\n") == 1 and "not recorded" in run.err
        assert any((khabar.archive.parent.parent / "mine").rglob("*"))
    else:
        assert run.err == ""


def test_a_writing_command_says_so_in_a_line(khabar):
    for words in (("stories", "rebuild"), ("seal",)):
        run = start(words, khabar.environment(), entry="failing_writes:read_only").result()
        assert run.code == 2 and run.err.count("\n") == 1, run
        assert "Permission denied" in run.err and "run the command as the user" in run.err


def test_a_log_that_cannot_be_read_is_not_passed_over(place, khabar):
    """What stands in the log only would be missing, so the file alone is not the archive."""
    khabar.archive.parent.chmod(0o755)
    log = khabar.archive.with_name("archive.db-wal")
    log.write_bytes(b"x" * 4096)
    log.chmod(0o000)
    khabar.archive.parent.chmod(0o555)
    run = run_as_reader(khabar, "status")
    assert run.code == 2 and run.err.count("\n") == 1, run


def test_who_may_write(tmp_path, monkeypatch):
    (tmp_path / "archive.db").touch()
    assert may_write(tmp_path / "archive.db")
    monkeypatch.setattr(os, "access", lambda path, mode: path != tmp_path)
    assert not may_write(tmp_path / "archive.db")


def test_an_archive_written_to_while_it_is_read_as_a_plain_file_is_noticed(
    tmp_path, tmp_path_factory
):
    path = crawled_once(tmp_path_factory).copied(tmp_path / "archive", NOW).archive
    with open_archive(path) as archive:
        archive.frozen_state = (path.stat().st_size, path.stat().st_mtime_ns)
        archive.check_unchanged()
        os.utime(path, ns=(0, 0))
        with pytest.raises(ArchiveError, match="run the command again"):
            archive.check_unchanged()


# --- an archive of the last release ---


@pytest.fixture
def older(tmp_path) -> Khabar:
    db = archive_of(tmp_path / "archive.db", schema._MIGRATION_FILES[:-1])
    fill(db)
    db.execute("update snapshots set sealed = null")  # there are no files of months
    db.close()
    return Khabar(tmp_path / "archive.db", "", NOW)


def steps_of(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [
            name
            for (name,) in connection.execute(
                f"select name from {schema.MIGRATIONS_TABLE} order by 1"
            )
        ]


def test_a_copy_can_be_taken_before_the_migration(older, tmp_path):
    before = steps_of(older.archive)
    run = older("backup", str(tmp_path / "copies"), "--keep", "1")
    assert (run.code, run.err) == (0, "")
    (copy,) = (tmp_path / "copies").glob("archive-*.db")
    assert steps_of(copy) == steps_of(older.archive) == before
    assert len(before) == len(schema._MIGRATION_FILES) - 1
    with closing(sqlite3.connect(older.archive)) as connection:
        recorded = connection.execute("select count(*) from copies where path = ?", [str(copy)])
        assert recorded.fetchone() == (1,)


def test_the_other_commands_name_what_to_do(tmp_path):
    """Where readers need a step that is missing; what only writers use, they do without (test_migrations)."""
    archive_of(tmp_path / "archive.db", schema._MIGRATION_FILES[:1]).close()
    older = Khabar(tmp_path / "archive.db", "", NOW)
    for words in (("status",), ("search", "के"), ("verify",), ("export", str(tmp_path / "out"))):
        run = older(*words)
        assert run.code == 2 and run.err.count("\n") == 1, run
        assert "`khabar backup`" in run.err and "`khabar crawl`" in run.err


@pytest.mark.parametrize("lacking", [1, 3])
def test_an_archive_that_was_not_migrated_yet_is_no_fault(tmp_path, lacking):
    archive_of(tmp_path / "archive.db", schema._MIGRATION_FILES[:-lacking]).close()
    older = Khabar(tmp_path / "archive.db", "", NOW)
    before = steps_of(older.archive)
    run = older("verify")
    assert "schema" not in run.out and "missing" not in run.out
    assert run.err == "" and steps_of(older.archive) == before
