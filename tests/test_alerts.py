"""Alerts: a line each on stderr, one POST for all, never twice, and no alert URL can hurt a run."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_string
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO

import pytest
from health_fixtures import HOUR, Press, page_row

from commands import alerts
from khabar.archive import health
from khabar.archive.health import Alert
from khabar.model.config import ConfigError, Settings, read_config
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


def tell(press: Press, url: str = "", **settings: str) -> None:
    alerts.send_alerts(press.db, press.path, Settings(alert_url=url, **settings), press.now)


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
    assert alerts.post_alerts(Settings(alert_url=url), Path("archive.db"), [])


def test_one_that_never_answers_is_left_after_ten_seconds(hook, monkeypatch):
    assert alerts.PATIENCE == 10
    monkeypatch.setattr(alerts, "PATIENCE", 0.3)
    hook.wait = 5  # seconds: an answer that was waited for would be a good one, and no fault
    assert "no answer in" in str(
        alerts.post_alerts(Settings(alert_url=hook.url), Path("archive.db"), [])
    )


def test_a_run_that_died_before_it_could_tell_leaves_it_to_the_next(broken, capsys):
    broken.now += HOUR
    run = health.start_run(broken.db, broken.now, broken.keys)
    health.finish_run(broken.db, run, broken.now, "finished")
    tell(broken)
    assert len(capsys.readouterr().err.splitlines()) == 2
    assert health.list_newly_broken(broken.db, run) == []


# --- other shapes, e-mail, the heartbeat ---


def test_a_template_gives_the_post_another_shape(broken, hook):
    tell(broken, hook.url, alert_body='{"content": "{{count}} of {{archive}}: {{text}}"}')
    (post,) = hook.taken
    assert post["content"].startswith(f"2 of {broken.path}: kagaz newly broken")
    assert len(post["content"].splitlines()) == 2


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('alert_body = \'{"a": "{{txt}}"}\'', "{{txt}} is none of archive, count, text"),
        ("alert_body = '{\"a\": {{text}}}'", "no JSON"),
        ('alert_email = "nobody"', "no e-mail address"),
        ('smtp_url = "mail.example.in"', "smtp_url"),
        ('heartbeat_url = "ping"', "heartbeat_url"),
        ('clock = "yesterday"', "clock"),
    ],
)
def test_settings_that_could_not_work_are_refused(tmp_path, line, words):
    (tmp_path / "khabar.toml").write_text(f"{line}\n")
    with pytest.raises(ConfigError, match=words):
        read_config(tmp_path / "archive.db", {})


class MailServer:
    """An SMTP server on loopback that takes messages, or answers DATA with `refusal`."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.refusal = ""
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"smtp://127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return  # closed by the test
            with connection, connection.makefile("rb") as file:
                self.talk(connection, file)

    def talk(self, connection: socket.socket, file: BinaryIO) -> None:
        connection.sendall(b"220 here\r\n")
        while line := file.readline():
            verb = line[:4].upper().strip()
            if verb == b"DATA" and self.refusal:
                answer = self.refusal
            elif verb == b"DATA":
                connection.sendall(b"354 go on\r\n")
                lines = b"".join(iter(file.readline, b".\r\n"))
                self.messages.append(lines.decode())
                answer = "250 taken"
            else:
                answer = "221 bye" if verb == b"QUIT" else "250 ok"
            connection.sendall(f"{answer}\r\n".encode())
            if verb == b"QUIT":
                return


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    yield server
    server.socket.close()


def test_alerts_are_mailed_once(broken, mail_server):
    settings = {"alert_email": "desk@akhbar.co.in", "smtp_url": mail_server.url}
    for _ in range(2):
        tell(broken, **settings)
    (text,) = mail_server.messages
    message = message_from_string(text, policy=default)
    assert message["To"] == "desk@akhbar.co.in"
    assert message["Subject"].startswith("khabar: kagaz newly broken") and "and 1 more" in message["Subject"]  # fmt: skip
    assert "kalam newly broken" in message.get_content()


def test_a_mail_that_fails_does_not_post_again(broken, hook, mail_server, capsys):
    mail_server.refusal = "452 no room"
    settings = {"alert_email": "desk@akhbar.co.in", "smtp_url": mail_server.url}
    tell(broken, hook.url, **settings)
    assert "alert_email" in capsys.readouterr().err
    mail_server.refusal = ""
    broken.now += HOUR
    tell(broken, hook.url, **settings)
    assert len(hook.taken) == 1 and len(mail_server.messages) == 1


def test_a_heartbeat_that_nobody_takes_is_a_line(capsys):
    alerts.send_heartbeat("http://127.0.0.1:9/")
    assert capsys.readouterr().err.startswith("khabar: heartbeat_url: ")


def test_a_password_is_not_sent_in_the_clear(mail_server, monkeypatch):
    monkeypatch.setattr(alerts, "is_loopback", lambda host: False)  # as if it were another machine
    url = mail_server.url.replace("smtp://", "smtp://desk:secret@")
    settings = Settings(alert_email="desk@akhbar.co.in", smtp_url=url)
    alert = Alert(1, 1, "2026-11-24T09:00:00Z", "kagaz", "broken", "date", True, True, False)
    assert "no encryption" in str(alerts.mail_alerts(settings, Path("archive.db"), [alert]))
    assert mail_server.messages == []
