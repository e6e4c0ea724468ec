"""khabar takedown"""

from __future__ import annotations

import sys
from typing import Any

import click
import msgspec

from commands.common import archive_option, list_options, print_rows, reading, working
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
@click.option("--reason", required=True, help="Why, for the list: court order 12/2026, correction asked for …")
@click.option("--by", "asked_by", required=True, help="Who asked for it.")
@click.option("--dry-run", is_flag=True, help="Name what would go, and leave it.")
@click.option("--yes", is_flag=True, help="Purge what a pattern means without asking.")
@archive_option
def add(config: Config, pattern: str, reason: str, asked_by: str, dry_run: bool, yes: bool) -> None:
    """Forget an article by any of its addresses, or all that a pattern means: https://www.example.in/news/*

    Words, earlier readings, embeds nobody else holds, the raw pages (sealed ones too), and every trace in unused bytes.
    Backups and exports that still have it are named: they are yours to remove. A pattern asks first: on a terminal for
    its host, elsewhere for --yes.
    """
    told = _spelt(config, pattern)
    if dry_run:
        with reading(config) as archive:
            click.echo("\n".join(takedown.would(archive.db, told)) or "nothing is held of it")
        return
    if "*" in told and not yes:
        _ask(config, told)
    with working(config) as archive:
        done = takedown.add(archive, told, reason, asked_by, clock.now())
    click.echo(f"{done.pattern}: {done.articles} articles and {done.snapshots} kept pages purged, and kept out")
    _name_copies(done)


def _ask(config: Config, pattern: str) -> None:
    """Purging is for good: a pattern is confirmed by its host. RunError when it is not, or nobody is there to ask."""
    with reading(config) as archive:
        target = takedown.find(archive.db, pattern)
    meant = f"{pattern} means {len(target.articles)} articles and {len(target.pages)} addresses"
    if not sys.stdin.isatty():
        raise RunError(f"{meant}: nothing was purged; add --yes, or --dry-run to see them")
    host = urls.host_of(pattern)
    if click.prompt(f"{meant}. They are purged for good. Type the host ({host}) to go on", default="") != host:
        raise RunError("nothing was purged")


def _spelt(config: Config, pattern: str) -> str:
    """In the one spelling; an address as the source it belongs to folds its own."""
    told = takedown.normal_pattern(pattern)
    owner = next((source for source in config.registry().sources.values() if source.owns(told)), None)
    return owner.canonical_url(told) if owner and "*" not in told else told


def _name_copies(done: Takedown) -> None:
    for one in done.copies[:COPIES_SHOWN]:
        click.echo(f"still has it: {one.kind} of {one.at[:10]}: {one.path}")
    if (more := len(done.copies) - COPIES_SHOWN) > 0:
        click.echo(f"and {more} more: `khabar takedown list --json` names all")


@command.command("finish")
@archive_option
def finish(config: Config) -> None:
    """Remove the last traces of takedowns that were killed, or wanted more room or a reader gone."""
    with working(config) as archive:
        click.echo(f"{takedown.finish(archive, clock.now())} takedowns finished")


@command.command("repeat")
@archive_option
def repeat(config: Config) -> None:
    """Purge again what was taken down since the backup that this archive was restored from.

    takedowns.jsonl, beside the archive and in each backup folder, names the takedowns. Until they are repeated, the
    other commands refuse the archive.
    """
    with working(config, restored=True) as archive:
        repeated = takedown.repeat(archive)
    for one in repeated:
        click.echo(f"{one.pattern}: {one.articles} articles and {one.snapshots} kept pages purged, and kept out")
        _name_copies(one)
    if not repeated:
        click.echo("the archive has every takedown of the log")


@command.command("list")
@list_options
@archive_option
def list_takedowns(config: Config, as_json: bool, as_csv: bool) -> None:
    """Every takedown: what, why, who asked, what went, and which copies still have it."""
    with reading(config) as archive:
        found = takedown.listed(archive.db)
    print_rows([_row(one, whole=as_json) for one in found], as_json=as_json, as_csv=as_csv)


def _row(one: Takedown, *, whole: bool) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.to_builtins(one)
    return row if whole else row | {"copies": "; ".join(f"{held.kind} {held.path}" for held in one.copies)}
