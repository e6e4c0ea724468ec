"""`python -m newsroom`: serve the pretend sites by hand, until Ctrl-C."""

from __future__ import annotations

import time
from datetime import datetime

import click

from newsroom.dates import IST
from newsroom.generated_articles import DEFAULT
from newsroom.server import EDITION_ONE, Newsroom
from newsroom.sites import SITES


@click.command()
@click.option(
    "--now", default=EDITION_ONE.isoformat(), show_default=True, help="What the sites' clock says."
)
@click.option(
    "--bulk", default=DEFAULT, show_default=True, help="How many generated articles to add."
)
@click.option("--port", default=0, help="A port of your choice instead of any free one.")
def main(now: str, bulk: int, port: int) -> None:
    """Serves five pretend news sites on 127.0.0.1 and says how to crawl them."""
    moment = datetime.fromisoformat(now)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=IST)
    with Newsroom(moment, bulk, port) as newsroom:
        click.echo(
            f"Listening on {newsroom.address}: " + " ".join(site.host for site in SITES.values())
        )
        click.echo(
            "Point khabar at it, with newsroom/sources in the archive's khabar.toml (source_folders):"
        )
        click.echo(
            f"  KHABAR_NEWSROOM={newsroom.address} KHABAR_NOW={moment.isoformat()} khabar crawl"
        )
        click.echo("Ctrl-C ends it.")
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            click.echo()


if __name__ == "__main__":
    main()
