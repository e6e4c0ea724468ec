"""Opening an archive: made right, refused in one line when it is not ours to use."""

from __future__ import annotations

from contextlib import closing

import pytest
from archive_fixtures import START, ArchiveBuilder, article
from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from khabar.archive import ArchiveBusy, ArchiveError, connect, open_archive, search
from khabar.archive.connect import open_without_lock
from khabar.archive.database import transaction
from khabar.archive.upkeep import backup, seal, takedown
from khabar.archive.upkeep.space import hold_upkeep_lock
from khabar.web.tokens import read_token


def test_a_new_archive_is_set_up_for_years(tmp_path):
    with open_archive(tmp_path / "archive.db", write=True) as archive:
        pragmas = {name: archive.db.execute(f"pragma {name}").fetchone()[0]
                   for name in ("journal_mode", "synchronous", "foreign_keys", "auto_vacuum", "secure_delete")}  # fmt: skip
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 1,
        "foreign_keys": 1,
        "auto_vacuum": 2,
        "secure_delete": 1,
    }


def test_every_table_is_strict(tmp_path):
    with open_archive(tmp_path / "archive.db", write=True) as archive:
        loose = archive.db.execute(
            "select name from pragma_table_list where type = 'table' and not strict and schema = 'main' "
            "and name not like 'sqlite_%' and name not like '\\_sqlite%' escape '\\'"
        ).fetchall()
    assert loose == []


def test_sqlite_has_no_wal_reset_bug():
    assert sqlite3.sqlite_version_info >= (3, 51, 3)


def test_a_closed_archive_is_one_file_that_opens_again(tmp_path):
    path = tmp_path / "archive.db"
    desk = ArchiveBuilder(path)
    desk.read(article())
    desk.archive.close()
    assert not path.with_name("archive.db-wal").exists()
    with open_archive(path) as archive:
        assert archive.db.execute("select count(*) from articles").fetchone()[0] == 1
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            archive.db.execute("delete from articles")


def test_readers_see_what_a_writer_commits(tmp_path):
    desk = ArchiveBuilder(tmp_path / "archive.db")
    with open_archive(tmp_path / "archive.db") as reader:
        desk.read(article())
        assert reader.db.execute("select count(*) from articles").fetchone()[0] == 1
    desk.archive.close()


def test_two_writers_never(tmp_path):
    with open_archive(tmp_path / "archive.db", write=True), pytest.raises(ArchiveBusy):
        open_archive(tmp_path / "archive.db", write=True)
    open_archive(tmp_path / "archive.db", write=True).close()


# --- an archive that is a symbolic link to a file elsewhere ---


@pytest.fixture
def linked(tmp_path):
    """(the file, a link to it from another folder), with one article of last month."""
    path, link = tmp_path / "disk" / "archive.db", tmp_path / "home" / "archive.db"
    for one in (path, link):
        one.parent.mkdir()
    desk = ArchiveBuilder(path)
    desk.read(article())
    desk.archive.close()
    link.symlink_to(path)
    return path, link


def _take_down(archive):
    takedown.add_takedown(archive, article().url, "asked", "the author", START)


# file beside the archive → what makes it, given the archive's path
MADE_BESIDE = {
    "archive.db.lock": lambda path: open_archive(path, write=True).close(),
    "archive.db.upkeep": lambda path: backup.create_backup(
        path, path.parent / "copies", None, START, lambda _: None
    ),
    "archive.db.token": read_token,
    "takedowns.jsonl": lambda path: _with_writer(path, _take_down),
    "snapshots": lambda path: _with_writer(
        path, lambda archive: seal.write_month(archive.db, "2026-11", include_live=True)
    ),
}


def _with_writer(path, act):
    with closing(open_archive(path, write=True)) as archive:
        act(archive)


@pytest.mark.parametrize("name", MADE_BESIDE)
def test_what_stands_beside_an_archive_stands_beside_its_file(linked, name):
    path, link = linked
    beside = path.with_name(name)
    beside.unlink(missing_ok=True)
    MADE_BESIDE[name](link)
    assert beside.exists()
    assert {one.name for one in link.parent.iterdir()} <= {"archive.db", "copies"}


@pytest.mark.parametrize("turn", [1, -1], ids=["link-second", "link-first"])
def test_a_lock_holds_under_every_path(linked, turn):
    first, second = linked[::turn]
    with open_archive(first, write=True), pytest.raises(ArchiveBusy):
        open_archive(second, write=True)
    with hold_upkeep_lock(first, "khabar seal"), pytest.raises(ArchiveBusy):
        backup.create_backup(second, second.parent / "copies", None, START, lambda _: None)


def test_a_restored_archive_is_refused_through_a_link_too(linked):
    path, link = linked
    older = path.read_bytes()
    _with_writer(link, _take_down)
    path.write_bytes(older)
    for opener in (open_archive, open_without_lock):
        with pytest.raises(ArchiveError, match="restored from before"):
            opener(link)


def test_a_link_to_no_file_yet_is_where_the_archive_is_made(tmp_path):
    link, path = tmp_path / "archive.db", tmp_path / "disk" / "archive.db"
    path.parent.mkdir()
    link.symlink_to(path)
    open_archive(link, write=True).close()
    assert link.is_symlink() and path.stat().st_mode & 0o777 == 0o600


def test_a_refused_archive_leaves_no_lock_behind(tmp_path):
    path = tmp_path / "archive.db"
    path.write_text("words " * 500)
    for _ in range(2):
        with pytest.raises(ArchiveError, match="not an archive"):
            open_archive(path, write=True)


def test_another_database_is_left_alone(tmp_path):
    path = tmp_path / "other.db"
    Database(path)["diary"].insert({"day": 1})
    with pytest.raises(ArchiveError, match="not an archive of Khabar"):
        open_archive(path, write=True)
    assert Database(path).table_names() == ["diary"]


def test_a_change_of_folding_makes_the_index_anew(tmp_path, monkeypatch):
    path = tmp_path / "archive.db"
    desk = ArchiveBuilder(path)
    desk.read(article())
    desk.db.execute("insert into articles_fts (articles_fts) values ('delete-all')")
    desk.db.execute("delete from search_terms")
    assert search.search_articles(desk.db, search.SearchQuery("किताब")) == []
    desk.archive.close()
    monkeypatch.setattr(connect, "FOLD_VERSION", "another")
    with open_archive(path, write=True) as archive:
        assert len(search.search_articles(archive.db, search.SearchQuery("किताब"))) == 1
        assert archive.db.execute("select count(*) from search_terms").fetchone()[0] > 10


def test_the_index_holds_folded_words_only(tmp_path):
    desk = ArchiveBuilder(tmp_path / "archive.db")
    desk.read(article(title="ज़मीन, क़लम और चाँद"))
    desk.db.execute("create virtual table temp.v using fts5vocab(main, articles_fts, row)")
    assert (
        desk.db.execute("select count(*) from temp.v where instr(term, char(0x93c))").fetchone()[0]
        == 0
    )
    desk.db.execute("insert into articles_fts (articles_fts) values ('integrity-check')")
    desk.archive.close()


def test_a_broken_transaction_leaves_nothing(tmp_path):
    with open_archive(tmp_path / "archive.db", write=True) as archive:
        with pytest.raises(ArchiveError, match="could not be written"), transaction(archive.db):
            archive.db.execute("insert into meta values ('a', 'b')")
            archive.db.execute("insert into no_such_table values (1)")
        assert archive.db.execute("select count(*) from meta where name = 'a'").fetchone()[0] == 0
