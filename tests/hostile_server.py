"""A server without manners on loopback: answers with whatever bytes a test says, as slowly and as long as it says."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Self

Piece = bytes | float  # bytes to send, or seconds to wait
Answer = bytes | Callable[[], Iterator[Piece]]
RESET = b"reset the connection"
LONGEST = 20.0  # seconds: no answer goes on for longer, whatever a test forgot


def http(body: bytes = b"", status: int = 200, **headers: str) -> bytes:
    """A whole answer, well formed unless a header says otherwise (`Content_Length="9"` …)."""
    told = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Length": str(len(body)),
        "Connection": "close",
    }
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in told.items() if value)
    return f"HTTP/1.1 {status} Told\r\n{lines}\r\n".encode() + body


def drip(answer: bytes, pause: float = 0.2) -> Callable[[], Iterator[Piece]]:
    """The answer, one byte at a time."""

    def pieces() -> Iterator[Piece]:
        for number in range(len(answer)):
            yield answer[number : number + 1]
            yield pause

    return pieces


def endless(head: bytes, piece: bytes, most: int = 32 << 20) -> Callable[[], Iterator[Piece]]:
    """A beginning, then the same again and again: `most` bytes at the most."""

    def pieces() -> Iterator[Piece]:
        yield head
        for _ in range(most // len(piece)):
            yield piece

    return pieces


class Evil:
    """Serves (host, path) → answer; anything else is a 404. `log` holds every (host, path) asked for, in order."""

    def __init__(self, answers: Mapping[tuple[str, str], Answer]) -> None:
        self.answers = answers
        self.log: list[tuple[str, str]] = []
        self.server = ThreadingTCPServer(("127.0.0.1", 0), self._handler(), bind_and_activate=True)
        self.server.daemon_threads = True

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def _handler(self) -> type[StreamRequestHandler]:
        evil = self

        class Handler(StreamRequestHandler):
            def handle(self) -> None:
                with suppress(OSError):  # the crawler hung up: as it should
                    evil._answer(self.connection, self.rfile.readline(), _headers(self.rfile))

        return Handler

    def _answer(self, connection: socket.socket, line: bytes, headers: Mapping[str, str]) -> None:
        path = line.split(b" ")[1].decode("latin-1")
        host = headers.get("host", "").partition(":")[0]
        self.log.append((host, path))
        answer = self.answers.get((host, path), http(status=404))
        if answer == RESET:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        until = time.monotonic() + LONGEST
        for piece in [answer] if isinstance(answer, bytes) else answer():
            if time.monotonic() > until:
                return
            time.sleep(piece) if isinstance(piece, float) else connection.sendall(piece)


def _headers(lines: Iterator[bytes]) -> dict[str, str]:
    told = {}
    for line in lines:
        name, _, value = line.decode("latin-1").strip().partition(":")
        if not name:
            break
        told[name.lower()] = value.strip()
    return told


class Stumble:
    """A downloader middleware with a bug: an error nobody foresaw, at every address that ends in /stumble."""

    async def process_request(self, request: object) -> None:
        if str(request.url).endswith("/stumble"):  # type: ignore[attr-defined]
            raise RuntimeError("a bug of our own")
