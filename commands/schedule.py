"""khabar schedule"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

import click

from commands import timetable
from commands.common import DURATION, archive_option
from khabar.model.config import Config

ScheduleFormat = Literal["cron", "service", "timer", "all"]


@click.command()
@click.argument("form", type=click.Choice(["cron", "service", "timer", "all"]), default="all")
@click.option(
    "--every", type=DURATION, default="1h", show_default=True, help="How often: 15m, 1h, 6h, 1d …"
)
@click.option("--budget", type=DURATION, help="Time for one run. Default: five sixths of --every.")
@click.option(
    "--jitter",
    type=DURATION,
    help="Begin up to this much later, at random. Default: a fifteenth of --every.",
)
@click.option(
    "--user",
    help="Who runs it: a line for /etc/cron.d instead of `crontab -e`, and the units' User.",
)
@archive_option
def command(
    config: Config,
    form: ScheduleFormat,
    every: timedelta,
    budget: timedelta | None,
    jitter: timedelta | None,
    user: str | None,
) -> None:
    """Print a crontab line and systemd units that run `khabar crawl` for this archive. Nothing is
    installed.

    Locked, begun at a minute of its own and a little late, within a time budget, quiet when all is
    well.
    """
    try:
        plan = timetable.make_plan(config, every, budget=budget, jitter=jitter, user=user)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    formatters = {
        "cron": timetable.format_cron_line,
        "service": timetable.format_service,
        "timer": timetable.format_timer,
    }
    if form != "all":
        click.echo(formatters[form](plan))
        return
    where = "in /etc/cron.d/khabar" if user else "by `crontab -e`"
    click.echo(
        f"# cron: one line {where}. Cron mails what is printed: set MAILTO above it.\n{formatters['cron'](plan)}\n"
    )
    click.echo("# or systemd: two files, then `systemctl enable --now khabar.timer`")
    for name in ("service", "timer"):
        click.echo(f"\n# /etc/systemd/system/khabar.{name}\n{formatters[name](plan)}")
