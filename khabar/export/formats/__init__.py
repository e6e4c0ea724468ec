"""Writers of datasets: one module for each format, all given the same batches."""

from __future__ import annotations

from typing import Protocol

from sqlite_utils import Database

from khabar.export.batches import Batch
from khabar.export.folder import DatasetFolder
from khabar.export.options import ExportOptions


class DatasetWriter(Protocol):
    """Writes batches, in order of id; its files are complete only after `close`.

    `add_batch` may convert the batch's columns in place: count or read them before the call.
    """

    def add_batch(self, batch: Batch) -> None: ...

    def close(self) -> None: ...


def make_writer(db: Database, folder: DatasetFolder, options: ExportOptions) -> DatasetWriter:
    """Returns the writer of the format. Its module and libraries are imported only here."""
    if options.format == "parquet":
        from khabar.export.formats.parquet import ParquetDatasetWriter

        return ParquetDatasetWriter(folder, options)
    if options.format == "csv":
        from khabar.export.formats.csv import CsvDatasetWriter

        return CsvDatasetWriter(folder, options)
    if options.format == "sqlite":
        from khabar.export.formats.sqlite import SqliteDatasetWriter

        return SqliteDatasetWriter(folder, options)
    if options.format == "warc":
        from khabar.export.formats.warc import WarcDatasetWriter

        return WarcDatasetWriter(db, folder)
    from khabar.export.formats.jsonl import JsonlDatasetWriter

    return JsonlDatasetWriter(folder, options)


def data_file_pattern(options: ExportOptions) -> str:
    """Returns the glob pattern of a dataset's data files; `{split}` stands for a split's name."""
    suffix = ".zst" if options.compress else ""
    default_stem = "data" if options.format == "parquet" else "articles"
    stem = "{split}" if options.splits else default_stem
    return {
        "parquet": f"{stem}/*.parquet",
        "jsonl": f"{stem}.jsonl{suffix}",
        "csv": f"{stem}.csv{suffix}",
        "sqlite": "articles.db",
        "warc": "pages.warc.gz",
    }[options.format]
