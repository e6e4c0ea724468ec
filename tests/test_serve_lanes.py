"""Costly requests wait for their own kind; a page without a lane waits for none of them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from khabar.web.lanes import _make_lanes, limit_costly_requests


class SlowSite:
    """An ASGI application that notes which paths are under way, and answers a path when it is released."""

    def __init__(self) -> None:
        self.under_way: list[str] = []
        self.release = asyncio.Event()
        self.sent = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.under_way.append(scope["path"])
        if scope["path"] == "/broken":
            raise ValueError
        if scope["path"] != "/a/7":
            await self.release.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await self.sent.wait()  # a visitor who reads slowly
        await send({"type": "http.response.body", "body": b""})


async def drop(message: Any) -> None:
    """A client that wants nothing."""


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def ask(site: Any, path: str) -> asyncio.Task[None]:
    return asyncio.create_task(site({"type": "http", "path": path}, None, drop))


@pytest.mark.parametrize("lane", _make_lanes(), ids=lambda lane: lane.path.pattern)
def test_a_kind_waits_for_itself_and_for_nobody_else(lane: Any) -> None:
    paths = [
        "/search.csv",
        "/archive",
        "/archive/articles",
        "/a/7/changes",
        "/search",
        "/suggest.json",
        "/",
        "/chart/word.svg",
    ]
    (path, *_) = [path for path in paths if lane.path.fullmatch(path)]

    async def run() -> None:
        slow = SlowSite()
        site = limit_costly_requests(slow)
        costly = [ask(site, path) for _ in range(lane.limit + 2)]
        await settle()
        assert slow.under_way == [path] * lane.limit
        light = ask(site, "/a/7")
        await settle()
        assert slow.under_way[-1] == "/a/7"
        slow.release.set()
        await settle()
        assert slow.under_way.count(path) == lane.limit + 2, (
            "the answer is ready: a slow reader keeps no lane"
        )
        slow.sent.set()
        await asyncio.gather(*costly, light)

    asyncio.run(run())


def test_a_request_that_fails_or_is_given_up_leaves_its_lane() -> None:
    async def run() -> None:
        slow = SlowSite()
        site = limit_costly_requests(slow)
        given_up = ask(site, "/search.csv")
        await settle()
        given_up.cancel()
        await settle()
        ask(site, "/search.csv")
        waiting = ask(site, "/search.csv")
        await settle()
        assert slow.under_way.count("/search.csv") == 2
        waiting.cancel()  # while it waits
        await settle()
        slow.release.set()
        slow.sent.set()
        await ask(site, "/search.csv")

    asyncio.run(run())
