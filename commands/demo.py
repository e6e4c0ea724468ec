"""khabar demo"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click

from commands.common import find_program
from khabar.model.config import CHECKOUT
from khabar.model.errors import RunError
from newsroom.server import EDITION_ONE, EDITION_TWO, Newsroom
from newsroom.sites import SOURCES

SETTINGS_HEADER = "# The demo's own settings: the pretend sites instead of the live ones."
SETTINGS = f"""{SETTINGS_HEADER}
contact = "https://newsroom.test/demo"
source_folders = ["{SOURCES}"]
"""
STORY = "http://www.savera.newsroom.test/2026/11/gomti-ghat-safai/"


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo's folder, which contains its archive, and the server of the test sites."""

    folder: Path
    newsroom: Newsroom

    def run_command(self, *args: str) -> None:
        """Prints and runs one command. Exits with its code when it fails."""
        click.echo(f"\n$ khabar {' '.join(args)}")
        base_env = {
            name: value for name, value in os.environ.items() if not name.startswith("KHABAR_")
        }
        demo_env = {
            "KHABAR_ARCHIVE": str(self.folder.absolute() / "archive.db"),
            "KHABAR_NEWSROOM": self.newsroom.address,
            "KHABAR_NOW": self.newsroom.now.isoformat(),
        }
        result = subprocess.run([*find_program(), *args], env=base_env | demo_env, check=False)
        if result.returncode != 0:
            sys.exit(result.returncode)

    def keep_clock(self) -> None:
        """Sets the archive's clock to the demo's, so that it looks as well later as now."""
        with (self.folder / "khabar.toml").open("a", encoding="utf-8") as file:
            file.write(f'clock = "{self.newsroom.now.isoformat()}"\n')

    def crawl_edition(self, edition: datetime) -> None:
        self.newsroom.now = edition
        self.run_command("crawl")
        self.run_command("status")


@click.command()
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), default=Path("demo"))
def command(folder: Path) -> None:
    """Try Khabar on five built-in test sites, without a network. Takes half a minute.

    Crawls the sites twice, a day apart by a simulated clock, then searches, prints and exports
    articles. DIR (default: demo) then has an archive to try the other commands on. An earlier demo
    in DIR is replaced.
    """
    _prepare_folder(folder)
    with Newsroom(EDITION_ONE) as newsroom:
        demo = Demo(folder, newsroom)
        click.echo(
            f"\nFive test news sites listen on {newsroom.address}. "
            f"Their clock: {EDITION_ONE:%d %B %Y, %H:%M} IST."
        )
        demo.crawl_edition(EDITION_ONE)
        click.echo(
            "\nA day later: new articles, edits, one removed. "
            "The second crawl stores only what changed."
        )
        demo.crawl_edition(EDITION_TWO)
        demo.run_command("search", "गोमती सीढ़ी", "--source", "savera")
        demo.run_command("show", STORY)
        demo.run_command("export", f"{folder}/dataset", "--format", "jsonl")
        demo.keep_clock()
    executable = ".venv/bin/khabar" if CHECKOUT else "khabar"
    serve = f"{executable} --archive {folder}/archive.db serve"
    click.echo(f"\nNext: {serve}   (then open the URL it prints)")


def _prepare_folder(folder: Path) -> None:
    """Creates the folder, empty but for khabar.toml; deletes an earlier demo in it.

    Raises RunError for a folder that contains anything else.
    """
    settings = folder / "khabar.toml"
    if folder.exists() and not (
        settings.is_file() and settings.read_text(encoding="utf-8").startswith(SETTINGS_HEADER)
    ):
        raise RunError(
            f"{folder} exists already and is no demo: name another folder, khabar demo DIR"
        )
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    settings.write_text(SETTINGS, encoding="utf-8")
