"""khabar vectors"""

from __future__ import annotations

from pathlib import Path

import click

from commands.common import (
    archive_option,
    json_option,
    make_progress,
    open_for_reading,
    open_for_writing,
    print_json,
)
from khabar.archive import vectors
from khabar.archive.vectors import VectorStatus
from khabar.archive.vectors.models import LEARNED
from khabar.hindi.india_time import format_english_time
from khabar.model import clock
from khabar.model.config import Config


@click.group()
def command() -> None:
    """Make the vectors by which related articles are found: `khabar search --related ID`.

    They are learned from the archive; nothing is downloaded. Needs numpy: pip install
    'khabar[vectors]'.
    """


@command.command()
@click.option(
    "--model",
    metavar="FOLDER",
    help=f"Use the encoder in this folder (model2vec, sentence-transformers); `{LEARNED}` learns "
    "from the archive again. Default: as in the last build.",
)
@click.option("--refit", is_flag=True, help="Learn a new model even if the old one is up to date.")
@archive_option
def build(config: Config, model: str | None, refit: bool) -> None:
    """Make the vectors of articles that are new or have changed.

    A new model is learned first where there is none, where the archive has twice the articles, and
    after a takedown. Storing an article makes no vector: run this after crawls. An interrupted
    build goes on where it was.
    """
    encoder = str(Path(model).resolve()) if model and model != LEARNED else model
    with open_for_writing(config) as archive, make_progress() as bar:
        task = bar.add_task("making vectors", total=None)
        counts = vectors.build_vectors(
            archive.db,
            clock.now(),
            encoder,
            refit=refit,
            on_progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    reason = f", in a new model ({counts.reason})" if counts.reason else ""
    click.echo(f"{counts.made} vectors made{reason}")


@command.command("status")
@json_option
@archive_option
def show_status(config: Config, as_json: bool) -> None:
    """Show the model in use, and how many articles have a vector."""
    with open_for_reading(config) as archive:
        status = vectors.compute_status(archive.db)
    if as_json:
        print_json(status)
    else:
        click.echo("\n".join(_describe_status(status)))


def _describe_status(status: VectorStatus) -> list[str]:
    if (model := status.model) is None:
        return ["no vectors: `khabar vectors build` makes them"]
    lines = [
        f"{status.vectors} articles with a vector, {status.missing} to be made by the next build",
        f"encoder: {model.encoder}, {model.dimensions} bits a vector, made "
        f"{format_english_time(model.made_at)}",
    ]
    if model.encoder == LEARNED:
        size = f"{model.bytes / 1e6:.1f} MB"
        lines.append(f"learned from {model.articles} articles: {model.words} words, {size}")
    if status.stale:
        lines.append(f"the next build learns a new model: {status.stale}")
    return lines
