"""khabar sources"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
import msgspec

from commands.common import (
    DURATION,
    EXIT_NEWLY_BROKEN,
    SOURCE_KEY,
    archive_option,
    list_options,
    open_for_reading,
    print_json,
    print_lines,
    print_rows,
    require_contact,
    shard_option,
)
from commands.terminal import get_width, wrap_text
from khabar.hindi.india_time import IST
from khabar.model import clock, urls
from khabar.model.config import Config
from khabar.model.errors import RunError
from khabar.model.sources import Shard, Source, group_sources


@click.command("add")
@click.argument("url")
@click.option(
    "--key", help="Key of the source, which names its file. Default: taken from the host."
)
@archive_option
def add(config: Config, url: str, key: str | None) -> None:
    """Draft a source file from a home page.

    It has names, feeds, sitemaps and a pattern of article URLs as far as they were found. The file
    is written into the first folder of `source_folders` in khabar.toml that is not "built-in", or
    printed if there is none. An existing file is never overwritten. The draft has status = "draft"
    until you have checked it and changed that (docs/sources.md).
    """
    if reason := urls.reject_reason(url):
        raise RunError(f"{url} is not the URL of a home page: {reason}")
    from crawler.source_tools.draft import draft_source
    from khabar.archive.rights import format_names

    key, text, barred_archives = draft_source(config, urls.normalize_url(url), key)
    if barred_archives:
        click.echo(
            f"khabar: its robots.txt bars web archives ({format_names(list(barred_archives))}): "
            "ask the site before you archive it",
            err=True,
        )
    folder = _find_source_folder(config)
    if folder is None:
        click.echo(text, nl=False)
        return
    click.echo(_create_file(folder / f"{key}.toml", text))


def _find_source_folder(config: Config) -> Path | None:
    folders = [name for name in config.settings.source_folders if name != "built-in"]
    return config.file.parent / folders[0] if folders else None


def _create_file(path: Path, text: str) -> Path:
    """Writes a new file. Raises RunError when it exists or cannot be written."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise RunError(
            f"{path} exists already: delete it, or give another key with --key"
        ) from error
    except OSError as error:
        raise RunError(f"{path}: {error.strerror or error}") from error
    return path


@click.command("check")
@click.argument("keys", nargs=-1, type=SOURCE_KEY, metavar="[SOURCE]...")
@click.option(
    "--stale",
    type=DURATION,
    default="7d",
    show_default=True,
    help="A document without anything newer than this is stale.",
)
@click.option("--save", is_flag=True, help="Also write the report as JSON beside the archive.")
@list_options
@archive_option
def check(
    config: Config, keys: tuple[str, ...], stale: timedelta, save: bool, as_json: bool, as_csv: bool
) -> int:
    """Fetch each feed, sitemap and listing and print its state.

    Nothing is stored. States: ok, stale, empty, moved, busy, forbidden, broken, dead
    (docs/sources.md). Default: all sources that are on; drafts can be named. robots.txt and delays
    are obeyed.

    Exit code: 1 when a document is broken or dead, else 0.
    """
    sources = _select_sources(config, keys)
    require_contact(config, sources)
    from crawler.source_tools.check import FAILED_STATES, check_documents

    verdicts = check_documents(config, sources, stale)
    rows: list[dict[str, Any]] = [msgspec.to_builtins(verdict) for verdict in verdicts]
    print_rows(rows, as_json=as_json, as_csv=as_csv)
    if save:
        click.echo(f"khabar: report in {_save_report(config.archive.parent, rows)}", err=True)
    return EXIT_NEWLY_BROKEN if any(verdict.state in FAILED_STATES for verdict in verdicts) else 0


def _select_sources(config: Config, keys: Sequence[str]) -> list[Source]:
    """Returns the sources named, or all that are on. Raises RunError for one that is off."""
    registry = config.load_registry()
    sources = [registry.get(key) for key in dict.fromkeys(keys)] or list(registry.active_sources)
    for source in sources:
        if source.status == "off":
            raise RunError(f"{source.key} is off and cannot be checked: {source.reason}")
    return sources


def _save_report(folder: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """Writes the report as JSON, with the time in its name. Raises RunError when it cannot."""
    timestamp = clock.format_utc(clock.now())
    path = folder / f"sources-check-{timestamp.replace(':', '')}.json"
    part = path.with_suffix(".part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part.write_bytes(
            msgspec.json.format(msgspec.json.encode({"checked_at": timestamp, "documents": rows}))
        )
        part.replace(path)
    except OSError as error:
        raise RunError(f"{path}: {error.strerror or error}") from error
    return path


@click.command("rights")
@click.argument("keys", nargs=-1, type=SOURCE_KEY, metavar="[SOURCE]...")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@archive_option
def rights(config: Config, keys: tuple[str, ...], as_json: bool) -> None:
    """Ask the sites of stored articles what they say of use, and store it.

    For imports: a site that was never asked is unknown, and its articles are reserved for training
    and as input to AI. Requests robots.txt, tdmrep.json and licences as a crawl does, with its
    delays; none that was requested within a day. Default: the sites of all articles.

    The table shows each site's files and of how many of its articles a use is reserved.
    """
    from crawler.source_tools.site_rights import ask_sites
    from khabar.archive.rights import summarize_sites

    with open_for_reading(config):
        pass  # a missing archive is an error, not a new one
    sites = ask_sites(config, keys)
    with open_for_reading(config) as archive:
        rows = list(summarize_sites(archive.db, sites))
    if as_json:
        print_json(rows)
    else:
        print_rows([_shorten_rights(row) for row in rows], as_json=False, as_csv=False)


def _shorten_rights(row: dict[str, Any]) -> dict[str, Any]:
    """Returns the row of the table for people: whole reasons and names are in JSON."""
    licences, unread = row["licences"], row["licences_unread"]
    return {
        "source": row["source"],
        "site": row["site"].partition("://")[2],
        "articles": row["articles"],
        "robots": row["robots"],
        "tdmrep": row["tdmrep"],
        "rsl": f"{licences - unread}/{licences}" if licences else "",
        "archives": "barred" if row["archives_barred"] else "",
        "reserved": " ".join(f"{use}:{n}" for use, n in row["reserved"].items() if n),
    }


@click.command("mute")
@click.argument("key", type=SOURCE_KEY)
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="Last day (Indian time) of the mute.",
)
@click.option("--reason", help="Why; shown by `khabar status`.")
@click.option("--lift", is_flag=True, help="End the mute.")
@archive_option
def mute(config: Config, key: str, until: datetime | None, reason: str | None, lift: bool) -> None:
    """Mute a source that is known to be broken.

    Until the end of the day, it causes no alerts and no exit code 1. If it is still broken after
    that day, it is reported as newly broken. Works during a crawl.
    """
    if lift == bool(until and reason):
        raise click.UsageError("give --until and --reason, or --lift")
    config.load_registry().get(key)
    from khabar.archive import health
    from khabar.archive.connect import open_without_lock

    with open_without_lock(config.archive) as archive:
        if until and reason:
            health.mute_source(archive.db, key, _end_of_day(until), reason, clock.now())
            click.echo(f"{key} is muted until the end of {until:%Y-%m-%d}: {reason}")
        else:
            was_muted = health.unmute_source(archive.db, key)
            click.echo(f"{key} is {'no longer muted' if was_muted else 'not muted'}")


def _end_of_day(day: datetime) -> datetime:
    """Returns the end of a day in India. Raises click.UsageError when it is over already."""
    end = day.replace(tzinfo=IST) + timedelta(days=1)
    if end <= clock.now():
        raise click.UsageError(f"--until {day:%Y-%m-%d} is over already")
    return end


@click.group()
def command() -> None:
    """List, check, draft and mute sources, ask their rights (docs/sources.md)."""


for subcommand in (mute, check, add, rights):
    command.add_command(subcommand)


@command.command("list")
@click.option(
    "--status", type=click.Choice(["on", "draft", "off"]), help="Only sources of this status."
)
@shard_option
@list_options
@archive_option
def list_sources(
    config: Config, status: str | None, shard: Shard | None, as_json: bool, as_csv: bool
) -> None:
    """List every source: on, draft or off, and why. `khabar status` shows how they are doing.

    With --shard, only those of a machine, and by which host they were dealt: sources of one group
    share hosts and go together.
    """
    registry = config.load_registry()
    sources = registry.select_shard(shard) if shard else registry.sources.values()
    rows = [_make_row(source) for source in sources if status in (None, source.status)]
    if shard:
        groups = group_sources(registry.sources.values())
        rows = [row | {"shard": f"{shard}", "group": groups[row["key"]]} for row in rows]
    if as_json or as_csv:
        print_rows(rows, as_json=as_json, as_csv=as_csv)
    else:
        _print_sources(rows)
    for fault in registry.faults:
        click.echo(f"khabar: source left out: {fault}", err=True)
    for warning in registry.warnings:
        click.echo(f"khabar: {warning}", err=True)


def _print_sources(rows: Sequence[dict[str, Any]]) -> None:
    """Prints a line per source, those that are on first, and below why others are off."""
    statuses = ("on", "draft", "off")
    rows = sorted(rows, key=lambda row: (statuses.index(row["status"]), row["key"]))
    table = [
        {
            "key": row["key"],
            "status": row["status"],
            "feeds": row["feeds"],
            "sitemaps": row["news_sitemaps"] + row["archive_sitemaps"],
            "checked": row["checked"],
            "name_en": row["name_en"],
            "name": row["name"],
        }
        | {name: row[name] for name in ("shard", "group") if name in row}
        for row in rows
    ]
    print_rows(table, as_json=False, as_csv=False)
    for row in rows:
        if row["reason"]:
            text = f"{row['key']} is {row['status']}: {row['reason']}"
            print_lines(["", *wrap_text(text, get_width())])


def _make_row(source: Source) -> dict[str, Any]:
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
