"""khabar sources check"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import msgspec

from crawler import clock
from crawler.commands.common import EXIT_NEWLY_BROKEN, STRETCH, archive_option, list_options, print_rows
from crawler.config import Config
from crawler.errors import RunError
from crawler.sources import Source


@click.command("check")
@click.argument("keys", nargs=-1, metavar="[SOURCE]...")
@click.option("--stale", type=STRETCH, default="7d", show_default=True, help="Nothing new for so long is stale.")
@click.option("--save", is_flag=True, help="Write the report beside the archive.")
@list_options
@archive_option
def check(config: Config, keys: tuple[str, ...], stale: timedelta, save: bool, as_json: bool, as_csv: bool) -> int:
    """Ask each feed, sitemap and listing live: ok, stale, empty, moved, busy, forbidden, broken or dead.

    Of all sources that are on, or of those named, drafts too. Politely, through every guard, into no archive. Exit 1
    when one is dead or no longer a feed.
    """
    from crawler.sourcing.checking import LOST
    from crawler.sourcing.checking import check as ask

    verdicts = ask(config, _chosen(config, keys), stale)
    rows: list[dict[str, Any]] = [msgspec.to_builtins(one) for one in verdicts]
    print_rows(rows, as_json=as_json, as_csv=as_csv)
    if save:
        click.echo(f"khabar: report in {_save(config.archive.parent, rows)}", err=True)
    return EXIT_NEWLY_BROKEN if any(one.state in LOST for one in verdicts) else 0


def _chosen(config: Config, keys: Sequence[str]) -> list[Source]:
    """The sources named, or all that are on. One that is off is not asked: it has its reason."""
    registry = config.registry()
    chosen = [registry.get(key) for key in dict.fromkeys(keys)] or list(registry.on)
    for source in chosen:
        if source.status == "off":
            raise RunError(f"{source.key} is off and is not asked: {source.reason}")
    return chosen


def _save(folder: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """The report as JSON, whole or not at all, named by its moment. RunError when it cannot be written."""
    moment = clock.stamp(clock.now())
    path = folder / f"sources-check-{moment.replace(':', '')}.json"
    part = path.with_suffix(".part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part.write_bytes(msgspec.json.format(msgspec.json.encode({"checked_at": moment, "documents": rows})))
        part.replace(path)
    except OSError as error:
        raise RunError(f"{path}: {error.strerror or error}") from error
    return path
