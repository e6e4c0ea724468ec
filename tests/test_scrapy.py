"""Plain Scrapy keeps working."""

from __future__ import annotations

import subprocess
import sys

from command_runner import PATIENCE
from conftest import ROOT, Khabar, settle_in

from khabar.archive import open_archive
from newsroom.server import EDITION_ONE, Newsroom


def scrapy(khabar: Khabar, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scrapy", *args], env=khabar.environment(), cwd=ROOT,
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip


def test_list_names_every_live_source():
    done = scrapy(Khabar(ROOT / "archive.db", "", EDITION_ONE), "list")
    assert done.returncode == 0
    assert {"jagran", "bhaskar", "amarujala", "livehindustan", "navbharattimes", "aajtak"} <= set(
        done.stdout.split()
    )


def test_crawl_of_one_source(tmp_path):
    archive = settle_in(tmp_path)
    with Newsroom(EDITION_ONE) as newsroom:
        done = scrapy(
            Khabar(archive, newsroom.address, EDITION_ONE),
            "crawl",
            "vyapar",
            "-s",
            "LOG_LEVEL=ERROR",
        )
    assert done.returncode == 0, done.stderr
    with open_archive(archive) as held:
        sources = {row["source"] for row in held.db.query("select distinct source from articles")}
    assert sources == {"vyapar"}


def test_fetch_goes_through_the_guards_and_leaves_no_archive(tmp_path):
    archive = settle_in(tmp_path)
    with Newsroom(EDITION_ONE) as newsroom:
        khabar = Khabar(archive, newsroom.address, EDITION_ONE)
        done = scrapy(khabar, "fetch", "--nolog", "http://www.savera.newsroom.test/")
        assert "सवेरा" in done.stdout
        assert any(path == "/robots.txt" for _, _, path, *_ in newsroom.log)
    assert not archive.exists()
