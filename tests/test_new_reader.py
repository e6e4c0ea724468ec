"""A new extractor in an old archive: what it reads otherwise is its own doing, never an edit of the source."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from archive_fixtures import HOME, ArchiveBuilder, article
from conftest import Khabar
from health_fixtures import HOUR, WELL, Press, watched_for
from shared_crawls import crawled_once, crawled_twice

from khabar.archive import health, open_archive
from khabar.archive.database import Archive
from khabar.extraction import EXTRACTOR_VERSION
from khabar.model.clock import format_utc
from khabar.model.items import Outcome
from khabar.web.queries import lists
from newsroom.server import EDITION_TWO, Newsroom

OLD_LINE = "पुराने पाठक की पढ़ी एक पंक्ति।"
OLD = "0"


def rows(archive: Archive, sql: str) -> list[dict]:
    return list(archive.db.query(sql))


def list_changes(archive: Archive) -> set[tuple[str, str]]:
    changes = lists.changes_of_source("").iter_rows(archive.db)
    return {(row["was"], row["became"]) for row in changes}


EDITS = "select a.url, r.changed, r.stealth from revisions r join articles a on a.id = r.article_id where r.reason = 'edit' order by 1, 2"
COUNTS = "select source, new, edited, removed from run_sources where run_id = 2 order by source"


def age(archive: Archive) -> None:
    """The archive as an older extractor left it: every text and title has something that today's does not read."""
    for row in rows(archive, "select id, blocks, text from articles where withheld is null"):
        blocks = json.loads(row["blocks"])
        start = len(row["text"]) + 2 if row["text"] else 0
        blocks.append({"type": "paragraph", "start": start, "end": start + len(OLD_LINE)})
        text = f"{row['text']}\n\n{OLD_LINE}" if row["text"] else OLD_LINE
        archive.db.execute(
            "update articles set text = ?, blocks = ?, title = title || ' | घर' where id = ?",
            [text, json.dumps(blocks), row["id"]],
        )
    for table in ("articles", "revisions", "pages"):
        archive.db.execute(
            f"update {table} set extractor_version = ? where extractor_version is not null", [OLD]
        )


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory):
    """An old archive after one crawl by today's extractor, and one that today's extractor crawled twice."""
    folder = tmp_path_factory.mktemp("upgraded")
    with Newsroom(EDITION_TWO) as newsroom:
        khabar = crawled_once(tmp_path_factory).copied(folder, EDITION_TWO, newsroom.address)
        with open_archive(khabar.archive, write=True) as archive:
            age(archive)
        run = khabar("crawl")
    assert (run.code, run.err) == (0, "")
    return khabar, crawled_twice(tmp_path_factory).archive


def test_the_edits_are_those_of_the_sources(upgraded):
    khabar, control = upgraded
    with open_archive(khabar.archive) as old, open_archive(control) as new:
        assert rows(old, EDITS) == rows(new, EDITS) != []
        assert rows(old, COUNTS) == rows(new, COUNTS)
        assert list_changes(old) == list_changes(new) != set()


def test_what_the_extractor_reads_otherwise_is_a_re_extraction(upgraded):
    khabar, _ = upgraded
    with open_archive(khabar.archive) as archive:
        again = rows(archive, "select * from readings where reason = 're-extraction'")
        visited = rows(
            archive,
            f"select 1 from articles where extractor_version <> '{OLD}' and text like '%{OLD_LINE}'",
        )
    assert again and visited == []
    assert all({"title", "text"} <= set(json.loads(row["changed"])) for row in again)
    assert not any(row["stealth"] for row in again)


def test_a_diff_names_the_extractors(upgraded):
    khabar, _ = upgraded
    with open_archive(khabar.archive) as archive:
        (row,) = rows(
            archive, "select article_id from revisions where reason = 're-extraction' limit 1"
        )
        version = rows(
            archive, f"select extractor_version as v from articles where id = {row['article_id']}"
        )[0]["v"]
    out = " ".join(khabar("show", str(row["article_id"]), "--diff").out.split())
    assert f"re-extraction by extractor {OLD} → {version}, no edit of the source" in out


def test_an_article_that_cannot_be_compared_is_no_edit(tmp_path):
    """Its stored page is not extracted again here: the difference has two possible causes."""
    desk = ArchiveBuilder(tmp_path / "archive.db")
    desk.read(article())
    desk.db.execute("update articles set extractor_version = ?", [OLD])
    desk.wait(hours=6)
    assert desk.read(article(title="शिविर पूरा हुआ")).change == "unchanged"
    desk.wait(hours=6)
    assert desk.read(article(title="शिविर समाप्त")).change == "edited"
    reasons = desk.rows("select reason, extractor_version as by from revisions order by revision")
    assert [row["reason"] for row in reasons] == ["first", "re-extraction", "edit"]
    desk.archive.close()
    out = Khabar(desk.path, "", desk.now)("show", f"{HOME}/news/1", "--diff").out
    assert "no edit of the source" in out and out.count("no edit") == 1


# --- health ---


@pytest.fixture(scope="module")
def weeks(tmp_path_factory):
    return watched_for(20, tmp_path_factory)


@pytest.fixture
def press(weeks, tmp_path):
    """Twenty days of runs that an older extractor read, all well."""
    watched, now, told = weeks
    path = tmp_path / "archive.db"
    path.write_bytes(watched.read_bytes())
    again = Press(path, now=now)
    again.told = list(told)
    again.db.execute("update run_sources set extractor_version = ?", [OLD])
    yield again
    again.archive.close()


SHORTER = replace(WELL, blocks=WELL.blocks[:1], authors=(), published_precision="day")


def test_what_a_new_extractor_reads_otherwise_raises_no_alarm(press):
    """Every source loses its authors, the time of day and half its length with the upgrade, for good."""
    for _ in range(3 * 24):
        press.run(lambda key: [press.document(key), *press.read(key, 4, SHORTER)])
        press.now += HOUR
    assert press.told == [] and press.broken() == {}


def test_the_same_loss_under_one_extractor_is_an_alarm(press):
    press.db.execute("update run_sources set extractor_version = ?", [EXTRACTOR_VERSION])
    press.run(lambda key: press.read(key, 4, SHORTER) if key == "kalam" else press.well(key))
    assert set(press.broken()) == {"kalam"}


def test_a_new_extractor_that_reads_nothing_is_an_alarm_at_once(press):
    press.run(
        lambda key: press.read(key, 5, WELL, Outcome.NO_TEXT) if key == "kalam" else press.well(key)
    )
    assert set(press.broken()) == {"kalam"}


def test_a_fault_of_the_host_is_compared_across_extractors(press):
    press.run(
        lambda key: press.lost(key, 4, Outcome.FORBIDDEN) if key == "kalam" else press.well(key)
    )
    assert set(press.broken()) == {"kalam"}


def test_a_new_baseline_finds_the_next_loss(press):
    press.watch(3)
    press.run(lambda key: press.read(key, 6, SHORTER) if key == "kalam" else press.well(key))
    assert set(press.broken()) == {"kalam"}


def test_an_older_fault_is_not_mended_by_the_upgrade_alone(press):
    press.db.execute("update run_sources set extractor_version = ?", [EXTRACTOR_VERSION])
    press.run(lambda key: press.read(key, 4, SHORTER) if key == "kalam" else press.well(key))
    assert press.told == [("broken", "kalam")]
    press.db.execute("update run_sources set extractor_version = ?", [OLD])
    press.now += HOUR
    press.run(lambda key: press.read(key, 4, SHORTER) if key == "kalam" else press.well(key))
    assert press.told == [("broken", "kalam")]
    for _ in range(6):
        press.now += HOUR
        press.run(lambda key: press.read(key, 6) if key == "kalam" else press.well(key))
    assert press.told == [("broken", "kalam"), ("mended", "kalam")]


def test_status_says_since_when_it_compares(press):
    before = {row["source"]: row for row in health.report_sources(press.db, press.now)}
    assert (
        before["kalam"]["baseline_since"] is None
        and before["kalam"]["coverage"]["author"]["usual"] == 1
    )
    upgraded_at = press.now
    press.run(lambda key: [press.document(key), *press.read(key, 4, SHORTER)])
    press.now += HOUR
    (row,) = (row for row in health.report_sources(press.db, press.now) if row["source"] == "kalam")
    assert (row["extractor"], row["baseline_since"]) == (EXTRACTOR_VERSION, format_utc(upgraded_at))
    assert row["coverage"]["author"]["usual"] is None and row["coverage"]["access"]["usual"] == 1


def test_an_archive_that_is_not_migrated_has_a_status(press):
    press.run(press.well)
    press.db.execute("alter table run_sources drop column extractor_version")
    row = health.report_sources(press.db, press.now)[0]
    assert (row["extractor"], row["baseline_since"]) == (None, None) and row["coverage"]
