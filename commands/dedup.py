"""khabar dedup"""

from __future__ import annotations

from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import click

from commands.common import json_option, make_progress, print_json, workers_option

LABELS = {
    "rows": "rows in the files",
    "no_article": "of them with another outcome than article: left out",
    "without_text": "of them without a text: left out",
    "too_short": "texts too short for a minhash: kept, not compared",
    "too_long": "texts of over 8 million characters: kept, not compared",
    "other_minhash": "texts whose minhash is another's: redacted, or an older Khabar",
    "same_text": "texts that their source has word for word in an older row",
    "candidates": "pairs that share a band key, all compared",
    "full_bands": "band keys of more rows than are all compared (full_bands.parquet)",
    "pairs_not_compared": "pairs of these keys not compared",
    "pairs": "near-duplicate pairs (pairs.parquet)",
    "boilerplate_paragraphs": "paragraphs that are boilerplate of their source",
    "pairs_by_boilerplate": "pairs alike by boilerplate alone: not linked",
    "clusters": "clusters (clusters.parquet)",
    "left_out": "rows left out: a cluster has an older one",
    "kept": "rows kept (keep.parquet)",
}


class SizeParam(click.ParamType[int]):
    """A size in bytes: 512MB, 2GB."""

    name = "size"
    units = {"MB": 10**6, "GB": 10**9, "MIB": 1 << 20, "GIB": 1 << 30}

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        number = value.upper().rstrip("MGIB ")
        unit = value.upper()[len(number) :].strip()
        if not number.replace(".", "", 1).isdecimal() or unit not in self.units:
            self.fail(f"{value!r} is no size: write 512MB or 2GB", param, ctx)
        return int(float(number) * self.units[unit])


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--to",
    required=True,
    metavar="DIR2",
    type=click.Path(path_type=Path),
    help="Folder of the results.",
)
@click.option(
    "--memory",
    type=SizeParam(),
    default="2GB",
    show_default=True,
    help="Memory to use; more than fits in it is moved to files in DIR2 meanwhile.",
)
@workers_option
@json_option
def command(folder: Path, to: Path, memory: int, workers: int, as_json: bool) -> None:
    """Find near-duplicates among the articles of a folder of Parquet files.

    DIR has Parquet files with the columns url, text and minhash, as of `khabar export DIR --format
    parquet --fields +minhash`. DIR2 gets pairs.parquet, clusters.parquet and keep.parquet: of each
    cluster the oldest row. Needs no archive, but DuckDB: `pip install 'khabar[dedup]'`.

    A run that was stopped goes on where it was with the same command (docs/dedup.md).
    """
    from khabar.export.dedup import DedupOptions, dedup_folder

    options = DedupOptions(memory, workers, lambda: open_workers(workers))
    with make_progress() as bar:
        tasks: dict[str, Any] = {}

        def show_progress(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage)
            bar.update(tasks[stage], completed=done, total=total)

        manifest = dedup_folder(folder, to, options, show_progress)
    if as_json:
        print_json(manifest)
    else:
        click.echo(format_summary(manifest))


def open_workers(workers: int) -> Executor:
    """Starts worker processes that end with this one, whatever ends it."""
    from khabar.processing.workers import init_worker

    return ProcessPoolExecutor(workers, get_context("spawn"), init_worker)


def format_summary(manifest: dict[str, Any]) -> str:
    """Returns the counts, one a line of 80 columns at most; those that are 0 are left out."""
    counts = {name: manifest[name] for name in LABELS}
    width = max(len(f"{count:,}") for count in counts.values())
    return "\n".join(
        f"{count:>{width},} {LABELS[name]}"
        for name, count in counts.items()
        if count or name in ("rows", "pairs", "clusters", "kept")
    )
