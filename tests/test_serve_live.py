"""Datasette beside a crawl that writes fifty articles a second: no error, quick answers, fresh rows."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from conftest import ROOT

from tests.archive_fixtures import ArchiveBuilder
from tests.browser_fixtures import served
from tests.live_writer import write
from tests.web_archives import crowd

RATE, SECONDS = 50, 20
LANES = (
    "/",
    "/search?q=ताज़ा",
    "/archive/article_list.json?_shape=array",
    "/a/{newest}",
    "/account/x/nahar_dal",
    "/charts?q=ताज़ा",
)


@pytest.mark.slow
def test_datasette_answers_while_a_crawl_writes(tmp_path: Path) -> None:
    desk = ArchiveBuilder(tmp_path / "archive.db")
    for day in range(1, 21):
        crowd(desk, 1000, f"2026-10-{day:02}")
    write(desk, RATE, 0.1)  # so that the account is known
    desk.archive.close()
    times, newest, fresh = [], 0, 0
    writer = [sys.executable, "-m", "tests.live_writer", str(desk.path), str(RATE), str(SECONDS)]
    with (
        served(desk.path, "--no-token") as home,
        subprocess.Popen(writer, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writing,
        httpx.Client() as client,
    ):
        while writing.poll() is None:
            (row,) = client.get(
                f"{home}/archive.json?sql=select+max(id)+as+id+from+articles&_shape=array"
            ).json()
            fresh += row["id"] > newest
            newest = row["id"]
            for path in LANES:
                begun = time.perf_counter()
                answer = client.get(home + path.format(newest=newest))
                times.append(time.perf_counter() - begun)
                assert answer.status_code == 200, (path, answer.text[:500])
        assert writing.stdout
        written = int(writing.stdout.read())
    times.sort()
    p95 = times[int(len(times) * 0.95)]
    assert written > 0.9 * RATE * SECONDS
    assert fresh > 5 and len(times) > 100
    assert p95 < 0.2, (
        f"p95 {p95 * 1000:.0f} ms of {len(times)} answers beside {written / SECONDS:.0f} articles/s"
    )
