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
from commands.common import EXIT_NEWLY_BROKEN, EXIT_NOTHING_RAN, STRETCH, archive_option, console
from crawler.middlewares.contact import NO_CONTACT
from crawler.session import Desk, desk_of
from khabar.archive import health
from khabar.archive.connect import open_beside
from khabar.archive.frontier import documents
from khabar.archive.health import Run
from khabar.model import clock
from khabar.model.config import Config, stretch
from khabar.model.errors import RunError
from spiders.news import NewsSpider


@click.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@click.option("--budget", type=STRETCH, help="Stop asking for more after this time: 90s, 15m, 2h.")
@click.option("--limit", type=click.IntRange(min=1), help="Ask for at most N pages.")
@click.option("--url", "urls", multiple=True, help="Only this address (may be given again).")
@click.option("-v", "--verbose", is_flag=True, help="Scrapy's own log on stderr.")
@archive_option
def command(config: Config, sources: tuple[str, ...], budget: timedelta | None, limit: int | None,
            urls: tuple[str, ...], verbose: bool) -> int:  # fmt: skip
    """One crawl over all sources that are due, or those named.

    Silent without a terminal when all is well. Exit codes: 0 fine · 1 a source newly broken · 2 all broken, or
    nothing could run · 3 below the disk floor · 75 another run holds the archive.
    """
    check(config, sources)
    return report(config, crawl(config, sources, budget=budget, verbose=verbose, urls=urls, limit=limit))


def crawl(config: Config, keys: tuple[str, ...], *, budget: timedelta | None, verbose: bool, **told: Any) -> Desk:
    """One crawl in this process, to its end. `told`: what the spider is told besides (docs of NewsSpider)."""
    process = AsyncCrawlerProcess(crawl_settings(config, budget, verbose=verbose))
    crawler = process.create_crawler(NewsSpider)
    process.crawl(crawler, keys=keys, **told)
    with _progress(crawler):
        process.start()
    return desk_of(crawler)


def check(config: Config, sources: tuple[str, ...]) -> None:
    """What can be known to fail before anything starts."""
    registry = config.registry()
    for fault in registry.faults:
        click.echo(f"khabar: source left out: {fault}", err=True)
    chosen = [registry.get(key) for key in sources] or list(registry.on)
    if not chosen:
        raise RunError("no source is on: see `khabar sources list`")
    if not config.settings.contact and not all(source.is_newsroom for source in chosen):
        raise RunError(NO_CONTACT)


def crawl_settings(config: Config, budget: timedelta | None, *, verbose: bool) -> Settings:
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    settings.set("KHABAR_ARCHIVE", str(config.archive), "cmdline")
    settings.set("LOG_LEVEL", "INFO" if verbose else "CRITICAL", "cmdline")
    logging.getLogger("spiders.loader").setLevel(logging.CRITICAL)  # check has named the sources left out
    if budget is None and config.settings.budget:
        budget = stretch(config.settings.budget)
    if budget:
        settings.set("CLOSESPIDER_TIMEOUT", budget.total_seconds(), "cmdline")
    return settings


class _Counts(TextColumn):
    """What the run has done so far, read from its desk at each redraw."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__("")
        self.crawler = crawler

    def render(self, task: object) -> object:  # type: ignore[override]
        try:
            counts = desk_of(self.crawler).outcomes
        except RuntimeError:  # Scrapy's word for: the crawl has not begun
            return "beginning"
        return f"{sum(counts.values())} pages, {counts.get('article', 0)} articles read"


def _progress(crawler: Crawler) -> Progress:
    """A line that moves while the run goes on; nothing at all without a terminal."""
    columns = SpinnerColumn(), TextColumn("crawling"), _Counts(crawler), TimeElapsedColumn()
    bar = Progress(*columns, console=console(stderr=True), transient=True, disable=not sys.stderr.isatty())
    bar.add_task("crawl", total=None)
    return bar


def report(config: Config, desk: Desk) -> int:
    """What became of the run, for a person on a terminal; problems always, on stderr."""
    if desk.fault is not None:
        raise desk.fault
    with open_beside(config.archive) as archive:
        run = health.last_run(archive.db)
        if sys.stdout.isatty():
            click.echo(f"{run.new} new, {run.edited} edited, {run.unchanged} unchanged; {run.pages} pages asked for")
        for source, url, since, evidence in documents.retired(archive.db, run.id):
            click.echo(f"khabar: {source}: {url} retired, failing since {since[:10]}: {evidence}", err=True)
        alerts.tell(archive.db, config.archive, config.settings.alert_url, clock.now())
        return _code(archive.db, run)


def _code(db: Database, run: Run) -> int:
    """0 fine · 1 something newly broken · 2 all broken, or nothing could be read."""
    if run.reason == "outage" or health.nothing_read(db, run.id):
        return EXIT_NOTHING_RAN
    return EXIT_NEWLY_BROKEN if health.newly_broken(db, run.id) else 0
