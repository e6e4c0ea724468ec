"""kill -9 in the middle of a crawl, then again: everything once, nothing orphaned."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from command_runner import PATIENCE, Khabar
from conftest import settle_in, settle_in_unhurried
from sqlite_utils.utils import sqlite3

from khabar.archive import ArchiveError, open_archive
from khabar.hindi.india_time import IST
from khabar.model import schedule
from newsroom.expected import expected_articles
from newsroom.server import EDITION_ONE, Newsroom

SHORTLY, LATER = timedelta(seconds=20), timedelta(minutes=5)


def children_of(pid: int) -> list[int]:
    """Every process below this one."""
    told = [path.read_text() for path in Path("/proc").glob("[0-9]*/stat") if path.exists()]
    parents = {int(line.split()[0]): int(line.rpartition(")")[2].split()[1]) for line in told}
    below, frontier = [], [pid]
    while frontier:
        frontier = [child for child, parent in parents.items() if parent in frontier]
        below += frontier
    return below


def is_alive(pid: int) -> bool:
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def _kept(path: Path) -> set[str]:
    """Pages whose body the archive has: never to be asked for again in this crawl."""
    if not path.exists():
        return set()
    try:
        with open_archive(path) as archive:
            return {url for (url,) in archive.db.execute("select url from snapshots")}
    except (ArchiveError, sqlite3.Error):  # the file is being made
        return set()


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
        run = khabar.start("crawl")
        deadline = time.monotonic() + PATIENCE
        while _articles(archive) < after and time.monotonic() < deadline and run.poll() is None:
            time.sleep(0.02)
        workers = children_of(run.pid)
        run.kill()
        assert workers, "the reading worker was not seen: the test did not test"
        stop = time.monotonic() + PATIENCE
        while any(map(is_alive, workers)) and time.monotonic() < stop:
            time.sleep(0.05)
        assert not any(map(is_alive, workers)), "a worker outlived its crawl"
        khabar.now += LATER  # what a busy machine noted late is due by then
        again = khabar("crawl")
        assert (again.code, again.err) == (0, "")
    with open_archive(archive) as held:
        urls = [row["url"] for row in held.db.query("select url from articles")]
        revisions = held.db.execute("select count(*) from revisions").fetchone()[0]
        kept = held.db.execute("select count(*) from pages where state = 'fetched'").fetchone()[0]
    assert sorted(urls) == sorted(one.url for one in expected_articles(EDITION_ONE))
    assert revisions == len(urls)
    assert kept == 0


@pytest.mark.slow
def test_killed_twenty_times_in_one_crawl(tmp_path):
    """At any moment: after so many more answers of the newsroom, or so many milliseconds, whichever comes first."""
    archive, chance, soon = settle_in_unhurried(tmp_path), Random(20), _due_again_soon(bulk=300)
    with Newsroom(EDITION_ONE, bulk=300) as newsroom:
        khabar = Khabar(archive, newsroom.address, EDITION_ONE)
        for _ in range(20):
            known, begun = _kept(archive) - soon, len(newsroom.log)
            khabar.now += SHORTLY
            _kill_at_random(khabar, newsroom, chance)
            assert not known & {f"http://{one.host}{one.path}" for one in newsroom.log[begun:]}
            assert _orphans(archive) == []
        known, begun = _kept(archive) - soon, len(newsroom.log)
        khabar.now += LATER
        end = khabar("crawl")
        assert (end.code, end.err) == (0, "")
        assert not known & {f"http://{one.host}{one.path}" for one in newsroom.log[begun:]}
        calm = Khabar(settle_in(tmp_path / "calm"), newsroom.address, EDITION_ONE)
        assert calm("crawl").code == 0
    with open_archive(calm.archive) as held:
        told = [url for (url,) in held.db.execute("select url from articles")]
    with open_archive(archive) as held:
        urls = [url for (url,) in held.db.execute("select url from articles")]
        revisions = held.db.execute("select count(*) from revisions").fetchone()[0]
        waiting = held.db.execute("select count(*) from pages where state = 'fetched'").fetchone()[
            0
        ]
        whole = held.db.execute("pragma integrity_check").fetchone()[0]
    assert sorted(urls) == sorted(told) and len(urls) > 200
    assert (revisions, waiting, whole) == (len(urls), 0, "ok")
    assert _orphans(archive) == []


def _due_again_soon(bulk: int) -> set[str]:
    """Articles whose next age falls into these minutes: they may be asked for again, having been stored."""
    moments = {
        one.url: datetime.fromisoformat(one.published_at)
        for one in expected_articles(EDITION_ONE, bulk)
    }
    born = {url: at if at.tzinfo else at.replace(tzinfo=IST) for url, at in moments.items()}
    until = EDITION_ONE + 20 * SHORTLY + 2 * LATER
    return {
        url
        for url, at in born.items()
        if (again := schedule.next_revisit(at, EDITION_ONE)) and again < until
    }


def _kill_at_random(khabar: Khabar, newsroom: Newsroom, chance: Random) -> None:
    """Only once it has asked for something: a kill before that is no kill in a crawl."""
    begun = len(newsroom.log)
    run = khabar.start("crawl")
    answers, deadline = chance.randrange(1, 20), time.monotonic() + PATIENCE
    while len(newsroom.log) == begun and time.monotonic() < deadline:
        time.sleep(0.005)
    last = time.monotonic() + chance.uniform(0, 3)
    while len(newsroom.log) < begun + answers and time.monotonic() < last:
        time.sleep(0.002)
    time.sleep(chance.uniform(0, 0.03))
    assert run.poll() is None, (
        f"it had ended by itself after {len(newsroom.log) - begun} answers of {len(newsroom.log)}"
    )
    run.kill()


def _orphans(path: Path) -> list[str]:
    """Pages marked done as articles without their article, and articles no page stands for."""
    with open_archive(path) as archive:
        rows = archive.db.execute(
            """select url from pages p where outcome = 'article' and kind = 'page'
              and not exists (select 1 from articles a where a.id = p.article_id)
            union all select url from articles a where not exists (select 1 from pages p where p.article_id = a.id)"""
        )
        return [url for (url,) in rows]
