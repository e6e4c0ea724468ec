"""HTTP server of the newsroom on loopback: all sites on one port, selected by the Host header."""

from __future__ import annotations

import sys
import threading
import time
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple, Self

from newsroom.dates import EDITION_ONE, EDITION_TWO
from newsroom.generated_articles import DEFAULT
from newsroom.responses import SiteResponse
from newsroom.site_server import SiteServer

__all__ = ["EDITION_ONE", "EDITION_TWO", "LoggedRequest", "Newsroom"]


class LoggedRequest(NamedTuple):
    """One request that the server got; `at` is the newsroom's time."""

    at: datetime
    host: str
    path: str
    status: int
    user_agent: str


class Newsroom:
    """Serves what is published at `now`, with `bulk` generated articles spread over the sites.

    `redesigned_sites`: keys of sites that switched to a new layout; `licensed_sites`: of those that
    have an RSL licence. Set them between two crawls.

    A context manager: `with Newsroom(EDITION_ONE) as newsroom:` listens on `newsroom.address` until
    the block ends.
    """

    def __init__(self, now: datetime, bulk: int = DEFAULT, port: int = 0) -> None:
        self.bulk, self.log = bulk, list[LoggedRequest]()
        self._redesigned: frozenset[str] = frozenset()
        self._licensed: frozenset[str] = frozenset()
        self._site_server = SiteServer(now, bulk)
        self._server = _NewsroomServer(("127.0.0.1", port), _make_handler(self))

    @property
    def address(self) -> str:
        """`127.0.0.1:PORT`, the format of KHABAR_NEWSROOM."""
        return f"127.0.0.1:{self._server.server_port}"

    @property
    def now(self) -> datetime:
        return self._site_server.now

    @now.setter
    def now(self, moment: datetime) -> None:
        self._site_server = SiteServer(moment, self.bulk, self._redesigned, self._licensed)

    @property
    def redesigned_sites(self) -> frozenset[str]:
        return self._redesigned

    @redesigned_sites.setter
    def redesigned_sites(self, keys: frozenset[str]) -> None:
        self._redesigned = keys
        self.now = self.now

    @property
    def licensed_sites(self) -> frozenset[str]:
        return self._licensed

    @licensed_sites.setter
    def licensed_sites(self, keys: frozenset[str]) -> None:
        self._licensed = keys
        self.now = self.now

    def get_response(self, host: str, target: str) -> SiteResponse:
        return self._site_server.get_response(host, target)

    def __enter__(self) -> Self:
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _NewsroomServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignores clients that disconnect or are killed."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def _make_handler(newsroom: Newsroom) -> type[BaseHTTPRequestHandler]:
    class NewsroomHandler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version, sys_version = "newsroom", ""

        def do_GET(self) -> None:
            host = self.headers.get("Host", "")
            response = newsroom.get_response(host, self.path)
            is_unchanged = response.is_unchanged(
                {name.title(): value for name, value in self.headers.items()}
            )
            if response.wait and not is_unchanged:
                time.sleep(response.wait)
            status = 304 if is_unchanged else response.status
            agent = self.headers.get("User-Agent", "")
            newsroom.log.append(
                LoggedRequest(newsroom.now, host.partition(":")[0], self.path, status, agent)
            )
            self._send_response(status, response)

        do_HEAD = do_GET

        def _send_response(self, status: int, response: SiteResponse) -> None:
            self.send_response(status)
            for name, value in response.build_headers().items():
                self.send_header(name, value)
            if status != 304:
                self.send_header("Content-Length", str(len(response.body)))
            self.end_headers()
            if status != 304 and self.command != "HEAD":
                self.wfile.write(response.body)

        def log_message(self, *args: object) -> None:
            """Prints nothing: requests are in `newsroom.log`."""

    return NewsroomHandler
