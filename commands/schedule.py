"""khabar schedule"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

import click

from commands import timetable
from commands.common import DURATION, archive_option, shard_option
from khabar.model.config import NO_CONTACT, Config
from khabar.model.sources import Shard

ScheduleFormat = Literal["cron", "service", "timer", "all"]


@click.command()
@click.argument("form", type=click.Choice(["cron", "service", "timer", "all"]), default="all")
@click.option(
    "--every",
    type=DURATION,
    default="1h",
    show_default=True,
    help="Interval between runs: 15m, 1h, 6h, 1d …",
)
@click.option("--budget", type=DURATION, help="Time for one run. Default: 5/6 of --every.")
@click.option(
    "--jitter",
    type=DURATION,
    help="Random delay of the start, at most this. Default: 1/15 of --every.",
)
@click.option(
    "--user",
    help="User that runs it: prints a line for /etc/cron.d, and User= in the unit. Default of the "
    "unit: the archive's owner.",
)
@shard_option
@archive_option
def command(
    config: Config,
    form: ScheduleFormat,
    every: timedelta,
    budget: timedelta | None,
    jitter: timedelta | None,
    user: str | None,
    shard: Shard | None,
) -> None:
    """Print a crontab line and systemd units that run `khabar crawl` for this archive.

    Nothing is installed. Runs never overlap, start at a fixed minute derived from the archive's
    path plus a random delay, end within a time budget, and print nothing while all is well. With
    --shard each run crawls the sources of that machine alone.
    """
    try:
        plan = timetable.make_plan(
            config, every, budget=budget, jitter=jitter, user=user, shard=shard
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    if plan.owner == "root" and not user:
        advice = "--user NAME, who owns the archive"
        if form != "cron":
            raise click.UsageError(f"the units would crawl as root: {advice}")
        click.echo(f"khabar: in root's crontab this crawls as root: {advice}", err=True)
    if not config.settings.contact:
        click.echo(f"khabar: {NO_CONTACT}; until then each run ends with 2", err=True)
    formatters = {
        "cron": timetable.format_cron_line,
        "service": timetable.format_service,
        "timer": timetable.format_timer,
    }
    if form != "all":
        click.echo(formatters[form](plan))
        return
    where = "in /etc/cron.d/khabar" if user else "for `crontab -e`"
    click.echo(f"# cron: one line {where}. Cron mails all output: set MAILTO above it.")
    click.echo(f"{formatters['cron'](plan)}\n")
    click.echo("# or systemd: two files, then `systemctl enable --now khabar.timer`")
    for name in ("service", "timer"):
        click.echo(f"\n# /etc/systemd/system/khabar.{name}\n{formatters[name](plan)}")
