"""A crawl watched on a terminal: a line that moves and counts, and what came of it at the end."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys

from conftest import ROOT, Khabar, settle_in_unhurried

from newsroom.server import EDITION_ONE, Newsroom


def seen(command: list[str], environment: dict[str, str]) -> tuple[int, str]:
    """The exit code, and everything a terminal of 100 columns was given, without its colours."""
    ours, theirs = pty.openpty()
    run = subprocess.Popen(command, env={**environment, "TERM": "xterm", "COLUMNS": "100"}, cwd=ROOT,
                           stdin=theirs, stdout=theirs, stderr=theirs)  # fmt: skip
    os.close(theirs)
    told = b""
    while True:
        try:
            told += os.read(ours, 4096)
        except OSError:  # Linux' word for: nobody holds the other end any more
            break
    os.close(ours)
    return run.wait(), re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", told.decode())


def test_a_crawl_counts_as_it_goes(tmp_path):
    archive = settle_in_unhurried(tmp_path / "khabar")
    with Newsroom(EDITION_ONE) as newsroom:
        khabar = Khabar(archive, newsroom.address, EDITION_ONE)
        code, told = seen(
            [sys.executable, "-m", "commands.__main__", "crawl", "vyapar"], khabar.environment()
        )
    assert code == 0 and "Traceback" not in told
    counts = [int(pages) for pages in re.findall(r"crawling (\d+) pages, \d+ articles", told)]
    assert counts == sorted(counts) and len(set(counts)) > 3
    assert re.search(r"\d+ new, 0 edited, \d+ unchanged; \d+ pages requested", told)
