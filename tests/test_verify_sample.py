"""`khabar verify` of a sample, its progress, and that it holds no table in memory."""

from __future__ import annotations

import json
import random
import shutil
from bisect import bisect
from pathlib import Path

import pytest
from conftest import Khabar
from corruptions import DAMAGES, OUT, A, in_index, sql
from sqlite_utils import Database
from test_verify import NOW, whole  # noqa: F401  (a fixture)

from khabar.archive import open_archive
from khabar.archive.upkeep.verify import (
    CHECKS,
    WHOLE_FILE_CHECKS,
    CheckContext,
    draw_sample,
    invariants,
    list_checks,
    run_checks,
    sample,
    search_index,
)

# What only a check of everything finds: of months as a whole, and of the index of stories.
MISSED = {"a sealed page nobody points at", "keys of no article"}


@pytest.fixture
def folder(whole, tmp_path) -> Path:  # noqa: F811
    return Path(shutil.copytree(whole, tmp_path / "archive"))


def check_sample(folder: Path, count: int) -> set[str]:
    with open_archive(folder / "archive.db") as archive:
        context = CheckContext(archive, NOW, draw_sample(archive.db, count))
        return {finding.check for finding in run_checks(context)}


def test_a_sample_finds_no_fault_in_a_sound_archive(folder):
    for count in (1, 3, 1000):
        assert check_sample(folder, count) == set()


def test_a_sample_of_everything_finds_what_is_wrong_with_articles_and_snapshots(whole, tmp_path):  # noqa: F811
    kept = {name.partition(":")[0] for name in CHECKS.keys() - WHOLE_FILE_CHECKS} - {"search"}
    missed = set()
    for number, damage in enumerate(one for one in DAMAGES if one.check in kept):
        folder = Path(shutil.copytree(whole, tmp_path / str(number)))
        damage.do(folder)
        if damage.check not in check_sample(folder, 1000):
            missed.add(damage.name)
    assert missed == MISSED


def test_a_sample_finds_articles_that_the_index_lacks(folder):
    sql("insert into articles_fts (articles_fts) values ('delete-all')")(folder)
    assert check_sample(folder, 2) == {"search"}


def test_a_fault_outside_the_sample_is_not_found(folder, monkeypatch):
    sql(f"update articles set word_count = 1 {A}")(folder)
    monkeypatch.setattr(sample, "_draw_positions", lambda total, count: iter([0]))
    assert check_sample(folder, 1) == set()
    monkeypatch.setattr(sample, "_draw_positions", lambda total, count: iter(range(total)))
    assert check_sample(folder, 1) == {"articles"}


def test_a_sample_is_evenly_spread():
    bounds = [
        0,
        100,
        200,
        300,
        401,
        501,
        601,
        702,
        802,
        902,
        1003,
    ]  # of ten parts, as equal as can be
    for _ in range(200):
        positions = list(sample._draw_positions(1003, 10))
        assert [bisect(bounds, position) - 1 for position in positions] == list(range(10))
    assert list(sample._draw_positions(5, 5)) == [0, 1, 2, 3, 4]
    assert list(sample._draw_positions(0, 0)) == []


def test_the_command_tells_that_it_was_a_sample(folder):
    khabar = Khabar(folder / "archive.db", "", NOW)
    run = khabar("verify", "--sample", "4")
    assert (run.code, run.err) == (0, "")
    assert run.out == "a sample of 4 articles and 4 raw pages was checked\n"
    sql("update articles set word_count = 1")(folder)
    run = khabar("verify", "--sample", "4", "--json")
    printed = json.loads(run.out)
    assert (run.code, printed["left"], printed["sample"]) == (1, 4, {"articles": 4, "snapshots": 4})
    assert khabar("verify", "--sample", "4", "--repair").code == 2
    assert "sample" not in json.loads(khabar("verify", "--json").out)


# --- progress and memory ---


@pytest.mark.parametrize("count", [None, 3])
def test_progress_is_reported_by_rows_and_ends_at_the_total(folder, count, monkeypatch):
    monkeypatch.setattr("khabar.archive.upkeep.verify.findings.SLICE", 2)
    reports: dict[str, list[tuple[int, int]]] = {}
    with open_archive(folder / "archive.db") as archive:
        drawn = draw_sample(archive.db, count) if count else None
        checks = [""]
        context = CheckContext(
            archive, NOW, drawn, lambda *rows: reports.setdefault(checks[-1], []).append(rows)
        )
        run_checks(context, checks.append)
    assert checks[1:] == list_checks(context)
    for rows in reports.values():
        assert all(done <= total for done, total in rows)
        assert rows[-1][0] == rows[-1][1]
    per_article = {"articles", "articles: times", "revisions", "embeds", "search", "snapshots"}
    assert reports.keys() >= per_article
    assert reports["embeds"][-1] == ((count, count) if count else (8, 8))


class RecordingCursor:
    """A cursor that records how many rows are fetched at once."""

    def __init__(self, cursor, sizes, statement):
        self._cursor, self._sizes, self._statement = cursor, sizes, statement

    def __iter__(self):
        return iter(self._cursor)

    def __getattr__(self, name):
        return getattr(self._cursor, name)

    def fetchall(self):
        rows = self._cursor.fetchall()
        self._sizes[self._statement] = len(rows)
        return rows


def test_no_table_is_held_in_memory(folder, monkeypatch):
    """What is fetched at once are faults: of a sound archive, none."""
    sizes: dict[str, int] = {}
    execute = Database.execute
    with open_archive(folder / "archive.db") as archive:
        monkeypatch.setattr(
            Database,
            "execute",
            lambda self, statement, *params: RecordingCursor(
                execute(self, statement, *params), sizes, statement
            ),
        )
        monkeypatch.setattr(invariants, "_find_components", None)
        monkeypatch.setattr(search_index, "_check_slice", None)
        assert run_checks(CheckContext(archive, NOW)) == []
    small = ("pragma", "sqlite_schema", "sqlite_master", "from takedowns")
    large = {statement for statement, size in sizes.items() if size}
    assert [one for one in large if not any(word in one for word in small)] == []


@pytest.mark.parametrize("size", [1, 3, 100])
def test_the_index_is_compared_in_slices(folder, monkeypatch, size):
    sql(OUT, in_index("", "title", "text", "900"), in_index("", "title", "text", "-5"))(folder)
    with open_archive(folder / "archive.db") as archive:
        context = CheckContext(archive, NOW)
        expected = {(one.where, one.what) for one in search_index.check_index(context)}
        monkeypatch.setattr(search_index, "SLICE_ARTICLES", size)
        found = [(one.where, one.what) for one in search_index.check_index(context)]
    assert len(expected) == 3 and len(found) == len(expected) and set(found) == expected


def test_stories_are_compared_one_at_a_time():
    """Random graphs and story ids: the quick comparison agrees with that of all components."""
    chance = random.Random(7)
    outcomes = set()
    for _ in range(400):
        db = Database(memory=True)
        db.execute("create table articles (id integer primary key, url, story_id)")
        db.execute("create table story_pairs (a, b, own)")
        ids = range(1, chance.randint(2, 8))
        for a in ids:
            for b in range(a + 1, len(ids) + 1 + (chance.random() < 0.1)):
                if chance.random() < 0.25:
                    db.execute(
                        "insert into story_pairs values (?, ?, ?)", [a, b, chance.random() < 0.7]
                    )
        expected = invariants._find_components(db)
        for article_id in ids:
            story_id = expected.get(article_id)
            if chance.random() < 0.05:
                story_id = chance.choice([None, *ids])
            db.execute("insert into articles values (?, 'x', ?)", [article_id, story_id])
        stored = dict(db.execute("select id, story_id from articles").fetchall())
        is_sound = all(expected.get(one) == stored[one] for one in ids)
        is_quick = invariants._are_stories_components(db)
        assert not is_quick or is_sound
        has_all = expected.keys() <= set(ids)
        assert is_quick == is_sound or not has_all
        outcomes.add((is_quick, is_sound))
    assert outcomes >= {(True, True), (False, False)}
