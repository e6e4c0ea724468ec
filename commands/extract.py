"""khabar extract"""

from __future__ import annotations

import asyncio
import gzip
import zlib
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from commands.common import archive_option, json_option, make_console, print_json
from khabar.model import clock
from khabar.model.config import Config
from khabar.model.errors import RunError
from khabar.model.items import Article, Page
from khabar.model.sources import Source
from khabar.processing.process import extract_in_worker, open_worker_pool

# For our own rooms, not part of the contract.
_INTERNAL_FIELDS = ("amp_url", "next_url", "previous_url", "published_precision", "signals")


@click.command()
@click.argument("what", metavar="FILE|URL")
@click.option("--url", help="The address the saved page came from.")
@json_option
@archive_option
def command(config: Config, what: str, url: str | None, as_json: bool) -> None:
    """Read one saved page (FILE, may be gzipped) or a live URL; store nothing."""
    if what.startswith(("http://", "https://")):
        from crawler.source_tools.client import fetch_page

        page = fetch_page(config, what)
    else:
        page = _load_page(Path(what), url)
    article = asyncio.run(_extract_page(page, _find_source(config, page.url)))
    if as_json:
        print_json(serialize_article(article))
    else:
        from commands.render import print_article

        print_article(make_console(), serialize_article(article))


def _load_page(path: Path, url: str | None) -> Page:
    try:
        body = path.read_bytes()
        body = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
        fetched_at = datetime.fromtimestamp(path.stat().st_mtime, tz=clock.now().tzinfo)
    except (EOFError, zlib.error) as error:
        raise RunError(f"{path}: the gzip data is cut off or damaged: {error}") from error
    except OSError as error:  # gzip.BadGzipFile among them
        raise RunError(f"{path}: {error.strerror or error}") from error
    return Page(url or "", body, fetched_at)


def _find_source(config: Config, url: str) -> Source | None:
    return next(
        (source for source in config.load_registry().sources.values() if source.is_own_url(url)),
        None,
    )


async def _extract_page(page: Page, source: Source | None) -> Article:
    pool = open_worker_pool()
    try:
        article = await extract_in_worker(pool, page, source)
    finally:
        pool.stop()
        pool.join()
    if isinstance(article, str):
        raise RunError(f"{page.url or 'the page'}: {article}")
    return article


def serialize_article(article: Article) -> dict[str, Any]:
    """The article as the contract's JSON object."""
    row: dict[str, Any] = msgspec.to_builtins(article)
    for name in _INTERNAL_FIELDS:
        row.pop(name)
    blocks = [
        {name: value for name, value in block.items() if value is not None}
        for block in row.pop("blocks")
    ]
    return {**row, "text": article.text, "blocks": blocks}
