"""khabar import"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click
from rich.progress import Progress, TaskID

from commands.common import EXIT_NEWLY_BROKEN, archive_option, make_console
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
    """A field of ours and what a collection calls it: text=full_text."""

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
    "renamed",
    type=FieldMappingParam(),
    multiple=True,
    help="A field of ours under a collection's own name.",
)
@archive_option
def command(config: Config, files: tuple[Path, ...], renamed: tuple[tuple[str, str], ...]) -> int:
    """Articles from JSONL files (.jsonl, .gz, .zst): one object a line with url, title, text, and
    as known subtitle, published_at, modified_at, authors, section, tags, language, source, embeds;
    dumps of news-please and fundus as they are, others by --map text=full_text. A list without
    words (export --ids-only) is fetched by the next crawl. Pages from WARC files (.warc, .warc.gz):
    those of the sources we know go the whole way of a crawled page; a file that was stopped goes on
    where it was.

    A line or record that cannot be read is named and left out; the others are stored. Exit code 1
    when any was.
    """
    for file in files:
        if not file.is_file():
            raise RunError(f"{file}: no such file")
    with _open_for_import(config, files) as archive, _make_progress() as bar:
        task = bar.add_task("importing", total=sum(file.stat().st_size for file in files))
        warcs = WarcImport(archive, config.load_registry(), _print_warning)
        lines = JsonlImport(archive, warcs.registry, warcs.counts, dict(renamed))
        bytes_done = 0
        for file in files:
            on_progress = partial(_advance_bar, bar, task, bytes_done)
            (warcs if file.name.endswith(WARC_SUFFIXES) else lines).import_file(file, on_progress)
            bytes_done += file.stat().st_size
    click.echo(
        ", ".join(f"{number} {what}" for what, number in sorted(warcs.counts.items()))
        or "nothing to import"
    )
    return EXIT_NEWLY_BROKEN if warcs.counts["left out"] or warcs.counts["broken"] else 0


def _open_for_import(config: Config, files: tuple[Path, ...]) -> Archive:
    """The archive to write to. Lines may be filed beside a crawl, each in a transaction of its own;
    pages may not: a run reads every page that is kept and not yet read.
    """
    try:
        return open_archive(config.archive, write=True)
    except ArchiveBusy:
        if any(file.name.endswith(WARC_SUFFIXES) for file in files):
            raise
        return open_without_lock(config.archive)


def _make_progress() -> Progress:
    """A bar by bytes on a terminal."""
    return Progress(
        console=make_console(stderr=True), transient=True, disable=not sys.stderr.isatty()
    )


def _advance_bar(bar: Progress, task: TaskID, before: int, position: int) -> None:
    bar.update(task, completed=before + position)


def _print_warning(words: str) -> None:
    click.echo(f"khabar: {words}", err=True)


@dataclass
class JsonlImport:
    """An import of JSONL files. `field_names`: field of ours → what the collection calls it."""

    archive: Archive
    registry: Registry
    counts: Counter[str]
    field_names: dict[str, str]

    def import_file(self, file: Path, on_progress: Callable[[int], None]) -> None:
        """Every line of a file that is not blank."""
        for number, raw, position in lines_of(file):
            if raw.strip():
                self.counts[self._import_line(raw, f"{file}:{number}")] += 1
            on_progress(position)

    def _import_line(self, raw: bytes, where: str) -> str:
        """What became of a line: new, edited, unchanged, to fetch, left out."""
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
        """An article of a list: due now, unless the archive has it."""
        db, source = (
            self.archive.db,
            self.registry.sources.get(_find_source_key(line, self.registry)),
        )
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
    """The source the line names, else the one whose host it is, else the host itself as key."""
    if line.source:
        return line.source
    owner = next(
        (source.key for source in registry.sources.values() if source.is_own_url(line.url)), None
    )
    return owner or urls.get_host(line.url).removeprefix("www.").replace(".", "-")
