"""khabar overlap"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import astuple, fields
from pathlib import Path

import click

from commands.common import (
    archive_option,
    list_options,
    make_progress,
    open_for_reading,
    print_rows,
)
from khabar.export.overlap.corpora import CorpusFields, total_progress
from khabar.export.overlap.matching import OverlapFinder, OverlapMatch
from khabar.model.config import Config
from khabar.model.errors import RunError

_LABELS = {
    "documents": "documents in the file",
    "url": "documents with the URL of an article",
    "text": "documents with the text of an article",
    "near": "documents that are near-duplicates of an article",
    "articles": "articles of the archive in the file",
}


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--url", help="The field with the URL. Default: url, link, …")
@click.option("--text", help="The field with the text. Default: text, content, …")
@click.option(
    "--matches", type=click.Path(path_type=Path), help="Write every match into this CSV file."
)
@list_options
@archive_option
def command(config: Config, file: Path, url: str | None, text: str | None, matches: Path | None, *,
            as_json: bool, as_csv: bool) -> None:  # fmt: skip
    """Count the articles that another corpus contains too.

    FILE is JSONL, CSV or Parquet with URLs or texts, or a plain list of either, one per line; .gz
    and .zst are unpacked. Articles are matched by URL, by identical text and as near-duplicates.
    """
    if not file.is_file():
        raise RunError(f"{file}: no such file")
    with (
        open_for_reading(config) as archive,
        make_progress(transient=False) as bar,
    ):
        task = bar.add_task("comparing", total=total_progress(file))
        overlap = OverlapFinder(archive.db)
        found = overlap.find_matches(
            file, CorpusFields(url, text), lambda position: bar.update(task, completed=position)
        )
        if matches:
            _write_matches(matches, _name_read_errors(file, found))
        else:
            for _ in _name_read_errors(file, found):
                pass  # counted by the finder
    rows = [{"number": overlap.counts[name], "what": label} for name, label in _LABELS.items()]
    print_rows(rows, as_json=as_json, as_csv=as_csv)


def _name_read_errors(file: Path, found: Iterator[OverlapMatch]) -> Iterator[OverlapMatch]:
    """Yields the matches. Raises RunError, which names `file`, when reading it fails."""
    try:
        yield from found
    except OSError as error:
        raise RunError(f"{file}: cannot be read: {error.strerror or error}") from error


def _write_matches(path: Path, found: Iterator[OverlapMatch]) -> None:
    """Writes the matches as CSV; `path` appears only when it is complete.

    Raises RunError when it cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as out:
            rows = csv.writer(out)
            rows.writerow(field.name for field in fields(OverlapMatch))
            rows.writerows(map(astuple, found))
        part.replace(path)
    except OSError as error:
        raise RunError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)
