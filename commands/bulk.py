"""The bulk form of `khabar extract`: WARC files to Parquet files in a folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from commands.common import EXIT_NEWLY_BROKEN, EXIT_NOTHING_RAN, make_work_progress, print_warning
from khabar.archive.errors import explain_error, is_disk_fault
from khabar.bulk.daft_engine import extract_with_daft
from khabar.bulk.extract_warcs import BulkExtraction, BulkOptions
from khabar.export.folder import make_folder
from khabar.model.config import Config
from khabar.model.errors import RunError
from khabar.parsing.file_kinds import detect_file_kind


def extract_files(
    config: Config, names: tuple[str, ...], folder: Path, options: BulkOptions, workers: int
) -> int:
    """Extracts WARC files one after the other. Returns the exit code of the command."""
    files = [path for path in map(Path, names) if _is_warc(path)]
    if not files:
        return EXIT_NOTHING_RAN
    make_folder(folder)
    registry = config.load_registry()
    with (
        make_work_progress() as bar,
        BulkExtraction(registry, folder, options, print_warning, click.echo, workers) as job,
    ):
        task = bar.add_task("extracting", total=sum(file.stat().st_size for file in files))
        bytes_done = 0
        for file in files:

            def show_position(position: int, start: int = bytes_done) -> None:
                bar.update(task, completed=start + position, count=job.counts.total())

            with explain_faults(folder):
                job.extract_file(file, show_position)
            bytes_done += file.stat().st_size
    click.echo(format_counts(job.counts) or "nothing to extract")
    is_whole = len(files) == len(names) and not job.broken
    return 0 if is_whole else EXIT_NEWLY_BROKEN


@contextmanager
def explain_faults(folder: Path) -> Iterator[None]:
    """Raises ArchiveError instead of an error of the disk that a folder is on."""
    try:
        yield
    except OSError as error:
        if not is_disk_fault(error):
            raise
        raise explain_error(error, f"{folder}: cannot be written", folder) from error


def extract_under_daft(
    config: Config,
    names: tuple[str, ...],
    folder: Path,
    options: BulkOptions,
    workers: int,
    ray_address: str | None,
) -> int:
    """Extracts WARC files, paths or URLs, under Daft. Returns the exit code of the command."""
    urls = [name for name in names if "://" in name or _is_warc(Path(name))]
    if not urls:
        return EXIT_NOTHING_RAN
    make_folder(folder)
    registry = config.load_registry()
    reports = extract_with_daft(urls, folder, options, registry, workers, ray_address)
    counts = Counter[str]()
    for report in reports:
        for notice in report.notices:
            click.echo(notice)
        for error_line in report.errors:
            print_warning(error_line)
        counts.update(report.counts)
    click.echo(format_counts(counts) or "nothing to extract")
    if not any(report.is_read for report in reports):
        return EXIT_NOTHING_RAN
    is_whole = all(report.is_read and not report.broken for report in reports)
    return 0 if is_whole and len(urls) == len(names) else EXIT_NEWLY_BROKEN


def format_counts(counts: dict[str, int]) -> str:
    """Returns counts by what was counted as a line; '' if there are none."""
    return ", ".join(f"{number} {what}" for what, number in sorted(counts.items()))


def _is_warc(path: Path) -> bool:
    """Whether a file is a WARC; any other is named. Raises RunError for a missing file."""
    if not path.is_file():
        raise RunError(f"{path}: no such file")
    try:
        kind = detect_file_kind(path)
    except OSError as error:
        print_warning(f"{path}: {error.strerror or error}")
        return False
    if kind.format != "warc":
        print_warning(f"{path}: {kind.problem or 'no WARC file, which --to needs'}")
    return kind.format == "warc"
