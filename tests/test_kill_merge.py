"""kill -9 in the middle of a merge: said again, the same comes out as if nothing had happened."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from archive_fixtures import HOME, START, ArchiveBuilder, article
from command_runner import PATIENCE, Khabar
from export_fixtures import prose
from test_merge import told

from khabar.archive import ArchiveError, open_archive
from khabar.archive.upkeep.verify import CheckContext, run_checks

ARTICLES = 500  # of each shard, a third of them in both
NOW = START + timedelta(days=30)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shards(tmp_path_factory) -> list[Path]:
    root, made = tmp_path_factory.mktemp("shards"), []
    for nth, first in enumerate((0, ARTICLES * 2 // 3)):
        desk = ArchiveBuilder(root / f"{nth}.db")
        desk.now = START + timedelta(days=nth)
        for number in range(first, first + ARTICLES):
            desk.read(
                article(f"{HOME}/news/{number}", prose(number, 60 + nth), title=f"समाचार {number}")
            )
        desk.archive.close()
        made.append(desk.path)
    return made


@pytest.fixture(scope="module")
def whole(shards, tmp_path_factory) -> tuple[dict, float]:
    """What an undisturbed merge makes of them, and the seconds it takes."""
    path = tmp_path_factory.mktemp("whole") / "archive.db"
    begun = time.monotonic()
    assert Khabar(path, "", NOW)("merge", *map(str, shards)).code == 0
    return told(path), time.monotonic() - begun


def articles(path: Path) -> int:
    try:
        with open_archive(path) as held:
            return held.db.execute("select count(*) from articles").fetchone()[0]
    except ArchiveError:  # not there, or being made
        return 0


@pytest.fixture(scope="module")
def middles() -> list[int]:
    """How many articles stood when each kill fell."""
    return []


@pytest.mark.parametrize("nth", range(10))
def test_killed_and_said_again(shards, whole, middles, tmp_path, nth):
    expected, seconds = whole
    path = tmp_path / "archive.db"
    khabar = Khabar(path, "", NOW)
    run = khabar.start("merge", *map(str, shards))
    deadline = time.monotonic() + PATIENCE
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(Random(nth).uniform(nth, nth + 1) * seconds * 0.8 / 10)
    run.kill()
    middles.append(articles(path))
    again = khabar("merge", *map(str, shards))
    assert (again.code, again.err) == (0, "")
    assert told(path) == expected
    with open_archive(path) as archive:
        assert run_checks(CheckContext(archive, NOW)) == []


def test_the_kills_fell_in_the_middle(whole, middles):
    expected, _ = whole
    assert len({n for n in middles if 0 < n < len(expected["articles"])}) >= 3, middles
