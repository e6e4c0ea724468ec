"""kill -9 in the middle of a crawl, then again: everything once, nothing orphaned."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT, Khabar, settle_in
from sqlite_utils.utils import sqlite3

from archive import ArchiveError, open_archive
from newsroom.expected import expected_articles
from newsroom.server import EDITION_ONE, Newsroom


def _children(pid: int) -> list[int]:
    """Every process below this one."""
    told = [path.read_text() for path in Path("/proc").glob("[0-9]*/stat") if path.exists()]
    parents = {int(line.split()[0]): int(line.rpartition(")")[2].split()[1]) for line in told}
    below, frontier = [], [pid]
    while frontier:
        frontier = [child for child, parent in parents.items() if parent in frontier]
        below += frontier
    return below


def _alive(pid: int) -> bool:
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def _articles(path: Path) -> int:
    if not path.exists():
        return 0
    try:
        with open_archive(path) as archive:
            return archive.db.execute("select count(*) from articles").fetchone()[0]
    except (ArchiveError, sqlite3.Error):  # the file is being made
        return 0


@pytest.mark.parametrize("after", [1, 12, 25], ids=lambda n: f"after-{n}-articles")
def test_killed_and_resumed(tmp_path, after):
    archive = settle_in(tmp_path)
    with Newsroom(EDITION_ONE) as newsroom:
        khabar = Khabar(archive, newsroom.address, EDITION_ONE)
        run = subprocess.Popen([sys.executable, "-m", "crawler.cli", "crawl"], env=khabar.environment(), cwd=ROOT)
        deadline = time.monotonic() + 60
        while _articles(archive) < after and time.monotonic() < deadline and run.poll() is None:
            time.sleep(0.02)
        workers = _children(run.pid)
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
        assert workers, "the reading worker was not seen: the test did not test"
        stop = time.monotonic() + 5
        while any(map(_alive, workers)) and time.monotonic() < stop:
            time.sleep(0.05)
        assert not any(map(_alive, workers)), "a worker outlived its crawl"
        again = khabar("crawl")
        assert (again.code, again.err) == (0, "")
    with open_archive(archive) as held:
        urls = [row["url"] for row in held.db.query("select url from articles")]
        revisions = held.db.execute("select count(*) from revisions").fetchone()[0]
        kept = held.db.execute("select count(*) from pages where state = 'fetched'").fetchone()[0]
    assert sorted(urls) == sorted(one.url for one in expected_articles(EDITION_ONE))
    assert revisions == len(urls)
    assert kept == 0
