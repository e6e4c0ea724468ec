"""When a crawl asks the frontier, when a pool starts a worker, when the log of requests is written."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from archive_fixtures import ArchiveBuilder, article

from crawler import queue
from crawler.queue import RequestQueue
from crawler.request_log import MAX_UNWRITTEN, RequestLog
from khabar.archive.frontier import due
from khabar.processing.workers import WorkerPool, report_ready

HOME = "http://www.kagaz.newsroom.test/news"


@pytest.fixture
def desk(tmp_path):
    return ArchiveBuilder(tmp_path / "archive.db")


def test_the_frontier_is_asked_when_a_page_is_finished_or_a_second_has_passed(desk, monkeypatch):
    looks, time = [], SimpleNamespace(now=100.0)
    select = due.select_due
    monkeypatch.setattr(queue, "monotonic", lambda: time.now)
    monkeypatch.setattr(
        due, "select_due", lambda *args, **told: looks.append(time.now) or select(*args, **told)
    )
    desk.note(*(f"{HOME}/{number}" for number in range(6)))
    line = RequestQueue(("kagaz",))
    entries = [entry for entry in line.next_batch(desk.db, desk.now) if entry.kind == "page"]
    assert entries and len(looks) == 1
    assert not list(line.next_batch(desk.db, desk.now)) and len(looks) == 1
    line.finish_entry(entries[0].id)
    list(line.next_batch(desk.db, desk.now))
    assert len(looks) == 2
    time.now += 0.5
    assert not list(line.next_batch(desk.db, desk.now)) and len(looks) == 2
    time.now += queue.LOOK_INTERVAL
    list(line.next_batch(desk.db, desk.now))
    assert len(looks) == 3


def test_with_nothing_in_flight_the_frontier_is_always_asked(desk):
    """Else a run would end with pages that became due a moment ago."""
    line = RequestQueue(("kagaz",))
    for entry in list(line.next_batch(desk.db, desk.now)):
        line.finish_entry(entry.id)
        desk.db.execute("update pages set next_at = null")
    assert not list(line.next_batch(desk.db, desk.now))
    desk.note(f"{HOME}/1")
    assert [entry.url for entry in line.next_batch(desk.db, desk.now)] == [f"{HOME}/1"]


def test_a_run_waits_for_short_pauses_and_a_minute_in_all(desk, monkeypatch):
    """A host that asks for 25 seconds again and again gets them twice."""
    time = SimpleNamespace(now=100.0)
    monkeypatch.setattr(queue, "monotonic", lambda: time.now)
    desk.note(f"{HOME}/1")
    host, line = "www.kagaz.newsroom.test", RequestQueue(("kagaz",))
    later = [desk.now + timedelta(seconds=seconds) for seconds in range(200)]
    assert not line.awaits_pause(desk.db, {host: later[61]}, desk.now)
    assert not line.awaits_pause(desk.db, {host: desk.now}, desk.now)
    assert not line.awaits_pause(
        desk.db, {"other.example": later[5]}, desk.now
    )  # nothing is due there
    assert line.awaits_pause(desk.db, {host: later[25]}, desk.now)
    time.now += 24
    assert line.awaits_pause(desk.db, {}, desk.now)  # whatever the clock says, which may be set
    time.now += 2
    assert not line.awaits_pause(desk.db, {host: later[25]}, later[26])
    assert line.awaits_pause(desk.db, {host: later[51]}, later[26])
    time.now += 26
    assert not line.awaits_pause(desk.db, {host: later[77]}, later[52])
    assert line.awaits_pause(desk.db, {host: later[60]}, later[52])


def test_nothing_due_is_waited_for_behind_a_pause(desk):
    line = RequestQueue(("kagaz",))
    for entry in list(line.next_batch(desk.db, desk.now)):
        line.finish_entry(entry.id)
        desk.db.execute("update pages set next_at = null")
    pauses = {"www.kagaz.newsroom.test": desk.now + timedelta(seconds=9)}
    assert not line.awaits_pause(desk.db, pauses, desk.now)


def test_a_run_that_requests_nothing_more_waits_for_no_pause(desk):
    desk.note(f"{HOME}/1")
    line, pauses = (
        RequestQueue(("kagaz",)),
        {"www.kagaz.newsroom.test": desk.now + timedelta(seconds=9)},
    )
    assert line.awaits_pause(desk.db, pauses, desk.now)
    line.stop()
    assert not line.awaits_pause(desk.db, pauses, desk.now)


def test_a_worker_starts_when_each_has_a_task_that_waits():
    async def run(count: int) -> int:
        pool = WorkerPool(3)
        with pool:
            tasks = [
                asyncio.ensure_future(pool.run(report_ready, (), 60)) for _ in range(count)
            ]  # fmt: skip
            await asyncio.sleep(0)
            started = len(pool._workers)
            assert all(await asyncio.gather(*tasks))
        return started

    assert [asyncio.run(run(count)) for count in (0, 1, 2, 3, 5, 9)] == [0, 1, 1, 2, 3, 3]


def test_a_response_is_logged_with_its_page_and_any_other_at_once(desk):
    log = RequestLog(lambda: datetime(2026, 11, 24, tzinfo=UTC), "Khabar", desk.archive, desk.run)

    def answer(url: str, **meta: object) -> None:
        request = SimpleNamespace(url=url, meta={"reason": "page", **meta})
        log.record_response(request, SimpleNamespace(status=200, body=b"x"))

    def logged() -> list[str]:
        return [row["url"] for row in desk.rows("select url from fetches order by id")]

    answer(f"{HOME}/1", entry=1)
    assert logged() == []
    log.write()
    assert logged() == [f"{HOME}/1"]
    answer(f"{HOME}/2", entry=2)
    answer("http://www.kagaz.newsroom.test/robots.txt", reason="robots")
    assert logged() == [f"{HOME}/1", f"{HOME}/2", "http://www.kagaz.newsroom.test/robots.txt"]
    for number in range(MAX_UNWRITTEN):
        answer(f"{HOME}/3", entry=number)
    assert len(logged()) == 3 + MAX_UNWRITTEN
    desk.read(article(f"{HOME}/4"))
    log.record_failure(SimpleNamespace(url=f"{HOME}/5", meta={}), OSError("reset"))
    assert desk.rows("select error from fetches where status = 0") == [{"error": "OSError: reset"}]
