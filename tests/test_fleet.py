"""Sixty sources in one run: each host is asked one thing at a time at its own pace, and none waits for another."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from statistics import median
from typing import NamedTuple

import pytest
from conftest import Khabar
from local_site import NOW

from khabar.archive import open_archive

HOSTS = [f"paper{number:02}.newsroom.test" for number in range(60)]
PAUSED = HOSTS[7]
DELAY = 1.5  # seconds, as live sources have it
SHORTEST_GAP = (
    DELAY - 0.05
)  # a request is logged when it is handed on, up to a twentieth of a second off
STORIES = 3
PARAGRAPH = (
    "कस्बे की पुरानी बावड़ी की सफ़ाई इस बार पंचायत ने नहीं, स्कूल के बच्चों ने की। छह दिन में उन्होंने सत्रह टोकरे "
    "मिट्टी निकाली और सीढ़ियों पर चूने से नंबर लिखे ताकि अगली बरसात में पानी का उतार लिखा जा सके।"
)


class Asked(NamedTuple):
    """One request as the server saw it; seconds of its own clock."""

    host: str
    path: str
    came: float
    answered: float


def toml(host: str) -> str:
    key = host.partition(".")[0]
    return f"""
key = "{key}"
name = "{key}"
name_en = "{key}"
homepage = "http://{host}/"
hosts = ["{host}"]
status = "on"
delay = {DELAY}
[[feeds]]
url = "http://{host}/feed.xml"
[article]
pattern = "/khabar/"
"""


def body_of(host: str, path: str) -> bytes:
    if path == "/robots.txt":
        return b"User-agent: *\nAllow: /\n"
    if path == "/feed.xml":
        links = "".join(
            f"<item><link>http://{host}/khabar/{number}</link></item>" for number in range(STORIES)
        )
        return f'<rss version="2.0"><channel>{links}</channel></rss>'.encode()
    words = f"<p>{host} {path}: {PARAGRAPH}</p><p>{PARAGRAPH} {path}</p>"
    return f"<html lang=hi><head><title>बावड़ी {host}{path}</title></head><article><h1>बावड़ी {path}</h1>{words}".encode()


class Press(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[Asked] = []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Press

    def do_GET(self) -> None:
        came, host = time.monotonic(), self.headers["Host"].partition(":")[0]
        time.sleep(
            0.03 + sum(map(ord, self.path)) % 5 / 50
        )  # an answer takes its time, another on another path
        refuses = host == PAUSED and self.path.startswith("/khabar/")
        body = b"" if refuses else body_of(host, self.path)
        self.send_response(429 if refuses else 200)
        self.send_header(
            "Content-Type", "text/html; charset=utf-8" if "khabar" in self.path else "text/plain"
        )
        self.send_header("Content-Length", str(len(body)))
        if refuses:
            self.send_header("Retry-After", "3600")
        self.end_headers()
        self.server.asked.append(Asked(host, self.path, came, time.monotonic()))
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    """(the server's log, our log as (host, second), URL → outcome of every article page) of one crawl."""
    folder = tmp_path_factory.mktemp("fleet")
    (folder / "sources").mkdir()
    for host in HOSTS:
        (folder / "sources" / f"{host.partition('.')[0]}.toml").write_text(
            toml(host), encoding="utf-8"
        )
    (folder / "khabar.toml").write_text(
        'contact = "https://tests.newsroom.test"\nsource_folders = ["sources"]\n'
    )
    with Press() as press:
        threading.Thread(target=press.serve_forever, daemon=True).start()
        khabar = Khabar(folder / "archive.db", f"127.0.0.1:{press.server_port}", NOW)
        run = khabar("crawl")
        press.shutdown()
    assert (run.code, run.err) == (0, "")
    with open_archive(khabar.archive) as archive:
        ours = archive.db.execute("select host, at from fetches").fetchall()
        ends = dict(
            archive.db.execute("select url, outcome from pages where kind = 'page'").fetchall()
        )
    return press.asked, ours, ends


def by_host(asked: list[Asked]) -> dict[str, list[Asked]]:
    found: dict[str, list[Asked]] = defaultdict(list)
    for one in sorted(asked, key=lambda one: one.came):
        found[one.host].append(one)
    return found


def test_every_source_was_read(fleet):
    _, _, ends = fleet
    read = [url for url, outcome in ends.items() if outcome == "article"]
    assert len(read) == (len(HOSTS) - 1) * STORIES
    assert [url for url in read if PAUSED in url] == []


def test_never_two_requests_in_flight_to_one_host(fleet):
    asked, *_ = fleet
    hosts = by_host(asked)
    assert hosts.keys() == set(HOSTS)
    assert [
        (one, other)
        for told in hosts.values()
        for one, other in pairwise(told)
        if other.came < one.answered
    ] == []


def test_never_sooner_than_the_delay_after_the_last(fleet):
    """By our own log, from one request to the next."""
    asked, ours, *_ = fleet
    assert len(ours) == len(asked)
    times: dict[str, list[datetime]] = defaultdict(list)
    for host, at in ours:
        times[host].append(datetime.fromisoformat(at))
    gaps = [
        (other - one).total_seconds()
        for told in times.values()
        for one, other in pairwise(sorted(told))
    ]
    assert len(gaps) > len(HOSTS) * STORIES
    assert min(gaps) >= SHORTEST_GAP


def test_the_server_s_clock_says_the_same(fleet):
    """Over all requests of a host: a thread that wakes late on a busy machine hides one gap, not five."""
    asked, *_ = fleet
    for told in by_host(asked).values():
        assert told[-1].came - told[0].came >= (len(told) - 2) * DELAY


def test_hosts_are_asked_side_by_side_and_nobody_waits_for_the_paused_one(fleet):
    """Between two requests of a host most others are asked: one host after the other would have none between."""
    asked, *_ = fleet
    *first, last = [one.path for one in by_host(asked)[PAUSED]]
    assert first == ["/robots.txt", "/feed.xml", "/.well-known/tdmrep.json"] and last.startswith(
        "/khabar/"
    )
    in_order = [one.host for one in sorted(asked, key=lambda one: one.came)]
    between = []
    for host in set(HOSTS) - {PAUSED}:
        at = [number for number, other in enumerate(in_order) if other == host]
        between += [len(set(in_order[one + 1 : other])) for one, other in pairwise(at)]
    assert median(between) > len(HOSTS) / 3
