"""khabar serve"""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import click

from commands.common import archive_option, open_for_reading
from khabar.model.config import Config

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port",
    default=8001,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="0: any free one.",
)
@click.option(
    "--public",
    is_flag=True,
    help="For strangers: excerpts and prepared queries, no SQL of their own.",
)
@click.option(
    "--password-file", type=FILE, help="Everything, to whoever knows this file's first line."
)
@click.option(
    "--no-token", is_flag=True, help="Everything, to every user and program of this machine."
)
@archive_option
def command(
    config: Config, host: str, port: int, public: bool, password_file: Path | None, no_token: bool
) -> None:
    """The archive in Datasette: search, read, query. Runs until stopped; a crawl may write
    meanwhile.

    The address it prints has a token, which the browser keeps; it is in archive.db.token, for
    scripts.
    """
    import uvicorn

    from khabar.web import make_site
    from khabar.web.access import AccessPolicy, is_loopback
    from khabar.web.header_timeout import MAX_CONNECTIONS, HeaderTimeoutProtocol
    from khabar.web.tokens import SecretError, read_secret, read_token

    if public and password_file:
        raise click.UsageError(
            "--public is for everybody, without a password; a second server may ask for one"
        )
    if not (public or password_file or is_loopback(host)):
        raise click.UsageError(
            f"{host} is open to others: add --password-file FILE, or --public (excerpts only), or listen at 127.0.0.1"
        )
    open_for_reading(config).close()  # a clear word now when there is no archive
    try:
        password = read_secret(password_file) if password_file else None
        token = None if public or password_file or no_token else read_token(config.archive)
    except SecretError as error:
        raise click.ClickException(str(error)) from error
    policy = AccessPolicy(public, password, token)
    settings = uvicorn.Config(
        make_site(config.archive, policy),
        http=HeaderTimeoutProtocol,
        log_level="warning",
        server_header=False,
        limit_concurrency=MAX_CONNECTIONS,
        h11_max_incomplete_event_size=16 << 10,
        timeout_keep_alive=5,
    )
    # seconds: a thread that computes hands over sooner to the one that answers
    sys.setswitchinterval(0.0005)
    server = uvicorn.Server(settings)
    with _open_socket(host, port) as listener:
        url_host = f"[{host}]" if ":" in host else host
        query = f"?token={token}" if token else ""
        click.echo(
            f"Khabar is at http://{url_host}:{listener.getsockname()[1]}/{query}\n(Ctrl-C stops it)"
        )
        server.run(sockets=[listener])


def _open_socket(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET
        )
    except OSError as error:
        raise click.ClickException(
            f"cannot listen at {host}:{port}: {error.strerror}; --port names another"
        ) from error
