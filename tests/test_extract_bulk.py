"""`khabar extract WARC… --to DIR`: one file in, one out, the same bytes whoever writes them and however often."""

from __future__ import annotations

import shlex
import subprocess
import sys
import time

import crashing_readers
import pytest
from bulk_fixtures import (
    NOW,
    SEVERAL_PAGES,
    bytes_of,
    make_body,
    rows_of,
    write_editions,
    write_pages,
)
from command_runner import PATIENCE, Khabar
from conftest import ROOT, settle_in
from test_warc import Maker

from khabar.bulk.extract_warcs import BulkExtraction, BulkOptions, name_output
from khabar.bulk.page_rows import COLUMNS
from khabar.export.schema import FIELDS
from khabar.model.config import read_config
from khabar.processing import process


@pytest.fixture(scope="module")
def editions(tmp_path_factory):
    """(files, the folder that one worker wrote, its run)"""
    folder = tmp_path_factory.mktemp("bulk")
    files = write_editions(folder)
    khabar = Khabar(settle_in(folder), "", NOW)
    run = khabar("extract", *map(str, files), "--to", str(folder / "out"), "--workers", "1")
    return files, folder / "out", run


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    return read_config(settle_in(tmp_path_factory.mktemp("registry"))).load_registry()


def job_over(registry, folder, workers=1, **options):
    folder.mkdir(parents=True, exist_ok=True)
    said: list[str] = []
    job = BulkExtraction(
        registry, folder, BulkOptions(**options), said.append, said.append, workers
    )
    return job, said


def test_every_page_has_a_row_with_its_outcome(editions):
    _, folder, run = editions
    assert (run.code, run.err) == (0, "")
    rows = rows_of(folder)
    by_url = {row["page_url"].rstrip("/").rpartition("/")[2]: row for row in rows}
    assert (
        set(rows[0])
        == {field.name for field in COLUMNS}
        >= {field.name for field in FIELDS if field.name not in ("url_key", "vector")}
    )
    outcomes = {
        name: by_url[name]["outcome"] for name in ("khali", "chhota", "kagaz-pdf", "purana-pata")
    }
    assert outcomes == {
        "khali": "empty",
        "chhota": "no-text",
        "kagaz-pdf": "not-html",
        "purana-pata": "alias",
    }
    assert by_url["purana-pata"]["redirect_url"].endswith("/gomti-ghat-safai/")
    assert not any("unknown.example" in row["url"] for row in rows)
    article = next(row for row in rows if "gomti-ghat-safai" in row["url"])
    assert article["outcome"] == "article" and article["text"] and len(article["minhash"]) == 24
    assert {"name": "content-type", "value": "text/html; charset=utf-8"} in article["headers"]
    assert article["id"] >> 20 and article["first_seen"] == article["fetched_at"]
    later = next(row for row in rows if row["rights"]["noai"])
    assert later["rights"]["x_robots_tag"] == ["noai"]
    assert f"{len([row for row in rows if row['outcome'] == 'article'])} article" in run.out


def test_the_words_of_a_page_that_forbids_archives_are_not_written(editions):
    row = next(row for row in rows_of(editions[1]) if "mat-rakho" in row["page_url"])
    assert (row["outcome"], row["rights"]["noarchive"]) == ("article", True)
    assert not row["text"] and not row["title"] and not row["minhash"] and not row["embeds"]
    assert row["text_sha256"] is None and row["embed_markup"] == []
    assert "लस्सी".encode() not in b"".join(bytes_of(editions[1]).values())


def test_again_and_with_more_workers_the_bytes_are_the_same(editions, tmp_path):
    files, folder, _ = editions
    khabar = Khabar(settle_in(tmp_path), "", NOW.replace(year=2031))
    arguments = ("--to", str(tmp_path / "out"), "--workers", "2")
    names = [str(file) for file in reversed(files)]
    assert khabar("extract", *names, *arguments).code == 0
    assert bytes_of(tmp_path / "out") == bytes_of(folder)
    again = khabar("extract", *names, *arguments)
    assert again.code == 0 and again.out.count("done already") == 2
    assert not khabar.archive.exists()
    assert bytes_of(tmp_path / "out") == bytes_of(folder)


def test_killed_and_run_again_the_bytes_are_the_same(editions, tmp_path):
    files, folder, _ = editions
    khabar = Khabar(settle_in(tmp_path), "", NOW)
    arguments = ("extract", *map(str, files), "--to", str(tmp_path / "out"), "--workers", "1")
    for is_reached in (
        lambda names: any(name.endswith(".tmp") for name in names),
        lambda names: any(name.endswith(".done") for name in names),
    ):
        run = khabar.start(*arguments)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and not (
            (tmp_path / "out").is_dir()
            and is_reached([file.name for file in (tmp_path / "out").iterdir()])
        ):
            time.sleep(0.01)
        run.kill()
    names = {file.name for file in (tmp_path / "out").iterdir()}
    assert len([name for name in names if name.endswith(".done")]) < 2, "it was not killed in time"
    assert khabar(*arguments).code == 0
    finished = {name: data for name, data in bytes_of(tmp_path / "out").items() if name[0] != "."}
    assert finished == bytes_of(folder)


def test_temporary_files_of_the_dead_are_deleted(registry, tmp_path, monkeypatch):
    from khabar.bulk import page_files

    monkeypatch.setattr(page_files, "STALE_AFTER", 0)
    file = write_pages(tmp_path / "x.warc.gz", [make_body(1)])
    job, _ = job_over(registry, tmp_path / "out")
    with job:
        name = job.extract_file(file, lambda done: None)
        stale = tmp_path / "out" / f".{name}.abc.tmp"
        stale.write_bytes(b"half")
        held = page_files.PageFile(tmp_path / "out" / name)  # as another process that is writing
        job.extract_file(file, lambda done: None)
        left = [one.name for one in (tmp_path / "out").iterdir() if one.suffix == ".tmp"]
        held.discard()
    assert len(left) == 1 and stale.name not in left


def test_what_a_row_depends_on_makes_a_mark_stale(registry, tmp_path):
    file = write_pages(tmp_path / "x.warc.gz", [b""])
    out = tmp_path / "out"

    def is_skipped(**options):
        job, said = job_over(registry, out, **options)
        with job:
            job.extract_file(file, lambda done: None)
        return said != []

    assert [is_skipped(), is_skipped()] == [False, True]
    assert [is_skipped(timeout=7), is_skipped(timeout=7)] == [False, True]
    (output,) = out.glob("*.parquet")
    output.write_bytes(b"cut")
    assert [is_skipped(timeout=7), is_skipped(timeout=7)] == [False, True]
    mark = output.with_name(f"{output.name}.done")
    mark.write_text("{}")
    assert [is_skipped(timeout=7), is_skipped(timeout=7)] == [False, True]
    assert output.read_bytes()[:4] == b"PAR1"


def test_two_inputs_of_one_name_have_two_outputs(registry, tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        write_pages(tmp_path / name / "part-0.warc.gz", [make_body(ord(name))])
    job, _ = job_over(registry, tmp_path / "out")
    with job:
        for name in "ab":
            job.extract_file(tmp_path / name / "part-0.warc.gz", lambda done: None)
    titles = {row["title"] for row in rows_of(tmp_path / "out")}
    assert titles == {"बैठक 97 में प्रस्ताव", "बैठक 98 में प्रस्ताव"}


@pytest.mark.parametrize(
    ("name", "stem"),
    [("a.warc.gz", "a"), ("CC-NEWS-1.warc.zst", "CC-NEWS-1"), ("../x/.warc", "x-"), ("..", "pages"), ("ख़बर.WARC", "ख")],
)  # fmt: skip
def test_an_output_s_name_stays_in_its_folder(name, stem):
    output = name_output(name, "f" * 128)
    assert "/" not in output and not output.startswith(".") and stem in output
    assert output.endswith(f"-{'f' * 16}.parquet")


def test_the_longest_name_fits_in_a_file_system(registry, tmp_path):
    """Of letters of four bytes, which no file on a disk may have so many of: an address may."""
    file = write_pages(tmp_path / "x.warc.gz", [b""])
    job, _ = job_over(registry, tmp_path / "out")
    with job:
        job.extract_file(file, lambda done: None, f"https://x.in/{'𠀀' * 100}.warc.gz")
    assert len(list((tmp_path / "out").iterdir())) == 2


def test_a_temporary_file_of_another_user_is_left(tmp_path, monkeypatch):
    from khabar.bulk import page_files

    monkeypatch.setattr(page_files, "STALE_AFTER", 0)
    other = tmp_path / ".x.parquet.abc.tmp"
    other.touch()

    def refuse(self, mode):
        raise PermissionError(13, "Permission denied", str(self))

    with monkeypatch.context() as patch:
        patch.setattr(type(other), "open", refuse)
        page_files.remove_stale_files(tmp_path / "x.parquet")
    assert other.exists()
    page_files.remove_stale_files(tmp_path / "x.parquet")
    assert not other.exists()


HOSTILE = {  # a hang in Python ends as one in C does: `make bench-scale` has both
    "khabar-test-holds": "reading took over 1 CPU seconds",
    "khabar-test-dies": "the reader died: Abnormal termination",
    "khabar-test-eats": "reading took over 2048 MB, or more than `ulimit -v` allows",
}


def test_a_hostile_page_costs_its_row_which_says_so(registry, tmp_path, monkeypatch):
    monkeypatch.setattr(process, "extract_article", crashing_readers.provoked)
    words = ["", *HOSTILE, ""]
    bodies = [make_body(number, word) for number, word in enumerate(words)]
    file = write_pages(tmp_path / "x.warc.gz", bodies)
    job, said = job_over(registry, tmp_path / "out", timeout=1)
    with job:
        job.extract_file(file, lambda done: None)
    assert said == [] and job.counts == {"article": 2, "unreadable": 3}
    rows = rows_of(tmp_path / "out")
    assert [row["evidence"] for row in rows[1:-1]] == list(HOSTILE.values())
    assert {row["outcome"] for row in rows[1:-1]} == {"unreadable"}


def test_an_error_nobody_foresaw_costs_its_row_and_is_named(registry, tmp_path, monkeypatch):
    monkeypatch.setattr(process, "extract_article", crashing_readers.breaks)
    job, said = job_over(registry, tmp_path / "out")
    with job:
        job.extract_file(write_pages(tmp_path / "x.warc.gz", [make_body(1)]), lambda done: None)
    assert job.broken == 1 and len(said) == 1 and "KeyError: 'odd page'" in said[0]
    (row,) = rows_of(tmp_path / "out")
    assert (row["outcome"], row["evidence"]) == ("unreadable", "the reader raised KeyError")


def test_all_hosts_are_read_with_the_generic_reader(editions, tmp_path):
    files, folder, _ = editions
    khabar = Khabar(settle_in(tmp_path), "", NOW)
    run = khabar(
        "extract", str(files[0]), "--to", str(tmp_path / "out"), "--all-hosts", "--workers", "1"
    )
    assert (run.code, run.err) == (0, "") and "known source" not in run.out
    rows = rows_of(tmp_path / "out")
    strangers = [row for row in rows if row["page_url"].startswith("https://www.unknown.example/")]
    assert len(strangers) > 10 and {row["source"] for row in strangers} == {"unknown-example"}
    assert sum(row["outcome"] == "article" for row in strangers) > 8
    ours = {row["page_url"]: row for row in rows if row["source"] != "unknown-example"}
    for row in rows_of(folder):
        if row["page_url"] in ours and not row["rights"]["noai"]:
            assert ours[row["page_url"]] == row


def test_what_is_broken_is_named_and_ends_with_1_and_nothing_to_read_with_2(tmp_path):
    khabar, out = Khabar(settle_in(tmp_path), "", NOW), str(tmp_path / "out")
    maker = Maker(zipped=False)
    for number in range(3):
        maker.add(f"http://www.savera.newsroom.test/2026/11/panna-{number}/", make_body(number))
    data = maker.bytes()
    data[maker.offsets[1] : maker.offsets[1] + 8] = b"XXXXXXXX"
    (tmp_path / "x.warc").write_bytes(data)
    (tmp_path / "y.jsonl").write_text('{"url": 1}\n')
    run = khabar("extract", str(tmp_path / "x.warc"), "--to", out)
    assert (run.code, run.out) == (1, "2 article, 1 broken\n")
    assert run.err == f"khabar: {tmp_path}/x.warc: byte {maker.offsets[1]}: no record begins here\n"
    run = khabar("extract", str(tmp_path / "y.jsonl"), "--to", out)
    assert (run.code, run.out, run.err.count("\n")) == (2, "", 1)
    run = khabar("extract", str(tmp_path / "y.jsonl"), str(tmp_path / "x.warc"), "--to", out)
    assert run.code == 1 and "done already" in run.out
    assert khabar("extract", str(tmp_path / "no.warc"), "--to", out).code == 2
    assert khabar("extract", "x.warc", "y.warc").code == 2
    assert khabar("extract", "x.warc", "--json", "--to", out).code == 2


def test_a_disk_that_takes_no_more_is_named_and_nothing_is_left(tmp_path):
    """A limit of the size of files stands for it; and a folder that cannot be one."""
    file = write_pages(tmp_path / "x.warc.gz", [make_body(1)])
    khabar = Khabar(settle_in(tmp_path), "", NOW)
    command = [sys.executable, "-m", "commands", "extract", str(file), "--workers", "1"]
    script = f"ulimit -f 1; exec {shlex.join([*command, '--to', str(tmp_path / 'out')])}"
    environment = khabar.environment() | {"PYTHONDONTWRITEBYTECODE": "1"}  # else cut modules
    run = subprocess.run(
        ["bash", "-c", script], env=environment, cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 2 and run.stderr.count("\n") == 1
    assert run.stderr.startswith(f"khabar: {tmp_path}/out: cannot be written: File too large")
    assert list((tmp_path / "out").iterdir()) == []
    refused = khabar("extract", str(file), "--to", str(file / "out"))
    assert refused.code == 2
    assert refused.err.startswith(f"khabar: {file}/out: cannot be made: Not a directory")


def test_a_story_on_several_pages_has_a_row_for_each(editions):
    rows = [row for row in rows_of(editions[1]) if SEVERAL_PAGES in row["page_url"]]
    assert len(rows) > 1 and any(row["previous_url"] for row in rows)
    assert any(row["next_url"] for row in rows)
