"""khabar backup"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from commands.common import archive_option
from khabar.archive.upkeep import backup
from khabar.model import clock
from khabar.model.config import Config

_MB = 1 << 20


@click.command()
@click.argument("dest", type=click.Path(path_type=Path))
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    help="Leave the newest N backups in DEST; all, unless said.",
)
@archive_option
def command(config: Config, dest: Path, keep: int | None) -> None:
    """A whole, checked copy of the archive in the folder DEST, taken also while a crawl writes.

    Of sealed months only those that changed are copied. docs/steward.md says how to restore one.
    """
    result = backup.create_backup(config.archive, dest, keep, clock.now(), _print_step)
    if sys.stdout.isatty():
        click.echo(f"{result.path}: {result.bytes / _MB:.1f} MB, checked")
        click.echo(
            f"{len(result.months)} of {result.month_count} sealed months copied, "
            f"{len(result.removed_paths)} older backups removed"
        )


def _print_step(what: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"{what} …", err=True)
