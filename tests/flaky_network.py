"""A cable between a crawl and the newsroom, which a test can pull and plug in again."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Self

from newsroom.server import Newsroom


class Cable:
    """Listens on a port of its own and passes every byte on. `pulled` after so many connections, or by `pull()`."""

    def __init__(self, newsroom: Newsroom) -> None:
        host, _, port = newsroom.address.rpartition(":")
        self.end = host, int(port)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.wires: list[socket.socket] = []
        self.answers = 0  # pieces that came back so far
        self.pull_after: int | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.pull()

    def pull(self) -> None:
        """Nothing passes any more, and nobody answers."""
        for wire in [self.listener, *self.wires]:
            with suppress(OSError):
                wire.shutdown(socket.SHUT_RDWR)
            wire.close()
        self.wires.clear()

    def plug(self) -> None:
        self.pull_after = None
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(self.end)
                self.wires += [near, far]
                threading.Thread(target=self._pass, args=(near, far, False), daemon=True).start()
                threading.Thread(target=self._pass, args=(far, near, True), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, back: bool) -> None:
        with suppress(OSError):
            while piece := source.recv(1 << 16):
                target.sendall(piece)
                self.answers += back
                if self.pull_after is not None and self.answers >= self.pull_after:
                    self.pull()
        for wire in (source, target):
            with suppress(OSError):
                wire.close()
