"""How many calls of `execute` it takes to store an article: they are what a large import spends its time on."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest
from archive_fixtures import ArchiveBuilder, article
from simulated_days import own_words
from sqlite_utils import Database

from khabar.archive.store import snapshots
from khabar.archive.store.save import save_import
from khabar.extraction import EXTRACTOR_VERSION
from khabar.model.items import Block, Image, Outcome, Page, Visit
from khabar.model.sources import Registry
from khabar.processing.jsonl_files import JsonlImport
from khabar.processing.keys import compute_keys
from tests.web_fixtures import post

HOME = "http://www.kagaz.newsroom.test/news"


@pytest.fixture
def executed(monkeypatch):
    """The statements that are executed, one by one."""
    statements: list[str] = []
    execute = Database.execute

    def counted(self, sql, parameters=None):
        statements.append(sql)
        return execute(self, sql, parameters)

    monkeypatch.setattr(Database, "execute", counted)
    return statements


def full_article(number: int):
    """An article with everything that has rows of its own, and words of its own."""
    words = tuple(Block("paragraph", own_words(f"{number}p{part}") * 3) for part in range(8))
    one = article(
        f"{HOME}/{number}",
        authors=("रेखा मौर्य", f"लेखक {number}"),
        tags=("नहर", "पानी"),
        title=f"शीर्षक {number}",
        images=(Image("http://i.example.in/1.jpg", "तस्वीर"),),
        embeds=(post(id=f"19{number}", url=f"https://x.com/a/status/19{number}"),),
        published_at="2026-11-20T22:15:00+05:30",
        published_precision="minute",
    )
    return replace(one, blocks=(*words, Block("embed", embed=0), Block("image", image=0)))


def test_a_crawled_article(tmp_path, executed):
    desk = ArchiveBuilder(tmp_path / "a.db")
    for number in range(3):
        desk.read(full_article(number))
        desk.wait(minutes=1)
    desk.note(f"{HOME}/9")
    executed.clear()
    desk.read(full_article(9))
    assert 20 < len(executed) <= 40, executed
    repeated = [sql for sql, count in Counter(executed).items() if count > 1]
    # two transactions, of the page and of the article; the later pages, before and after it is read
    assert {sql.split()[0] for sql in repeated} <= {"begin", "commit"}, repeated


def test_an_imported_article_and_a_line_that_is_known(tmp_path, executed):
    desk = ArchiveBuilder(tmp_path / "a.db")
    for number in range(3):
        one = full_article(number)
        save_import(desk.db, one, "a", compute_keys(one, None, "a"), desk.now, b"%d" % number)
    one = full_article(9)
    executed.clear()
    save_import(desk.db, one, "a", compute_keys(one, None, "a"), desk.now, b"9")
    assert 15 < len(executed) <= 30, executed
    lines = [
        json.dumps({"url": f"https://b.example.in/{n}", "title": "शीर्षक", "text": own_words(f"{n}") * 9})
        for n in range(40)
    ]  # fmt: skip
    file = tmp_path / "b.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    for _ in range(2):
        executed.clear()
        job = JsonlImport(desk.archive, Registry({}), {}, print, Counter(), 1)
        job.import_file(file, lambda done: None)
    assert job.counts["unchanged"] == 40
    assert len(executed) <= 40 + 10, executed  # one for a line, the rest for the file


def test_an_article_that_is_visited_again_unchanged(tmp_path, executed):
    """Most visits are this one: the text is compared, nothing of it is written."""
    desk = ArchiveBuilder(tmp_path / "a.db")
    one = full_article(1)
    desk.read(one)
    desk.wait(hours=1)
    desk.note(one.url)
    executed.clear()
    assert desk.read(one).change == "unchanged"
    assert len(executed) <= 38, executed
    written = {sql.split()[0:3][-1] for sql in executed if sql.lstrip().startswith("insert")}
    assert written <= {"snapshots", "run_outcomes", "pages"}, written


def test_the_same_page_again(tmp_path, executed):
    """It is kept as evidence; its article is neither extracted nor compared."""
    desk = ArchiveBuilder(tmp_path / "a.db")
    one = full_article(1)
    desk.read(one, body=b"<html>the same</html>")
    desk.wait(hours=1)
    desk.note(one.url)
    page = Page(one.url, b"<html>the same</html>", desk.now)
    page_id = desk.row(one.url)["id"]
    executed.clear()
    assert snapshots.is_same_page(desk.db, page, page_id, EXTRACTOR_VERSION)
    kept = snapshots.save_snapshot(desk.archive, page, page_id)
    result = desk.file(Visit(page_id, "kagaz", page, kept, is_same_page=True))
    assert (result.outcome, result.change) == (Outcome.ARTICLE, "unchanged")
    assert len(executed) <= 22, executed
