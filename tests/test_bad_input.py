"""Bad input gets one clear line, the right exit code, and loses nothing."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys

import pytest
from conftest import ROOT, Khabar, settle_in

from khabar.archive import open_archive
from newsroom.server import EDITION_ONE, Newsroom


@pytest.fixture
def khabar(tmp_path):
    return Khabar(settle_in(tmp_path / "place"), "", EDITION_ONE)


def one_line(run):
    """The one line of complaint; fails when there is a traceback or a second line."""
    lines = run.err.strip().splitlines()
    assert len(lines) == 1, run.err
    return lines[0]


def test_unknown_source(khabar):
    run = khabar("crawl", "vyapr")
    assert run.code == 2
    assert "vyapr" in one_line(run) and "vyapar" in one_line(run)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("key = \n", ("broken.toml", "line 1")),
        ('key = "broken"\nnme = "x"\n', ("broken.toml", "nme")),
        ('key = "broken"\nname = 3\n', ("broken.toml", "name")),
    ],
    ids=["syntax", "misspelt-key", "wrong-type"],
)
def test_broken_source_is_named_and_the_others_go_on(khabar, text, named):
    folder = khabar.archive.parent / "own"
    folder.mkdir()
    (folder / "broken.toml").write_text(text)
    settings = khabar.archive.parent / "khabar.toml"
    settings.write_text(settings.read_text().replace('"]', '", "own"]'))
    with Newsroom(EDITION_ONE) as newsroom:
        khabar.newsroom = newsroom.address
        run = khabar("crawl", "vyapar")
    assert run.code == 0
    assert all(word in one_line(run) for word in named)
    with open_archive(khabar.archive) as archive:
        assert archive.db.execute("select count(*) from articles").fetchone()[0] > 3


WITHOUT = [
    ("search", "गोमती"), ("show", "1"), ("status",), ("serve",), ("export", "x", "--format", "jsonl"), ("reextract",),
    ("reextract", "--dry-run"), ("stories", "rebuild"), ("stories", "list"), ("verify",), ("verify", "--repair"),
    ("seal",), ("backup", "x"), ("takedown", "list"), ("takedown", "finish"), ("overlap", __file__),
    ("takedown", "add", "https://a.example/1", "--reason", "x", "--by", "y"), ("aliases", "list"),
    ("account", "vyapar", "--from", "2026-11-01", "--to", "2026-11-02", "x"),
]  # fmt: skip


@pytest.mark.parametrize("command", WITHOUT, ids=" ".join)
def test_without_an_archive_the_next_step_is_named_and_none_is_made(khabar, command):
    run = khabar(*command)
    assert run.code == 2
    assert "khabar crawl" in one_line(run)
    assert list(khabar.archive.parent.glob(f"{khabar.archive.name}*")) == []


def test_locked_archive(khabar):
    with open_archive(khabar.archive, write=True):
        run = khabar("crawl", "vyapar")
        assert run.code == 75
        assert str(os.getpid()) in one_line(run)


def test_archive_of_a_newer_schema(khabar):
    with open_archive(khabar.archive, write=True) as archive:
        archive.db.execute(
            "insert into _sqlite_migrations (migration_set, name, applied_at) values ('archive', 'm9999_later', '2030-01-01')"
        )
        archive.db.conn.commit()
    for command in (("crawl", "vyapar"), ("search", "गोमती")):
        run = khabar(*command)
        assert run.code == 2
        assert "newer" in one_line(run)


def test_not_an_archive(khabar):
    khabar.archive.write_text("a diary, not a database\n" * 100)
    run = khabar("status")
    assert run.code == 2
    assert "archive.db" in one_line(run)
    assert khabar.archive.read_text().startswith("a diary")


def test_unwritable_place(khabar):
    khabar.archive = (
        khabar.archive.parent / "khabar.toml" / "archive.db"
    )  # root may write anywhere but into a file
    run = khabar("crawl", "jagran")
    assert run.code == 2
    assert "khabar.toml" in one_line(run)


def test_misspelt_setting(khabar):
    settings = khabar.archive.parent / "khabar.toml"
    settings.write_text("contct = 'x'\n")
    run = khabar("config")
    assert run.code == 2
    assert "contct" in one_line(run) and "contact" in one_line(run)


def test_misspelt_variable(khabar):
    environment = {**khabar.environment(), "KHABAR_ARCHVE": "x"}
    done = subprocess.run(
        [sys.executable, "-m", "commands.__main__", "config"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "KHABAR_ARCHIVE" in done.stderr and len(done.stderr.strip().splitlines()) == 1


def test_live_crawl_without_a_contact(tmp_path):
    run = Khabar(tmp_path / "archive.db", "", EDITION_ONE)("crawl", "jagran")
    assert run.code == 2
    assert "KHABAR_CONTACT" in one_line(run)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("page.html", b""),
        ("page.html", b"\x00\x01\x02\xff" * 500),
        ("page.html", b"%PDF-1.7\n" + bytes(range(256)) * 20),
        ("page.html", b"<p>" * 50_000),
    ],
    ids=["empty", "binary", "pdf", "nested"],
)
def test_extract_of_what_is_no_page(khabar, tmp_path, name, body):
    path = tmp_path / name
    path.write_bytes(body)
    run = khabar("extract", str(path), "--json")
    assert run.code == 0, run.err
    article = json.loads(run.out)
    assert article["text"] == "" and article["page_type"] == "other" and article["problems"]


def test_extract_of_what_is_not_there(khabar):
    run = khabar("extract", "no-such-page.html")
    assert run.code == 2
    assert "no-such-page.html" in one_line(run)


@pytest.mark.parametrize("fault", ["cut off", "damaged", "bad checksum"])
def test_extract_of_a_gzip_file_that_cannot_be_unpacked(khabar, tmp_path, fault):
    packed = gzip.compress(os.urandom(2000) + b"<p>page</p>" * 200)
    middle = len(packed) // 2
    bodies = {
        "cut off": packed[:middle],
        "damaged": packed[:10] + b"\xff" * 100 + packed[110:],
        "bad checksum": packed[:-8] + bytes(8),
    }
    path = tmp_path / "page.html.gz"
    path.write_bytes(bodies[fault])
    run = khabar("extract", str(path))
    assert run.code == 2
    assert "page.html.gz" in one_line(run)


def test_import_names_the_bad_line_and_keeps_the_good(khabar, tmp_path):
    good = {
        "url": "https://example.org/a/1",
        "title": "पुराना लेख",
        "text": "पहला पैरा यहाँ है।\n\nदूसरा पैरा भी है।",
        "source": "purana",
    }
    path = tmp_path / "articles.jsonl"
    path.write_text(
        "\n".join([json.dumps(good), "{broken", json.dumps({"url": "https://example.org/a/2"})])
    )
    run = khabar("import", str(path))
    assert run.code == 1
    assert "articles.jsonl:2" in run.err and "articles.jsonl:3" in run.err
    with open_archive(khabar.archive) as archive:
        assert [row["title"] for row in archive.db.query("select title from articles")] == [
            "पुराना लेख"
        ]


@pytest.mark.parametrize(
    "query",
    ['"', "AND", "OR NOT (", "*", "", "-", '"आजम', "नेता AND", "(((", "a:b:c", "NEAR(", "^", "\x00"],
)
def test_odd_queries_find_nothing_and_break_nothing(khabar, query):
    with open_archive(khabar.archive, write=True):
        pass
    run = khabar("search", query.replace("\x00", "%00"), "--json")
    assert run.code == 0 and json.loads(run.out) == []
