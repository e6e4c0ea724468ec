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

from commands.common import (
    archive_option,
    json_option,
    print_json,
    workers_option,
)
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
@click.argument("what", metavar="FILE|URL|WARC...", nargs=-1, required=True)
@click.option("--url", help="The URL the saved page came from.")
@click.option(
    "--explain", is_flag=True, help="Print each block of the page with the rule that decided on it."
)
@json_option
@click.option(
    "--to",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Extract all pages of WARC files to Parquet files in this folder.",
)
@click.option(
    "--all-hosts", is_flag=True, help="With --to: read the pages of hosts of no source, too."
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    default=20,
    show_default=True,
    help="With --to: CPU seconds for one page.",
)
@click.option(
    "--engine",
    type=click.Choice(["daft"]),
    help="With --to: let Daft deal out the files, which may be in object stores (khabar[scale]).",
)
@click.option(
    "--ray", "ray_address", metavar="ADDRESS", help="With --engine daft: use this Ray cluster."
)
@workers_option
@archive_option
def command(
    config: Config,
    what: tuple[str, ...],
    url: str | None,
    explain: bool,
    as_json: bool,
    folder: Path | None,
    all_hosts: bool,
    timeout: float,
    engine: str | None,
    ray_address: str | None,
    workers: int,
) -> int:
    """Extract the article of one saved page (FILE, may be gzipped) or live URL; with --to, all
    pages of WARC files.

    Prints the article; --json prints every field of it. Nothing is stored. A live URL is fetched
    politely: robots.txt and delays are obeyed. --explain shows which blocks of the page were taken
    for the article's text (+) and which not (-), and why.

    With --to each WARC file (also gzip and zstd) gives one Parquet file, with a row for each page:
    its outcome, the article, headers and rights. `khabar import DIR` takes them into an archive. No
    archive is needed. A file that is done is skipped, so the same command may run on many machines
    at once, and again after it was killed. Only pages of known sources are read. A page that hangs,
    crashes or takes too much memory costs its own row.

    Exit code: 0; 1 when a page or file could not be read; 2 when no file can be read.
    """
    if folder is not None:
        if url or explain or as_json:
            raise click.UsageError("--url, --explain and --json are for one page, not for --to DIR")
        from commands.bulk import extract_files, extract_under_daft  # here: they import pyarrow
        from khabar.bulk.extract_warcs import BulkOptions

        options = BulkOptions(all_hosts, timeout)
        if engine or ray_address:
            return extract_under_daft(config, what, folder, options, workers, ray_address)
        return extract_files(config, what, folder, options, workers)
    if len(what) > 1 or all_hosts or engine or ray_address:
        raise click.UsageError("one page only; with --to DIR, any number of WARC files")
    _extract_one(config, what[0], url, explain, as_json)
    return 0


def _extract_one(config: Config, what: str, url: str | None, explain: bool, as_json: bool) -> None:
    """Prints the article of a page."""
    if what.startswith(("http://", "https://")):
        owner = config.load_registry().find_owner(what)
        if not config.settings.contact and not (owner and owner.is_newsroom):
            raise RunError(NO_CONTACT)
        from crawler.source_tools.client import fetch_page

        page = fetch_page(config, what)
    else:
        page = _load_page(Path(what), url)
    source = config.load_registry().find_owner(page.url)
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
