"""khabar sources"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
import msgspec

from commands.common import DURATION, EXIT_NEWLY_BROKEN, archive_option, list_options, print_rows
from khabar.archive import health
from khabar.archive.connect import open_without_lock
from khabar.hindi.dates import IST
from khabar.model import clock, urls
from khabar.model.config import Config
from khabar.model.errors import RunError
from khabar.model.sources import Source


@click.command("add")
@click.argument("url")
@click.option("--key", help="What to call it; the file's name. Default: the host's own word.")
@archive_option
def add(config: Config, url: str, key: str | None) -> None:
    """Draft a source from a home page: feeds, sitemaps, names, what its articles' addresses look
    like.

    Written into the first folder of your own in khabar.toml (`source_folders`), never over a file;
    printed where there is none. A person finishes it: status = "draft" until then.
    """
    from crawler.source_tools.draft import draft_source

    if reason := urls.reject_reason(url):
        raise RunError(f"{url} is no address of a home page: {reason}")
    key, text = draft_source(config, urls.normalize_url(url), key)
    folder = _find_source_folder(config)
    if folder is None:
        click.echo(text, nl=False)
        return
    click.echo(_create_file(folder / f"{key}.toml", text))


def _find_source_folder(config: Config) -> Path | None:
    folders = [name for name in config.settings.source_folders if name != "built-in"]
    return config.file.parent / folders[0] if folders else None


def _create_file(path: Path, text: str) -> Path:
    """Only where nothing stands yet. RunError when something does, or it cannot be written."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise RunError(
            f"{path} exists already: remove it, or give another name with --key"
        ) from error
    except OSError as error:
        raise RunError(f"{path}: {error.strerror or error}") from error
    return path


@click.command("check")
@click.argument("keys", nargs=-1, metavar="[SOURCE]...")
@click.option(
    "--stale",
    type=DURATION,
    default="7d",
    show_default=True,
    help="Nothing new for so long is stale.",
)
@click.option("--save", is_flag=True, help="Write the report beside the archive.")
@list_options
@archive_option
def check(
    config: Config, keys: tuple[str, ...], stale: timedelta, save: bool, as_json: bool, as_csv: bool
) -> int:
    """Ask each feed, sitemap and listing live: ok, stale, empty, moved, busy, forbidden, broken or
    dead.

    Of all sources that are on, or of those named, drafts too. Politely, through every guard, into
    no archive. Exit 1 when one is dead or no longer a feed.
    """
    from crawler.source_tools.check import FAILED_STATES
    from crawler.source_tools.check import check_documents as ask

    verdicts = ask(config, _select_sources(config, keys), stale)
    rows: list[dict[str, Any]] = [msgspec.to_builtins(verdict) for verdict in verdicts]
    print_rows(rows, as_json=as_json, as_csv=as_csv)
    if save:
        click.echo(f"khabar: report in {_save_report(config.archive.parent, rows)}", err=True)
    return EXIT_NEWLY_BROKEN if any(verdict.state in FAILED_STATES for verdict in verdicts) else 0


def _select_sources(config: Config, keys: Sequence[str]) -> list[Source]:
    """The sources named, or all that are on. One that is off is not asked: it has its reason."""
    registry = config.load_registry()
    sources = [registry.get(key) for key in dict.fromkeys(keys)] or list(registry.active_sources)
    for source in sources:
        if source.status == "off":
            raise RunError(f"{source.key} is off and is not asked: {source.reason}")
    return sources


def _save_report(folder: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """The report as JSON, whole or not at all, named by its moment. RunError when it cannot be
    written.
    """
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


@click.command("mute")
@click.argument("key")
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The last day (in India) to say nothing of it.",
)
@click.option("--reason", help="Why: `khabar status` shows it.")
@click.option("--lift", is_flag=True, help="Hear of it again.")
@archive_option
def mute(config: Config, key: str, until: datetime | None, reason: str | None, lift: bool) -> None:
    """Say nothing of a source that is known to be broken, until a day: no alert, no exit code 1.

    Still broken when the day is over, it is told as newly broken. May be said while a run goes on.
    """
    if lift == bool(until and reason):
        raise click.UsageError("give --until and --reason, or --lift")
    config.load_registry().get(key)
    with open_without_lock(config.archive) as archive:
        if until and reason:
            health.mute_source(archive.db, key, _end_of_day(until), reason, clock.now())
            click.echo(f"{key} is muted until the end of {until:%Y-%m-%d}: {reason}")
        else:
            was_muted = health.unmute_source(archive.db, key)
            click.echo(f"{key} is {'heard again' if was_muted else 'not muted'}")


def _end_of_day(day: datetime) -> datetime:
    """The end of a day in India. UsageError when it is over already."""
    end = day.replace(tzinfo=IST) + timedelta(days=1)
    if end <= clock.now():
        raise click.UsageError(f"--until {day:%Y-%m-%d} is over already")
    return end


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
    registry = config.load_registry()
    rows = [
        _make_row(source) for source in registry.sources.values() if status in (None, source.status)
    ]
    print_rows(rows, as_json=as_json, as_csv=as_csv)
    for fault in registry.faults:
        click.echo(f"khabar: source left out: {fault}", err=True)


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
