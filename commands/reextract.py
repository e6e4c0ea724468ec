"""khabar reextract"""

from __future__ import annotations

import sys
from typing import Any

import click
from rich.progress import Progress

from commands.common import archive_option, console, json_option, print_json, print_rows, reading, working
from commands.search import DAY
from khabar.archive.upkeep import reextract
from khabar.model.config import Config
from khabar.processing.reextract import Rereading, Tally


@click.command()
@click.option("--source", help="Only this source.")
@click.option("--since", type=DAY, help="Published (or fetched, if no article) since this day in India: YYYY-MM-DD.")
@click.option("--all", "anew", is_flag=True, help="Also what today's extractor has read already.")
@click.option("--dry-run", is_flag=True, help="Say what would change, field by field, and write nothing.")
@json_option
@archive_option
def command(config: Config, source: str | None, since: Any, anew: bool, dry_run: bool, as_json: bool) -> None:
    """Read the kept pages again with today's extractor, on all cores.

    Each change of an article becomes a revision marked re-extraction; the older reading stays. A page that ended as no
    article is judged anew. What no longer reads as an article is named and left as it is. A stopped run goes on where
    it was.
    """
    sources = config.registry().sources
    if source:
        config.registry().get(source)
    with (reading if dry_run else working)(config) as archive:
        day = since and since.date().isoformat()
        todo = reextract.kept(archive.db, sources, source=source, since=day, anew=anew or dry_run)
        with Progress(console=console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as bar:
            task = bar.add_task("reading again", total=len(todo))
            tally = Rereading(archive, sources, dry_run).take(todo, lambda: bar.advance(task))
    _show(tally, as_json=as_json, dry_run=dry_run)


def _show(tally: Tally, *, as_json: bool, dry_run: bool) -> None:
    rows = tally.rows()
    if as_json:
        print_json({"read": tally.read, "changes": rows, "left_alone": tally.odd})
        return
    print_rows(rows, as_json=False, as_csv=False)
    for one in tally.odd:
        click.echo(f"left as it is: {one['url']}: {one['why']}")
    changes = sum(tally.pages.values())
    click.echo(f"{tally.read} pages read again, {changes} fields {'would change' if dry_run else 'changed'}")
