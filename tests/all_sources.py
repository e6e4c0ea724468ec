"""Every source file there is, read once, for the laws over all of them."""

from __future__ import annotations

from datetime import date

import pytest
from conftest import ROOT

from crawler.sources import Document, Source, read_source

LIVE = sorted((ROOT / "spiders" / "sources").glob("*.toml"))
NEWSROOM = sorted((ROOT / "newsroom" / "sources").glob("*.toml"))
READ = {path: read_source(path) for path in (*LIVE, *NEWSROOM)}
SOME_DAYS = date(2024, 2, 28), date(2024, 3, 1)

every_source = pytest.mark.parametrize("path", READ, ids=lambda path: path.stem)
live_source = pytest.mark.parametrize("path", LIVE, ids=lambda path: path.stem)


def documents(source: Source) -> list[Document]:
    return [*source.feeds, *source.news_sitemaps, *source.archive_sitemaps, *source.listings]


def asked(source: Source) -> list[str]:
    """What we would ask for of our own accord, the archive of some days among it."""
    told = [one.url for one in (*source.feeds, *source.news_sitemaps, *source.listings)]
    return [source.homepage, *told, *(url for _, url in source.archive_urls(*SOME_DAYS))]
