"""CPU time before anything happens: of commands on a small archive, of commands that are refused,
and of a worker process until its first page is read. Each the best of five fresh processes.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from benchmarks.docs import format_table
from benchmarks.pages import ROOT
from khabar.model.items import Page
from khabar.processing.process import extract_in_worker, open_worker_pool

ROUNDS = 5
ARTICLES = 20  # of the archive that the commands are run on
KHABAR = [sys.executable, "-m", "commands"]
# The worker's main module is the parent's; with -c there is none, so nothing of ours is in it.
WORKER = [sys.executable, "-c", "from benchmarks.startup import read_one_page; read_one_page()"]
TITLE = "तालाब की मेड़ पर लगे पेड़ों की गिनती पूरी"
TEXT = "वन समिति ने मंगलवार को बताया कि तालाब की मेड़ पर लगे सब पेड़ गिने जा चुके हैं और सूखे पेड़ों की जगह नए लगेंगे। "
COMMANDS = (
    ("--help",),
    ("status",),
    ("search", "तालाब"),
    ("show", "https://www.example.in/news/1"),
    ("sources", "list"),
    ("verify",),
    ("crawl", "--help"),
)
REFUSED = (("crawl",), ("crawl", "no-such-source"), ("crawl", "--no-such-option"))


def main() -> None:
    """Prints the table. Raises RuntimeError when a command ends otherwise than it should."""
    with tempfile.TemporaryDirectory() as folder:
        environment = _make_environment(Path(folder))
        rows = [
            (f"khabar {' '.join(args)}", _measure([*KHABAR, *args], environment, code))
            for code, group in ((0, COMMANDS), (2, REFUSED))
            for args in group
        ]
        rows.append(("a worker, until it has read a page", _measure_worker(environment)))
    click.echo(
        format_table(("process", "CPU ms"), [(name, f"{1000 * cpu:.0f}") for name, cpu in rows])
    )


def _make_environment(folder: Path) -> dict[str, str]:
    """Fills a small archive. Returns the environment of a user who has it and no contact."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("KHABAR_")},
        "KHABAR_ARCHIVE": str(folder / "archive.db"),
        "PYTHONPATH": str(ROOT),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    lines = [
        {"url": f"https://www.example.in/news/{i}", "title": f"{TITLE} {i}", "text": TEXT * 5}
        for i in range(ARTICLES)
    ]
    file = folder / "articles.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    command = [*KHABAR, "import", str(file)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    return environment


def _measure(command: Sequence[str], environment: Mapping[str, str], code: int) -> float:
    """Returns CPU seconds of a command. Raises RuntimeError unless it ends with the exit code."""
    best = float("inf")
    for _ in range(ROUNDS):
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != code:
            raise RuntimeError(f"{' '.join(command)}: exit code {process.returncode}, not {code}")
        best = min(best, usage.ru_utime + usage.ru_stime)
    return best


def _measure_worker(environment: Mapping[str, str]) -> float:
    """Returns CPU seconds of a worker that starts, reads one page and ends."""
    outputs = [
        subprocess.run(
            WORKER, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
        ).stdout
        for _ in range(ROUNDS)
    ]
    return min(map(float, outputs))


def read_one_page() -> None:
    """Reads a page in a worker process and prints the CPU seconds of the worker."""
    text = "".join(f"<p>{i}. {TEXT}</p>" for i in range(8))
    html = f"<html><body><article><h1>{TITLE}</h1>{text}</article></body></html>"
    page = Page("https://www.example.in/news/1", html.encode(), datetime.now(UTC))
    title = asyncio.run(_read_in_worker(page))
    if title != TITLE:
        raise RuntimeError(f"the page was not read: {title}")
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    click.echo(usage.ru_utime + usage.ru_stime)


async def _read_in_worker(page: Page) -> str | None:
    with open_worker_pool() as pool:
        result = await extract_in_worker(pool, page, None)
    return result if isinstance(result, str) else result.article.title
