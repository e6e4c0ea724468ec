"""`import khabar`: what the docs show is what comes; an archive is read without being changed, in flat memory."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from contextlib import redirect_stdout
from datetime import date

import pytest
from archive_fixtures import HOME, ArchiveBuilder, article, source
from conftest import ROOT, WITHOUT
from export_fixtures import TWEET, WHOLE, fill, prose
from shared_crawls import crawled_twice

import khabar
from khabar.archive import ArchiveError
from khabar.archive.store import articles
from newsroom.server import EDITION_TWO

MANUAL = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```\n\n```\n(.*?)```", MANUAL, flags=re.S)


def test_every_example_of_the_manual_prints_what_it_says(tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("manual")
    crawled_twice(tmp_path_factory).copied(folder / "demo", EDITION_TWO)
    monkeypatch.chdir(folder)
    told: dict[str, object] = {}
    assert len(EXAMPLES) == len(re.findall("```python", MANUAL)) == 3
    for code, expected in EXAMPLES:
        with redirect_stdout(io.StringIO()) as printed:
            exec(code, told)
        assert printed.getvalue() == expected


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    desk = ArchiveBuilder(tmp_path_factory.mktemp("library") / "archive.db")
    fill(desk, 12)
    desk.wait(hours=3)
    edited = article(
        f"{HOME}/news/0",
        prose(99),
        title="बदली हुई",
        published_at="2026-09-01",
        published_precision="day",
    )
    desk.read(edited)
    desk.read(article(f"{HOME}/news/hidden", prose(100), rights={"noarchive": True}))
    desk.archive.close()
    return desk.path


@pytest.fixture
def archive(path):
    with khabar.open(path) as opened:
        yield opened


def test_articles_come_oldest_first_and_whole(archive):
    found = list(archive.articles())
    assert len(found) == 13 and [one["id"] for one in found] == sorted(one["id"] for one in found)
    whole = next(one for one in found if one["url"] == WHOLE.url)
    assert whole["authors"] == list(WHOLE.authors) and [
        one["provider"] for one in whole["embeds"]
    ] == ["youtube", "x"]
    assert whole == archive.article(whole["id"]) == archive.article(WHOLE.url)


def test_more_articles_than_are_read_at_once(archive, monkeypatch):
    monkeypatch.setattr(articles, "_BATCH_SIZE", 5)
    assert len({one["id"] for one in archive.articles()}) == 13


def test_days_and_sources_narrow_it(archive):
    since = [one["published_at"] for one in archive.articles(since=date(2026, 11, 1))]
    assert since and all(at >= "2026-11-01" for at in since)
    assert {one["source"] for one in archive.articles(source="pratilipi")} == {"pratilipi"}
    with pytest.raises(ArchiveError, match="did you mean pratilipi"):
        archive.articles(source="pratilip")
    with pytest.raises(ValueError, match="soon"):
        archive.articles(since="soon")


def test_a_search_marks_the_words_found(archive):
    (hit,) = archive.search("title:बदली", ranked=True)
    assert hit["title"] == "बदली हुई" and "marked_title" not in hit
    found = archive.search("text:नदी", limit=3)
    assert len(found) == 3 and all("[नदी]" in one["snippet"] for one in found)


def test_a_search_is_narrowed_and_counted(archive):
    every = archive.facets("समाचार")
    assert every["total_is_exact"] and every["total"] == len(archive.search("समाचार", limit=50))
    for name, key in (("source", "source"), ("month", "month"), ("page_type", "page_type")):
        for value in every["facets"][name]:
            hits = archive.search("समाचार", limit=50, **{key: value["value"]})
            assert (
                len(hits)
                == value["count"]
                == archive.facets("समाचार", **{key: value["value"]})["total"]
            )
    with_embeds = archive.search("समाचार", limit=50, embeds=True)
    without = archive.search("समाचार", limit=50, embeds=False)
    assert len(with_embeds) + len(without) == every["total"] and without
    with pytest.raises(ValueError, match="month"):
        archive.search("समाचार", month="2026-13")
    with pytest.raises(ValueError, match="soon"):
        archive.facets("समाचार", until="soon")


def test_embeds_come_with_their_article(archive):
    (tweet,) = archive.embeds(provider="x", handle="@KAGAZ_ghar")
    assert (tweet["id"], tweet["article_url"], tweet["text"]) == (TWEET.id, WHOLE.url, TWEET.text)
    assert list(archive.embeds(handle="nobody")) == []


def test_every_reading_of_an_article(archive):
    first, second = archive.revisions(f"{HOME}/news/0")
    assert (first["reason"], second["reason"], second["title"]) == ("first", "edit", "बदली हुई")
    assert first["title"] == "समाचार 0" and "title" in second["changed"]
    assert archive.article(f"{HOME}/news/0", revision=1)["title"] == "समाचार 0"
    assert archive.revisions("http://nowhere.example/") == []


def test_what_may_not_be_archived_is_given_by_no_method(archive):
    hidden = f"{HOME}/news/hidden"
    assert archive.article(hidden) is None and archive.revisions(hidden) == []
    assert hidden not in {one["url"] for one in archive.articles()}
    assert hidden not in archive.to_arrow().column("url").to_pylist()


def test_tables(archive):
    table, frame = archive.to_arrow(), archive.to_pandas(source="kagaz")
    assert table.num_rows == 13 and table.column("title").null_count == 0
    assert set(frame["source"]) == {"kagaz"} and frame["embeds"].map(len).max() == 2
    assert archive.to_arrow(since="2030-01-01").schema == table.schema


def test_without_pandas_the_error_says_so(archive, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        archive.to_pandas()


def test_it_is_read_only(archive):
    with pytest.raises(Exception, match="readonly"):
        archive._db.execute("delete from articles")


def test_an_archive_that_is_not_there_names_the_next_step(tmp_path):
    with pytest.raises(ArchiveError, match="no archive at"):
        khabar.open(tmp_path / "archive.db")
    assert list(tmp_path.iterdir()) == []


def test_a_crawl_may_write_meanwhile(tmp_path):
    desk = ArchiveBuilder(tmp_path / "archive.db")
    desk.add(source("pratilipi"))
    desk.read(article())
    with khabar.open(desk.path) as archive:
        begun = archive.articles()
        next(begun)
        desk.read(article(f"{HOME}/news/2", prose(2)))
        assert archive.article(f"{HOME}/news/2")
    desk.archive.close()


def test_an_import_alone_loads_nothing_of_scrapy_or_arrow():
    code = "import khabar, sys; assert not {'lxml', 'scrapy', 'pyarrow', 'sqlite_utils'} & sys.modules.keys(); "
    code += "khabar.open; assert not {'scrapy', 'pyarrow'} & sys.modules.keys(); khabar.nothing"
    environment = {
        **os.environ,
        "PYTHONPATH": f"{WITHOUT}:{ROOT}",
    }  # sqlite-utils loads pandas where a test brought it
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stderr.strip().endswith(
        "AttributeError: module 'khabar' has no attribute 'nothing'"
    )
