"""A site of a test's own on loopback, under a .newsroom.test name, with its source file: any pages, one feed."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from conftest import Khabar

HOST = "pages.newsroom.test"
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def source_toml(languages: tuple[str, ...] = ("hi",), extra: str = "") -> str:
    listed = ", ".join(f'"{code}"' for code in languages)
    return f"""
key = "pages"
name = "पन्ने"
name_en = "Pages"
homepage = "http://{HOST}/"
hosts = ["{HOST}"]
status = "on"
languages = [{listed}]
delay = 0.0
{extra}
[[feeds]]
url = "http://{HOST}/feed.xml"
[article]
pattern = "/page/"
"""


def feed(paths: list[str]) -> bytes:
    items = "".join(f"<item><link>http://{HOST}{path}</link></item>" for path in paths)
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title>{items}</channel></rss>'.encode()


@contextmanager
def serving(
    pages: Mapping[str, bytes], folder: Path, languages: tuple[str, ...] = ("hi",)
) -> Iterator[Khabar]:
    """Serves path → html, and a feed of all paths; yields `khabar` set up for it."""
    bodies = {"/feed.xml": feed(list(pages)), "/robots.txt": b"User-agent: *\nAllow: /\n", **pages}
    with serving_log(bodies, folder, languages) as (khabar, _):
        yield khabar


@contextmanager
def serving_log(
    answers: Mapping[str, object], folder: Path, languages: tuple[str, ...] = ("hi",)
) -> Iterator[tuple[Khabar, list[str]]]:
    """Serves path → body, (body, headers) or (status, where it leads); yields `khabar` and the paths asked for."""
    log: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            log.append(self.path)
            told = answers.get(self.path)
            body, headers, status = told, {}, 200 if told is not None else 404
            if isinstance(told, tuple) and isinstance(told[0], int):
                body, headers, status = b"", {"Location": told[1]}, told[0]
            elif isinstance(told, tuple):
                body, headers = told
            self.send_response(status)
            kind = (
                "application/rss+xml" if self.path.endswith(".xml") else "text/html; charset=utf-8"
            )
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body or b"")))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *args: object) -> None:
            """Quiet."""

    sources = folder / "sources"
    sources.mkdir(parents=True)
    (sources / "pages.toml").write_text(source_toml(languages), encoding="utf-8")
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
