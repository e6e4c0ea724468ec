"""khabar serve"""

from __future__ import annotations

import socket
from ipaddress import ip_address

import click

from crawler.commands.common import archive_option, reading
from crawler.config import Config


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", default=8001, show_default=True, type=click.IntRange(0, 65535), help="0: any free one.")
@click.option("--public", is_flag=True, help="For strangers: excerpts and prepared queries, no SQL of their own.")
@archive_option
def command(config: Config, host: str, port: int, public: bool) -> None:
    """The archive in Datasette: search, read, query. Runs until stopped; a crawl may write meanwhile."""
    import uvicorn

    from archive.datasette import make_app

    if not (public or _is_this_machine(host)):
        raise click.UsageError(f"{host} is open to others: add --public, or listen at 127.0.0.1")
    reading(config).close()  # a clear word now when there is no archive
    server = uvicorn.Server(uvicorn.Config(make_app(config.archive, public=public).app(), log_level="warning"))
    with _listening(host, port) as listening:
        shown = f"[{host}]" if ":" in host else host
        click.echo(f"Khabar is at http://{shown}:{listening.getsockname()[1]}/ (Ctrl-C stops it)")
        server.run(sockets=[listening])


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listening(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise click.ClickException(f"cannot listen at {host}:{port}: {error.strerror}; --port names another") from error
