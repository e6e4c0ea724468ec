"""`python -m newsroom`: serves the test sites until Ctrl-C."""

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
    "--now", default=EDITION_ONE.isoformat(), show_default=True, help="The sites' time (ISO 8601)."
)
@click.option(
    "--bulk", default=DEFAULT, show_default=True, help="Number of generated articles to add."
)
@click.option("--port", default=0, help="Port to listen on; 0: any free port.")
def main(now: str, bulk: int, port: int) -> None:
    """Serves five invented news sites on 127.0.0.1 and prints how to crawl them."""
    moment = datetime.fromisoformat(now)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=IST)
    with Newsroom(moment, bulk, port) as newsroom:
        click.echo(
            f"Listening on {newsroom.address}: " + " ".join(site.host for site in SITES.values())
        )
        click.echo(
            "To crawl it, set source_folders in the archive's khabar.toml to newsroom/sources:"
        )
        click.echo(
            f"  KHABAR_NEWSROOM={newsroom.address} KHABAR_NOW={moment.isoformat()} khabar crawl"
        )
        click.echo("Press Ctrl-C to stop.")
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            click.echo()


if __name__ == "__main__":
    main()
