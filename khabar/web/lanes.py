"""Lanes: costly requests wait for others of their own kind, so that the page of an article or a
source never does.

A request is in its lane from its start to the first byte of its answer: what is sent afterwards is
ready, and a slow reader stops nobody. `python -m benchmarks web_load` measures what a page waits
beside each kind.
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

# SQLite threads: what all lanes may use at once, and eight more for pages without a lane.
SQL_THREADS = 14


@dataclass
class Lane:
    """Requests whose path matches, `limit` at a time."""

    path: re.Pattern[str]
    limit: int
    turn: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self.turn = asyncio.Semaphore(self.limit)


def _make_lanes() -> list[Lane]:
    """The lanes; the first that matches counts. The limits are for two cores: see `python -m
    benchmarks web_load`.
    """
    return [
        Lane(re.compile(r".*\.(csv|atom|png)"), 1),  # whole lists, pictures
        # tables, prepared queries, SQL of the visitor's own
        Lane(re.compile(r"/archive([./].*)?"), 2),
        Lane(re.compile(r"/a/\d+/changes|/beside/.*"), 1),  # texts compared word by word
        Lane(re.compile(r"/search"), 2),
        Lane(re.compile(r"/|/charts|/chart/.*|/health"), 1),  # counts over the whole archive
    ]


def limit_costly_requests(application: Application) -> Application:
    """The ASGI application with lanes in front of it."""
    lanes = _make_lanes()

    async def in_lane(
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

    return in_lane
