"""khabar reextract"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import chain, islice
from math import inf
from time import monotonic, sleep
from typing import Any

import click

from commands.common import (
    DURATION,
    SOURCE_KEY,
    archive_option,
    json_option,
    make_work_progress,
    open_for_reading,
    open_for_writing,
    print_json,
    print_rows,
    workers_option,
)
from commands.search import DAY
from khabar.archive.database import Archive, ArchiveBusy
from khabar.archive.locks import SLICE_SECONDS, SLICED_COMMAND
from khabar.archive.upkeep.reextract_queue import START, PageSelection, Position
from khabar.model.config import Config
from khabar.processing.reextract import ReextractCounts, ReextractJob

# Between two slices: longer than a waiting crawl needs to see that the lock is free.
PAUSE_SECONDS = 1.0


@click.command()
@click.option("--source", type=SOURCE_KEY, help="Only this source.")
@click.option(
    "--since",
    type=DAY,
    metavar="YYYY-MM-DD",
    help="Published (pages without an article: fetched) on this day (Indian time) or later.",
)
@click.option(
    "--all",
    "include_current",
    is_flag=True,
    help="Also pages that the current extractor has extracted already.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Extract at most N pages.")
@click.option("--budget", type=DURATION, help="Begin no page after this time: 90s, 15m, 2h.")
@click.option("--dry-run", is_flag=True, help="Print what would change, by field; write nothing.")
@workers_option
@json_option
@archive_option
def command(
    config: Config,
    source: str | None,
    since: Any,
    include_current: bool,
    limit: int | None,
    budget: timedelta | None,
    dry_run: bool,
    workers: int,
    as_json: bool,
) -> None:
    """Extract the stored pages again with the current extractor, on all CPU cores. First prints how
    many are stale: extracted by an older version, or before their source file's hints changed.

    Each changed article gets a new revision marked re-extraction; the older revision stays. A page
    that was no article is judged again. An article that no longer counts as one is printed and left
    unchanged. The archive is locked for a minute at a time: a crawl that is due goes first. After
    an interruption, --limit or --budget the same command continues where it stopped.
    """
    sources = config.load_registry().sources
    if source:
        config.load_registry().get(source)
    day = since and since.date().isoformat()
    selection = PageSelection(sources, source, day, include_current or dry_run)
    job = SlicedJob(config, selection, workers, dry_run=dry_run)
    with open_for_reading(config) as archive:
        stale = replace(selection, include_current=False).count_by_source(archive.db)
        job.prepare(archive, limit)
    if not as_json:
        _print_stale(stale)
    counts = job.run(inf if budget is None else budget.total_seconds())
    if as_json:
        print_json(
            {
                "stale": stale.total(),
                "read": counts.page_count,
                "left": job.left,
                "changes": counts.to_rows(),
                "left_alone": counts.problems,
            }
        )
    else:
        _print_result(counts, job.left, dry_run=dry_run, goes_on=not include_current)


@dataclass
class SlicedJob:
    """A re-extraction that opens the archive for each slice and closes it in between. `left`: how
    many of the selected pages are left; `done`: ids of those extracted, `position`: of the last.
    """

    config: Config
    selection: PageSelection
    workers: int
    dry_run: bool
    counts: ReextractCounts = field(default_factory=ReextractCounts)
    done: set[int] = field(default_factory=set)
    position: Position = START
    left: int = 0
    goal: int = 0

    def prepare(self, archive: Archive, limit: int | None) -> None:
        """Counts the pages to extract, at most `limit`."""
        self.left = self.selection.count_by_source(archive.db).total()
        self.goal = min(self.left, limit or self.left)

    def run(self, seconds: float) -> ReextractCounts:
        """Extracts the pages, slice by slice, for at most `seconds`."""
        deadline = monotonic() + seconds
        with make_work_progress() as bar:
            task = bar.add_task("extracting", total=self.goal)
            while len(self.done) < self.goal and (remaining := deadline - monotonic()) > 0:
                archive = self._open_slice(is_first=not self.done)
                if archive is None:  # another command has it: a crawl, as a rule
                    sleep(min(PAUSE_SECONDS, remaining))
                    continue
                with archive:
                    is_last = self._run_slice(
                        archive, min(remaining, SLICE_SECONDS), lambda: bar.advance(task)
                    )
                if is_last:
                    break
                if len(self.done) < self.goal:
                    sleep(PAUSE_SECONDS)  # for a crawl that waits for the lock
        return self.counts

    def _run_slice(self, archive: Archive, seconds: float, on_progress: Callable[[], None]) -> bool:
        """Extracts the next pages. Returns whether there were none."""
        pages = self.selection.iter_pages(archive.db, self.position)
        todo = (page for page in pages if page.page_id not in self.done)
        first = next(todo, None)
        if first is None:  # the rest is gone, or was extracted by a crawl in a pause
            self.left = 0
            return True
        job = ReextractJob(
            archive, self.selection.sources, self.dry_run, self.workers, self.counts, self.done,
            self.position,
        )  # fmt: skip
        count = len(self.done)
        job.run(chain([first], islice(todo, self.goal - count - 1)), on_progress, seconds)
        self.position = job.position
        self.left -= len(self.done) - count
        return False

    def _open_slice(self, *, is_first: bool) -> Archive | None:
        if self.dry_run:
            return open_for_reading(self.config)
        try:
            return open_for_writing(self.config, holder=SLICED_COMMAND)
        except ArchiveBusy:
            if is_first:
                raise
            return None


def _print_stale(pages: Counter[str]) -> None:
    """Prints how many stored pages have another extractor version, by source."""
    by_source = ", ".join(f"{key} {count}" for key, count in pages.most_common())
    click.echo(f"{pages.total()} stored pages are stale{f' ({by_source})' if pages else ''}")


def _print_result(counts: ReextractCounts, left: int, *, dry_run: bool, goes_on: bool) -> None:
    """Prints what changed. `goes_on`: the pages that were extracted are not selected again."""
    rows = counts.to_rows()
    print_rows(rows, as_json=False, as_csv=False)
    for row in counts.problems:
        click.echo(f"left unchanged: {row['url']}: {row['why']}")
    changes = sum(counts.pages.values())
    verb = "would change" if dry_run else "changed"
    click.echo(f"{counts.page_count} pages extracted again, {changes} fields {verb}")
    if left and not dry_run:
        click.echo(f"{left} are left{': the same command goes on' if goes_on else ''}")
