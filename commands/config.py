"""khabar config"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import click
import msgspec

from commands.common import archive_option, list_options, print_rows
from khabar.model.config import Config

SECRET_URLS = ("alert_url", "heartbeat_url", "smtp_url")  # their path or user part is a password


@click.command()
@list_options
@archive_option
def command(config: Config, as_json: bool, as_csv: bool) -> None:
    """Show each setting, its value and where it comes from.

    Settings of single sources are listed as sources.KEY.NAME. See docs/operate.md.
    """
    config.load_registry()  # raises on settings of a source that does not exist
    print_rows(list(_iter_rows(config)), as_json=as_json, as_csv=as_csv)


def _iter_rows(config: Config) -> Iterator[dict[str, Any]]:
    yield _make_row("archive", str(config.archive), config.archive_origin)
    for name, value in msgspec.to_builtins(config.settings).items():
        if name != "sources":
            yield _make_row(
                name, _mask_secret(value) if name in SECRET_URLS else value, config.origins[name]
            )
    for key, override in config.settings.sources.items():
        for name, value in msgspec.to_builtins(override).items():
            if value not in (None, ""):
                yield _make_row(f"sources.{key}.{name}", value, config.origins["sources"])
    yield _make_row(
        "newsroom", config.newsroom, "KHABAR_NEWSROOM" if config.newsroom else "default"
    )


def _mask_secret(url: str) -> str:
    """Returns a URL without credentials and path: the path of a chat webhook is its password."""
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return url if url in ("", origin, f"{origin}/") else f"{origin}/…"


def _make_row(name: str, value: Any, origin: str) -> dict[str, Any]:
    text = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
    return {"setting": name, "value": text, "from": origin}
