"""Pretend newspapers on loopback for a long crawl: pages of invented words, some of them faulty."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random

KEYS = ("subah", "dopahar", "shaam", "raat")
SITEMAP_SIZE = 1000  # pages that one sitemap names
PARAGRAPHS, WORDS = 8, 40  # of an article
# One page of FAULT_EVERY is faulty, each time of the next site and with the next kind: 2 %.
FAULT_EVERY = 50
FAULTS = ("404", "maintenance", "empty", "cut", "503")
IDLE_LIMIT = 60.0  # seconds until the server closes an idle connection
# Every other word is one of these, so that the text is recognised as Hindi.
_COMMON_WORDS = (
    "के में की है और को से का पर ने भी कि यह इस एक नहीं हैं लिए हो कर कहा साथ था तो वह अपने किया गया"
).split()
_CONSONANTS, _VOWELS = "कखगचजटडतदनपबमरलवसह", ("", "ा", "ि", "ी", "ु", "े", "ो")


class SoakSites:
    """The sites: `count` pages over all hosts, page n on the host n modulo their number."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.begun = datetime.now(UTC)
        self.port = 0
        self.request_count = 0
        self._lock = threading.Lock()

    @property
    def address(self) -> str:
        """`127.0.0.1:PORT`, the format of KHABAR_NEWSROOM."""
        return f"127.0.0.1:{self.port}"

    @property
    def fault_count(self) -> int:
        return sum(find_fault(number) != "" for number in range(self.count))

    def sitemap_paths(self, site: int) -> list[str]:
        """Returns the paths of a site's sitemaps."""
        pages = len(range(site, self.count, len(KEYS)))
        return [f"/sitemap-{index}.xml" for index in range(-(-pages // SITEMAP_SIZE))]

    def answer(self, host: str, path: str) -> bytes:
        """Returns the bytes of a response; they are shorter than its Content-Length for a cut
        body.
        """
        with self._lock:
            self.request_count += 1
        site, name = KEYS.index(host.partition(".")[0]), path.rpartition("/")[2]
        if path == "/robots.txt":
            return make_response(b"User-agent: *\nAllow: /\n", kind="text/plain")
        if path.startswith("/sitemap-"):
            index = int(name.removeprefix("sitemap-").removesuffix(".xml"))
            return make_response(self._make_sitemap(site, index), kind="text/xml")
        if path == "/maintenance":
            return make_response("<title>रखरखाव</title><p>साइट का रखरखाव चल रहा है।".encode())
        if path.startswith("/news/"):
            return self._answer_page(int(name))
        return make_response(b"", "404 Not Found")

    def _answer_page(self, number: int) -> bytes:
        page = make_page(number, self._published_at(number))
        response = make_response(page)
        return {
            "404": make_response("<title>नहीं मिला</title>".encode(), "404 Not Found"),
            "maintenance": make_response(b"", "302 Found", Location="/maintenance"),
            "empty": make_response(b""),
            "cut": response[: -len(page) // 2],
            # Without the header the host is paused for longer than the crawl lasts.
            "503": make_response(b"busy", "503 Service Unavailable", Retry_After="1"),
        }.get(find_fault(number), response)

    def _published_at(self, number: int) -> datetime:
        return self.begun - timedelta(seconds=number % 80_000)

    def _make_sitemap(self, site: int, index: int) -> bytes:
        numbers = range(site, self.count, len(KEYS))[
            index * SITEMAP_SIZE : (index + 1) * SITEMAP_SIZE
        ]
        host = f"{KEYS[site]}.newsroom.test"
        entries = "".join(
            f"<url><loc>http://{host}/news/{number}</loc>"
            f"<lastmod>{self._published_at(number):%Y-%m-%dT%H:%M:%SZ}</lastmod></url>"
            for number in numbers
        )
        return (
            f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'
        ).encode()


def find_fault(number: int) -> str:
    """Returns the kind of a page's fault; an empty text for most."""
    turn, rest = divmod(number, FAULT_EVERY)
    return FAULTS[turn % len(FAULTS)] if rest == turn % len(KEYS) else ""


@cache
def make_vocabulary() -> list[str]:
    """Returns 5,000 invented words."""
    chance = Random(1)
    return [
        "".join(
            chance.choice(_CONSONANTS) + chance.choice(_VOWELS) for _ in range(chance.randint(2, 4))
        )
        for _ in range(5000)
    ]


def make_text(chance: Random, length: int) -> str:
    """Returns `length` words (an even number), every other one a common word."""
    pairs = zip(
        chance.choices(make_vocabulary(), k=length // 2),
        chance.choices(_COMMON_WORDS, k=length // 2),
        strict=True,
    )
    return " ".join(word for pair in pairs for word in pair)


def make_page(number: int, published: datetime) -> bytes:
    """Returns an article of 320 words, always the same for a number, with a menu and a footer."""
    words, chance = make_vocabulary(), Random(number)
    title = make_text(chance, 8)
    text = "".join(f"<p>{make_text(chance, WORDS)}।</p>\n" for _ in range(PARAGRAPHS))
    menu = "".join(
        f'<li><a href="/{index}/">{word}</a></li>' for index, word in enumerate(words[:40])
    )
    return (
        f'<!doctype html><html lang="hi"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta property="article:published_time" content="{published.isoformat()}"></head>'
        f"<body><nav><ul>{menu}</ul></nav><article><h1>{title}</h1>{text}</article>"
        f"<footer>{words[0]}</footer></body></html>"
    ).encode()


def make_response(
    body: bytes, status: str = "200 OK", kind: str = "text/html; charset=utf-8", **headers: str
) -> bytes:
    """Returns a response as sent; the connection stays open after it. Retry_After= becomes
    Retry-After.
    """
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", f"Content-Type: {kind}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def write_sources(folder: Path, sites: SoakSites) -> None:
    """Writes khabar.toml and a source file for each site."""
    (folder / "khabar.toml").write_text(
        'contact = "https://soak.newsroom.test"\nsource_folders = ["sources"]\n', encoding="utf-8"
    )
    (folder / "sources").mkdir()
    for site, key in enumerate(KEYS):
        host = f"{key}.newsroom.test"
        documents = "".join(
            f'[[news_sitemaps]]\nurl = "http://{host}{path}"\n'
            for path in sites.sitemap_paths(site)
        )
        (folder / "sources" / f"{key}.toml").write_text(
            f'key = "{key}"\nname = "{key}"\nname_en = "{key}"\nhomepage = "http://{host}/"\n'
            f'hosts = ["{host}"]\nstatus = "on"\ndelay = 0.0\n{documents}\n'
            '[article]\npattern = "/news/"\n',
            encoding="utf-8",
        )


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128


@contextmanager
def serve_sites(count: int) -> Iterator[SoakSites]:
    """Serves the sites, a thread for each connection, until the block ends."""
    sites = SoakSites(count)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                _serve_connection(sites, self.request)

    with _Server(("127.0.0.1", 0), Handler) as server:
        sites.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield sites
        finally:
            server.shutdown()
            thread.join()


def _serve_connection(sites: SoakSites, connection: socket.socket) -> None:
    """Answers requests until the client closes the connection, or after a cut body."""
    connection.settimeout(IDLE_LIMIT)
    data = b""
    while True:
        while b"\r\n\r\n" not in data:
            received = connection.recv(65536)
            if not received:
                return
            data += received
        head, _, data = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in lines}
        path = first.split(" ")[1]
        connection.sendall(sites.answer(headers["host"].partition(":")[0], path))
        if path.startswith("/news/") and find_fault(int(path.rpartition("/")[2])) == "cut":
            return
