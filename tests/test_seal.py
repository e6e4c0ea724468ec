"""Sealing: the month moves whole, the live file gets small without a second copy, and every reader sees the same."""

from __future__ import annotations

import json
import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from archive_fixtures import HOME, START, ArchiveBuilder, article
from conftest import Khabar
from test_snapshots import html, keep

from khabar.archive import ArchiveError
from khabar.archive.store import month_files, multipage, snapshots
from khabar.archive.upkeep import seal, space
from khabar.model.items import Page

SIXTY = timedelta(days=60)
LATER = START + timedelta(days=200)


def months_of_pages(folder: Path) -> Path:
    """Three months of pages. One was read again: other bytes that read the same."""
    opened = ArchiveBuilder(folder / "archive.db")
    for n in range(60):
        opened.now = START + timedelta(days=n)
        opened.read(
            article(f"{HOME}/news/{n}", f"{'शब्द ' * 30} {n}"),
            body=html(n) + os.urandom(3000).hex().encode(),
        )
    opened.now = START + timedelta(days=61)
    opened.read(article(f"{HOME}/news/5", f"{'शब्द ' * 30} 5"), body=html(5))
    opened.archive.close()
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return months_of_pages(tmp_path_factory.mktemp("built"))


@pytest.fixture
def desk(built, tmp_path):
    shutil.copytree(built, tmp_path, dirs_exist_ok=True)
    opened = ArchiveBuilder(tmp_path / "archive.db", START + timedelta(days=61))
    opened.db.execute("pragma wal_checkpoint(truncate)")
    yield opened
    opened.archive.close()


def pages(desk: ArchiveBuilder) -> dict[int, Page]:
    return {
        row["id"]: snapshots.load_page(desk.db, row["id"])
        for row in desk.rows("select id from snapshots")
    }


def run(desk: ArchiveBuilder, now=LATER) -> list[seal.SealResult]:
    return seal.seal_months(desk.archive, SIXTY, now, lambda month: None)


def test_whole_months_and_only_old_ones(desk):
    assert seal.list_due_months(desk.db, SIXTY, START + timedelta(days=61)) == []
    assert seal.list_due_months(desk.db, SIXTY, START + timedelta(days=68)) == ["2026-11"]
    assert [one.month for one in run(desk)] == ["2026-11", "2026-12", "2027-01"]
    assert run(desk) == []


def test_every_page_is_the_same_from_there(desk):
    before = pages(desk)
    run(desk)
    assert pages(desk) == before
    assert desk.rows(
        "select count(*) as n from snapshots where body is not null or headers is not null"
    ) == [{"n": 0}]


def test_nine_tenths_of_those_bytes_leave_the_live_file(desk):
    (bytes_,) = desk.db.execute(
        "select sum(length(coalesce(body, '')) + length(headers)) from snapshots"
    ).fetchone()
    before = desk.archive.path.stat().st_size
    done = run(desk)
    freed = before - desk.archive.path.stat().st_size
    assert freed >= 0.9 * bytes_ and abs(sum(one.freed_bytes for one in done) - freed) <= 4096
    assert desk.rows("pragma freelist_count") == [{"freelist_count": 0}]


def test_the_space_is_given_back_without_a_second_copy(desk, monkeypatch):
    """The write-ahead log never grows beyond some pages, and nothing is written beside but the sealed month."""
    monkeypatch.setattr(seal, "BATCH_SIZE", 5)
    monkeypatch.setattr(space, "PAGES_PER_STEP", 10)
    sizes, folder = [], desk.archive.path.parent
    give_back = space.vacuum_incrementally

    def watched(db) -> None:
        sizes.append(
            sum(
                path.stat().st_size
                for path in folder.iterdir()
                if path.is_file() and path != desk.archive.path
            )
        )
        give_back(db)

    monkeypatch.setattr(space, "vacuum_incrementally", watched)
    run(desk)
    assert len(sizes) > 10 and max(sizes) < 200_000 < desk.archive.path.stat().st_size + max(sizes)


def test_a_page_read_again_after_its_month_was_sealed(desk):
    """The same bytes are known as such; other bytes that read the same keep headers and hash."""
    desk.now = LATER
    run(desk)
    first = next(one for one in pages(desk).values() if one.url == f"{HOME}/news/9")
    desk.read(article(f"{HOME}/news/9", f"{'शब्द ' * 30} 9"), body=first.body)
    newest = desk.rows("select * from snapshots order by id desc limit 1")[0]
    assert newest["same_as"] and newest["body"] is None
    assert snapshots.load_page(desk.db, newest["id"]).body == first.body
    desk.read(article(f"{HOME}/news/9", f"{'शब्द ' * 30} 9"), body=html(99))
    newest = desk.rows("select * from snapshots order by id desc limit 1")[0]
    assert newest["same_as"] and newest["body"] is None
    assert snapshots.load_page(desk.db, newest["id"]).body == first.body


def test_older_pages_that_come_in_later_join_their_month(desk):
    before = pages(desk)
    run(desk)
    desk.now = START + timedelta(days=3)
    late = keep(desk, 700, html(700))
    (done,) = run(desk)
    assert (done.month, done.snapshots) == ("2026-11", 1)
    assert pages(desk) == before | {late: snapshots.load_page(desk.db, late)}
    assert snapshots.load_page(desk.db, late).body == html(700)


def test_a_damaged_page_stays_where_it_is(desk):
    desk.db.execute("update snapshots set body = x'28b52ffd00' where id = 3")
    run(desk)
    assert desk.rows("select sealed from snapshots where id = 3") == [{"sealed": None}]
    assert desk.rows("select count(*) as n from snapshots where sealed is null") == [{"n": 1}]


def test_what_a_killed_run_left_is_taken_up(desk):
    """It had written the month and let go of some pages."""
    before = pages(desk)
    seal.write_month(desk.db, "2026-11", include_live=True)
    seal._release_batch(desk.db, "2026-11", [1, 2])
    run(desk)
    assert pages(desk) == before
    assert desk.rows("select count(*) as n from snapshots where sealed is null") == [{"n": 0}]


def test_a_month_of_another_archive_is_not_touched(desk, tmp_path):
    run(desk)
    desk.db.execute("update meta set value = 'another' where name = 'archive'")
    desk.now = START
    keep(desk, 701, html(701))
    with pytest.raises(ArchiveError, match="another archive"):
        run(desk)


def test_a_missing_month_is_named(desk, tmp_path):
    run(desk)
    month_files.get_month_path(desk.db, "2026-11").unlink()
    with pytest.raises(ArchiveError, match="2026-11.db: missing"):
        snapshots.load_page(desk.db, 1)


def test_a_later_page_of_a_story_finds_its_sealed_body(desk):
    run(desk)
    assert (
        multipage._find_previous_body(desk.db, 2, 99)
        == desk.rows("select id from snapshots where page_id = 2")[0]["id"]
    )


def test_what_a_seal_costs_does_not_grow_with_the_frontier(tmp_path, built):
    """Deleting a row that others refer to may search all of them, for each row."""
    steps = []
    for number in (100, 20_000):
        folder = tmp_path / str(number)
        shutil.copytree(built, folder)
        desk = ArchiveBuilder(folder / "archive.db", START + timedelta(days=61))
        desk.db.execute(
            """with recursive n (i) as (select 1 union all select i + 1 from n where i < ?)
            insert into pages (url, source, host, kind, state, how, first_seen)
            select 'http://www.kagaz.newsroom.test/more/' || i, 'kagaz', 'h', 'page', 'new', 'feed',
              '2026-11-24T00:00:00Z' from n""",
            [number],
        )
        count = [0]
        desk.db.conn.set_progress_handler(lambda c=count: c.__setitem__(0, c[0] + 1), 100)
        assert sum(month.snapshots for month in run(desk)) == 61
        desk.db.conn.set_progress_handler(None, 0)
        assert desk.rows("pragma foreign_key_check") == []
        assert desk.rows("pragma foreign_keys") == [{"foreign_keys": 1}]
        steps.append(count[0])
        desk.archive.close()
    assert steps[1] < 1.5 * steps[0], steps


def test_the_command_says_what_it_did(desk):
    desk.archive.close()
    khabar = Khabar(desk.archive.path, "", LATER)
    told = khabar("seal", "--older-than", "60d")
    assert (told.code, told.err) == (0, "") and told.out.startswith("2026-11: ")
    assert khabar("seal").out == ""
    assert json.loads(khabar("search", "शब्द", "--json").out)
    desk.__post_init__()


def test_the_raw_page_is_shown_from_its_sealed_month(desk):
    before = next(one for one in pages(desk).values() if one.url == f"{HOME}/news/3")
    run(desk)
    desk.archive.close()
    shown = Khabar(desk.archive.path, "", LATER)("show", f"{HOME}/news/3", "--html")
    assert (shown.code, shown.err, shown.out.encode()) == (0, "", before.body)
    desk.__post_init__()
