"""khabar export"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
from rich.progress import Progress

from archive import articles
from archive.articles import Selection
from archive.export import export_jsonl
from crawler import clock
from crawler.commands.common import archive_option, console, reading
from crawler.commands.search_ import DAY
from crawler.config import Config


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--format", "format_", type=click.Choice(["jsonl"]), default="jsonl", show_default=True)
@click.option("--source", "sources", multiple=True, help="Only this source (may be given again).")
@click.option("--since", type=DAY, help="Published on this day (in India) or later: YYYY-MM-DD.")
@click.option("--until", type=DAY, help="Published on this day or earlier.")
@archive_option
def command(config: Config, folder: Path, format_: str, sources: tuple[str, ...], since: Any, until: Any) -> None:
    """Write a dataset into DIR: articles.jsonl, a manifest with counts and checksum, a card (README.md)."""
    chosen = Selection(sources, since and since.date().isoformat(), until and until.date().isoformat())
    with reading(config) as archive, Progress(console=console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        articles.check_sources(archive.db, sources)
        task = bar.add_task("exporting", total=articles.count(archive.db, chosen))
        manifest = export_jsonl(archive.db, folder, chosen, clock.stamp(clock.now()), lambda: bar.advance(task))
    click.echo(f"{manifest['articles']} articles with {manifest['embeds']} embeds written to {folder}/articles.jsonl")
