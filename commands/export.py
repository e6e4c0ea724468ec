"""khabar export"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click
from sqlite_utils import Database

from commands.common import (
    SOURCE_KEY,
    archive_option,
    make_progress,
    open_for_reading,
    print_not_recorded,
)
from commands.search import DAY
from khabar.archive.connect import open_without_lock
from khabar.archive.database import ArchiveError, may_write
from khabar.archive.rights import PURPOSES
from khabar.archive.store import articles
from khabar.archive.upkeep import copies
from khabar.export import export_dataset
from khabar.export.options import FORMATS, ExportOptions
from khabar.export.overlap.corpora import total_progress
from khabar.export.overlap.matching import exclude_overlap
from khabar.export.schema import ID_FIELDS, EmbedsAs, select_fields
from khabar.export.selection import ExportSelection, count_articles
from khabar.model import clock
from khabar.model.config import Config
from khabar.model.errors import RunError

if TYPE_CHECKING:
    from rich.progress import Progress

SHARE = click.FloatRange(0, 1)


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
    default="jsonl",
    show_default=True,
    help="File format. sqlite has no raw pages; warc has only them.",
)
@click.option(
    "--compress", is_flag=True, help="Compress JSONL and CSV files with Zstandard (.zst)."
)
@click.option(
    "--source", "sources", type=SOURCE_KEY, multiple=True, help="Only this source (repeatable)."
)
@click.option(
    "--since", type=DAY, metavar="YYYY-MM-DD", help="Published on this day (Indian time) or later."
)
@click.option(
    "--until", type=DAY, metavar="YYYY-MM-DD", help="Published on this day (Indian time) or before."
)
@click.option(
    "--language", "languages", multiple=True, help="Only this language: hi, mr, … (repeatable)."
)
@click.option(
    "--section",
    "sections",
    multiple=True,
    help="Only this section, as the source names it (repeatable).",
)
@click.option("--query", help="Only what `khabar search QUERY` finds.")
@click.option("--min-words", type=click.IntRange(0), help="At least this many words.")
@click.option("--max-words", type=click.IntRange(0), help="At most this many words.")
@click.option(
    "--min-devanagari", type=SHARE, help="At least this share of letters in Devanagari, 0-1."
)
@click.option("--max-repetition", type=SHARE, help="At most this share of repeated text, 0-1.")
@click.option("--whole", is_flag=True, help="Without articles whose text is known to be cut off.")
@click.option(
    "--one-per-story", is_flag=True, help="Of near-duplicate articles, only the first published."
)
@click.option(
    "--not-in",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Without articles that this corpus contains, see `khabar overlap` (repeatable).",
)
@click.option(
    "--fields",
    help="Only these fields: title,text,…; +minhash,+url_key,+vector adds to the default.",
)
@click.option(
    "--embeds",
    type=click.Choice(get_args(EmbedsAs)),
    default="full",
    show_default=True,
    help="Embeds in full, their ids only, or none.",
)
@click.option(
    "--ids-only",
    is_flag=True,
    help="URLs and ids without any text; `khabar import` fetches them again.",
)
@click.option(
    "--purpose",
    type=click.Choice(PURPOSES),
    default="research",
    show_default=True,
    help="Intended use: decides which articles and texts may be included.",
)
@click.option(
    "--unlicensed-text",
    is_flag=True,
    help="With --purpose train: include texts that their source has not permitted.",
)
@click.option(
    "--redact",
    type=click.Choice(["pii"]),
    help="Remove phone numbers, e-mail addresses and id numbers; keep helplines.",
)
@click.option(
    "--splits",
    help="`story` or `time:YYYY-MM-DD`: train, validation and test without shared stories.",
)
@click.option(
    "--name",
    default="dataset",
    show_default=True,
    help="Dataset name. An article published under it stays in its split.",
)
@click.option(
    "--since-export",
    type=click.Path(path_type=Path),
    metavar="MANIFEST",
    help="Only changes since the earlier export with this manifest.",
)
@archive_option
def command(config: Config, folder: Path, **params: Any) -> None:
    """Export articles as a dataset into DIR: data files, manifest.json and README.md.

    The manifest has counts and checksums; README.md is a dataset card. Options that select articles
    are combined: an article must satisfy all of them. See docs/publish.md.

    The archive keeps a record of the export and of its splits, unless this user may only read it.
    """
    with open_for_reading(config) as archive, make_progress(transient=False) as bar:
        articles.check_sources(archive.db, params["sources"])
        options = _build_options(params)
        _exclude_overlap(archive.db, params["not_in"], bar)
        task = bar.add_task("exporting", total=count_articles(archive.db, options.selection))
        recorded = may_write(config.archive)
        manifest = export_dataset(
            archive,
            folder,
            options,
            lambda rows: bar.advance(task, rows),
            params["since_export"],
            record_splits=recorded,
        )
    if recorded:
        _record_export(config.archive, folder, options, manifest["articles"])
    else:
        print_not_recorded(config.archive, folder)
    click.echo(_format_summary(manifest, folder))


def _record_export(path: Path, folder: Path, options: ExportOptions, articles: int) -> None:
    """Records an export, so that a takedown can list those that contain what it deletes.

    Raises ArchiveError when that cannot be written; the dataset is complete nevertheless.
    """
    what = _describe_export(options)
    try:
        with open_without_lock(path, allow_older=True) as beside:
            copies.record_copy(beside.db, "export", folder, clock.now(), what, articles)
    except ArchiveError as error:
        raise type(error)(
            f"{folder}: complete, but not recorded in the archive: {error}"
        ) from error


def _build_options(params: dict[str, Any]) -> ExportOptions:
    names = list(ID_FIELDS) if params["ids_only"] else (params["fields"] or "").split(",")
    embeds: EmbedsAs = "none" if params["ids_only"] else params["embeds"]
    return ExportOptions(
        params["format_"],
        select_fields(filter(None, names), embeds),
        _build_selection(params),
        embeds=embeds,
        purpose=params["purpose"],
        unlicensed_text=params["unlicensed_text"],
        redact=params["redact"] == "pii",
        compress=params["compress"],
        splits=params["splits"],
        name=params["name"],
    )


def _build_selection(params: dict[str, Any]) -> ExportSelection:
    days = {
        name: day and day.date().isoformat()
        for name, day in params.items()
        if name in ("since", "until")
    }
    lists = tuple(f"{path.name} {_hash_file(path)}" for path in params["not_in"])
    names = ExportSelection.__dataclass_fields__.keys() & params.keys() - days.keys() - {"not_in"}
    return ExportSelection(**days, **{name: params[name] for name in names}, not_in=lists)


def _hash_file(path: Path) -> str:
    if not path.is_file():
        raise RunError(f"{path}: no such file")
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _exclude_overlap(db: Database, files: tuple[Path, ...], bar: Progress) -> None:
    if files:
        task = bar.add_task("comparing", total=sum(map(total_progress, files)))
        exclude_overlap(db, files, lambda position: bar.update(task, completed=position))


def _describe_export(options: ExportOptions) -> dict[str, Any]:
    """Returns what `khabar.archive.upkeep.copies` records of an export."""
    selection = options.selection
    return {
        "format": options.format,
        "purpose": options.purpose,
        "sources": selection.sources,
        "since": selection.since,
        "until": selection.until,
    }


def _format_summary(manifest: dict[str, Any], folder: Path) -> str:
    withheld = sum(manifest["withheld"].values())
    summary = (
        f"{manifest['articles']} articles with {manifest['embeds']} embeds written to {folder}"
    )
    return f"{summary}; {withheld} withheld: see {folder}/README.md" if withheld else summary
