"""Delay that one web request causes to others: `python -m benchmarks web_load`.

A server on an archive of 20,000 articles gets a request for a small page every 20 ms. At the same
time each kind of costly request is sent in turn, three at a time. A delay is the time of a small
page minus the median without load. Target: 100 ms at p99, 250 ms at most.
"""

from __future__ import annotations

import asyncio
import json
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median
from urllib.parse import quote

import click
import httpx

from benchmarks import fixtures_search
from khabar.archive import open_archive
from khabar.archive.database import transaction

ARTICLES, WORDS = 20_000, 300
LONG_PARAGRAPHS, LONG_WORDS = 400, 60  # of one article that was rewritten: 24,000 words
# seconds between requests of the small page, seconds of load of each kind, costly requests at once
PERIOD, SECONDS, AT_ONCE = 0.02, 8.0, 3
_SLOW_SQL = (
    "with recursive n(x) as (select 1 union all select x + 1 from n) "
    "select count(*) from n where x < 1e12"
)
_FOLD_SQL = "select+sum(length(hi_fold(text)))+from+article_list"


@dataclass(frozen=True, slots=True)
class Delays:
    """Delays of the small page beside one kind of request, in milliseconds, and the number of
    costly requests that got a response.
    """

    kind: str
    response_count: int
    p50: float
    p99: float
    maximum: float


def main() -> None:
    """Builds the archive, measures each kind of request and prints the table."""
    with tempfile.TemporaryDirectory(prefix="khabar-load-") as folder:
        path = Path(folder) / "archive.db"
        click.echo(f"building an archive of {ARTICLES:,} articles …", err=True)
        counts, _ = fixtures_search.count_words()
        fixtures_search.build_archive(path, fixtures_search.TextGenerator(counts, WORDS), ARTICLES)
        long, other, small = _add_long_articles(
            path, [word for word, _ in counts.most_common(5000)]
        )
        common = quote(counts.most_common(1)[0][0])
        click.echo(f"{'request':42} {'answered':>8} {'p50 ms':>7} {'p99 ms':>7} {'max ms':>7}")
        with _run_server(path) as home:
            asyncio.run(_print_table(home, f"/a/{small}", _costly_requests(common, long, other)))


async def _print_table(home: str, small: str, costly: dict[str, str]) -> None:
    async for delays in _measure_delays(home, small, costly):
        figures = f"{delays.p50:7.0f} {delays.p99:7.0f} {delays.maximum:7.0f}"
        click.echo(f"{delays.kind:42} {delays.response_count:8} {figures}")


def _costly_requests(common: str, long: int, other: int) -> dict[str, str]:
    """Returns kind of request → path."""
    parameters = "&".join(f"a{number}=1" for number in range(99))
    return {
        "front page": "/",
        "search, a common word": f"/search?q={common}",
        "search, best first": f"/search?q={common}&rank=1",
        "search as CSV": f"/search.csv?q={common}",
        "search as Atom": f"/search.atom?q={common}",
        "a long article": f"/a/{long}",
        "a long article as JSON": f"/a/{long}.json",
        "a long article's changes": f"/a/{long}/changes",
        "two long articles side by side": f"/beside/{long}/{other}",
        "charts of a common word": f"/charts?q={common}",
        "chart as PNG": f"/chart/word.png?q={common}",
        "health": "/health",
        "headlines": "/headlines",
        "a source's page": "/source/s1",
        "table as CSV": "/archive/article_list.csv",
        "table, 1,000 rows as JSON": "/archive/article_list.json?_size=max",
        "table with facets": "/archive/article_list?_facet=source&_facet=published_on",
        "table, text contains": "/archive/article_list?text__contains=qqqq",
        "SQL that never ends": f"/archive.json?sql={quote(_SLOW_SQL)}",
        "SQL of 10,000 wide rows": "/archive.json?sql=select+*+from+article_list+limit+10000",
        "SQL that folds long texts": f"/archive.json?sql={_FOLD_SQL}",
        "99 parameters": f"/archive/article_list?{parameters}",
        "8 KB of search": f"/search?q={quote('क ' * 450)}",
    }


def _add_long_articles(path: Path, words: list[str]) -> tuple[int, int, int]:
    """Makes two articles long, the first with every paragraph rewritten. Returns their ids and that
    of a small one.
    """
    chance = Random(5)
    paragraphs = [" ".join(chance.choices(words, k=LONG_WORDS)) for _ in range(LONG_PARAGRAPHS)]
    rewritten = [
        " ".join(
            word if chance.random() < 0.7 else chance.choice(words) for word in paragraph.split()
        )
        for paragraph in paragraphs
    ]
    with open_archive(path, write=True) as archive, transaction(archive.db):
        long, other, small = (
            id for (id,) in archive.db.execute("select id from articles order by id limit 3")
        )
        for number, text in ((long, rewritten), (other, paragraphs)):
            blocks = json.dumps(
                [{"type": "paragraph", "text": paragraph} for paragraph in text], ensure_ascii=False
            )
            archive.db.execute("update articles set text = ?, blocks = ? where id = ?",
                               ["\n\n".join(text), blocks, number])  # fmt: skip
        for number, revision, text in (
            (long, 1, paragraphs),
            (long, 2, rewritten),
            (other, 1, paragraphs),
            (small, 1, []),
        ):
            archive.db.execute(
                """insert into revisions
                  (article_id, revision, reason, seen_at, title, text, extractor_version)
                values (?, ?, 'crawl', '2026-11-20T01:00:00Z', 'x', ?, '')""",
                [number, revision, "\n\n".join(text)],
            )
    return long, other, small


@contextmanager
def _run_server(path: Path) -> Iterator[str]:
    command = [
        sys.executable,
        "-m",
        "commands",
        "--archive",
        str(path),
        "serve",
        "--no-token",
        "--port",
        "0",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        match = re.search(r"http://127\.0\.0\.1:\d+", server.stdout.readline())
        assert match, "the server did not start"
        try:
            yield match[0]
        finally:
            server.send_signal(signal.SIGINT)


async def _measure_delays(home: str, small: str, costly: dict[str, str]) -> AsyncIterator[Delays]:
    """Yields delays without load, then beside each kind of costly request, which another process
    sends.
    """
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(1) as pool:
        async with httpx.AsyncClient(base_url=home, timeout=60) as client:
            for _ in range(20):
                (await client.get(small)).raise_for_status()
            calm = median(await _time_small_page(client, small, 2.0))
            yield _summarise(
                "none",
                0,
                [duration - calm for duration in await _time_small_page(client, small, SECONDS)],
            )
            for kind, address in costly.items():
                load = loop.run_in_executor(pool, _send_load, home + address)
                times = await _time_small_page(client, small, SECONDS)
                yield _summarise(kind, await load, [duration - calm for duration in times])


def _summarise(kind: str, answered: int, delays: list[float]) -> Delays:
    ordered = sorted(1000 * max(delay, 0.0) for delay in delays)
    return Delays(
        kind, answered, median(ordered), ordered[int(0.99 * (len(ordered) - 1))], ordered[-1]
    )


def _send_load(address: str) -> int:
    """Sends one kind of request, AT_ONCE at a time, for SECONDS. Returns the number of
    responses.
    """
    return asyncio.run(_send_all(address, time.monotonic() + SECONDS))


async def _send_all(address: str, end: float) -> int:
    async with httpx.AsyncClient(timeout=60) as client:
        return sum(
            await asyncio.gather(*(_repeat_requests(client, address, end) for _ in range(AT_ONCE)))
        )


async def _repeat_requests(client: httpx.AsyncClient, address: str, end: float) -> int:
    """Sends requests until `end` (monotonic seconds). Returns the number of responses, whatever
    their status, including incomplete ones.
    """
    response_count = 0
    while time.monotonic() < end:
        # the response is cut off when SQL takes too long
        with suppress(httpx.RemoteProtocolError, httpx.ReadError):
            await client.get(address)
        response_count += 1
    return response_count


async def _time_small_page(client: httpx.AsyncClient, address: str, seconds: float) -> list[float]:
    """Returns the seconds of each request of the small page. One is sent every PERIOD, even if the
    last has no response yet.
    """
    end, requests = time.monotonic() + seconds, []
    while time.monotonic() < end:
        requests.append(asyncio.create_task(_time_request(client, address)))
        await asyncio.sleep(PERIOD)
    return list(await asyncio.gather(*requests))


async def _time_request(client: httpx.AsyncClient, address: str) -> float:
    start_time = time.perf_counter()
    (await client.get(address)).raise_for_status()
    return time.perf_counter() - start_time
