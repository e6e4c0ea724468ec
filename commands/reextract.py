"""khabar reextract"""

from __future__ import annotations

from collections import Counter
from typing import Any

import click

from commands.common import (
    archive_option,
    json_option,
    make_progress,
    open_for_reading,
    open_for_writing,
    print_json,
    print_rows,
)
from commands.search import DAY
from khabar.archive.upkeep import reextract_queue
from khabar.model.config import Config
from khabar.processing.reextract import ReextractCounts, ReextractJob


@click.command()
@click.option("--source", help="Only this source.")
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
@click.option("--dry-run", is_flag=True, help="Print what would change, by field; write nothing.")
@json_option
@archive_option
def command(
    config: Config,
    source: str | None,
    since: Any,
    include_current: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Extract the stored pages again with the current extractor, on all CPU cores. First prints how
    many are stale: extracted by an older version, or before their source file's hints changed.

    Each changed article gets a new revision marked re-extraction; the older revision stays. A page
    that was no article is judged again. An article that no longer counts as one is printed and left
    unchanged. After an interruption the same command continues where it stopped.
    """
    sources = config.load_registry().sources
    if source:
        config.load_registry().get(source)
    with (open_for_reading if dry_run else open_for_writing)(config) as archive:
        day = since and since.date().isoformat()
        stale = reextract_queue.select_pages(archive.db, sources, source=source, since=day)
        todo = stale
        if include_current or dry_run:
            todo = reextract_queue.select_pages(
                archive.db, sources, source=source, since=day, include_current=True
            )
        if not as_json:
            _print_stale(Counter(page.source for page in stale))
        with make_progress() as bar:
            task = bar.add_task("extracting", total=len(todo))
            counts = ReextractJob(archive, sources, dry_run).run(todo, lambda: bar.advance(task))
    if as_json:
        print_json(
            {
                "stale": len(stale),
                "read": counts.page_count,
                "changes": counts.to_rows(),
                "left_alone": counts.problems,
            }
        )
    else:
        _print_result(counts, dry_run=dry_run)


def _print_stale(pages: Counter[str]) -> None:
    """Prints how many stored pages have another extractor version, by source."""
    by_source = ", ".join(f"{key} {count}" for key, count in pages.most_common())
    click.echo(f"{pages.total()} stored pages are stale{f' ({by_source})' if pages else ''}")


def _print_result(counts: ReextractCounts, *, dry_run: bool) -> None:
    rows = counts.to_rows()
    print_rows(rows, as_json=False, as_csv=False)
    for row in counts.problems:
        click.echo(f"left unchanged: {row['url']}: {row['why']}")
    changes = sum(counts.pages.values())
    verb = "would change" if dry_run else "changed"
    click.echo(f"{counts.page_count} pages extracted again, {changes} fields {verb}")
