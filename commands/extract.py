"""khabar extract"""

from __future__ import annotations

import asyncio
import gzip
import zlib
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from commands.common import archive_option, find_owner, json_option, print_json
from khabar.model import clock
from khabar.model.config import NO_CONTACT, Config
from khabar.model.errors import RunError
from khabar.model.items import Article, Page
from khabar.model.sources import Source

if TYPE_CHECKING:
    from khabar.extraction import BlockDecision

# Fields of Article for internal use, not part of the JSON contract.
_INTERNAL_FIELDS = ("amp_url", "next_url", "previous_url", "published_precision", "signals")


@click.command()
@click.argument("what", metavar="FILE|URL")
@click.option("--url", help="The URL the saved page came from.")
@click.option(
    "--explain", is_flag=True, help="Print each block of the page with the rule that decided on it."
)
@json_option
@archive_option
def command(config: Config, what: str, url: str | None, explain: bool, as_json: bool) -> None:
    """Extract the article of one saved page (FILE, may be gzipped) or live URL.

    Prints the article; --json prints every field of it. Nothing is stored. A live URL is fetched
    politely: robots.txt and delays are obeyed. --explain shows which blocks of the page were taken
    for the article's text (+) and which not (-), and why.
    """
    if what.startswith(("http://", "https://")):
        owner = find_owner(config.load_registry(), what)
        if not config.settings.contact and not (owner and owner.is_newsroom):
            raise RunError(NO_CONTACT)
        from crawler.source_tools.client import fetch_page

        page = fetch_page(config, what)
    else:
        page = _load_page(Path(what), url)
    source = find_owner(config.load_registry(), page.url)
    article, decisions = asyncio.run(_extract_page(page, source))
    row = serialize_article(article)
    if as_json:
        print_json({**row, "decisions": msgspec.to_builtins(decisions)} if explain else row)
    elif explain:
        from commands.render import print_decisions

        print_decisions(decisions, row)
    else:
        from commands.render import print_article

        print_article(row)


def _load_page(path: Path, url: str | None) -> Page:
    """Reads a saved page. Raises RunError when it cannot be read or unpacked."""
    try:
        body = path.read_bytes()
        body = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
        fetched_at = datetime.fromtimestamp(path.stat().st_mtime, tz=clock.now().tzinfo)
    except (EOFError, zlib.error) as error:
        raise RunError(f"{path}: the gzip data is cut off or damaged: {error}") from error
    except OSError as error:  # gzip.BadGzipFile among them
        raise RunError(f"{path}: {error.strerror or error}") from error
    return Page(url or "", body, fetched_at)


async def _extract_page(
    page: Page, source: Source | None
) -> tuple[Article, tuple[BlockDecision, ...]]:
    """Extracts in a worker process. Raises RunError when the page crashes it or takes too long."""
    from khabar.processing.process import explain_article, open_worker_pool, run_in_worker

    pool = open_worker_pool()
    try:
        result = await run_in_worker(pool, explain_article, (page, source))
    finally:
        pool.stop()
        pool.join()
    if isinstance(result, str):
        raise RunError(f"{page.url or 'the page'}: {result}")
    return result


def serialize_article(article: Article) -> dict[str, Any]:
    """Returns the article as the JSON object of `extract --json` and `show --json`."""
    row: dict[str, Any] = msgspec.to_builtins(article)
    for name in _INTERNAL_FIELDS:
        row.pop(name)
    blocks = [
        {name: value for name, value in block.items() if value is not None}
        for block in row.pop("blocks")
    ]
    dropped = article.signals.get("dropped", {})
    return {**row, "text": article.text, "blocks": blocks, "dropped": dropped}
