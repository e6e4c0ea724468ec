"""khabar crawl"""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import click
from sqlite_utils import Database

from commands.common import (
    DURATION,
    EXIT_NEWLY_BROKEN,
    EXIT_NOTHING_RAN,
    SOURCE_KEY,
    archive_option,
    require_contact,
    shard_option,
    workers_option,
)
from khabar.archive import health
from khabar.archive.connect import open_without_lock
from khabar.archive.frontier import documents
from khabar.archive.health import RunSummary
from khabar.model import clock
from khabar.model.config import Config
from khabar.model.errors import RunError
from khabar.model.sources import Shard

if TYPE_CHECKING:
    from crawler.session import CrawlSession


@click.command()
@click.argument("sources", nargs=-1, type=SOURCE_KEY, metavar="[SOURCE]...")
@click.option("--budget", type=DURATION, help="Start no new request after this time: 90s, 15m, 2h.")
@click.option("--limit", type=click.IntRange(min=1), help="Request at most N pages.")
@click.option("--url", "urls", multiple=True, help="Only this URL (repeatable).")
@shard_option
@workers_option
@click.option("-v", "--verbose", is_flag=True, help="Print Scrapy's log on stderr.")
@archive_option
def command(config: Config, sources: tuple[str, ...], budget: timedelta | None, limit: int | None,
            urls: tuple[str, ...], shard: Shard | None, workers: int, *,
            verbose: bool) -> int:  # fmt: skip
    """Fetch and store what is due: new articles, and stored ones that may have changed.

    SOURCE is a key of `khabar sources list`. Default: all sources that are on. Without a terminal,
    nothing is printed unless something is wrong.

    \b
    Exit codes:
      0   success
      1   a source is newly broken
      2   nothing could be fetched: no run, an outage, or every request failed
      3   less disk space than disk_floor_mb, or a full disk
      75  another run has locked the archive
    """
    sources = check_sources(config, sources, shard)
    if not sources and shard:
        click.echo(f"nothing to do on this machine: the sources named are not of shard {shard}")
        return 0
    from commands.crawl_process import run_crawl  # here, as it imports Scrapy

    session = run_crawl(
        config, sources, budget=budget, workers=workers, verbose=verbose, urls=urls, limit=limit
    )
    code = report_run(config, session)
    if config.settings.heartbeat_url and code in (0, EXIT_NEWLY_BROKEN):
        from commands.alerts import send_heartbeat

        send_heartbeat(config.settings.heartbeat_url)
    return code


def check_sources(
    config: Config, sources: tuple[str, ...], shard: Shard | None = None
) -> tuple[str, ...]:
    """Checks, before Scrapy starts, that the sources exist and a contact is set.

    Returns the sources to crawl: as named (none: all that are on), or those of them that are of the
    shard. Prints broken source files. Raises SourceError or RunError.
    """
    registry = config.load_registry()
    for fault in registry.faults:
        click.echo(f"khabar: source left out: {fault}", err=True)
    for warning in registry.warnings:
        click.echo(f"khabar: {warning}", err=True)
    crawl_sources = [registry.get(key) for key in sources] or list(registry.active_sources)
    if not crawl_sources:
        raise RunError(
            "no source is on: see `khabar sources list`, and docs/sources.md to turn one on"
        )
    require_contact(config, crawl_sources)
    if shard is None:
        return sources
    shard_keys = {source.key for source in registry.select_shard(shard)}
    keys = tuple(source.key for source in crawl_sources if source.key in shard_keys)
    if not keys and not sources:
        raise RunError(
            f"no source that is on is dealt to shard {shard}: see `khabar sources list --shard "
            f"{shard}`; with fewer machines each gets some"
        )
    return keys


def report_run(config: Config, session: CrawlSession) -> int:
    """Prints the result of a run on a terminal, and problems always, on stderr. Sends alerts.

    Returns the exit code. Raises the run's error, if it had one.
    """
    if session.fault is not None:
        raise session.fault
    if session.future_time:
        click.echo(
            f"khabar: the archive had times later than now, up to {session.future_time}: the clock "
            "of an earlier run was wrong, or this one's is; they were set to now",
            err=True,
        )
    from commands.alerts import send_alerts

    with open_without_lock(config.archive) as archive:
        run = health.last_run(archive.db)
        if sys.stdout.isatty():
            click.echo(
                f"{run.new} new, {run.edited} edited, {run.unchanged} unchanged; "
                f"{run.pages} pages requested"
            )
        for source, url, since, evidence in documents.list_retired(archive.db, run.id):
            click.echo(
                f"khabar: {source}: {url} retired, failing since {since[:10]}: {evidence}", err=True
            )
        send_alerts(archive.db, config.archive, config.settings, clock.now())
        return _exit_code(archive.db, run)


def _exit_code(db: Database, run: RunSummary) -> int:
    """Returns 0 on success, 1 for a newly broken source, 2 when nothing could be fetched."""
    if run.reason == "outage" or health.has_read_nothing(db, run.id):
        return EXIT_NOTHING_RAN
    return EXIT_NEWLY_BROKEN if health.list_newly_broken(db, run.id) else 0
