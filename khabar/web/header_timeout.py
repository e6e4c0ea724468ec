"""The server's protocol with a time limit on headers: a connection that brings no whole request
is closed.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_TIME = (
    # seconds from the first byte (or the connection) to the end of a header; uvicorn would wait for
    # ever
    10.0
)
# at once; more are answered with 503. Half-sent requests are among them, for HEADER_TIME at most
MAX_CONNECTIONS = 200


class HeaderTimeoutProtocol(H11Protocol):
    """uvicorn's own, which hangs up on a connection that brings no whole header in time."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._start_timer()

    def data_received(self, data: bytes) -> None:
        if not self._is_answering():
            self._start_timer()
        super().data_received(data)

    def handle_events(self) -> None:
        super().handle_events()
        if self._is_answering():
            self._stop_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def _is_answering(self) -> bool:
        """Whether a whole header has come and its answer is under way."""
        return self.cycle is not None and not self.cycle.response_complete

    def _start_timer(self) -> None:
        if self._deadline is None:
            self._deadline = asyncio.get_running_loop().call_later(
                HEADER_TIME, self.transport.close
            )

    def _stop_timer(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
