"""khabar seal"""

from __future__ import annotations

import sys
from datetime import timedelta

import click

from commands.common import DURATION, archive_option, open_for_writing, print_step
from khabar.archive.upkeep import seal
from khabar.model import clock
from khabar.model.config import Config

_MB = 1 << 20  # bytes


@click.command()
@click.option(
    "--older-than",
    type=DURATION,
    default="60d",
    show_default=True,
    help="Only months that ended at least this long ago.",
)
@archive_option
def command(config: Config, older_than: timedelta) -> None:
    """Move whole months of raw pages to snapshots/YYYY-MM.db beside the archive, and shrink it.

    All commands find the pages there. The file of a month changes only when a takedown deletes
    pages from it or older pages are imported, so a backup copies it once.
    """
    with open_for_writing(config) as archive:
        results = seal.seal_months(
            archive, older_than, clock.now(), lambda month: print_step(f"sealing {month}")
        )
    for result in results:
        click.echo(f"{result.month}: {result.snapshots} pages in {result.bytes / _MB:.1f} MB; "
                   f"the archive is {result.freed_bytes / _MB:.1f} MB smaller")  # fmt: skip
    if not results and sys.stdout.isatty():
        click.echo("nothing to seal")
