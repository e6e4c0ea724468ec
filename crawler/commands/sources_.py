"""khabar sources"""

from __future__ import annotations

from typing import Any

import click

from crawler.commands.add_ import add
from crawler.commands.check_ import check
from crawler.commands.common import archive_option, list_options, print_rows
from crawler.commands.mute_ import mute
from crawler.config import Config
from crawler.sources import Source


@click.group()
def command() -> None:
    """The sources and their state."""


for subcommand in (mute, check, add):
    command.add_command(subcommand)


@command.command("list")
@click.option("--status", type=click.Choice(["on", "draft", "off"]), help="Only those.")
@list_options
@archive_option
def list_sources(config: Config, status: str | None, as_json: bool, as_csv: bool) -> None:
    """Every source: on, draft or off, and why."""
    registry = config.registry()
    rows = [_row(source) for source in registry.sources.values() if status in (None, source.status)]
    print_rows(rows, as_json=as_json, as_csv=as_csv)
    for fault in registry.faults:
        click.echo(f"khabar: source left out: {fault}", err=True)


def _row(source: Source) -> dict[str, Any]:
    return {
        "key": source.key,
        "name": source.name,
        "name_en": source.name_en,
        "status": source.status,
        "reason": source.reason,
        "homepage": source.homepage,
        "feeds": len(source.feeds),
        "news_sitemaps": len(source.news_sitemaps),
        "archive_sitemaps": len(source.archive_sitemaps),
        "checked": source.checked.isoformat() if source.checked else None,
    }
