"""khabar import"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from commands.common import (
    EXIT_NEWLY_BROKEN,
    EXIT_NOTHING_RAN,
    archive_option,
    make_progress,
)
from khabar.archive import ArchiveBusy, open_archive, takedowns
from khabar.archive.connect import open_without_lock
from khabar.archive.database import Archive, transaction
from khabar.archive.frontier import url_store
from khabar.archive.store import articles
from khabar.archive.store.save import save_import
from khabar.export.overlap.corpora import lines_of
from khabar.model import clock
from khabar.model.config import Config
from khabar.model.errors import RunError
from khabar.parsing.file_kinds import detect_file_kind
from khabar.processing.complaints import Complaints
from khabar.processing.import_lines import LineReader, PreparedArticle, PreparedRef
from khabar.processing.jsonl_import import EmptyText, ImportRecord, LineError, list_fields

FIELDS = tuple(ImportRecord.__struct_fields__)


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
@archive_option
def command(
    config: Config, files: tuple[Path, ...], field_names: tuple[tuple[str, str], ...], again: bool
) -> int:
    """Import articles from JSONL files, or pages from WARC files, into the archive.

    What a file is, its first bytes tell. JSONL (also gzip and zstd): one object per line with url,
    title and text, and optionally subtitle, published_at, modified_at, authors, section, tags,
    language, source and embeds. Files written by news-please and fundus are understood; other field
    names are given with --map. URLs without text (export --ids-only) are fetched by the next crawl.

    WARC (also gzip and zstd): pages of known sources are processed like crawled pages. After an
    interruption the same command continues where it stopped; a file is read again when sources have
    changed since.

    A line, record or file that cannot be read is named and skipped; the others are stored.

    Exit code: 0; 1 when any was skipped; 2 when no file can be imported.
    """
    formats = _detect_formats(files)
    if not formats:
        return EXIT_NOTHING_RAN
    from khabar.processing.warc_import import WarcImport  # here, as it starts worker processes

    with _open_for_import(config, formats) as archive, make_progress() as bar:
        task = bar.add_task("importing", total=sum(file.stat().st_size for file in formats))
        warcs = WarcImport(archive, config.load_registry(), _print_warning, click.echo, again)
        reader = LineReader(warcs.registry, dict(field_names))
        lines = JsonlImport(archive, reader, warcs.counts)
        bytes_done = 0
        for file, format_name in formats.items():

            def show_position(position: int, start: int = bytes_done) -> None:
                bar.update(task, completed=start + position)

            importer = warcs if format_name == "warc" else lines
            importer.import_file(file, show_position)
            bytes_done += file.stat().st_size
    click.echo(
        ", ".join(f"{number} {what}" for what, number in sorted(warcs.counts.items()))
        or "nothing to import"
    )
    is_complete = len(formats) == len(set(files))
    is_read = not (warcs.counts["left out"] or warcs.counts["broken"])
    return 0 if is_complete and is_read else EXIT_NEWLY_BROKEN


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
            _print_warning(f"{file}: {error.strerror or error}")
            continue
        if kind.format:
            formats[file] = kind.format
        else:
            _print_warning(f"{file}: {kind.problem}")
    return formats


def _open_for_import(config: Config, formats: dict[Path, str]) -> Archive:
    """Opens the archive for writing, without its lock if a crawl has it and all files are JSONL.

    Lines can be stored during a crawl, each in its own transaction. Pages of WARC files cannot: the
    crawl would process every page that is stored and not yet extracted.
    """
    try:
        return open_archive(config.archive, write=True)
    except ArchiveBusy:
        if "warc" in formats.values():
            raise
        return open_without_lock(config.archive)


def _print_warning(message: str) -> None:
    click.echo(f"khabar: {message}", err=True)


@dataclass
class JsonlImport:
    """An import of JSONL files."""

    archive: Archive
    reader: LineReader
    counts: Counter[str]

    def import_file(self, file: Path, on_progress: Callable[[int], None]) -> None:
        """Imports a file. `on_progress` is called with the number of bytes read so far."""
        complaints, fields = Complaints(file, _print_warning), list[str]()
        for number, raw, position in lines_of(file):
            if raw.strip():
                try:
                    result = self._import_line(raw)
                except EmptyText:
                    result = "without text"
                except LineError as error:
                    result = "left out"
                    complaints.add(f"{number}", error.kind, str(error))
                    if not fields and "missing required field" in error.kind:
                        fields = list_fields(raw)
                self.counts[result] += 1
            on_progress(position)
        complaints.report_rest(_suggest_fields(fields))

    def _import_line(self, raw: bytes) -> str:
        """Returns the outcome: new, edited, unchanged, to fetch or taken down. Raises LineError."""
        now = clock.now()
        line = self.reader.prepare_line(raw, now)
        if isinstance(line, PreparedRef):
            return self._enqueue_url(line)
        return self._save_article(line)

    def _save_article(self, line: PreparedArticle) -> str:
        return save_import(
            self.archive.db,
            line.article,
            line.source,
            line.keys,
            line.first_seen,
        )

    def _enqueue_url(self, line: PreparedRef) -> str:
        """Schedules a URL to be fetched now, unless the archive has the article."""
        db, source = self.archive.db, line.source
        if articles.find_article(db, line.url):
            return "unchanged"
        if takedowns.find_takedown(db, source.canonicalize_url(line.url)):
            return "taken down"
        with transaction(db):
            url_store.upsert_source(db, source, clock.now())
        url_store.schedule_now(db, source, line.url, clock.now())
        return "to fetch"


def _suggest_fields(fields: list[str]) -> str:
    """Returns which fields a line that was left out has and how to name them, if one that every
    line needs is not among them.
    """
    needed = [name for name in ("url", "title", "text") if name not in fields]
    if not fields or not needed:
        return ""
    names = " ".join(f"--map {name}=…" for name in needed)
    return f"its fields are {', '.join(fields)[:300]}; say which are ours: {names}"
