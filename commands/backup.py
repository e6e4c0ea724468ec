"""khabar backup"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from commands.common import archive_option, print_not_recorded, print_step
from khabar.archive.upkeep import backup
from khabar.model import clock
from khabar.model.config import Config

_MB = 1 << 20  # bytes


@click.command()
@click.argument("dest", type=click.Path(path_type=Path))
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    help="Delete all but the newest N backups in DEST. Default: keep all.",
)
@archive_option
def command(config: Config, dest: Path, keep: int | None) -> None:
    """Write a complete, verified copy of the archive into the folder DEST.

    It can run during a crawl, and before an upgrade's first run, which changes the archive. Of the
    sealed months, only those that changed are copied. An archive that this user may not write to
    is copied as well.
    docs/steward.md explains how to restore a backup.
    """
    result = backup.create_backup(config.archive, dest, keep, clock.now(), print_step)
    if not result.recorded:
        print_not_recorded(config.archive, result.path)
    if sys.stdout.isatty():
        click.echo(f"{result.path}: {result.bytes / _MB:.1f} MB, verified")
        click.echo(
            f"{len(result.months)} of {result.month_count} sealed months copied, "
            f"{len(result.removed_paths)} older backups deleted"
        )
