"""The end of a run: after its budget or SIGTERM only answers on the wire are awaited, and nothing is lost."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from command_runner import PATIENCE, Khabar
from local_site import HOST, NOW, feed, source_toml

from crawler.queue import PER_HOST
from khabar.archive import open_archive
from khabar.archive.store.links import LINKS_PER_SLICE

PAGES = [f"/page/{number}" for number in range(10)]
DELAY = 1.0
PAGE = "<html><body><h1>सूचना</h1><p>आज छुट्टी है।</p></body></html>".encode()


@contextmanager
def site(
    folder: Path, robots: str = "", document: bytes | None = None, delay: float = DELAY
) -> Iterator:
    """A site with a delay; yields (khabar, its log of (time, path))."""
    log: list[tuple[float, str]] = []
    bodies = {
        "/feed.xml": document or feed(PAGES),
        "/robots.txt": f"User-agent: *\n{robots}Allow: /\n".encode(),
        **dict.fromkeys(PAGES, PAGE),
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            log.append((time.monotonic(), self.path))
            body = bodies.get(self.path)
            self.send_response(200 if body is not None else 404)
            xml = self.path.endswith(".xml")
            self.send_header("Content-Type", "text/xml" if xml else "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *args: object) -> None:
            """Quiet."""

    (folder / "sources").mkdir(parents=True)
    text = source_toml().replace("delay = 0.0", f"delay = {delay}")
    if document:
        text = text.replace("[[feeds]]", "[[news_sitemaps]]")
    (folder / "sources" / "pages.toml").write_text(text, encoding="utf-8")
    (folder / "khabar.toml").write_text(
        'contact = "https://tests.newsroom.test"\nsource_folders = ["sources"]\n'
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Khabar(folder / "archive.db", f"127.0.0.1:{server.server_port}", NOW), log
    finally:
        server.shutdown()
        server.server_close()


def rows(khabar: Khabar, sql: str) -> list[tuple]:
    with open_archive(khabar.archive) as archive:
        return archive.db.execute(sql).fetchall()


def untouched(khabar: Khabar) -> int:
    """Pages that are due as they were noted: never asked for, no try, no outcome, no evidence."""
    return rows(
        khabar,
        """select count(*) from pages where kind = 'page' and state = 'new' and next_at is not null
        and tries = 0 and last_asked is null and outcome is null and evidence = ''""",
    )[0][0]


def end_by_signal(khabar: Khabar, log: list) -> None:
    """SIGTERM after the first page."""
    run, deadline = khabar.start("crawl"), time.monotonic() + PATIENCE
    while not any(path in PAGES for _, path in log) and time.monotonic() < deadline:
        time.sleep(0.02)
    run.send_signal(signal.SIGTERM)
    assert run.wait() == 0


def assert_nothing_was_lost(khabar: Khabar, log: list, delay: float = DELAY) -> None:
    """What was asked for was asked at its delay; the rest waits as if there had been no run."""
    asked = [path for _, path in log if path in PAGES]
    named = rows(khabar, "select count(*) from pages where kind = 'page'")[0][0]
    assert len(asked) < len(PAGES) and untouched(khabar) == named - len(asked)
    assert rows(khabar, "select count(*) from fetches where status = 0") == [(0,)]
    times = [when for when, path in log if path != "/robots.txt"]
    gaps = [later - earlier for earlier, later in zip(times, times[1:], strict=False)]
    assert all(gap >= delay - 0.05 for gap in gaps)


def test_after_its_budget_a_run_sends_nothing(tmp_path):
    with site(tmp_path) as (khabar, log):
        run = khabar("crawl", "--budget", "4s")
        assert (run.code, run.err) == (0, "")
        assert_nothing_was_lost(khabar, log)


def test_after_sigterm_a_run_sends_nothing(tmp_path):
    with site(tmp_path, delay=3.0) as (khabar, log):
        end_by_signal(khabar, log)
        assert sum(path in PAGES for _, path in log) < PER_HOST, "what waited was sent"
        assert_nothing_was_lost(khabar, log, 3.0)


def test_a_crawl_delay_is_not_awaited(tmp_path):
    with site(tmp_path, "Crawl-delay: 300\n") as (khabar, log):
        begun = time.monotonic()
        run = khabar("crawl", "--budget", "2s")
        assert time.monotonic() - begun < 200, "it waited to ask for the feed"
        assert (run.code, run.out) == (0, "")
        assert [path for _, path in log] == ["/robots.txt"]
        assert rows(khabar, "select state, tries, last_asked from pages") == [("new", 0, None)]


def test_the_next_run_asks_for_what_was_left(tmp_path):
    with site(tmp_path) as (khabar, log):
        assert khabar("crawl", "--budget", "6s").code == 0
        first = [path for _, path in log if path in PAGES]
        assert len(first) < len(PAGES)
        file = tmp_path / "sources" / "pages.toml"
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace(f"delay = {DELAY}", "delay = 0.0"), encoding="utf-8")
        khabar.now += timedelta(minutes=1)
        assert khabar("crawl").code == 0
    assert sorted(path for _, path in log if path in PAGES) == PAGES
    done = "select count(*) from pages where kind = 'page' and state = 'done'"
    assert rows(khabar, done) == [(len(PAGES),)]


def test_a_long_document_is_left_between_slices(tmp_path):
    count = 200 * LINKS_PER_SLICE  # more than MAX_LINKS of a sitemap: the first 50,000 are read
    entries = "".join(f"<url><loc>http://{HOST}/page/{n}</loc></url>" for n in range(count // 2))
    document = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'
    with site(tmp_path, document=document.encode(), delay=0.0) as (khabar, _):
        run, deadline = khabar.start("crawl", "--limit", "1"), time.monotonic() + PATIENCE
        known = "select count(*) from pages where kind = 'page'"
        while time.monotonic() < deadline:
            time.sleep(0.05)
            try:
                if rows(khabar, known)[0][0]:
                    break
            except Exception:  # noqa: BLE001  the archive is being made
                continue
        run.send_signal(signal.SIGTERM)
        assert run.wait() == 0
        saved = rows(khabar, known)[0][0]
        assert saved % LINKS_PER_SLICE == 0 and 0 < saved < count // 2
        due = "select state, outcome, last_asked from pages where kind = 'sitemap'"
        assert rows(khabar, due) == [("new", None, None)]
