"""khabar sources add"""

from __future__ import annotations

from pathlib import Path

import click

from crawler import urls
from crawler.commands.common import archive_option
from crawler.config import Config
from crawler.errors import RunError


@click.command("add")
@click.argument("url")
@click.option("--key", help="What to call it; the file's name. Default: the host's own word.")
@archive_option
def add(config: Config, url: str, key: str | None) -> None:
    """Draft a source from a home page: feeds, sitemaps, names, what its articles' addresses look like.

    Written into the first folder of your own in khabar.toml (`source_folders`), never over a file; printed where there
    is none. A person finishes it: status = "draft" until then.
    """
    from crawler.sourcing.drafting import draft

    if why := urls.bad(url):
        raise RunError(f"{url} is no address of a home page: {why}")
    key, text = draft(config, urls.normal(url), key)
    folder = _own_folder(config)
    if folder is None:
        click.echo(text, nl=False)
        return
    click.echo(_write(folder / f"{key}.toml", text))


def _own_folder(config: Config) -> Path | None:
    own = [name for name in config.settings.source_folders if name != "built-in"]
    return config.file.parent / own[0] if own else None


def _write(path: Path, text: str) -> Path:
    """Only where nothing stands yet. RunError when something does, or it cannot be written."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise RunError(f"{path} exists already: remove it, or give another name with --key") from error
    except OSError as error:
        raise RunError(f"{path}: {error.strerror or error}") from error
    return path
