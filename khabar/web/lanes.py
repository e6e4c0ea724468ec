"""Concurrency limits for costly requests, by kind, so that pages of articles and sources never
wait for them.

A request occupies a place in its lane until the first byte of its response is sent: by then the
response is complete, so a client that reads slowly blocks nobody. `python -m benchmarks web_load`
measures how long a small page waits beside each kind of costly request.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

Message = MutableMapping[str, Any]
Application = Callable[
    [Message, Callable[..., Any], Callable[[Message], Awaitable[None]]], Awaitable[None]
]

# SQLite threads of Datasette: seven for the places of all lanes, seven for pages without a lane.
# Chosen by hand; benchmarks/web_load.py checks it (a small page is delayed at most 100 ms at p99).
SQL_THREADS = 14


@dataclass
class Lane:
    """Requests whose path matches `path`, of which `limit` run at a time."""

    path: re.Pattern[str]
    limit: int
    turn: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self.turn = asyncio.Semaphore(self.limit)


def _make_lanes() -> list[Lane]:
    """Returns the lanes, of which the first match applies. The limits are for two cores, see
    `python -m benchmarks web_load`.
    """
    return [
        Lane(re.compile(r".*\.(csv|atom|png)"), 1),  # whole lists, PNG charts
        Lane(re.compile(r"/archive(\.json)?"), 1),  # the visitor's SQL
        Lane(re.compile(r"/archive/.*"), 1),  # tables, canned queries
        Lane(re.compile(r"/a/\d+/changes|/beside/.*"), 1),  # word diffs
        Lane(re.compile(r"/search(\.json)?"), 2),
        Lane(re.compile(r"/suggest\.json"), 2),
        Lane(
            re.compile(r"/|/sources|/charts|/chart/.*|/compare(/.*)?|/health"), 1
        ),  # counts over the whole archive
    ]


def limit_costly_requests(application: Application) -> Application:
    """Wraps an ASGI application so that requests wait for a place in their lane."""
    lanes = _make_lanes()

    async def run_in_lane(
        scope: Message, receive: Callable[..., Any], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        lane = next((lane for lane in lanes if lane.path.fullmatch(scope.get("path", ""))), None)
        if scope["type"] != "http" or lane is None:
            await application(scope, receive, send)
            return
        await lane.turn.acquire()
        waiting = True

        async def send_and_leave(message: Message) -> None:
            nonlocal waiting
            if waiting:
                waiting = False
                lane.turn.release()
            await send(message)

        try:
            await application(scope, receive, send_and_leave)
        finally:
            if waiting:
                lane.turn.release()

    return run_in_lane
