"""khabar takedown"""

from __future__ import annotations

import sys
from typing import Any

import click
import msgspec

from commands.common import (
    archive_option,
    list_options,
    open_for_reading,
    open_for_writing,
    print_rows,
)
from khabar.archive.upkeep import takedown
from khabar.archive.upkeep.takedown import Takedown
from khabar.model import clock, urls
from khabar.model.config import Config
from khabar.model.errors import RunError

COPIES_SHOWN = 50


@click.group()
def command() -> None:
    """Articles to be forgotten: purged from the archive, and never taken up again."""


@command.command("add")
@click.argument("pattern", metavar="URL|PATTERN")
@click.option(
    "--reason", required=True, help="Why, for the list: court order 12/2026, correction asked for …"
)
@click.option("--by", "asked_by", required=True, help="Who asked for it.")
@click.option("--dry-run", is_flag=True, help="Name what would go, and leave it.")
@click.option("--yes", is_flag=True, help="Purge what a pattern means without asking.")
@archive_option
def add(config: Config, pattern: str, reason: str, asked_by: str, dry_run: bool, yes: bool) -> None:
    """Forget an article by any of its addresses, or all that a pattern means:
    https://www.example.in/news/*

    Words, earlier readings, embeds nobody else holds, the raw pages (sealed ones too), and every
    trace in unused bytes. Backups and exports that still have it are named: they are yours to
    remove. A pattern asks first: on a terminal for its host, elsewhere for --yes.
    """
    target = _normalize_pattern(config, pattern)
    if dry_run:
        with open_for_reading(config) as archive:
            click.echo(
                "\n".join(takedown.list_target_urls(archive.db, target)) or "nothing is held of it"
            )
        return
    if "*" in target and not yes:
        _confirm_purge(config, target)
    with open_for_writing(config) as archive:
        result = takedown.add_takedown(archive, target, reason, asked_by, clock.now())
    click.echo(
        f"{result.pattern}: {result.articles} articles and {result.snapshots} kept pages purged, and kept out"
    )
    _print_copies(result)


def _confirm_purge(config: Config, pattern: str) -> None:
    """Purging is for good: a pattern is confirmed by its host. RunError when it is not, or
    nobody is there to ask.
    """
    with open_for_reading(config) as archive:
        target = takedown.find_target(archive.db, pattern)
    summary = f"{pattern} means {len(target.articles)} articles and {len(target.pages)} addresses"
    if not sys.stdin.isatty():
        raise RunError(f"{summary}: nothing was purged; add --yes, or --dry-run to see them")
    host = urls.get_host(pattern)
    if (
        click.prompt(
            f"{summary}. They are purged for good. Type the host ({host}) to go on", default=""
        )
        != host
    ):
        raise RunError("nothing was purged")


def _normalize_pattern(config: Config, pattern: str) -> str:
    """In the one spelling; an address as the source it belongs to folds its own."""
    canonical = takedown.normalize_pattern(pattern)
    owner = next(
        (
            source
            for source in config.load_registry().sources.values()
            if source.is_own_url(canonical)
        ),
        None,
    )
    return owner.canonicalize_url(canonical) if owner and "*" not in canonical else canonical


def _print_copies(result: Takedown) -> None:
    for copy in result.copies[:COPIES_SHOWN]:
        click.echo(f"still has it: {copy.kind} of {copy.at[:10]}: {copy.path}")
    if (more := len(result.copies) - COPIES_SHOWN) > 0:
        click.echo(f"and {more} more: `khabar takedown list --json` names all")


@command.command("finish")
@archive_option
def finish(config: Config) -> None:
    """Remove the last traces of takedowns that were killed, or wanted more room or a reader
    gone.
    """
    with open_for_writing(config) as archive:
        click.echo(f"{takedown.finish_takedowns(archive, clock.now())} takedowns finished")


@command.command("repeat")
@archive_option
def repeat(config: Config) -> None:
    """Purge again what was taken down since the backup that this archive was restored from.

    takedowns.jsonl, beside the archive and in each backup folder, names the takedowns. Until they
    are repeated, the other commands refuse the archive.
    """
    with open_for_writing(config, restored=True) as archive:
        results = takedown.repeat_missing_takedowns(archive)
    for result in results:
        click.echo(
            f"{result.pattern}: {result.articles} articles and {result.snapshots} kept pages purged, and kept out"
        )
        _print_copies(result)
    if not results:
        click.echo("the archive has every takedown of the log")


@command.command("list")
@list_options
@archive_option
def list_takedowns(config: Config, as_json: bool, as_csv: bool) -> None:
    """Every takedown: what, why, who asked, what went, and which copies still have it."""
    with open_for_reading(config) as archive:
        takedowns = takedown.list_takedowns(archive.db)
    print_rows(
        [_make_row(entry, is_full=as_json) for entry in takedowns], as_json=as_json, as_csv=as_csv
    )


def _make_row(entry: Takedown, *, is_full: bool) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.to_builtins(entry)
    return (
        row
        if is_full
        else row | {"copies": "; ".join(f"{copy.kind} {copy.path}" for copy in entry.copies)}
    )
