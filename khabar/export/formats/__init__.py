"""How a dataset is written down: one module for each format, all fed the same batches."""

from __future__ import annotations

from typing import Protocol

from sqlite_utils import Database

from khabar.export.batches import Batch
from khabar.export.folder import Folder
from khabar.export.options import Order


class Writer(Protocol):
    """Takes batches in order of id, then is closed: only then are its files whole."""

    def take(self, batch: Batch) -> None: ...

    def close(self) -> None: ...


def writer_for(db: Database, folder: Folder, order: Order) -> Writer:
    """The order's writer. Its module, and what that leans on, is imported only now."""
    if order.format == "parquet":
        from khabar.export.formats.parquet import ParquetFiles

        return ParquetFiles(folder, order)
    if order.format == "csv":
        from khabar.export.formats.csv import CsvTables

        return CsvTables(folder, order)
    if order.format == "sqlite":
        from khabar.export.formats.sqlite import SlimSqlite

        return SlimSqlite(folder, order)
    if order.format == "warc":
        from khabar.export.formats.warc import WarcFile

        return WarcFile(db, folder)
    from khabar.export.formats.jsonl import JsonLines

    return JsonLines(folder, order)


def data_files(order: Order) -> str:
    """Where a dataset's articles are, as a pattern for one split; `{split}` stands for its name."""
    ending = ".zst" if order.compress else ""
    whole = {"parquet": "data", "csv": "articles", "jsonl": "articles"}.get(order.format, "articles")
    stem = "{split}" if order.splits else whole
    return {
        "parquet": f"{stem}/*.parquet",
        "jsonl": f"{stem}.jsonl{ending}",
        "csv": f"{stem}.csv{ending}",
        "sqlite": "articles.db",
        "warc": "pages.warc.gz",
    }[order.format]
