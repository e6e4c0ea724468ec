"""What each command costs on a large archive: `make bench-million [N=1000000] [PAGES=200000]`.

Fills an archive with N generated articles, the last PAGES of them with their raw pages, through the
functions that a crawl stores with; one of a hundred is a copy of another. Then runs each command in
a process of its own. Prints what one more article costs as the archive grows, the commands, and the
bytes of an article by part.
"""

from __future__ import annotations

import os
import shutil
import sqlite3  # noqa: TID251  its dbstat table tells the bytes of each table; ours lacks it
import subprocess
import sys
import tempfile
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from random import Random
from statistics import median
from typing import NamedTuple

import click

from benchmarks.crawl import write_source_files
from benchmarks.docs import format_table
from benchmarks.imports import write_jsonl, write_warc
from benchmarks.pages import ROOT
from benchmarks.plot import Curve, Panel, draw_panels
from benchmarks.processes import (
    ProcessCost,
    adopt_orphans,
    list_tree,
    make_environment,
    measure_command,
)
from benchmarks.soak_sites import make_page, make_text
from khabar.archive import health, open_archive
from khabar.archive.connect import CHECKPOINT_PAGES, WRITE_CACHE_KB
from khabar.archive.database import Archive, transaction
from khabar.archive.frontier import url_store
from khabar.archive.store import snapshots
from khabar.archive.store.save import save_visit
from khabar.model.config import read_config
from khabar.model.items import Article, Block, DedupKeys, DiscoveredLink, Outcome, Page, Visit
from khabar.model.sources import Source
from khabar.processing.keys import compute_keys
from khabar.processing.workers import init_worker
from newsroom.server import EDITION_ONE, Newsroom

DEFAULT_COUNT, DEFAULT_PAGES = 1_000_000, 200_000
SOURCES = 40
BATCH = 64  # articles of a transaction, as an import has them
AHEAD = 64  # batches that wait to be stored
DAYS = 700  # over which the articles were published
COPY_EVERY = 100  # one of so many is the copy of an earlier article, in another source
SIZES = [factor * 10**power for power in (4, 5, 6) for factor in (1, 2, 5)]
WINDOW = 5000  # articles before each size whose cost is measured
FILL_BATCHES, FILL_CACHE_KB, FILL_CHECKPOINT_PAGES = 32, 1_000_000, 100_000
SMALL, ADDED, ROUNDS = 10_000, 300, 3  # of the archive compared with, and what is added to both
PROGRESS = 50_000  # articles between two lines of progress
SHARD = 1000  # articles of the archive that is merged
NOW = EDITION_ONE.astimezone(UTC)
SEARCHES = ("सरकार", "नगर निगम", "sarkar")


@dataclass(frozen=True, slots=True)
class GrowthPoint:
    """CPU milliseconds of one more article in an archive of `articles`."""

    articles: int
    cpu_ms: float


def main(count: str = str(DEFAULT_COUNT), pages: str = str(DEFAULT_PAGES), svg: str = "") -> None:
    """Prints the tables, and draws the growth to `svg` if named."""
    adopt_orphans()
    total, with_pages = int(count), min(int(count), int(pages))
    with tempfile.TemporaryDirectory(prefix="khabar-million-") as name:
        folder = Path(name)
        path = make_folder(folder / "archive")
        points = list(fill_archive(path, range(total), total - with_pages))
        shard = make_folder(folder / "shard")
        list(fill_archive(shard, range(total - SHARD // 2, total + SHARD // 2), total))
        small = make_folder(folder / "small")
        list(fill_archive(small, range(SMALL), SMALL - SMALL * with_pages // total))
        ratios = list(compare_sizes(folder, small, path))
        parts = list(measure_parts(path, total, with_pages))
        rows = [_format_step(*step) for step in run_commands(path, shard)]
    click.echo(
        f"{total:,} articles, {with_pages:,} of them with raw pages, "
        f"{datetime.now(UTC):%-d %B %Y}, {os.cpu_count()} cores\n"
    )
    growth = [[f"{point.articles:,}", f"{point.cpu_ms:.2f}"] for point in points]
    click.echo(format_table(("articles", "CPU ms of one more, stored alone"), growth))
    click.echo()
    click.echo(format_table(("one more", f"among {SMALL:,}", f"among {total:,}", "ratio"), ratios))
    click.echo()
    click.echo(format_table(("command", "seconds", "CPU seconds", "peak MB"), rows))
    click.echo()
    click.echo(format_table(("part", "MB", "bytes per article"), parts))
    if svg:
        curve = Curve(
            "CPU ms", [point.articles for point in points], [point.cpu_ms for point in points]
        )
        picture = draw_panels(
            [Panel("one more article, CPU ms", (curve,))], "An archive that grows", "articles"
        )
        Path(svg).write_text(picture, encoding="utf-8")


# --- the archive ---


def make_folder(folder: Path) -> Path:
    """Writes khabar.toml and the source files into a new folder. Returns the archive's path."""
    (folder / "sources").mkdir(parents=True)
    (folder / "khabar.toml").write_text(
        'contact = "https://bench.newsroom.test"\nsource_folders = ["sources"]\n', encoding="utf-8"
    )
    for number in range(SOURCES):
        key, host = f"s{number}", f"s{number}.newsroom.test"
        (folder / "sources" / f"{key}.toml").write_text(
            f'key = "{key}"\nname = "{key}"\nname_en = "{key}"\nhomepage = "http://{host}/"\n'
            f'hosts = ["{host}"]\nstatus = "on"\ndelay = 0.0\n[article]\npattern = "/news/"\n',
            encoding="utf-8",
        )
    return folder / "archive.db"


def fill_archive(path: Path, numbers: range, first_page: int) -> Iterator[GrowthPoint]:
    """Stores the articles of these numbers, from `first_page` on with raw pages; another process
    makes them meanwhile. Yields what storing one of WINDOW articles cost that end at each of the
    sizes: those are stored as an import stores them, the others with more memory and rarer commits.
    """
    sources = read_config(path).load_registry().sources
    ends = [size for size in SIZES if size < len(numbers)] + [len(numbers)]
    with (
        open_archive(path, write=True) as archive,
        ProcessPoolExecutor(1, get_context("spawn"), init_worker) as maker,
    ):
        for source in sources.values():
            url_store.register_source(archive.db, source, NOW)
        run = health.start_run(archive.db, NOW, sources)
        batches = _make_batches(maker, sources, numbers, first_page)
        begun, done = time.monotonic(), 0
        for end in ends:
            _set_memory(archive, FILL_CACHE_KB, FILL_CHECKPOINT_PAGES)
            while done < end - WINDOW:
                done += _store_batches(archive, sources, list(islice(batches, FILL_BATCHES)), run)
                _show_progress(done, len(numbers), begun)
            _set_memory(archive, WRITE_CACHE_KB, CHECKPOINT_PAGES)
            before, cpu = done, time.process_time()
            while done < end:
                done += _store_batches(archive, sources, list(islice(batches, 1)), run)
            if done > before:
                yield GrowthPoint(done, 1000 * (time.process_time() - cpu) / (done - before))
        health.finish_run(archive.db, run, NOW, "finished")


def _set_memory(archive: Archive, cache_kb: int, checkpoint_pages: int) -> None:
    """Sets the memory for pages of the file, and how long its log gets, after emptying both."""
    for pragma in (
        "wal_checkpoint(truncate)",
        "shrink_memory",
        f"cache_size = -{cache_kb}",
        f"wal_autocheckpoint = {checkpoint_pages}",
    ):
        archive.db.execute(f"pragma {pragma}").fetchall()


def _store_batches(
    archive: Archive, sources: dict[str, Source], batches: list[list[GeneratedArticle]], run: int
) -> int:
    """Stores batches in one transaction. Returns how many articles they were."""
    with transaction(archive.db):
        for batch in batches:
            for made in batch:
                store_article(archive, sources[made.source], made, run)
    return sum(map(len, batches))


class GeneratedArticle(NamedTuple):
    """An article as a worker hands it to the process that stores it. `body`: its page, or empty."""

    article: Article
    keys: DedupKeys
    source: str
    body: bytes
    published: datetime


def _make_batches(
    maker: ProcessPoolExecutor, sources: dict[str, Source], numbers: range, first_page: int
) -> Iterator[list[GeneratedArticle]]:
    """Yields BATCH articles at a time in their order, made by a process up to AHEAD batches
    ahead.
    """
    pending: deque[Future[list[GeneratedArticle]]] = deque()
    for start in range(0, len(numbers), BATCH):
        part = numbers[start : start + BATCH]
        pending.append(maker.submit(make_articles, sources, part, first_page))
        if len(pending) > AHEAD:
            yield pending.popleft().result()
    while pending:
        yield pending.popleft().result()


def make_articles(
    sources: dict[str, Source], numbers: range, first_page: int
) -> list[GeneratedArticle]:
    """Returns the articles of these numbers with their keys, from `first_page` on with pages."""
    return [make_article(sources, number, has_page=number >= first_page) for number in numbers]


def make_article(sources: dict[str, Source], number: int, *, has_page: bool) -> GeneratedArticle:
    """Returns an article with its keys."""
    chance = Random(number)
    is_copy = number % COPY_EVERY == COPY_EVERY - 1
    text_number = number - chance.randrange(1, COPY_EVERY) if is_copy else number
    published = NOW - timedelta(days=DAYS * chance.random())
    key = f"s{number % SOURCES}"
    words = Random(text_number)
    blocks = tuple(
        Block("paragraph", f"{make_text(words, words.randrange(20, 60, 2))}।") for _ in range(8)
    )
    article = Article(
        f"http://{key}.newsroom.test/news/{number}",
        title=make_text(words, 8),
        language="hi",
        published_at=published.isoformat(timespec="seconds"),
        published_precision="second",
        authors=(make_text(Random(number % 500), 2),),
        section=f"खंड {number % 12}",
        blocks=blocks,
    )
    body = make_page(text_number, published) if has_page else b""
    return GeneratedArticle(article, compute_keys(article, sources[key]), key, body, published)


def store_article(archive: Archive, source: Source, made: GeneratedArticle, run: int) -> None:
    """Stores an article as a crawl does, without reading its page."""
    db, url = archive.db, made.article.url
    (page_id,) = url_store.upsert_urls(db, source, [DiscoveredLink(url, "sitemap")], NOW, None)
    page = Page(url, made.body, made.published + timedelta(hours=1))
    visit = Visit(page_id, source.key, page, None, article=made.article)
    if made.body:
        visit.snapshot_id = snapshots.save_snapshot(archive, page, page_id)
    visit.outcome, visit.keys = Outcome.ARTICLE, made.keys
    save_visit(db, visit, source, page.fetched_at, run)


def _show_progress(done: int, total: int, begun: float) -> None:
    if sys.stderr.isatty() or done % PROGRESS < BATCH * FILL_BATCHES:
        rate = done / (time.monotonic() - begun)
        left = (total - done) / rate / 60
        click.echo(f"{done:,} of {total:,} stored, {rate:.0f}/s, {left:.0f} min left", err=True)


# --- one more article, from the page to the archive ---


def compare_sizes(folder: Path, small: Path, big: Path) -> Iterator[list[str]]:
    """Yields what importing one more page of a WARC file, and one more line of JSONL, costs in
    either archive: CPU milliseconds of all processes, medians of rounds in turn, and their ratio.
    """
    environment = make_environment(for_khabar=True)
    helpers = list_tree(os.getpid())[1:]
    files = {"page of a WARC file": folder / "new.warc.gz", "line of JSONL": folder / "new.jsonl"}
    costs: dict[tuple[str, Path], list[float]] = defaultdict(list)
    for path in (small, big):
        write_source_files(path.parent / "sources", ADDED)
    for number in range(ROUNDS):
        start = 2 * number * ADDED
        write_warc(files["page of a WARC file"], range(start, start + ADDED))
        write_jsonl(files["line of JSONL"], range(start + ADDED, start + 2 * ADDED))
        for name, file in files.items():
            for path in (small, big):
                command = [sys.executable, "-m", "commands", "--archive", str(path)]
                cost = measure_command([*command, "import", str(file)], environment, helpers)
                costs[name, path].append(1000 * cost.cpu / ADDED)
    for name in files:
        before, after = (median(costs[name, path]) for path in (small, big))
        yield [name, f"{before:.1f}", f"{after:.1f}", f"{after / before:.2f}"]


# --- its parts ---

# Beginnings of the tables' names; a table belongs to the first part that has one.
PARTS = {
    "search index": ("articles_fts", "search_terms"),
    "articles and revisions": ("article", "revisions", "authors"),
    "near-duplicate index": ("signatures", "shingle_bands", "paragraphs", "story_pairs"),
    "raw pages": ("snapshots", "dictionaries"),
    "frontier": ("pages",),
}


def measure_parts(path: Path, articles: int, pages: int) -> Iterator[list[str]]:
    """Yields the bytes of each part of the file by article; raw pages by page."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        sizes = dict(db.execute("select name, sum(pgsize) from dbstat group by name").fetchall())
        tables: dict[str, str] = dict(
            db.execute("select name, tbl_name from sqlite_schema").fetchall()
        )
    totals = dict.fromkeys([*PARTS, "all else"], 0)
    for name, size in sizes.items():
        table = tables.get(name) or name
        part = next((part for part, names in PARTS.items() if table.startswith(names)), "all else")
        totals[part] += size
    for part, size in totals.items():
        count = pages if part == "raw pages" else articles
        yield [part, f"{size / 1e6:.1f}", f"{size / max(1, count):.0f}"]


# --- the commands ---


def run_commands(path: Path, shard: Path) -> Iterator[tuple[str, ProcessCost | str]]:
    """Runs each command on the archive. Yields its name with the cost, or why it failed."""
    folder = path.parent
    lines = folder / "lines.jsonl"
    lines.write_text(
        "".join(
            f'{{"url": "http://s1.newsroom.test/news/new-{number}", "title": "नया {number}", '
            f'"text": "{make_text(Random(-1 - number), 300)}"}}\n'
            for number in range(1000)
        ),
        encoding="utf-8",
    )
    commands = {
        "status": ["status"],
        **{f"search {query}": ["search", query] for query in SEARCHES},
        "show": ["show", "http://s1.newsroom.test/news/1"],
        "stories list": ["stories", "list"],
        "import 1,000 lines": ["import", str(lines)],
        "the same lines again": ["import", str(lines)],
        f"merge {SHARD:,} articles": ["merge", str(shard)],
        "reextract --limit 100 --all": ["reextract", "--limit", "100", "--all"],
        "verify --sample 1000": ["verify", "--sample", "1000"],
        "backup": ["backup", str(folder / "copy")],
        "export, JSONL": ["export", str(folder / "jsonl")],
        "export, Parquet": ["export", "--format", "parquet", str(folder / "parquet")],
        "takedown of an article": [
            *("takedown", "add", "http://s1.newsroom.test/news/1"),
            *("--reason", "measured", "--by", "benchmark"),
        ],
        "seal": ["seal", "--older-than", "60d"],
        "crawl of the demo's 5 sites": ["crawl", *add_newsroom(folder)],
        "verify": ["verify"],
    }
    helpers = list_tree(os.getpid())[1:]  # what multiprocessing leaves running
    with Newsroom(EDITION_ONE) as newsroom:
        environment = make_environment(for_khabar=True) | {
            "KHABAR_NOW": NOW.isoformat(),
            "KHABAR_NEWSROOM": newsroom.address,
        }
        for name, arguments in commands.items():
            command = [sys.executable, "-m", "commands", "--archive", str(path), *arguments]
            try:
                yield name, measure_command(command, environment, helpers)
            except subprocess.CalledProcessError as error:
                yield name, f"exit code {error.returncode}"
            for copy in ("copy", "jsonl", "parquet"):
                shutil.rmtree(folder / copy, ignore_errors=True)


def add_newsroom(folder: Path) -> list[str]:
    """Adds the source files of the demo's sites. Returns their keys."""
    files = sorted((ROOT / "newsroom" / "sources").glob("*.toml"))
    for file in files:
        shutil.copy(file, folder / "sources")
    return [file.stem for file in files]


def _format_step(name: str, cost: ProcessCost | str) -> list[str]:
    if isinstance(cost, str):
        return [name, cost, "", ""]
    row = [name, f"{cost.wall:.1f}", f"{cost.cpu:.1f}", f"{cost.memory / (1 << 20):.0f}"]
    click.echo(f"{name}: {row[1]} s, {row[2]} CPU s, {row[3]} MB", err=True)
    return row
