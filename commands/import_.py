"""khabar import"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from commands.common import EXIT_NEWLY_BROKEN, archive_option, find_owner, make_progress
from khabar.archive import ArchiveBusy, open_archive, takedowns
from khabar.archive.connect import open_without_lock
from khabar.archive.database import Archive, transaction
from khabar.archive.frontier import url_store
from khabar.archive.store import articles
from khabar.archive.store.save import save_import
from khabar.export.overlap.corpora import lines_of
from khabar.model import clock, urls
from khabar.model.config import Config
from khabar.model.errors import RunError
from khabar.model.sources import Registry
from khabar.processing.jsonl_import import (
    ArticleRef,
    ImportRecord,
    LineError,
    build_article,
    parse_first_seen,
    parse_line,
)
from khabar.processing.keys import compute_keys
from khabar.processing.warc_import import WarcImport

WARC_SUFFIXES = (".warc", ".warc.gz")
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
@archive_option
def command(
    config: Config, files: tuple[Path, ...], field_names: tuple[tuple[str, str], ...]
) -> int:
    """Import articles from JSONL files, or pages from WARC files, into the archive.

    JSONL (.jsonl, also .gz and .zst): one object per line with url, title and text, and optionally
    subtitle, published_at, modified_at, authors, section, tags, language, source and embeds. Files
    written by news-please and fundus are understood; other field names are given with --map. URLs
    without text (export --ids-only) are fetched by the next crawl.

    WARC (.warc, .warc.gz): pages of known sources are processed like crawled pages. After an
    interruption the same command continues where it stopped.

    A line or record that cannot be read is printed and skipped; the others are stored.

    Exit code: 1 when any was skipped, else 0.
    """
    for file in files:
        if not file.is_file():
            raise RunError(f"{file}: no such file")
    with _open_for_import(config, files) as archive, make_progress() as bar:
        task = bar.add_task("importing", total=sum(file.stat().st_size for file in files))
        warcs = WarcImport(archive, config.load_registry(), _print_warning)
        lines = JsonlImport(archive, warcs.registry, warcs.counts, dict(field_names))
        bytes_done = 0
        for file in files:

            def show_position(position: int, start: int = bytes_done) -> None:
                bar.update(task, completed=start + position)

            importer = warcs if file.name.endswith(WARC_SUFFIXES) else lines
            importer.import_file(file, show_position)
            bytes_done += file.stat().st_size
    click.echo(
        ", ".join(f"{number} {what}" for what, number in sorted(warcs.counts.items()))
        or "nothing to import"
    )
    return EXIT_NEWLY_BROKEN if warcs.counts["left out"] or warcs.counts["broken"] else 0


def _open_for_import(config: Config, files: tuple[Path, ...]) -> Archive:
    """Opens the archive for writing, without its lock if a crawl has it and all files are JSONL.

    Lines can be stored during a crawl, each in its own transaction. Pages of WARC files cannot: the
    crawl would process every page that is stored and not yet extracted.
    """
    try:
        return open_archive(config.archive, write=True)
    except ArchiveBusy:
        if any(file.name.endswith(WARC_SUFFIXES) for file in files):
            raise
        return open_without_lock(config.archive)


def _print_warning(message: str) -> None:
    click.echo(f"khabar: {message}", err=True)


@dataclass
class JsonlImport:
    """An import of JSONL files. `field_names`: field of Khabar → its name in the files."""

    archive: Archive
    registry: Registry
    counts: Counter[str]
    field_names: dict[str, str]

    def import_file(self, file: Path, on_progress: Callable[[int], None]) -> None:
        """Imports a file. `on_progress` is called with the number of bytes read so far."""
        for number, raw, position in lines_of(file):
            if raw.strip():
                self.counts[self._import_line(raw, f"{file}:{number}")] += 1
            on_progress(position)

    def _import_line(self, raw: bytes, where: str) -> str:
        """Returns the outcome: new, edited, unchanged, to fetch, taken down or left out."""
        try:
            line = parse_line(raw, self.field_names)
            return (
                self._enqueue_url(line)
                if isinstance(line, ArticleRef)
                else self._save_article(line)
            )
        except LineError as error:
            _print_warning(f"{where}: {error}")
            return "left out"

    def _save_article(self, line: ImportRecord) -> str:
        now = clock.now()
        article, source = build_article(line, now), _find_source_key(line, self.registry)
        keys = compute_keys(article, self.registry.sources.get(source))
        return save_import(
            self.archive.db,
            article,
            source,
            keys.url,
            keys.text_sha256,
            parse_first_seen(line, now),
        )

    def _enqueue_url(self, line: ArticleRef) -> str:
        """Schedules a URL to be fetched now, unless the archive has the article.

        Raises LineError when no source has its host.
        """
        db = self.archive.db
        source = self.registry.sources.get(_find_source_key(line, self.registry))
        if articles.find_article(db, line.url):
            return "unchanged"
        if source is None:
            raise LineError(f"no source file for {urls.get_host(line.url)}: it cannot be fetched")
        if takedowns.find_takedown(db, source.canonicalize_url(line.url)):
            return "taken down"
        with transaction(db):
            url_store.upsert_source(db, source, clock.now())
        url_store.schedule_now(db, source, line.url, clock.now())
        return "to fetch"


def _find_source_key(line: ImportRecord | ArticleRef, registry: Registry) -> str:
    """Returns the source named in the line, else the owner of its host, else the host as a key."""
    if line.source:
        return line.source
    owner = find_owner(registry, line.url)
    return owner.key if owner else urls.get_host(line.url).removeprefix("www.").replace(".", "-")
