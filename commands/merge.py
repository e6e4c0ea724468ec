"""khabar merge"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import click
from rich.progress import Progress

from commands.common import archive_option, make_console
from khabar.archive import open_archive
from khabar.archive.merge import count_articles, merge_archive
from khabar.model.config import Config


@click.command()
@click.argument(
    "shards", nargs=-1, required=True, metavar="SHARD.db...", type=click.Path(path_type=Path)
)
@archive_option
def command(config: Config, shards: tuple[Path, ...]) -> None:
    """Fold the archives of other machines into this one, in any order, as often as you like: what
    was fetched last is the article, older readings are its revisions, ids stay, stories are linked
    anew. Shards are only read.
    """
    total = sum(map(count_articles, shards))
    counts = Counter[str]()
    with (
        open_archive(config.archive, write=True) as archive,
        Progress(
            console=make_console(stderr=True), transient=True, disable=not sys.stderr.isatty()
        ) as bar,
    ):
        task = bar.add_task("merging", total=total)
        for shard in shards:
            counts += merge_archive(archive, shard, lambda articles: bar.advance(task, articles))
    click.echo(
        ", ".join(f"{number} {what}" for what, number in sorted(counts.items()))
        or "nothing to merge"
    )
