"""How a dataset is written down: one module for each format, all fed the same batches."""

from __future__ import annotations

from typing import Protocol

from sqlite_utils import Database

from archive.export.folder import Folder
from archive.export.order import Order
from archive.export.rows import Batch


class Writer(Protocol):
    """Takes batches in order of id, then is closed: only then are its files whole."""

    def take(self, batch: Batch) -> None: ...

    def close(self) -> None: ...


def writer_for(db: Database, folder: Folder, order: Order) -> Writer:
    """The order's writer. Its module, and what that leans on, is imported only now."""
    if order.format == "parquet":
        from archive.export.formats.parquet import ParquetFiles

        return ParquetFiles(folder, order)
    if order.format == "csv":
        from archive.export.formats.tables import CsvTables

        return CsvTables(folder, order)
    if order.format == "sqlite":
        from archive.export.formats.slim import SlimSqlite

        return SlimSqlite(folder, order)
    if order.format == "warc":
        from archive.export.formats.warc import WarcFile

        return WarcFile(db, folder)
    from archive.export.formats.lines import JsonLines

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
