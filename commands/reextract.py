"""khabar reextract"""

from __future__ import annotations

import sys
from typing import Any

import click
from rich.progress import Progress

from commands.common import (
    archive_option,
    json_option,
    make_console,
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
    help="Published (or fetched, if no article) since this day in India: YYYY-MM-DD.",
)
@click.option("--all", "anew", is_flag=True, help="Also what today's extractor has read already.")
@click.option(
    "--dry-run", is_flag=True, help="Say what would change, field by field, and write nothing."
)
@json_option
@archive_option
def command(
    config: Config, source: str | None, since: Any, anew: bool, dry_run: bool, as_json: bool
) -> None:
    """Read the kept pages again with today's extractor, on all cores.

    Each change of an article becomes a revision marked re-extraction; the older reading stays. A
    page that ended as no article is judged anew. What no longer reads as an article is named and
    left as it is. A stopped run goes on where it was.
    """
    sources = config.load_registry().sources
    if source:
        config.load_registry().get(source)
    with (open_for_reading if dry_run else open_for_writing)(config) as archive:
        day = since and since.date().isoformat()
        todo = reextract_queue.select_pages(
            archive.db, sources, source=source, since=day, include_current=anew or dry_run
        )
        with Progress(
            console=make_console(stderr=True), disable=not sys.stderr.isatty(), transient=True
        ) as bar:
            task = bar.add_task("reading again", total=len(todo))
            tally = ReextractJob(archive, sources, dry_run).run(todo, lambda: bar.advance(task))
    _print_result(tally, as_json=as_json, dry_run=dry_run)


def _print_result(tally: ReextractCounts, *, as_json: bool, dry_run: bool) -> None:
    rows = tally.to_rows()
    if as_json:
        print_json({"read": tally.page_count, "changes": rows, "left_alone": tally.problems})
        return
    print_rows(rows, as_json=False, as_csv=False)
    for row in tally.problems:
        click.echo(f"left as it is: {row['url']}: {row['why']}")
    changes = sum(tally.pages.values())
    click.echo(
        f"{tally.page_count} pages read again, {changes} fields {'would change' if dry_run else 'changed'}"
    )
