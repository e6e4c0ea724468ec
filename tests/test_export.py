"""A dataset as a whole: reproducible, all of it or nothing, filtered as asked, the same after a round trip."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
import time

import pytest
from archive_fixtures import HOME, ArchiveBuilder, article
from conftest import ROOT, Khabar, settle_in
from export_fixtures import WHOLE, exported, fill, lines, prose

from khabar.archive import ArchiveError, open_archive
from khabar.archive.stories import rebuild_stories
from khabar.export.folder import STAGE_DIR
from khabar.export.options import FORMATS
from khabar.export.schema import select_fields
from khabar.model.items import Outcome


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    path = settle_in(tmp_path_factory.mktemp("archive"))
    desk = ArchiveBuilder(path)
    fill(desk)
    desk.archive.close()
    return path


@pytest.fixture
def archive(held):
    with open_archive(held) as one:
        yield one


@pytest.mark.parametrize("format_", FORMATS)
def test_two_exports_are_the_same_bytes(archive, tmp_path, format_):
    first, second = (exported(archive, tmp_path / name, format_) for name in ("one", "two"))
    assert first == second and len(first["sha256"]) >= 2
    for name in [*first["files"], "manifest.json", "README.md"]:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), (
            name
        )


@pytest.mark.parametrize("format_", FORMATS)
def test_the_manifest_has_each_file_s_hash(archive, tmp_path, format_):
    manifest = exported(archive, tmp_path, format_)
    assert json.loads((tmp_path / "manifest.json").read_text()) == manifest
    assert manifest["articles"] == 13 and manifest["embeds"] == 2
    there = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    plots = {name for name in there if name.startswith("plots/")}
    assert there == {*manifest["sha256"], "manifest.json", "README.md", *plots}
    for name, digest in manifest["sha256"].items():
        assert hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() == digest


def test_every_format_counts_the_same_coverage(archive, tmp_path):
    """A writer that converts columns must not change what is counted of them."""
    coverage = {
        format_: exported(archive, tmp_path / format_, format_)["coverage"] for format_ in FORMATS
    }
    assert coverage["jsonl"]["problems"] == coverage["jsonl"]["rights"] == round(1 / 13, 4)
    assert all(shares == coverage["jsonl"] for shares in coverage.values())


def test_what_an_earlier_export_left_goes(archive, tmp_path):
    exported(archive, tmp_path, "jsonl")
    (tmp_path / "notes.txt").write_text("mine")
    exported(archive, tmp_path, "parquet", sources=("pratilipi",))
    assert not (tmp_path / "articles.jsonl").exists()
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("told", "number"),
    [
        ({"sources": ("pratilipi",)}, 6),
        ({"since": "2026-11-01"}, 5),
        ({"until": "2026-09-30"}, 4),
        ({"languages": ("mr",)}, 0),
        ({"sections": ("शहर",)}, 13),
        ({"sections": ("खेल",)}, 0),
        ({"query": "सुंदर"}, 1),
        ({"query": "mela", "sources": ("kagaz",), "max_words": 20}, 1),
        ({"min_words": 61}, 12),
        ({"max_words": 20}, 1),
        ({"min_devanagari": 0.5}, 13),
        ({"max_repetition": 0.0}, 13),
        ({"whole": True}, 12),
    ],
    ids=str,
)
def test_filters(archive, tmp_path, told, number):
    assert exported(archive, tmp_path, "jsonl", **told)["articles"] == number


def test_a_query_of_nothing_is_said(archive, tmp_path):
    with pytest.raises(ArchiveError, match="query"):
        exported(archive, tmp_path, "jsonl", query="…")
    assert not (tmp_path / "manifest.json").exists()


def test_fields_are_as_asked(archive, tmp_path):
    exported(archive, tmp_path, "jsonl", fields="title,id")
    assert [list(row) for row in lines(tmp_path / "articles.jsonl")] == [["id", "title"]] * 13
    exported(archive, tmp_path, "jsonl", fields="+url_key,+minhash")
    row = lines(tmp_path / "articles.jsonl")[-1]
    assert row["url_key"] == "kagaz.newsroom.test/news/whole" and "text" in row
    assert all(len(key) == 12 for key in row["minhash"]) and row["minhash"]


@pytest.mark.parametrize("name", ["titel", "Title", "x y"])
def test_a_field_that_is_none_is_named(name):
    with pytest.raises(ArchiveError, match=name):
        select_fields([name], "full")


@pytest.mark.parametrize("format_", ["jsonl", "parquet", "csv", "sqlite"])
def test_nothing_to_export_is_an_empty_dataset(archive, tmp_path, format_):
    manifest = exported(archive, tmp_path, format_, since="2030-01-01")
    assert manifest["articles"] == 0 and len(manifest["files"]) >= 2


def test_one_per_story(tmp_path):
    desk = ArchiveBuilder(tmp_path / "archive.db")
    fill(desk, 4)
    copied = prose(50, 120)
    for number, key in enumerate(("kagaz", "pratilipi")):
        desk.read(
            article(
                f"http://www.{key}.newsroom.test/news/copy",
                copied,
                published_at=f"2026-10-2{number}",
            ),
            key=key,
        )
    rebuild_stories(desk.db)
    told = exported(desk.archive, tmp_path / "all", "jsonl")
    once = exported(desk.archive, tmp_path / "once", "jsonl", one_per_story=True)
    assert (told["articles"], told["copies"], once["articles"]) == (7, 2, 6)
    (kept,) = (row for row in lines(tmp_path / "once" / "articles.jsonl") if row["copies"] == 2)
    assert kept["published_on"] == "2026-10-20"
    desk.archive.close()


def test_paywalled_and_removed_are_said(tmp_path):
    desk = ArchiveBuilder(tmp_path / "archive.db")
    desk.read(article())
    desk.read(article(f"{HOME}/news/2", prose(2)))
    desk.wait(days=2)
    desk.end(f"{HOME}/news/1", Outcome.PAYWALLED, "stub")
    desk.end(f"{HOME}/news/2", Outcome.GONE, "410")
    exported(desk.archive, tmp_path / "x", "jsonl")
    rows = {row["url"]: row for row in lines(tmp_path / "x" / "articles.jsonl")}
    assert (
        rows[f"{HOME}/news/1"]["paywalled"] is True and rows[f"{HOME}/news/2"]["paywalled"] is False
    )
    assert rows[f"{HOME}/news/2"]["removed_at"] == "2026-11-26T09:00:00Z"
    desk.archive.close()


# --- all or nothing ---

KILLED = """
import sys, time
from pathlib import Path
sys.path[:0] = sys.argv[3:]
from khabar.archive import open_archive
from export_fixtures import order
from khabar.export import export_dataset
def step(rows):
    print("begun", flush=True)
    time.sleep(60)
with open_archive(Path(sys.argv[1])) as archive:
    export_dataset(archive, Path(sys.argv[2]), order(archive, "parquet"), step)
"""


def test_killed_halfway_leaves_no_half_file(held, tmp_path):
    out = tmp_path / "out"
    run = subprocess.Popen(
        [sys.executable, "-c", KILLED, held, out, ROOT, ROOT / "tests"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert run.stdout and run.stdout.readline() == "begun\n"
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    run.stdout.close()
    assert [path.name for path in out.iterdir()] == [STAGE_DIR]
    with open_archive(held) as archive:
        exported(archive, out, "parquet")
    assert not (out / STAGE_DIR).exists() and (out / "manifest.json").exists()


def test_a_failing_export_leaves_the_earlier_one(archive, tmp_path, monkeypatch):
    before = exported(archive, tmp_path, "jsonl")
    monkeypatch.setattr(
        "khabar.export.card.render_files",
        lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")),
    )
    with pytest.raises(ArchiveError, match="No space left"):
        exported(archive, tmp_path, "jsonl", sources=("kagaz",))
    assert json.loads((tmp_path / "manifest.json").read_text()) == before
    assert len(lines(tmp_path / "articles.jsonl")) == 13


LIMIT = (
    33_000  # bytes of a file: more than reading an archive needs, less than any of these datasets
)


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    desk = ArchiveBuilder(settle_in(tmp_path_factory.mktemp("large")))
    for number in range(150):
        url = f"{HOME}/news/{number}"
        noise = " ".join(hashlib.sha256(f"{number}{at}".encode()).hexdigest() for at in range(20))
        desk.read(article(url, noise, language=None), body=noise.encode())
    desk.archive.close()
    return desk.path


@pytest.mark.parametrize("format_", FORMATS)
def test_disk_full_is_one_line_and_nothing_written(large, tmp_path, format_):
    """A limit on the size of files stands for a full disk: writing fails halfway, in whoever writes."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, LIMIT))

    run = subprocess.run(
        [sys.executable, "-m", "commands.__main__", "export", str(tmp_path / "out"), "--format", format_],
        cwd=ROOT, env=Khabar(large, "", ArchiveBuilder.now).environment(), capture_output=True, text=True, check=False,
        preexec_fn=limit,
    )  # fmt: skip
    assert run.returncode == 2
    assert len(run.stderr.strip().splitlines()) == 1 and "cannot be written" in run.stderr
    assert list((tmp_path / "out").iterdir()) == []


def test_an_export_sees_one_state_of_the_archive(tmp_path):
    """A crawl writes on while it runs; what came after it began is in the next one."""
    desk = ArchiveBuilder(tmp_path / "archive.db")
    fill(desk)
    with open_archive(tmp_path / "archive.db") as beside:
        from export_fixtures import order

        from khabar.export import export_dataset

        told = export_dataset(
            beside, tmp_path / "x", order(beside, "jsonl"),
            lambda rows: desk.read(article(f"{HOME}/news/late{time.monotonic_ns()}", prose(77))) and None,
        )  # fmt: skip
        assert told["articles"] == told["archive"]["readings"] == 13
        assert exported(beside, tmp_path / "y", "jsonl")["articles"] == 14
    desk.archive.close()


# --- the card ---


def test_the_card_says_what_is_in_it(archive, tmp_path):
    exported(archive, tmp_path, "parquet")
    card = (tmp_path / "README.md").read_text()
    assert card.startswith("---\n") and "# 13 Hindi news articles" in card
    for words in (
        "| kagaz | none | 7 | 0 | 0 |",
        "| 2026-09 | 4 |",
        "| hi | 13 |",
        "| youtube | 1 |",
        "| title | string | headline |",
    ):
        assert words in card
    plots = list((tmp_path / "plots").iterdir())
    assert {path.stem for path in plots} == {"month", "source", "length", "provider"}
    for path in plots:
        assert path.read_text().startswith("<svg") and f"plots/{path.name}" in card


def test_whole_is_what_nothing_is_missing_of(archive, tmp_path):
    exported(archive, tmp_path, "jsonl")
    (row,) = (one for one in lines(tmp_path / "articles.jsonl") if one["url"] == WHOLE.url)
    assert row["degraded"] is True and row["problems"] == list(WHOLE.problems)
