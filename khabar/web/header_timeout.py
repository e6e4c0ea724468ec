"""uvicorn's HTTP protocol with a time limit for request headers, against slow-header attacks."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

# Seconds from the first byte of a request (or from connecting) to the end of its header. uvicorn
# itself has no limit. Chosen by hand, not measured.
HEADER_TIME = 10.0
# Simultaneous connections; further ones are answered with 503. Incomplete requests count, for at
# most HEADER_TIME. Chosen by hand, not measured.
MAX_CONNECTIONS = 200


class HeaderTimeoutProtocol(H11Protocol):
    """Closes a connection that does not send a complete header within HEADER_TIME."""

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
        """Returns True between the end of a request's header and the end of its response."""
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
