"""khabar account"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from commands.common import SOURCE_KEY, archive_option, open_for_reading
from commands.search import DAY
from khabar.archive.store import articles
from khabar.archive.upkeep import account
from khabar.archive.upkeep.account import ReportPeriod
from khabar.model import clock
from khabar.model.config import Config
from khabar.model.errors import RunError


@click.command()
@click.argument("source", type=SOURCE_KEY)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--from",
    "since",
    type=DAY,
    required=True,
    metavar="YYYY-MM-DD",
    help="First day (Indian time).",
)
@click.option(
    "--to", "until", type=DAY, required=True, metavar="YYYY-MM-DD", help="Last day (Indian time)."
)
@archive_option
def command(config: Config, source: str, folder: Path, since: datetime, until: datetime) -> None:
    """Write a report about one source and period into DIR, for its publisher or a court.

    account.html has the summary: requests, URLs not fetched and why, articles stored, robots.txt
    and rights signals of that time, exports and takedowns. CSV files beside it list every request,
    every URL not fetched and every article.
    """
    if until < since:
        raise RunError(f"--to {until:%Y-%m-%d} is before --from {since:%Y-%m-%d}")
    with open_for_reading(config) as archive:
        articles.check_sources(archive.db, [source])
        counts = account.write_report(
            archive.db, source, ReportPeriod(since.date(), until.date()), folder, clock.now()
        )
    click.echo(
        f"{folder / account.REPORT_FILE}: {counts['requests']} requests, "
        f"{counts['refused']} URLs not fetched, {counts['held']} articles stored"
    )
