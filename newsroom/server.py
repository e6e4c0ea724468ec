"""The newsroom on loopback: one quiet HTTP server, the sites told apart by their Host, on a clock the caller moves."""

from __future__ import annotations

import sys
import threading
import time
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple, Self

from newsroom.answers import Answer
from newsroom.bulk import DEFAULT
from newsroom.dates import EDITION_ONE, EDITION_TWO
from newsroom.press import Press

__all__ = ["EDITION_ONE", "EDITION_TWO", "Asked", "Newsroom"]


class Asked(NamedTuple):
    """One request as the newsroom saw it; `at` is the newsroom's own time."""

    at: datetime
    host: str
    path: str
    status: int
    user_agent: str


class Newsroom:
    """Serves what is printed at `now`; `bulk` generated articles are spread over the sites.

    `redesigned`: the keys of sites that have gone over to a new layout; set it between two crawls.

    A context manager: `with Newsroom(EDITION_ONE) as newsroom:` listens on `newsroom.address` until the block ends.
    """

    def __init__(self, now: datetime, bulk: int = DEFAULT, port: int = 0) -> None:
        self.bulk, self.log = bulk, list[Asked]()
        self._redesigned: frozenset[str] = frozenset()
        self._press = Press(now, bulk)
        self._server = _Server(("127.0.0.1", port), _handler(self))

    @property
    def address(self) -> str:
        """`127.0.0.1:PORT`, as KHABAR_NEWSROOM takes it."""
        return f"127.0.0.1:{self._server.server_port}"

    @property
    def now(self) -> datetime:
        return self._press.now

    @now.setter
    def now(self, moment: datetime) -> None:
        self._press = Press(moment, self.bulk, self._redesigned)

    @property
    def redesigned(self) -> frozenset[str]:
        return self._redesigned

    @redesigned.setter
    def redesigned(self, keys: frozenset[str]) -> None:
        self._redesigned = keys
        self.now = self.now

    def answer(self, host: str, target: str) -> Answer:
        return self._press.answer(host, target)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A reader who hangs up, or is killed, is no error of ours."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def _handler(newsroom: Newsroom) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version, sys_version = "newsroom", ""

        def do_GET(self) -> None:
            host = self.headers.get("Host", "")
            answer = newsroom.answer(host, self.path)
            unchanged = answer.unchanged_for({name.title(): value for name, value in self.headers.items()})
            if answer.wait and not unchanged:
                time.sleep(answer.wait)
            status = 304 if unchanged else answer.status
            agent = self.headers.get("User-Agent", "")
            newsroom.log.append(Asked(newsroom.now, host.partition(":")[0], self.path, status, agent))
            self._send(status, answer)

        do_HEAD = do_GET

        def _send(self, status: int, answer: Answer) -> None:
            self.send_response(status)
            for name, value in answer.headers().items():
                self.send_header(name, value)
            if status != 304:
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if status != 304 and self.command != "HEAD":
                self.wfile.write(answer.body)

        def log_message(self, *args: object) -> None:
            """Quiet: `newsroom.log` has it all."""

    return Handler
