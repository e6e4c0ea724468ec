"""khabar backfill"""

from __future__ import annotations

from datetime import datetime, timedelta

import click
from sqlite_utils import Database

from commands.common import (
    DURATION,
    EXIT_NEWLY_BROKEN,
    SOURCE_KEY,
    archive_option,
    shard_option,
    workers_option,
)
from commands.crawl import check_sources, report_run
from commands.search import DAY
from khabar.archive import open_archive
from khabar.archive.connect import open_without_lock
from khabar.archive.frontier import backfills, url_store
from khabar.model import clock
from khabar.model.config import Config
from khabar.model.errors import RunError
from khabar.model.sources import Shard, Source


@click.command()
@click.argument("source", type=SOURCE_KEY)
@click.option(
    "--from",
    "since",
    type=DAY,
    required=True,
    metavar="YYYY-MM-DD",
    help="First day (Indian time).",
)
@click.option(
    "--to", "until", type=DAY, required=True, metavar="YYYY-MM-DD", help="Last day (Indian time)."
)
@click.option("--budget", type=DURATION, help="Start no new request after this time: 90s, 15m, 2h.")
@click.option("--limit", type=click.IntRange(min=1), help="Request at most N pages.")
@shard_option
@workers_option
@click.option("-v", "--verbose", is_flag=True, help="Print Scrapy's log on stderr.")
@archive_option
def command(config: Config, source: str, since: datetime, until: datetime, budget: timedelta | None,
            limit: int | None, shard: Shard | None, workers: int, *,
            verbose: bool) -> int:  # fmt: skip
    """Fetch a source's articles of past days, found in its archive sitemaps.

    New articles are fetched first. After an interruption the same command continues where it
    stopped; every `khabar crawl` continues it too, more slowly. With --shard the same command may
    run on all machines: it does something on that of the source.
    """
    if not check_sources(config, (source,), shard):
        click.echo(f"nothing to do on this machine: {source} is not of shard {shard}")
        return 0
    backfill_source = config.load_registry().get(source)
    _queue_backfill(config, backfill_source, since, until)
    from commands.crawl_process import run_crawl  # here, as it imports Scrapy

    session = run_crawl(
        config, (source,), budget=budget, workers=workers, verbose=verbose, limit=limit, walks=True
    )
    code = report_run(config, session)
    with open_without_lock(config.archive) as archive:
        return _report_progress(archive.db, backfill_source) or code


def _queue_backfill(config: Config, source: Source, since: datetime, until: datetime) -> None:
    if until < since:
        raise RunError(f"--to {until:%Y-%m-%d} is before --from {since:%Y-%m-%d}")
    with open_archive(config.archive, write=True) as archive:
        url_store.register_source(archive.db, source, clock.now())
        try:
            backfills.begin_backfill(archive.db, source, since.date(), until.date(), clock.now())
        except ValueError as error:
            raise RunError(
                f"{error}: there is nothing to backfill (see docs/sources.md)"
            ) from error


def _report_progress(db: Database, source: Source) -> int:
    """Prints the progress of a backfill, and the archive sitemaps that could not be fetched.

    Returns the exit code: 1 when there are such sitemaps.
    """
    progress = backfills.load_progress(db, source)
    click.echo(
        f"{source.key}: {progress.articles} articles and {progress.others} other pages "
        f"from {progress.sitemaps_read} archive sitemaps; "
        f"{progress.waiting or 'nothing'} left to request"
    )
    for url, evidence in backfills.list_failed_sitemaps(db, source):
        click.echo(f"khabar: {url}: {evidence}", err=True)
    return EXIT_NEWLY_BROKEN if progress.sitemaps_lost else 0
