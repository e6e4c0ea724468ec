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

COPIES_SHOWN = 50  # lines of backups and exports; chosen by hand, not measured


@click.group()
def command() -> None:
    """Delete articles from the archive for good, and block them from returning."""


@command.command("add")
@click.argument("pattern", metavar="URL|PATTERN")
@click.option(
    "--reason", required=True, help="Why, for the record: court order 12/2026, correction …"
)
@click.option("--by", "asked_by", required=True, help="Who requested it.")
@click.option("--dry-run", is_flag=True, help="List what would be deleted; delete nothing.")
@click.option("--yes", is_flag=True, help="Do not ask before deleting by a pattern.")
@archive_option
def add(config: Config, pattern: str, reason: str, asked_by: str, dry_run: bool, yes: bool) -> None:
    """Delete one article by any of its URLs, or all that match.

    A pattern contains *, for example https://www.example.in/news/*. It must be confirmed: on a
    terminal by typing its host, elsewhere with --yes.

    Deleted are the text, earlier revisions, embeds that no other article has, the raw pages (those
    of sealed months too) and what is left of them in unused bytes of the files. The command prints
    which backups and exports still contain the article: delete those yourself.
    """
    target = _normalize_pattern(config, pattern)
    if dry_run:
        with open_for_reading(config) as archive:
            click.echo(
                "\n".join(takedown.list_target_urls(archive.db, target))
                or "the archive has nothing that matches"
            )
        return
    if "*" in target and not yes:
        _confirm_purge(config, target)
    with open_for_writing(config) as archive:
        result = takedown.add_takedown(archive, target, reason, asked_by, clock.now())
    _print_result(result)


def _confirm_purge(config: Config, pattern: str) -> None:
    """Asks for the pattern's host. Raises RunError on another answer, or without a terminal."""
    with open_for_reading(config) as archive:
        target = takedown.find_target(archive.db, pattern)
    summary = f"{pattern} matches {len(target.articles)} articles and {len(target.pages)} URLs"
    if not sys.stdin.isatty():
        raise RunError(f"{summary}: nothing was deleted; add --yes, or --dry-run to list them")
    host = urls.get_host(pattern)
    question = f"{summary}. This cannot be undone. Type the host ({host}) to delete them"
    if click.prompt(question, default="") != host:
        raise RunError("nothing was deleted")


def _normalize_pattern(config: Config, pattern: str) -> str:
    """Returns the pattern in normal form; a URL also by the canonical rules of its source."""
    normal = takedown.normalize_pattern(pattern)
    owner = config.load_registry().find_owner(normal)
    return owner.canonicalize_url(normal) if owner and "*" not in normal else normal


def _print_result(result: Takedown) -> None:
    click.echo(
        f"{result.pattern}: {result.articles} articles and {result.snapshots} raw pages deleted, "
        "and blocked from returning"
    )
    for copy in result.copies[:COPIES_SHOWN]:
        click.echo(f"still contains it: {copy.kind} of {copy.at[:10]}: {copy.path}")
    if (more := len(result.copies) - COPIES_SHOWN) > 0:
        click.echo(f"and {more} more: `khabar takedown list --json` lists all")


@command.command("finish")
@archive_option
def finish(config: Config) -> None:
    """Finish takedowns that were interrupted.

    A takedown stays unfinished when its process was killed, the disk was too full, or another
    process was reading the archive.
    """
    with open_for_writing(config) as archive:
        click.echo(f"{takedown.finish_takedowns(archive, clock.now())} takedowns finished")


@command.command("repeat")
@archive_option
def repeat(config: Config) -> None:
    """Repeat takedowns in an archive restored from a backup.

    Takedowns made after the backup are missing in it. They are listed in takedowns.jsonl, beside
    the archive and in each backup folder. Until they are repeated, the other commands refuse the
    archive.
    """
    with open_for_writing(config, restored=True) as archive:
        results = takedown.repeat_missing_takedowns(archive)
        takedown.finish_takedowns(archive, clock.now())  # one that an earlier repeat began
    for result in results:
        _print_result(result)
    if not results:
        click.echo("the archive has every takedown of takedowns.jsonl")


@command.command("list")
@list_options
@archive_option
def list_takedowns(config: Config, as_json: bool, as_csv: bool) -> None:
    """List all takedowns.

    Shows what, why, who requested it, what was deleted, and which backups and exports contain it.
    """
    with open_for_reading(config) as archive:
        takedowns = takedown.list_takedowns(archive.db)
    rows = [_make_row(entry, is_full=as_json) for entry in takedowns]
    print_rows(rows, as_json=as_json, as_csv=as_csv, empty="no takedowns")


def _make_row(entry: Takedown, *, is_full: bool) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.to_builtins(entry)
    return (
        row
        if is_full
        else row | {"copies": "; ".join(f"{copy.kind} {copy.path}" for copy in entry.copies)}
    )
