"""khabar import"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import click

from commands.common import (
    EXIT_NEWLY_BROKEN,
    EXIT_NOTHING_RAN,
    archive_option,
    make_work_progress,
    print_warning,
    workers_option,
)
from khabar.archive import ArchiveBusy, open_archive
from khabar.archive.connect import open_without_lock
from khabar.archive.database import Archive
from khabar.model.config import Config
from khabar.model.errors import RunError
from khabar.parsing.file_kinds import detect_file_kind
from khabar.processing.jsonl_import import ImportRecord

FIELDS = tuple(ImportRecord.__struct_fields__)


class FileImporter(Protocol):
    """Imports files of one format."""

    def import_file(self, path: Path, on_progress: Callable[[int], None]) -> None: ...


class FieldMappingParam(click.ParamType[tuple[str, str]]):
    """A field of Khabar and its name in the imported file: text=full_text."""

    name = "FIELD=THEIRS"

    def convert(
        self, value: str | tuple[str, str], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        field, equals, theirs = value.partition("=")
        if not equals or not theirs or field not in FIELDS:
            self.fail(f"{value!r}: FIELD=THEIRS, where FIELD is {', '.join(FIELDS)}", param, ctx)
        return field, theirs


@click.command()
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path)
)
@click.option(
    "--map",
    "field_names",
    type=FieldMappingParam(),
    multiple=True,
    help="Name of a field in the file, for example text=full_text (repeatable).",
)
@click.option("--again", is_flag=True, help="Read WARC files once more that were imported before.")
@workers_option
@archive_option
def command(
    config: Config,
    files: tuple[Path, ...],
    field_names: tuple[tuple[str, str], ...],
    again: bool,
    workers: int,
) -> int:
    """Import articles from JSONL or Parquet files, or pages from WARC files, into the archive.

    What a file is, its first bytes tell. JSONL (also gzip and zstd): one object per line with url,
    title and text, and optionally subtitle, published_at, modified_at, authors, section, tags,
    language, source and embeds. Files written by news-please and fundus are understood; other field
    names are given with --map. URLs without text (export --ids-only) are fetched by the next crawl.

    WARC (also gzip and zstd): pages of known sources are processed like crawled pages. A file that
    was imported is read again when sources have changed since, or with --again.

    Parquet: the pages of `khabar extract --to`, with everything but their raw pages, or the
    articles of `khabar export`. A folder stands for the Parquet files in it.

    After an interruption the same command continues where it stopped.

    A line, record or file that cannot be read is named and skipped; the others are stored.

    Exit code: 0; 1 when any was skipped; 2 when no file can be imported.
    """
    files = _list_files(files)
    formats = _detect_formats(files)
    if not formats:
        return EXIT_NOTHING_RAN
    # here, as they start worker processes
    from khabar.processing.jsonl_files import JsonlImport
    from khabar.processing.parquet_import import ArticleRowImport, PageRowImport, ParquetImport
    from khabar.processing.parquet_rows import UnreadableParquet
    from khabar.processing.warc_import import WarcImport

    with _open_for_import(config, formats) as archive, make_work_progress() as bar:
        task = bar.add_task("importing", total=sum(file.stat().st_size for file in formats))
        registry = config.load_registry()
        warcs = WarcImport(archive, registry, print_warning, click.echo, workers, again)
        counts, names = warcs.counts, dict(field_names)
        lines = JsonlImport(archive, registry, names, print_warning, counts, workers)
        pages = PageRowImport(archive, registry, print_warning, click.echo, workers, again, counts)
        articles = ArticleRowImport(archive, registry, names, print_warning, counts, workers)
        importers: dict[str, FileImporter] = {
            "warc": warcs,
            "jsonl": lines,
            "parquet": ParquetImport(pages, articles),
        }
        bytes_done, unreadable = 0, set[Path]()
        for file, format_name in formats.items():

            def show_position(position: int, start: int = bytes_done) -> None:
                bar.update(task, completed=start + position, count=warcs.counts.total())

            try:
                importers[format_name].import_file(file, show_position)
            except UnreadableParquet as error:
                print_warning(str(error))
                unreadable.add(file)
            bytes_done += file.stat().st_size
    if len(unreadable) == len(formats):
        return EXIT_NOTHING_RAN
    click.echo(
        ", ".join(f"{number} {what}" for what, number in sorted(warcs.counts.items()))
        or "nothing to import"
    )
    is_complete = len(formats) - len(unreadable) == len(set(files))
    is_read = not (warcs.counts["left out"] or warcs.counts["broken"])
    return 0 if is_complete and is_read else EXIT_NEWLY_BROKEN


def _list_files(paths: tuple[Path, ...]) -> tuple[Path, ...]:
    """Returns the files, and of folders the Parquet files in them. Raises RunError for a folder
    without any.
    """
    files: list[Path] = []
    for path in paths:
        found = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
        if not found:
            raise RunError(f"{path}: no Parquet file in this folder; name files of other kinds")
        files += (file for file in found if not file.name.startswith("."))
    return tuple(dict.fromkeys(files))


def _detect_formats(files: tuple[Path, ...]) -> dict[Path, str]:
    """Returns the format of each file that can be imported and names the others. Raises RunError
    for a missing file.
    """
    formats: dict[Path, str] = {}
    for file in files:
        if not file.is_file():
            raise RunError(f"{file}: no such file")
    for file in files:
        try:
            kind = detect_file_kind(file)
        except OSError as error:
            print_warning(f"{file}: {error.strerror or error}")
            continue
        if kind.format:
            formats[file] = kind.format
        else:
            print_warning(f"{file}: {kind.problem}")
    return formats


def _open_for_import(config: Config, formats: dict[Path, str]) -> Archive:
    """Opens the archive for writing, without its lock if a crawl has it and all files are JSONL.

    Lines can be stored during a crawl, each in its own transaction. Pages of WARC and Parquet files
    cannot: the crawl would process every page that is stored and not yet extracted.
    """
    try:
        return open_archive(config.archive, write=True)
    except ArchiveBusy:
        if {"warc", "parquet"} & set(formats.values()):
            raise
        return open_without_lock(config.archive)
