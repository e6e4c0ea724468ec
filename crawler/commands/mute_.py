"""khabar sources mute"""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from archive import health
from archive.connect import open_beside
from crawler import clock
from crawler.commands.common import archive_option
from crawler.config import Config
from hindi.dates import IST


@click.command("mute")
@click.argument("key")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day (in India) to say nothing of it.")
@click.option("--reason", help="Why: `khabar status` shows it.")
@click.option("--lift", is_flag=True, help="Hear of it again.")
@archive_option
def mute(config: Config, key: str, until: datetime | None, reason: str | None, lift: bool) -> None:
    """Say nothing of a source that is known to be broken, until a day: no alert, no exit code 1.

    Still broken when the day is over, it is told as newly broken. May be said while a run goes on.
    """
    if lift == bool(until and reason):
        raise click.UsageError("give --until and --reason, or --lift")
    config.registry().get(key)
    with open_beside(config.archive) as archive:
        if until and reason:
            health.mute(archive.db, key, _end_of(until), reason, clock.now())
            click.echo(f"{key} is muted until the end of {until:%Y-%m-%d}: {reason}")
        else:
            was = health.lift(archive.db, key)
            click.echo(f"{key} is {'heard again' if was else 'not muted'}")


def _end_of(day: datetime) -> datetime:
    """The end of a day in India. UsageError when it is over already."""
    end = day.replace(tzinfo=IST) + timedelta(days=1)
    if end <= clock.now():
        raise click.UsageError(f"--until {day:%Y-%m-%d} is over already")
    return end
