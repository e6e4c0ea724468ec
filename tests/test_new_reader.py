"""A new extractor in an old archive: what it reads otherwise is its own doing, never an edit of the source."""

from __future__ import annotations

import json

import pytest
from archive_fixtures import HOME, ArchiveBuilder, article
from conftest import Khabar
from shared_crawls import crawled_once, crawled_twice

from khabar.archive import open_archive
from khabar.archive.database import Archive
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
