"""khabar crawl"""

from __future__ import annotations

import logging
import sys
from datetime import timedelta
from typing import Any

import click
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import Settings
from sqlite_utils import Database

from commands import alerts
from commands.common import (
    DURATION,
    EXIT_NEWLY_BROKEN,
    EXIT_NOTHING_RAN,
    archive_option,
    make_progress,
)
from crawler.middlewares.contact import NO_CONTACT
from crawler.session import CrawlSession, get_session
from khabar.archive import health
from khabar.archive.connect import open_without_lock
from khabar.archive.frontier import documents
from khabar.archive.health import RunSummary
from khabar.model import clock
from khabar.model.config import Config, parse_duration
from khabar.model.errors import RunError
from spiders.news import NewsSpider


@click.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@click.option("--budget", type=DURATION, help="Start no new request after this time: 90s, 15m, 2h.")
@click.option("--limit", type=click.IntRange(min=1), help="Request at most N pages.")
@click.option("--url", "urls", multiple=True, help="Only this URL (repeatable).")
@click.option("-v", "--verbose", is_flag=True, help="Print Scrapy's log on stderr.")
@archive_option
def command(config: Config, sources: tuple[str, ...], budget: timedelta | None, limit: int | None,
            urls: tuple[str, ...], verbose: bool) -> int:  # fmt: skip
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
    check_sources(config, sources)
    return report_run(
        config, run_crawl(config, sources, budget=budget, verbose=verbose, urls=urls, limit=limit)
    )


def run_crawl(
    config: Config,
    keys: tuple[str, ...],
    *,
    budget: timedelta | None,
    verbose: bool,
    **spider_args: Any,
) -> CrawlSession:
    """Runs one crawl in this process until it ends. `spider_args`: arguments of NewsSpider."""
    process = AsyncCrawlerProcess(build_settings(config, budget, verbose=verbose))
    crawler = process.create_crawler(NewsSpider)
    process.crawl(crawler, keys=keys, **spider_args)
    with _make_progress(crawler):
        process.start()
    return get_session(crawler)


def check_sources(config: Config, sources: tuple[str, ...]) -> None:
    """Checks, before Scrapy starts, that the sources exist and a contact is set.

    Prints broken source files. Raises SourceError or RunError.
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
    if not config.settings.contact and not all(source.is_newsroom for source in crawl_sources):
        raise RunError(NO_CONTACT)


def build_settings(config: Config, budget: timedelta | None, *, verbose: bool) -> Settings:
    """Returns Scrapy's settings of a run. `budget` wins over the `budget` of khabar.toml."""
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    settings.set("KHABAR_ARCHIVE", str(config.archive), "cmdline")
    settings.set("LOG_LEVEL", "INFO" if verbose else "CRITICAL", "cmdline")
    # `check_sources` has printed the broken source files
    logging.getLogger("spiders.loader").setLevel(logging.CRITICAL)
    if budget is None and config.settings.budget:
        budget = parse_duration(config.settings.budget)
    if budget:
        settings.set("CLOSESPIDER_TIMEOUT", budget.total_seconds(), "cmdline")
    return settings


class _CountsColumn(TextColumn):
    """A column with the counts of the running crawl, read from its session at each redraw."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__("")
        self.crawler = crawler

    def render(self, task: object) -> object:  # type: ignore[override]
        try:
            counts = get_session(self.crawler).outcomes
        except RuntimeError:  # raised by Scrapy before the crawl has started
            return "starting"
        return f"{sum(counts.values())} pages, {counts.get('article', 0)} articles"


def _make_progress(crawler: Crawler) -> Progress:
    bar = make_progress(
        SpinnerColumn(), TextColumn("crawling"), _CountsColumn(crawler), TimeElapsedColumn()
    )
    bar.add_task("crawl", total=None)
    return bar


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
        alerts.send_alerts(archive.db, config.archive, config.settings.alert_url, clock.now())
        return _exit_code(archive.db, run)


def _exit_code(db: Database, run: RunSummary) -> int:
    """Returns 0 on success, 1 for a newly broken source, 2 when nothing could be fetched."""
    if run.reason == "outage" or health.has_read_nothing(db, run.id):
        return EXIT_NOTHING_RAN
    return EXIT_NEWLY_BROKEN if health.list_newly_broken(db, run.id) else 0
