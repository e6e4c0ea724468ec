"""khabar aliases"""

from __future__ import annotations

import click

from commands.common import archive_option, list_options, open_for_reading, print_rows
from khabar.archive import search
from khabar.archive.connect import open_without_lock
from khabar.archive.database import transaction
from khabar.hindi.aliases import ALIAS_GROUPS
from khabar.model.config import Config


@click.group(invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """List, add and remove aliases: names that search treats as the same, like 'नगर निगम, एनएन'.

    Your aliases are stored in the archive, in addition to Khabar's own. A name that you add is
    taken out of Khabar's own group of aliases.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_aliases)


@command.command("list")
@list_options
@archive_option
def list_aliases(config: Config, as_json: bool = False, as_csv: bool = False) -> None:
    """List all groups of aliases: this archive's, then Khabar's own."""
    with open_for_reading(config) as archive:
        lines = search.list_aliases(archive.db)
    rows = [{"names": line, "whose": "archive"} for line in lines]
    rows += [{"names": ", ".join(group), "whose": "khabar"} for group in ALIAS_GROUPS]
    print_rows(rows, as_json=as_json, as_csv=as_csv, empty="no aliases")


@command.command()
@click.argument("names")
@archive_option
def add(config: Config, names: str) -> None:
    """Treat NAMES, separated by commas, as the same.

    A single name is only taken out of Khabar's own aliases.
    """
    with open_without_lock(config.archive) as archive, transaction(archive.db):
        click.echo(f"added: {search.add_alias(archive.db, names)}")


@command.command()
@click.argument("name")
@archive_option
def remove(config: Config, name: str) -> None:
    """Remove this archive's group of aliases that contains NAME."""
    with open_without_lock(config.archive) as archive, transaction(archive.db):
        click.echo(f"removed: {search.remove_alias(archive.db, name)}")
