"""khabar merge"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from commands.common import archive_option, make_progress
from khabar.archive import open_archive
from khabar.archive.merge import count_articles, merge_archive
from khabar.model.config import Config


@click.command()
@click.argument(
    "shards", nargs=-1, required=True, metavar="SHARD.db...", type=click.Path(path_type=Path)
)
@archive_option
def command(config: Config, shards: tuple[Path, ...]) -> None:
    """Merge the archives of other machines into this one. They are only read.

    Archives can be merged in any order and more than once. Of an article in several archives, the
    version fetched last is current and the others become its revisions. Ids are kept; an article
    with two ids keeps the one known first. Near-duplicates are linked again.
    """
    total = sum(map(count_articles, shards))
    counts = Counter[str]()
    with open_archive(config.archive, write=True) as archive, make_progress() as bar:
        task = bar.add_task("merging", total=total)
        for shard in shards:
            counts += merge_archive(archive, shard, lambda articles: bar.advance(task, articles))
    click.echo(
        ", ".join(f"{number} {what}" for what, number in sorted(counts.items()))
        or "nothing to merge"
    )
