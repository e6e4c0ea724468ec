"""khabar serve"""

from __future__ import annotations

import click

from crawler.commands.common import archive_option, reading
from crawler.config import Config


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", default=8001, show_default=True, type=click.IntRange(0, 65535))
@click.option("--public", is_flag=True, help="For strangers: only the prepared queries, no SQL of their own.")
@archive_option
def command(config: Config, host: str, port: int, public: bool) -> None:
    """The archive in Datasette: search, read, query. Runs until stopped; a crawl may write meanwhile."""
    import uvicorn

    from archive.datasette import make_app

    reading(config).close()  # a clear word now when there is no archive
    app = make_app(config.archive, public=public)
    click.echo(f"Khabar is at http://{host}:{port}/ (Ctrl-C stops it)")
    uvicorn.run(app.app(), host=host, port=port, log_level="warning")
