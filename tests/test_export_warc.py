"""The raw pages as WARC: valid for `warcio check`, and read back as they came."""

from __future__ import annotations

import subprocess
import sys

import pytest
from archive_fixtures import HOME, ArchiveBuilder, article
from export_fixtures import exported, prose
from warcio.archiveiterator import ArchiveIterator

from khabar.parsing.warc import iter_records

BODY = "<html><p>{}</p></html>"


@pytest.fixture
def made(tmp_path):
    """Two articles, one fetched three times with one edit; one page that forbids archives."""
    desk = ArchiveBuilder(tmp_path / "archive.db")
    for text in (prose(1), prose(1), prose(2)):
        desk.read(article(f"{HOME}/news/1", text), body=BODY.format(text).encode())
        desk.wait(days=1)
    desk.read(article(f"{HOME}/news/2", prose(3)), body=BODY.format(prose(3)).encode())
    desk.read(
        article(f"{HOME}/news/3", prose(4), rights={"noarchive": True}),
        body=BODY.format(prose(4)).encode(),
    )
    exported(desk.archive, tmp_path / "x", "warc")
    desk.archive.close()
    return tmp_path / "x" / "pages.warc.gz"


def test_warcio_finds_nothing_wrong(made):
    command = [
        sys.executable,
        "-c",
        "from warcio.cli import main; main()",
        "check",
        "-v",
        str(made),
    ]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0 and run.stdout.count("WARC-Record-ID") == 5, run.stdout
    assert "digest failed" not in run.stdout and "not pass" not in run.stdout


def test_records_are_the_snapshots(made):
    with made.open("rb") as file:
        records = [
            (
                record.rec_type,
                record.rec_headers.get_header("WARC-Target-URI"),
                record.rec_headers.get_header("WARC-Date"),
            )
            for record in ArchiveIterator(file)
        ]
        file.seek(0)
        first = next(iter(ArchiveIterator(file)))
        assert first.rec_headers.protocol == "WARC/1.1"
    one, two = f"{HOME}/news/1", f"{HOME}/news/2"
    assert records == [
        ("warcinfo", None, "2026-11-24T09:00:00Z"),
        ("response", one, "2026-11-24T09:00:00Z"),
        ("revisit", one, "2026-11-25T09:00:00Z"),
        ("response", one, "2026-11-26T09:00:00Z"),
        ("response", two, "2026-11-27T09:00:00Z"),
    ]


def test_our_own_import_reads_the_same_bytes(made):
    with made.open("rb") as file:
        bodies = [
            record.page.body.decode()
            for record in iter_records(file, 0, lambda url: "")
            if record.page
        ]
    assert bodies[0] == BODY.format(prose(1)) and bodies[-1] == BODY.format(prose(3))
    assert not any(prose(4) in body for body in bodies)
