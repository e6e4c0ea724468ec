"""JSONL files as a whole: known lines, an import that is killed, workers, one line that kills its worker."""

from __future__ import annotations

import asyncio
import json
import os
from collections import Counter
from datetime import UTC, datetime

import crashing_readers
import pytest
from conftest import Khabar, settle_in
from simulated_days import own_words

from khabar.archive import open_archive
from khabar.archive.store.save import save_import
from khabar.model.sources import Registry
from khabar.parsing.line_files import iter_lines
from khabar.processing import import_lines, jsonl_files, worker_count
from khabar.processing.import_lines import PreparedArticle, RejectedLine
from khabar.processing.jsonl_files import JsonlImport
from khabar.processing.process import open_worker_pool

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def line(number: int, title: str = "", words: str = "") -> str:
    text = "\n\n".join(own_words(f"{words or number}p{part}") for part in range(8))
    told = {"url": f"https://a.example.in/news/{number}", "title": title or f"शीर्षक {number}"}
    return json.dumps({**told, "text": text, "language": "hi", "source": "a"}, ensure_ascii=False)


def write_lines(path, lines):
    path.write_text("".join(f"{one}\n" for one in lines), encoding="utf-8")
    return path


@pytest.fixture
def importer(tmp_path):
    """Imports a file into one archive; returns the counts of the lines."""

    def run(file, workers=1, fields=None):
        with open_archive(tmp_path / "archive.db", write=True) as archive:
            counts: Counter[str] = Counter()
            said: list[str] = []
            job = JsonlImport(archive, Registry({}), fields or {}, said.append, counts, workers)
            job.import_file(file, lambda done: None)
        return {name: count for name, count in counts.items() if count}, said

    return run


def rows(tmp_path, sql):
    with open_archive(tmp_path / "archive.db") as archive:
        return archive.db.execute(sql).fetchall()


def test_a_known_line_is_not_built_again(tmp_path, importer, monkeypatch):
    file = write_lines(tmp_path / "a.jsonl", [line(n) for n in range(5)])
    assert importer(file) == ({"new": 5}, [])
    built = []
    original = import_lines.build_article
    monkeypatch.setattr(
        import_lines, "build_article", lambda *args: built.append(1) or original(*args)
    )
    assert importer(file) == ({"unchanged": 5}, []) and not built
    write_lines(file, [line(n) for n in range(4)] + [line(4, "नया शीर्षक"), line(5)])
    assert importer(file) == ({"unchanged": 4, "edited": 1, "new": 1}, []) and len(built) == 2
    # the older line of an edited article is another line again
    write_lines(file, [line(4)])
    assert importer(file) == ({"edited": 1}, [])


def test_of_two_lines_of_one_article_the_last_counts_each_time(tmp_path, importer):
    """The last is known when the file is read again, until the first has edited the article."""
    file = write_lines(tmp_path / "a.jsonl", [line(1, "पहला"), line(2), line(1, "दूसरा")])
    assert importer(file)[0] == {"new": 2, "edited": 1}
    assert importer(file)[0] == {"edited": 2, "unchanged": 1}
    (title,) = rows(tmp_path, "select title from articles where url like '%/1'")
    assert title == ("दूसरा",)


def test_other_names_of_fields_read_a_known_line_again(tmp_path, importer):
    file = write_lines(tmp_path / "a.jsonl", [line(1)[:-1] + ', "kicker": "उपशीर्षक"}'])
    assert importer(file)[0] == {"new": 1}
    assert importer(file, fields={"subtitle": "kicker"})[0] == {"edited": 1}
    assert rows(tmp_path, "select subtitle from articles") == [("उपशीर्षक",)]


def test_the_same_text_at_two_urls_edits_nothing_the_second_time(tmp_path, importer):
    lines = [line(1, "एक", "same"), line(2, "एक", "same"), line(3, "दूसरा शीर्षक", "other")]
    file = write_lines(tmp_path / "a.jsonl", lines)
    assert importer(file)[0] == {"new": 2, "unchanged": 1}
    write_lines(file, [*lines, line(4)])  # another file: no line is skipped as a whole
    with open_archive(tmp_path / "archive.db", write=True) as archive:
        archive.db.execute("delete from imported_lines")
    assert importer(file)[0] == {"unchanged": 3, "new": 1}


def test_a_taken_down_article_s_line_is_not_known(tmp_path, importer):
    place = settle_in(tmp_path)
    file = write_lines(tmp_path / "a.jsonl", [line(1), line(2)])
    assert importer(file)[0] == {"new": 2}
    khabar = Khabar(place, "", NOW)
    assert khabar("takedown", "add", "https://a.example.in/news/1", "--reason", "x", "--by", "y").code == 0  # fmt: skip
    assert rows(tmp_path, "select count(*) from imported_lines") == [(1,)]
    assert importer(file)[0] == {"taken down": 1, "unchanged": 1}


def test_an_import_that_is_interrupted_goes_on_at_its_place(tmp_path, importer, monkeypatch):
    """As kill -9: what the last batch stored is stored with the position, and nothing after it."""
    monkeypatch.setattr(jsonl_files, "BATCH_LINES", 4)
    file = write_lines(tmp_path / "a.jsonl", [line(n) for n in range(20)] + ["{broken"])
    saved = []

    def fails(*args):
        saved.append(1)
        if len(saved) == 11:
            raise KeyboardInterrupt
        return save_import(*args)

    monkeypatch.setattr(jsonl_files, "save_import", fails)
    with pytest.raises(KeyboardInterrupt):
        importer(file)
    assert rows(tmp_path, "select count(*) from articles") == [(8,)]
    position, articles, finished = rows(tmp_path, "select offset, articles, finished_at from imports")[0]  # fmt: skip
    assert (articles, finished) == (8, None)
    assert position == [one.end for one in iter_lines(file)][7]
    counts, said = importer(file)
    assert counts == {"new": 12, "left out": 1}
    assert said and said[0].startswith(f"{file}:21:")  # numbered from the file's first line
    (finished,) = rows(tmp_path, "select finished_at is not null, articles from imports")
    assert finished == (1, 20)
    assert importer(file)[0] == {"unchanged": 20, "left out": 1}  # read again from its start


def test_two_workers_store_what_one_does_in_the_same_order(tmp_path, monkeypatch):
    monkeypatch.setattr(jsonl_files, "SMALL_FILE", 0)
    monkeypatch.setattr(jsonl_files, "BATCH_LINES", 7)
    lines = [line(n, words=str(n % 40)) for n in range(60)] + ["[]", "", line(3, "नया")]
    stored = []
    for workers in (1, 2):
        folder = tmp_path / str(workers)
        folder.mkdir()
        file = write_lines(folder / "a.jsonl", lines)
        with open_archive(folder / "archive.db", write=True) as archive:
            counts: Counter[str] = Counter()
            said: list[str] = []
            JsonlImport(archive, Registry({}), {}, said.append, counts, workers).import_file(
                file, lambda done: None
            )
            tables = [
                archive.db.execute(f"select {columns} from {table} order by {order}").fetchall()
                for table, columns, order in (
                    ("articles", "url, title, text, text_sha256, story_id is null", "url"),
                    ("pages", "url, outcome, evidence", "id"),
                    ("signatures", "doc, shingles, sketch", "doc"),
                    ("search_terms", "*", "term"),
                )
            ]
        stored.append((counts, [text.partition(": ")[2] for text in said], tables))
    assert stored[0] == stored[1]


@pytest.mark.parametrize("hurt", ["dies", "eats"])
def test_a_line_that_its_worker_cannot_read_costs_itself(tmp_path, monkeypatch, hurt):
    lines = [line(n).encode() for n in range(3)]
    monkeypatch.setattr(
        jsonl_files, "prepare_lines", getattr(crashing_readers, f"{hurt}_of_a_line")
    )
    with open_archive(tmp_path / "archive.db", write=True) as archive:
        job = JsonlImport(archive, Registry({}), {}, print, Counter(), 1)
        lines[1] = lines[1].replace(b"\xe0", crashing_readers.LINE_MARK + b"\xe0", 1)
        import pickle

        with open_worker_pool(1) as pool:
            results = asyncio.run(job._prepare_lines(pool, pickle.dumps(job.reader), lines))
    assert [type(result) for result in results] == [PreparedArticle, RejectedLine, PreparedArticle]


def test_a_line_beyond_the_limit_is_not_kept_in_memory(tmp_path):
    file = tmp_path / "a.jsonl"
    file.write_bytes(b"a\n" + b"x" * 5000 + b"\nb\n" + b"y" * 3000)
    lines = list(iter_lines(file, max_length=1000))
    assert [(one.number, len(one.content), one.end) for one in lines] == [
        (1, 2, 2), (2, 1001, 5003), (3, 2, 5005), (4, 1001, 8005)
    ]  # fmt: skip
    assert [one.number for one in iter_lines(file, 5003)] == [3, 4]


def test_as_many_workers_as_cores_and_memory_allow(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: range(8))
    (tmp_path / "meminfo").write_text("MemTotal: 99 kB\nMemAvailable:    2100000 kB\n")
    monkeypatch.setattr(worker_count, "_MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(worker_count, "_CGROUP", tmp_path)
    assert worker_count.count_default_workers() == 5
    (tmp_path / "cpu.max").write_text("300000 100000\n")
    assert worker_count.count_default_workers() == 3
    (tmp_path / "memory.max").write_text(f"{1 << 30}\n")
    (tmp_path / "memory.current").write_text(f"{400 << 20}\n")
    assert worker_count.count_default_workers() == 1
    (tmp_path / "cpu.max").write_text("max 100000\n")
    (tmp_path / "memory.max").write_text("max\n")
    assert worker_count.count_default_workers() == 5
