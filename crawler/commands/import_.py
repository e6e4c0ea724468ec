"""khabar import"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click
from rich.progress import Progress, TaskID

from archive import open_archive
from archive.connect import Archive
from archive.filing import file_import
from crawler import clock, urls
from crawler.commands.common import EXIT_NEWLY_BROKEN, archive_option, console
from crawler.config import Config
from crawler.desk import RunError
from crawler.sources import Registry
from crawler.warcs import WarcImport
from pipelines.dedupe import keys_of
from pipelines.imported import Line, LineError, article_of, read_line

WARC = (".warc", ".warc.gz")


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@archive_option
def command(config: Config, files: tuple[Path, ...]) -> int:
    """Articles from JSONL files: one object a line with url, title, text, and as known subtitle, published_at,
    modified_at, authors, section, tags, language, source, embeds. Pages from WARC files (.warc, .warc.gz): those of
    the sources we know go the whole way of a crawled page; a file that was stopped goes on where it was.

    A line or record that cannot be read is named and left out; the others are stored. Exit code 1 when any was.
    """
    for file in files:
        if not file.is_file():
            raise RunError(f"{file}: no such file")
    with open_archive(config.archive, write=True) as archive, _bar() as bar:
        task = bar.add_task("importing", total=sum(file.stat().st_size for file in files))
        run = WarcImport(archive, config.registry(), _complain)
        done = 0
        for file in files:
            moved = partial(_move, bar, task, done)
            if file.name.endswith(WARC):
                run.take(file, moved)
            else:
                _take_lines(archive, file, run.registry, run.counts, moved)
            done += file.stat().st_size
    click.echo(", ".join(f"{number} {what}" for what, number in sorted(run.counts.items())) or "nothing to import")
    return EXIT_NEWLY_BROKEN if run.counts["left out"] or run.counts["broken"] else 0


def _bar() -> Progress:
    """A bar by bytes on a terminal."""
    return Progress(console=console(stderr=True), transient=True, disable=not sys.stderr.isatty())


def _move(bar: Progress, task: TaskID, before: int, done: int) -> None:
    bar.update(task, completed=before + done)


def _complain(words: str) -> None:
    click.echo(f"khabar: {words}", err=True)


def _take_lines(
    archive: Archive, file: Path, registry: Registry, counts: Counter[str], moved: Callable[[int], None]
) -> None:
    """Every line of a JSONL file that is not blank."""
    with file.open("rb") as stream:
        for number, raw in enumerate(stream, 1):
            if raw.strip():
                counts[_take_line(archive, raw, registry, f"{file}:{number}")] += 1
            moved(stream.tell())


def _take_line(archive: Archive, raw: bytes, registry: Registry, where: str) -> str:
    """What became of a line: new, edited, unchanged, left out."""
    try:
        line = read_line(raw)
        article, source = article_of(line, clock.now()), _source_of(line, registry)
    except LineError as error:
        _complain(f"{where}: {error}")
        return "left out"
    keys = keys_of(article, registry.sources.get(source))
    return file_import(archive.db, article, source, keys.url, keys.text_sha256, clock.now())


def _source_of(line: Line, registry: Registry) -> str:
    """The source the line names, else the one whose host it is, else the host itself as key."""
    if line.source:
        return line.source
    owner = next((source.key for source in registry.sources.values() if source.owns(line.url)), None)
    return owner or urls.host_of(line.url).removeprefix("www.").replace(".", "-")
