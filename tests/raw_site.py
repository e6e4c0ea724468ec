"""Newspapers on loopback that answer with bytes as a test gives them, and an operator's folder with a source file each."""

from __future__ import annotations

import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from conftest import Khabar
from sqlite_utils.utils import sqlite3

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ROBOTS = "User-agent: *\nAllow: /\n"
WORDS = "नगर बाज़ार पुल नहर बस अड्डा पुस्तकालय मेला चौराहा बिजली पानी स्कूल".split()
Answer = bytes | list[bytes | float] | None
Answerer = Callable[[str, dict[str, str]], Answer]


def http(body: bytes | str = b"", status: int = 200, kind: str = "text/html; charset=utf-8", **headers: str) -> bytes:  # fmt: skip
    """One answer as on the wire; `Some_Header=` becomes Some-Header."""
    body = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"Content-Type: {kind}"] if kind else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def story(number: int, head: str = "") -> bytes:
    """The page of an article; its headline carries the number."""
    text = "".join(
        f"<p>{' '.join(WORDS[(number * 7 + line * 5 + n) % len(WORDS)] for n in range(30))} पर {number}-{line} की बात हुई।</p>"
        for line in range(4)
    )
    title = f"ख़बर क्रमांक {number}: {WORDS[number % len(WORDS)]} और {WORDS[(number * 3 + 1) % len(WORDS)]}"
    return (
        f'<!doctype html><html lang="hi"><head><meta charset="utf-8"><title>{title}</title>{head}'
        f'<meta property="article:published_time" content="2026-11-24T10:00:{number % 60:02}+05:30"></head>'
        f"<body><article><h1>{title}</h1>{text}</article></body></html>"
    ).encode()


def rss(host: str, *paths: str) -> bytes:
    items = "".join(f"<item><link>http://{host}{path}</link></item>" for path in paths)
    xml = (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title>{items}</channel></rss>'
    )
    return http(xml, kind="application/rss+xml")


def sitemap(host: str, *paths: str, lastmod: str = "") -> bytes:
    more = f"<lastmod>{lastmod}</lastmod>" if lastmod else ""
    links = "".join(f"<url><loc>http://{host}{path}</loc>{more}</url>" for path in paths)
    return http(f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{links}</urlset>', kind="text/xml")  # fmt: skip


@dataclass
class RawSite:
    """The sites, their source files and the archive that is crawled from them. `log`: (run's time, host, path)."""

    folder: Path
    port: int = 0
    now: datetime = START
    routes: dict[tuple[str, str], Answer | Answerer] = field(default_factory=dict)
    log: list[tuple[datetime, str, str, dict[str, str]]] = field(default_factory=list)

    def add(self, key: str, feeds: tuple[str, ...] = ("/feed.xml",), news: tuple[str, ...] = (),
            archives: tuple[str, ...] = (), extra: str = "") -> str:  # fmt: skip
        """A newspaper; returns its host."""
        host = f"{key}.newsroom.test"
        listed = (("feeds", feeds), ("news_sitemaps", news), ("archive_sitemaps", archives))
        documents = "".join(f'[[{name}]]\nurl = "http://{host}{path}"\n' for name, paths in listed for path in paths)  # fmt: skip
        (self.folder / "sources").mkdir(exist_ok=True)
        (self.folder / "sources" / f"{key}.toml").write_text(
            f'key = "{key}"\nname = "{key}"\nname_en = "{key}"\nhomepage = "http://{host}/"\nhosts = ["{host}"]\n'
            f'status = "on"\ndelay = 0.0\n{extra}{documents}\n[article]\npattern = "/news/"\n',
            encoding="utf-8",
        )
        return host

    def on(self, host: str, path: str, answer: Answer | Answerer) -> None:
        self.routes[host, path] = answer

    def answer(self, host: str, path: str, headers: dict[str, str]) -> Answer:
        self.log.append((self.now, host, path, headers))
        answer = self.routes.get((host, path), self.routes.get((host, "*")))
        if callable(answer):
            answer = answer(path, headers)
        if answer is None and path == "/robots.txt":
            return http(ROBOTS, kind="text/plain")
        return http(b"none", 404) if answer is None else answer

    @property
    def khabar(self) -> Khabar:
        return Khabar(self.folder / "archive.db", f"127.0.0.1:{self.port}", self.now)

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)

    def rows(self, sql: str, *params: object) -> list[tuple]:
        db = sqlite3.connect(f"file:{self.folder / 'archive.db'}?mode=ro", uri=True)
        try:
            return db.execute(sql, params).fetchall()
        finally:
            db.close()

    def stored(self, host: str) -> set[str]:
        """The paths of a host that have an article."""
        start = len(f"http://{host}")
        sql = "select url from pages where host = ? and article_id is not null"
        return {url[start:] for (url,) in self.rows(sql, host)}

    def asked(self, host: str, since: datetime = START) -> list[tuple[datetime, str]]:
        """What was asked of a host, in order, without robots.txt and the like."""
        return [(at, path) for at, one, path, _ in self.log
                if one == host and at >= since and path != "/robots.txt" and not path.startswith("/.well-known/")]  # fmt: skip


@contextmanager
def serving(folder: Path, settings: str = "") -> Iterator[RawSite]:
    """Serves the sites until the block ends."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "khabar.toml").write_text(
        f'contact = "https://tests.newsroom.test"\nsource_folders = ["sources"]\n{settings}', encoding="utf-8"
    )  # fmt: skip
    site = RawSite(folder)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            _serve(site, self.request)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True
        request_queue_size = 128

    server = Server(("127.0.0.1", 0), Handler)
    site.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()  # fmt: skip
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()


def _serve(site: RawSite, connection) -> None:
    data = b""
    connection.settimeout(20)
    try:
        while b"\r\n\r\n" not in data:
            if not (got := connection.recv(65536)):
                return
            data += got
        first, *lines = data.split(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
        headers = {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in lines}
        host = headers.get("host", "").partition(":")[0]
        answer = site.answer(host, first.split(" ")[1], headers)
        for part in answer if isinstance(answer, list) else [answer]:
            if isinstance(part, bytes):
                connection.sendall(part)
            else:
                time.sleep(part)
    except OSError:
        pass
