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

from commands.common import EXIT_NEWLY_BROKEN, archive_option, console
from khabar.archive import ArchiveBusy, open_archive, takedowns
from khabar.archive.connect import open_beside
from khabar.archive.database import Archive, transaction
from khabar.archive.frontier import ledger
from khabar.archive.store import articles
from khabar.archive.store.save import file_import
from khabar.export.overlap.documents import lines_of
from khabar.model import clock, urls
from khabar.model.config import Config
from khabar.model.errors import RunError
from khabar.model.sources import Registry
from khabar.processing.jsonl_import import Line, LineError, Pointer, article_of, first_seen, read_line
from khabar.processing.keys import keys_of
from khabar.processing.warc_import import WarcImport

WARC = (".warc", ".warc.gz")
FIELDS = tuple(Line.__struct_fields__)


class Renamed(click.ParamType[tuple[str, str]]):
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
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option("--map", "renamed", type=Renamed(), multiple=True, help="A field of ours under a collection's own name.")
@archive_option
def command(config: Config, files: tuple[Path, ...], renamed: tuple[tuple[str, str], ...]) -> int:
    """Articles from JSONL files (.jsonl, .gz, .zst): one object a line with url, title, text, and as known subtitle,
    published_at, modified_at, authors, section, tags, language, source, embeds; dumps of news-please and fundus as
    they are, others by --map text=full_text. A list without words (export --ids-only) is fetched by the next crawl.
    Pages from WARC files (.warc, .warc.gz): those of the sources we know go the whole way of a crawled page; a file
    that was stopped goes on where it was.

    A line or record that cannot be read is named and left out; the others are stored. Exit code 1 when any was.
    """
    for file in files:
        if not file.is_file():
            raise RunError(f"{file}: no such file")
    with _opened(config, files) as archive, _bar() as bar:
        task = bar.add_task("importing", total=sum(file.stat().st_size for file in files))
        warcs = WarcImport(archive, config.registry(), _complain)
        lines = Lines(archive, warcs.registry, warcs.counts, dict(renamed))
        done = 0
        for file in files:
            moved = partial(_move, bar, task, done)
            (warcs if file.name.endswith(WARC) else lines).take(file, moved)
            done += file.stat().st_size
    click.echo(", ".join(f"{number} {what}" for what, number in sorted(warcs.counts.items())) or "nothing to import")
    return EXIT_NEWLY_BROKEN if warcs.counts["left out"] or warcs.counts["broken"] else 0


def _opened(config: Config, files: tuple[Path, ...]) -> Archive:
    """The archive to write to. Lines may be filed beside a crawl, each in a transaction of its own; pages may not:
    a run reads every page that is kept and not yet read."""
    try:
        return open_archive(config.archive, write=True)
    except ArchiveBusy:
        if any(file.name.endswith(WARC) for file in files):
            raise
        return open_beside(config.archive)


def _bar() -> Progress:
    """A bar by bytes on a terminal."""
    return Progress(console=console(stderr=True), transient=True, disable=not sys.stderr.isatty())


def _move(bar: Progress, task: TaskID, before: int, done: int) -> None:
    bar.update(task, completed=before + done)


def _complain(words: str) -> None:
    click.echo(f"khabar: {words}", err=True)


@dataclass
class Lines:
    """An import of JSONL files. `renamed`: field of ours → what the collection calls it."""

    archive: Archive
    registry: Registry
    counts: Counter[str]
    renamed: dict[str, str]

    def take(self, file: Path, moved: Callable[[int], None]) -> None:
        """Every line of a file that is not blank."""
        for number, raw, at in lines_of(file):
            if raw.strip():
                self.counts[self._take_line(raw, f"{file}:{number}")] += 1
            moved(at)

    def _take_line(self, raw: bytes, where: str) -> str:
        """What became of a line: new, edited, unchanged, to fetch, left out."""
        try:
            line = read_line(raw, self.renamed)
            return self._point(line) if isinstance(line, Pointer) else self._file(line)
        except LineError as error:
            _complain(f"{where}: {error}")
            return "left out"

    def _file(self, line: Line) -> str:
        now = clock.now()
        article, source = article_of(line, now), _source_of(line, self.registry)
        keys = keys_of(article, self.registry.sources.get(source))
        return file_import(self.archive.db, article, source, keys.url, keys.text_sha256, first_seen(line, now))

    def _point(self, line: Pointer) -> str:
        """An article of a list: due now, unless the archive has it."""
        db, source = self.archive.db, self.registry.sources.get(_source_of(line, self.registry))
        if articles.find(db, line.url):
            return "unchanged"
        if source is None:
            raise LineError(f"no source file for {urls.host_of(line.url)}: it cannot be fetched")
        if takedowns.taken_down(db, source.canonical_url(line.url)):
            return "taken down"
        with transaction(db):
            ledger.enrol(db, source, clock.now())
        ledger.ask_for(db, source, line.url, clock.now())
        return "to fetch"


def _source_of(line: Line | Pointer, registry: Registry) -> str:
    """The source the line names, else the one whose host it is, else the host itself as key."""
    if line.source:
        return line.source
    owner = next((source.key for source in registry.sources.values() if source.owns(line.url)), None)
    return owner or urls.host_of(line.url).removeprefix("www.").replace(".", "-")
