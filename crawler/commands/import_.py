"""khabar import"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click
from rich.progress import Progress

from archive import open_archive
from archive.filing import file_import
from crawler import clock, urls
from crawler.commands.common import EXIT_NEWLY_BROKEN, archive_option, console
from crawler.config import Config
from crawler.desk import RunError
from crawler.sources import Registry
from pipelines.dedupe import keys_of
from pipelines.imported import Line, LineError, article_of, read_line


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@archive_option
def command(config: Config, files: tuple[Path, ...]) -> int:
    """Articles from JSONL files: one object a line with url, title, text, and as known subtitle, published_at,
    modified_at, authors, section, tags, language, source, embeds.

    A line that cannot be read is named and left out; the others are stored. Exit code 1 when any was left out.
    """
    registry, counts = config.registry(), Counter[str]()
    for file in files:
        if not file.is_file():
            raise RunError(f"{file}: no such file")
    with open_archive(config.archive, write=True) as archive:
        for where, raw in _lines(files):
            try:
                line = read_line(raw)
                article, source = article_of(line, clock.now()), _source_of(line, registry)
            except LineError as error:
                counts["left out"] += 1
                click.echo(f"khabar: {where}: {error}", err=True)
                continue
            keys = keys_of(article, registry.sources.get(source))
            counts[file_import(archive.db, article, source, keys.url, keys.text_sha256, clock.now())] += 1
    click.echo(", ".join(f"{number} {what}" for what, number in sorted(counts.items())) or "nothing to import")
    return EXIT_NEWLY_BROKEN if counts["left out"] else 0


def _lines(files: tuple[Path, ...]) -> Iterator[tuple[str, bytes]]:
    """Each line that is not blank, with its file and number; a bar by bytes on a terminal."""
    with Progress(console=console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("importing", total=sum(file.stat().st_size for file in files))
        for file in files:
            with file.open("rb") as stream:
                for number, raw in enumerate(stream, 1):
                    if raw.strip():
                        yield f"{file}:{number}", raw
                    bar.advance(task, len(raw))


def _source_of(line: Line, registry: Registry) -> str:
    """The source the line names, else the one whose host it is, else the host itself as key."""
    if line.source:
        return line.source
    owner = next((source.key for source in registry.sources.values() if source.owns(line.url)), None)
    return owner or urls.host_of(line.url).removeprefix("www.").replace(".", "-")
