"""Insets on their way: stored beside the text, shown apart, exported and read back, gone with their article."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import pyarrow.parquet as pq
import pytest
from archive_fixtures import HOME, ArchiveBuilder, article, source
from conftest import Khabar, settle_in
from export_fixtures import WHOLE, exported, lines
from sqlite_utils.utils import sqlite3

from khabar.archive import open_archive, schema, search
from khabar.archive.store import articles
from khabar.model.items import Inset
from khabar.web.article_page import arrange_article

OWN_WORD = "ग्रहणशीलता"  # in the inset alone
SUMMARY = Inset("AI से बना सार", f"शिविर में {OWN_WORD} दिखी।\nजिल्दें बदली गईं।", 0)
AS_STORED = {"label": SUMMARY.label, "text": SUMMARY.text, "after_block": 0}


@pytest.fixture
def desk(tmp_path):
    opened = ArchiveBuilder(settle_in(tmp_path / "desk"))
    yield opened
    opened.archive.close()


def stored(desk, url=f"{HOME}/news/1"):
    return articles.load_article(desk.db, url)


def test_an_inset_stands_beside_the_text_and_in_no_index(desk):
    desk.read(article(insets=(SUMMARY,)))
    row = stored(desk)
    assert row["insets"] == [AS_STORED] and OWN_WORD not in row["text"]
    assert search.search_articles(desk.db, search.SearchQuery(OWN_WORD)) == []
    assert search.search_articles(desk.db, search.SearchQuery("शिविर")) != []
    assert desk.rows("select 1 from search_terms where term like '%ग्रहण%'") == []


def test_another_inset_is_no_edit_of_the_source(desk):
    desk.read(article(insets=(SUMMARY,)))
    before = stored(desk)
    desk.wait(hours=6)
    again = replace(SUMMARY, text="नया सार।", after_block=None)
    assert desk.read(article(insets=(again,))).change == "unchanged"
    assert stored(desk)["insets"] == [AS_STORED | {"text": "नया सार।", "after_block": None}]
    assert stored(desk)["revision"] == before["revision"] == 1
    desk.wait(hours=6)
    assert desk.read(article()).change == "unchanged" and stored(desk)["insets"] == []


def test_each_revision_has_its_own_insets(desk):
    desk.read(article(insets=(SUMMARY,)))
    desk.wait(hours=6)
    assert desk.read(article(title="शिविर पूरा हुआ")).change == "edited"
    assert stored(desk)["insets"] == []
    assert articles.load_article(desk.db, stored(desk)["id"], 1)["insets"] == [AS_STORED]


def test_equal_words_are_one_article_whatever_the_insets(desk):
    desk.read(article(insets=(SUMMARY,)))
    desk.read(article(f"{HOME}/news/2"))
    assert desk.rows("select count(*) as n from articles") == [{"n": 1}]


def test_a_page_that_forbids_archives_has_none(desk):
    desk.read(article(insets=(SUMMARY,), rights={"noarchive": True}))
    assert desk.rows("select * from insets") == []


def test_an_archive_of_an_older_khabar_is_read_without_them(desk, tmp_path):
    desk.read(article(insets=(SUMMARY,)))
    desk.db.execute("drop table insets")
    desk.db.execute("delete from _sqlite_migrations where name like '0005%'")
    khabar = Khabar(desk.path, "", ArchiveBuilder.now)
    assert json.loads(khabar("show", f"{HOME}/news/1", "--json").out)["insets"] == []
    assert khabar("export", str(tmp_path / "old"), "--format", "jsonl").code == 0
    assert [row["insets"] for row in lines(tmp_path / "old" / "articles.jsonl")] == [[]]
    schema.apply_migrations(desk.db)
    assert desk.rows("select * from insets") == []


WHOLE_INSETS = [
    {"label": inset.label, "text": inset.text, "after_block": inset.after_block}
    for inset in WHOLE.insets
]


@pytest.fixture
def whole(desk):
    desk.add(source())
    desk.read(WHOLE)
    return desk.archive


def test_every_format_has_the_insets(whole, tmp_path):
    for name in ("jsonl", "parquet", "csv", "sqlite"):
        exported(whole, tmp_path / name, name)
    assert lines(tmp_path / "jsonl" / "articles.jsonl")[0]["insets"] == WHOLE_INSETS
    (table,) = (tmp_path / "parquet").rglob("*.parquet")
    assert pq.read_table(table)["insets"].to_pylist() == [WHOLE_INSETS]
    with (tmp_path / "csv" / "articles.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [json.loads(row["insets"]) for row in csv.DictReader(file)] == [WHOLE_INSETS]
    with sqlite3.connect(tmp_path / "sqlite" / "articles.db") as db:
        rows = db.execute("select label, text, after_block from insets order by ord").fetchall()
    assert [dict(zip(AS_STORED, row, strict=True)) for row in rows] == WHOLE_INSETS


def test_personal_data_in_insets_is_redacted(whole, tmp_path):
    exported(whole, tmp_path / "out", "jsonl", redact="pii")
    (row,) = lines(tmp_path / "out" / "articles.jsonl")
    assert "[phone]" in row["insets"][0]["text"] and "43210" not in json.dumps(row)


def test_what_was_exported_is_imported_with_its_insets(whole, tmp_path):
    exported(whole, tmp_path / "out", "jsonl")
    elsewhere = Khabar(settle_in(tmp_path / "else"), "", ArchiveBuilder.now)
    assert elsewhere("import", str(tmp_path / "out" / "articles.jsonl")).out == "1 new\n"
    with open_archive(elsewhere.archive) as other:
        assert articles.load_article(other.db, WHOLE.url)["insets"] == WHOLE_INSETS


def test_an_imported_place_that_is_no_block_is_none(tmp_path):
    line = {"url": f"{HOME}/news/5", "title": "शिविर", "text": "किताबें जुड़ीं।", "source": "kagaz", "language": "hi",
            "insets": [{"label": None, "text": "सार।", "after_block": 7}]}  # fmt: skip
    (tmp_path / "in.jsonl").write_text(json.dumps(line), encoding="utf-8")
    khabar = Khabar(settle_in(tmp_path / "a"), "", ArchiveBuilder.now)
    assert khabar("import", str(tmp_path / "in.jsonl")).code == 0
    with open_archive(khabar.archive) as other:
        (inset,) = articles.load_article(other.db, line["url"])["insets"]
    assert inset["after_block"] is None


def test_a_page_shows_them_apart_and_in_their_place():
    blocks = [{"type": "paragraph", "text": text} for text in "कखग"]
    insets = [
        {"label": None, "text": "पहले", "after_block": None},
        {"label": "AI", "text": "बीच", "after_block": 1},
    ]
    record = {"blocks": blocks, "embeds": [], "images": [], "lead_image": None, "insets": insets}
    runs = arrange_article(record)["runs"]
    assert [(kind, len(items)) for kind, _, items in runs] == [
        ("inset", 1), ("paragraph", 2), ("inset", 1), ("paragraph", 1),
    ]  # fmt: skip


def test_the_terminal_says_what_they_are(desk):
    desk.read(article(insets=(SUMMARY,)))
    out = Khabar(desk.path, "", ArchiveBuilder.now)("show", f"{HOME}/news/1").out
    assert "machine-made, not the source's words · AI से बना सार" in out and OWN_WORD in out
