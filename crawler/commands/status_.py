"""khabar status"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click
from sqlite_utils.utils import sqlite3

from archive import health
from crawler.commands.common import (
    EXIT_NEWLY_BROKEN,
    archive_option,
    console,
    json_option,
    print_json,
    print_rows,
    reading,
)
from crawler.config import Config
from hindi.dates import IST


@click.command()
@json_option
@archive_option
def command(config: Config, as_json: bool) -> int:
    """What the archive holds and how each source is doing. Exit code 1 when a source is newly broken."""
    with reading(config) as archive:
        sources, outcomes = health.sources(archive.db), health.outcomes(archive.db)
        run = health.last_run_id(archive.db)
        newly = health.newly_broken(archive.db, run) if run else []
    size = config.archive.stat().st_size
    if as_json:
        print_json(_told(config, size, sources, outcomes, newly))
    else:
        _print(config, size, sources, outcomes)
    for source, reason in newly:
        click.echo(f"khabar: {source} newly broken: {reason}", err=True)
    return EXIT_NEWLY_BROKEN if newly else 0


def _told(config: Config, size: int, sources: list[dict[str, Any]], outcomes: list[dict[str, Any]],
          newly: list[tuple[str, str]]) -> dict[str, Any]:  # fmt: skip
    return {
        "archive": str(config.archive),
        "bytes": size,
        "sqlite": sqlite3.sqlite_version,
        "sources": sources,
        "outcomes": {row["outcome"]: row["pages"] for row in outcomes},
        "newly_broken": [source for source, _ in newly],
    }


def _print(config: Config, size: int, sources: list[dict[str, Any]], outcomes: list[dict[str, Any]]) -> None:
    articles, embeds = sum(row["articles"] for row in sources), sum(row["embeds"] for row in sources)
    click.echo(
        f"{config.archive}: {articles} articles, {embeds} embeds, {size / 1e6:.1f} MB "
        f"(SQLite {sqlite3.sqlite_version})\n"
    )
    print_rows([_row(source) for source in sources], as_json=False, as_csv=False)
    click.echo("\nHow every page ended:")
    console().print("  " + " · ".join(f"{row['outcome']} {row['pages']}" for row in outcomes))


def _row(source: dict[str, Any]) -> dict[str, Any]:
    """A source's state as people read it; what is nought says nothing."""
    done = [f"{source[what]} {what}" for what in ("new", "edited") if source[what]]
    return {
        "source": source["source"],
        "articles": source["articles"],
        "embeds": source["embeds"],
        "newest": source["newest"],
        "last_crawl": _when(source["last_run"]),
        "brought": ", ".join(done),
        "waiting": source["waiting"] or None,
        "broken": source["broken"],
    }


def _when(moment: str | None) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(IST):%-d %b %H:%M}" if moment else "never"
