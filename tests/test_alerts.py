"""Alerts: a line each on stderr, one POST for all, never twice, and no alert URL can hurt a run."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from health_fixtures import HOUR, Press, page_row

from commands import alerts
from khabar.archive import health
from khabar.model.items import Outcome


class Hook:
    """An alert URL on loopback. `status` and `wait` are what it answers with; `taken` what it was told."""

    def __init__(self) -> None:
        self.taken: list[dict] = []
        self.status, self.wait = 204, 0.0
        self.url = ""


@contextmanager
def listening() -> Iterator[Hook]:
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hook.taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            time.sleep(hook.wait)
            self.send_response(hook.status)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    hook.url = f"http://127.0.0.1:{server.server_port}/hook"
    yield hook
    server.shutdown()
    server.server_close()


@pytest.fixture
def hook() -> Iterator[Hook]:
    with listening() as one:
        yield one


@pytest.fixture
def broken(tmp_path) -> Press:
    """Two sources that broke in the run just ended; nobody was told yet."""
    press = Press(tmp_path / "archive.db")
    run = health.start_run(press.db, press.now, press.keys)
    for key in ("kagaz", "kalam"):
        visit = press.document(key, Outcome.SERVER_ERROR)
        health.count_visit(press.db, run, visit, visit.outcome, None, page_row(True))
    health.finish_run(press.db, run, press.now, "finished")
    return press


def tell(press: Press, url: str = "") -> None:
    alerts.send_alerts(press.db, press.path, url, press.now)


def test_each_is_a_line_on_stderr_once(broken, capsys):
    tell(broken)
    told = capsys.readouterr()
    assert told.out == "" and [line.split(":")[0:2] for line in told.err.splitlines()] == [
        ["khabar", " kagaz newly broken"],
        ["khabar", " kalam newly broken"],
    ]
    tell(broken)
    assert capsys.readouterr().err == ""


def test_all_are_one_post_once(broken, hook):
    for _ in range(2):
        tell(broken, hook.url)
    (post,) = hook.taken
    assert [alert["source"] for alert in post["alerts"]] == ["kagaz", "kalam"]
    assert {alert["state"] for alert in post["alerts"]} == {"broken"} and post["archive"] == str(
        broken.path
    )
    assert len(post["text"].splitlines()) == 2 and "0 of 1 feeds" in post["text"]


@pytest.mark.parametrize("status", [404, 500])
def test_a_post_that_fails_is_said_once_and_tried_again(broken, hook, capsys, status):
    hook.status = status
    tell(broken, hook.url)
    assert str(status) in capsys.readouterr().err.splitlines()[-1]
    tell(broken, hook.url)
    assert capsys.readouterr().err == ""
    hook.status = 200
    broken.now += HOUR
    tell(broken, hook.url)
    tell(broken, hook.url)
    assert len(hook.taken) == 3


def test_what_no_url_took_in_days_is_history(broken, hook):
    broken.now += 100 * HOUR
    tell(broken, "")
    tell(broken, hook.url)
    assert hook.taken == []


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/", "http://no-such-host.invalid/", "http://[::1"]
)
def test_nobody_there(url):
    assert alerts.post_alerts(url, Path("archive.db"), [])


def test_one_that_never_answers_is_left_after_ten_seconds(hook, monkeypatch):
    assert alerts.PATIENCE == 10
    monkeypatch.setattr(alerts, "PATIENCE", 0.3)
    hook.wait = 5  # seconds: an answer that was waited for would be a good one, and no fault
    assert "no answer in" in str(alerts.post_alerts(hook.url, Path("archive.db"), []))


def test_a_run_that_died_before_it_could_tell_leaves_it_to_the_next(broken, capsys):
    broken.now += HOUR
    run = health.start_run(broken.db, broken.now, broken.keys)
    health.finish_run(broken.db, run, broken.now, "finished")
    tell(broken)
    assert len(capsys.readouterr().err.splitlines()) == 2
    assert health.list_newly_broken(broken.db, run) == []
