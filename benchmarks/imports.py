"""What importing and extracting again cost: `make bench-import [N=1000]`.

Imports N pages of benchmarks/crawl_pages.py from a WARC file and five times as many articles from a
JSONL file into an empty archive, then once more, when all are known; extracts the stored pages
again. Once for each number of worker processes, where the commands have the option --workers.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import click
from sqlite_utils.utils import sqlite3
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from benchmarks.crawl import write_sources
from benchmarks.crawl_pages import make_article, make_html
from benchmarks.docs import format_table
from benchmarks.pages import ROOT
from benchmarks.processes import ProcessCost, adopt_orphans, make_environment, measure_command

DEFAULT_COUNT = 1000  # pages of the WARC file
LINES = 5  # articles of the JSONL file for each page of the WARC file
KHABAR = (sys.executable, "-m", "commands")
COLUMNS = (
    "step",
    "workers",
    "items",
    "seconds",
    "items/s",
    "CPU ms per item",
    "of it main process",
    "peak MB",
    "articles in archive",
)


def main(count: str = str(DEFAULT_COUNT)) -> None:
    """Prints the table."""
    adopt_orphans()
    pages = int(count)
    with tempfile.TemporaryDirectory(prefix="khabar-import-") as name:
        folder = Path(name)
        warc, lines = folder / "pages.warc.gz", folder / "articles.jsonl"
        write_warc(warc, range(pages))
        write_jsonl(lines, range(LINES * pages))
        rows: list[list[str]] = []
        for workers in _list_worker_options():
            with tempfile.TemporaryDirectory(dir=folder) as archive:
                rows += _measure_steps(Path(archive), warc, lines, pages, workers)
    click.echo(f"{datetime.now(UTC):%-d %B %Y}, {os.cpu_count()} cores\n")
    click.echo(format_table(COLUMNS, rows))


def write_warc(path: Path, numbers: range) -> None:
    """Writes the pages of these numbers as responses, each gzipped on its own."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for number in numbers:
            article = make_article(number)
            headers = StatusAndHeaders(
                "200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1"
            )
            writer.write_record(
                writer.create_warc_record(
                    article.url,
                    "response",
                    payload=BytesIO(make_html(article).encode()),
                    http_headers=headers,
                )
            )


def write_jsonl(path: Path, numbers: range) -> None:
    """Writes the articles of these numbers, one on a line."""
    with path.open("w", encoding="utf-8") as file:
        for number in numbers:
            article = make_article(number)
            fields = {
                "url": article.url,
                "title": article.title,
                "text": "\n".join(article.paragraphs),
                "published_at": article.published.isoformat(),
                "language": "hi",
            }
            file.write(json.dumps(fields, ensure_ascii=False) + "\n")


def _list_worker_options() -> Sequence[tuple[str, ...]]:
    """Returns the options for one worker and for two; one empty option where there is none."""
    command = [*KHABAR, "import", "--help"]
    output = subprocess.run(
        command, cwd=ROOT, env=make_environment(for_khabar=True), capture_output=True, check=True
    ).stdout
    return [("--workers", "1"), ("--workers", "2")] if b"--workers" in output else [()]


def _measure_steps(
    folder: Path, warc: Path, lines: Path, pages: int, workers: tuple[str, ...]
) -> Iterator[list[str]]:
    """Yields the rows of one number of workers; the archives are written to `folder`."""
    write_sources(folder, pages)
    environment = make_environment(for_khabar=True)
    for step, archive, items, arguments in (
        ("WARC, empty archive", "pages.db", pages, ("import", str(warc))),
        ("WARC, all known", "pages.db", pages, ("import", "--again", str(warc))),
        ("reextract --all", "pages.db", pages, ("reextract", "--all")),
        ("JSONL, empty archive", "lines.db", LINES * pages, ("import", str(lines))),
        ("JSONL, all known", "lines.db", LINES * pages, ("import", str(lines))),
    ):
        command = [*KHABAR, "--archive", str(folder / archive), *arguments, *workers]
        cost = measure_command(command, environment)
        click.echo(f"{step}: {cost.wall:.1f} s, load {os.getloadavg()[0]:.1f}", err=True)
        articles = _count_articles(folder / archive)
        yield [step, workers[-1] if workers else "–", *_format_cost(items, cost), str(articles)]


def _count_articles(archive: Path) -> int:
    with closing(sqlite3.connect(f"file:{archive}?mode=ro", uri=True)) as db:
        (count,) = db.execute("select count(*) from articles").fetchone()
    return int(count)


def _format_cost(items: int, cost: ProcessCost) -> list[str]:
    return [
        str(items),
        f"{cost.wall:.1f}",
        f"{items / cost.wall:.1f}",
        f"{1000 * cost.cpu / items:.2f}",
        f"{1000 * cost.main_cpu / items:.2f}",
        f"{cost.memory / (1 << 20):.0f}",
    ]
