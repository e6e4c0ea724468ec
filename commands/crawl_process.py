"""Runs Scrapy in this process, with a progress bar. Importing it imports Scrapy and Twisted."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import Settings
from scrapy.utils.misc import load_object

from commands.common import make_progress
from crawler.session import CrawlSession, get_session
from khabar.model.config import Config, parse_duration
from spiders.news import NewsSpider

# Settings whose keys are the names of classes.
_COMPONENTS = (
    "EXTENSIONS",
    "DOWNLOADER_MIDDLEWARES",
    "SPIDER_MIDDLEWARES",
    "ITEM_PIPELINES",
    "ADDONS",
)


def run_crawl(
    config: Config,
    keys: tuple[str, ...],
    *,
    budget: timedelta | None,
    workers: int,
    verbose: bool,
    **spider_args: Any,
) -> CrawlSession:
    """Runs one crawl in this process until it ends. `spider_args`: arguments of NewsSpider."""
    settings = build_settings(config, budget, verbose=verbose)
    settings.set("KHABAR_WORKERS", workers, "cmdline")
    _import_components(settings)
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(NewsSpider)
    process.crawl(crawler, keys=keys, **spider_args)
    with _make_progress(crawler):
        process.start()
    return get_session(crawler)


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


def _import_components(settings: Settings) -> None:
    """Imports what the settings name before the event loop runs, which Scrapy does in the loop: it
    would not answer for 0.2 seconds.
    """
    names = [name for setting in _COMPONENTS for name in settings.getwithbase(setting)]
    handlers = settings.getwithbase("DOWNLOAD_HANDLERS")
    for name in (*names, *(handlers[scheme] for scheme in ("http", "https"))):
        load_object(name)


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
