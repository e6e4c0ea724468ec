"""khabar reextract"""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from typing import Any

import click
from pebble import ProcessPool
from rich.progress import Progress

from archive import open_archive
from archive.connect import Archive
from archive.upkeep import reextract
from archive.upkeep.reextract import Kept
from crawler.commands.common import archive_option, console, json_option, print_json, print_rows
from crawler.commands.search_ import DAY
from crawler.config import Config
from crawler.items import Article, Outcome
from crawler.sources import Source
from pipelines.dedupe import keys_of
from pipelines.extract import read_apart, reading_pool
from pipelines.judge import judge

AHEAD = 4  # pages handed out per worker: memory stays flat
SHOWN = 80  # characters of an example


@click.command()
@click.option("--source", help="Only this source.")
@click.option("--since", type=DAY, help="Published on this day (in India) or later: YYYY-MM-DD.")
@click.option("--all", "anew", is_flag=True, help="Also what today's extractor has read already.")
@click.option("--dry-run", is_flag=True, help="Say what would change, field by field, and write nothing.")
@json_option
@archive_option
def command(config: Config, source: str | None, since: Any, anew: bool, dry_run: bool, as_json: bool) -> None:
    """Read the kept pages of articles again with today's extractor, on all cores.

    Each change becomes a revision marked re-extraction; the older reading stays. What no longer reads as an article is
    named and left as it is. A stopped run goes on where it was.
    """
    if source:
        config.registry().get(source)
    with open_archive(config.archive, write=not dry_run) as archive:
        day = since and since.date().isoformat()
        todo = reextract.kept(archive.db, source=source, since=day, anew=anew or dry_run)
        tally = asyncio.run(_run(archive, todo, config.registry().sources, dry_run=dry_run))
    tally.show(as_json=as_json, dry_run=dry_run)


class _Tally:
    """What changed, counted per source and field, with the first example of each."""

    def __init__(self) -> None:
        self.read = 0
        self.fields: dict[str, Counter[str]] = defaultdict(Counter)
        self.examples: dict[tuple[str, str], tuple[str, Any, Any]] = {}
        self.odd: list[dict[str, str]] = []

    def changed(self, one: Kept, name: str, old: Any, new: Any) -> None:
        self.fields[one.source][name] += 1
        self.examples.setdefault((one.source, name), (one.url, old, new))

    def rows(self) -> list[dict[str, Any]]:
        found = []
        for (source, name), (url, old, new) in sorted(self.examples.items()):
            pair = {"held": _short(old), "now": _short(new)}
            found.append({"source": source, "field": name, "articles": self.fields[source][name], **pair, "url": url})
        return found

    def show(self, *, as_json: bool, dry_run: bool) -> None:
        if as_json:
            print_json({"read": self.read, "changes": self.rows(), "left_alone": self.odd})
            return
        print_rows(self.rows(), as_json=False, as_csv=False)
        for one in self.odd:
            click.echo(f"left as it is: {one['url']}: {one['why']}")
        changes = sum(sum(counts.values()) for counts in self.fields.values())
        click.echo(f"{self.read} pages read again, {changes} fields {'would change' if dry_run else 'changed'}")


def _short(value: Any) -> str:
    text = " ".join(str(value if value is not None else "").split())
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


async def _run(archive: Archive, todo: list[Kept], sources: dict[str, Source], *, dry_run: bool) -> _Tally:
    tally, workers = _Tally(), os.cpu_count() or 1
    pool = reading_pool(workers)
    try:
        with Progress(console=console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as bar:
            task = bar.add_task("reading again", total=len(todo))
            async for one, article in _read(pool, archive, todo, sources, workers * AHEAD):
                _take(archive, tally, one, article, sources.get(one.source), dry_run=dry_run)
                bar.advance(task)
    finally:
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()
    return tally


async def _read(
    pool: ProcessPool, archive: Archive, todo: list[Kept], sources: dict[str, Source], ahead: int
) -> AsyncIterator[tuple[Kept, Article | str]]:
    """Readings in the order of the list, a few under way at once."""
    for start in range(0, len(todo), ahead):
        batch = todo[start : start + ahead]
        pages = [reextract.page_of(archive.db, one) for one in batch]
        found = (read_apart(pool, page, sources.get(one.source)) for one, page in zip(batch, pages, strict=True))
        for one, article in zip(batch, await asyncio.gather(*found), strict=True):
            yield one, article


def _take(
    archive: Archive, tally: _Tally, one: Kept, article: Article | str, source: Source | None, *, dry_run: bool
) -> None:
    tally.read += 1
    if why := _why_not(article, source):
        tally.odd.append({"url": one.url, "why": why})
        return
    assert isinstance(article, Article)
    for name, old, new in reextract.would_change(archive.db, one, article):
        tally.changed(one, name, old, new)
    if not dry_run:
        reextract.write(archive.db, one, article, keys_of(article, source))


def _why_not(article: Article | str, source: Source | None) -> str | None:
    """Why a new reading must not take the old one's place."""
    if isinstance(article, str):
        return article
    if source is None:
        return "its source has no file any more"
    outcome, evidence = judge(article, source)
    return None if outcome is Outcome.ARTICLE else f"{outcome}: {evidence}"
