"""What one visitor may cost the others: long addresses, many parameters, requests that are never finished."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from command_runner import PATIENCE

from khabar.web import header_timeout, make_site
from khabar.web.access import MAX_PARAMETERS, MAX_QUERY_BYTES, AccessPolicy
from tests.archive_fixtures import ArchiveBuilder, article

SHORTLY = 1.0  # seconds instead of ten


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    desk = ArchiveBuilder(tmp_path_factory.mktemp("limits") / "archive.db")
    desk.read(article())
    desk.archive.close()
    return desk.path


@pytest.fixture(scope="module")
def address(path: Path) -> Iterator[tuple[str, int]]:
    """A server in a thread of this process, as `khabar serve` sets it up."""
    patched = pytest.MonkeyPatch()
    patched.setattr(header_timeout, "HEADER_TIME", SHORTLY)
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(make_site(path, AccessPolicy()), http=header_timeout.HeaderTimeoutProtocol, log_level="warning",
                            limit_concurrency=header_timeout.MAX_CONNECTIONS, timeout_keep_alive=5)  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield listening.getsockname()
    server.should_exit = True
    thread.join(PATIENCE)
    patched.undo()


def url(address: tuple[str, int], query: str = "") -> str:
    return f"http://127.0.0.1:{address[1]}/archive/article_list.json{query}"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?" + "&".join(f"a{n}=1" for n in range(MAX_PARAMETERS)), 200),
        ("?" + "&".join(f"a{n}=1" for n in range(MAX_PARAMETERS + 1)), 400),
        ("?" + "&" * 2000, 400),
        ("?q=" + "a" * (MAX_QUERY_BYTES - 2), 200),
        ("?q=" + "a" * MAX_QUERY_BYTES, 414),
    ],
)
def test_an_address_that_asks_for_too_much_is_refused(
    address: tuple[str, int], query: str, status: int
) -> None:
    assert httpx.get(url(address, query), timeout=PATIENCE).status_code == status


def half_sent(address: tuple[str, int], begin: bytes) -> socket.socket:
    client = socket.create_connection(address, timeout=PATIENCE)
    client.sendall(begin)
    return client


def is_closed(client: socket.socket) -> bool:
    """Waits for the server to hang up."""
    try:
        while client.recv(4096):
            pass
    except ConnectionError:
        pass
    return True


BEGUN = b"GET /archive/article_list.json HTTP/1.1\r\nHost: 127.0.0.1\r\n"


@pytest.mark.parametrize(
    "begin",
    [b"", b"GET ", BEGUN, BEGUN + b"X-Slow: a"],
    ids=["nothing", "a word", "a line", "a header"],
)
def test_who_sends_no_whole_header_is_hung_up_on(address: tuple[str, int], begin: bytes) -> None:
    begun = time.monotonic()
    with half_sent(address, begin) as client:
        assert is_closed(client)
    assert time.monotonic() - begun > SHORTLY / 2


def test_nor_who_begins_a_second_request_and_leaves_it(address: tuple[str, int]) -> None:
    with half_sent(address, BEGUN + b"\r\n") as client:
        assert client.recv(4096).startswith(b"HTTP/1.1 200")
        client.sendall(BEGUN)
        assert is_closed(client)


def test_an_answer_that_takes_its_time_is_not_cut_off(address: tuple[str, int]) -> None:
    slow = "?sql=with+recursive+n(i)+as+(select+1+union+all+select+i%2B1+from+n+where+i<9000000)+select+count(*)+from+n"
    assert httpx.get(
        url(address).replace("/article_list", "") + slow, timeout=PATIENCE
    ).status_code in (200, 400)


def test_others_are_answered_beside_a_hundred_half_sent_requests(address: tuple[str, int]) -> None:
    waiting = [half_sent(address, BEGUN) for _ in range(100)]
    assert httpx.get(url(address), timeout=PATIENCE).status_code == 200
    assert all(map(is_closed, waiting))
    for client in waiting:
        client.close()


def test_more_than_it_can_carry_are_told_so_and_later_are_served_again(
    address: tuple[str, int],
) -> None:
    waiting = [half_sent(address, BEGUN) for _ in range(header_timeout.MAX_CONNECTIONS)]
    assert httpx.get(url(address), timeout=PATIENCE).status_code == 503
    assert all(map(is_closed, waiting))
    for client in waiting:
        client.close()
    assert httpx.get(url(address), timeout=PATIENCE).status_code == 200


def test_many_at_once_are_all_answered(address: tuple[str, int]) -> None:
    async def ask() -> list[int]:
        async with httpx.AsyncClient(timeout=PATIENCE) as client:
            return [
                answer.status_code
                for answer in await asyncio.gather(*(client.get(url(address)) for _ in range(60)))
            ]

    assert asyncio.run(ask()) == [200] * 60
