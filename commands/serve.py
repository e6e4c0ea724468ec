"""khabar serve"""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import click

from commands.common import archive_option, open_for_reading
from khabar.model.config import Config
from khabar.model.urls import is_loopback

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option(
    "--port",
    default=8001,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen at; 0: any free port.",
)
@click.option(
    "--public",
    is_flag=True,
    help="For the public, without a password: excerpts and fixed queries only, no SQL.",
)
@click.option(
    "--password-file", type=FILE, help="Full access with a password: the first line of this file."
)
@click.option(
    "--no-token", is_flag=True, help="Full access for every user and program of this machine."
)
@archive_option
def command(
    config: Config, host: str, port: int, public: bool, password_file: Path | None, no_token: bool
) -> None:
    """Serve the archive as a web site (Datasette): search, read, query. Runs until Ctrl-C.

    A crawl can run meanwhile. The URL that is printed contains a token, which the browser stores;
    scripts find it in archive.db.token. docs/deploy.md explains how to serve others.
    """
    if public and password_file:
        raise click.UsageError(
            "--public and --password-file exclude each other: run two servers for both"
        )
    if not (public or password_file or is_loopback(host)):
        raise click.UsageError(
            f"{host} is open to other machines: add --password-file FILE or --public "
            "(excerpts only), or listen at 127.0.0.1"
        )
    open_for_reading(config).close()  # fails now, with a clear error, when there is no archive
    import uvicorn

    from khabar.web.access import AccessPolicy
    from khabar.web.header_timeout import MAX_CONNECTIONS, HeaderTimeoutProtocol
    from khabar.web.site import make_site
    from khabar.web.tokens import SecretError, read_secret, read_token

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
        h11_max_incomplete_event_size=16 << 10,  # bytes of request headers
        timeout_keep_alive=5,  # seconds; both chosen by hand, not measured
    )
    # Seconds; default 0.005. Threads that compute yield sooner to the one that answers requests:
    # benchmarks/web_load.py measures the delays.
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
            f"cannot listen at {host}:{port}: {error.strerror}; choose another port with --port"
        ) from error
