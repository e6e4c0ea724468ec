"""khabar show"""

from __future__ import annotations

import click

from archive import articles
from crawler.commands.common import archive_option, console, json_option, print_json, reading
from crawler.commands.page import print_article
from crawler.config import Config
from crawler.desk import RunError


@click.command()
@click.argument("what", metavar="ID|URL")
@json_option
@archive_option
def command(config: Config, what: str, as_json: bool) -> None:
    """Read one article: its text, with embeds as cards at their place. Any of its addresses will do."""
    owner = next((source for source in config.registry().sources.values() if source.owns(what)), None)
    with reading(config) as archive:
        article = articles.load(archive.db, what)
        if article is None and owner:  # an address never seen before, of a page known under another
            article = articles.load(archive.db, owner.canonical_url(what))
    if article is None:
        raise RunError(f"no article {what} in {config.archive}: `khabar search` finds what there is")
    if as_json:
        print_json(article)
    else:
        print_article(console(), article)
