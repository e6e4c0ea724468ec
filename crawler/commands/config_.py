"""khabar config"""

from __future__ import annotations

from typing import Any

import click
import msgspec

from crawler.commands.common import archive_option, list_options, print_rows
from crawler.config import Config


@click.command()
@list_options
@archive_option
def command(config: Config, as_json: bool, as_csv: bool) -> None:
    """Each setting, its value and where it came from."""
    print_rows(list(_rows(config)), as_json=as_json, as_csv=as_csv)


def _rows(config: Config) -> list[dict[str, Any]]:
    rows = [{"setting": "archive", "value": str(config.archive), "from": config.archive_origin}]
    for name, value in msgspec.to_builtins(config.settings).items():
        rows.append({"setting": name, "value": _shown(value), "from": config.origins[name]})
    rows.append(
        {"setting": "newsroom", "value": config.newsroom, "from": "KHABAR_NEWSROOM" if config.newsroom else "default"}
    )
    return rows


def _shown(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, dict)) else str(value)
