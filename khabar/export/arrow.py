"""Reads articles into an Arrow table in memory, with the schema of a Parquet export."""

from __future__ import annotations

import pyarrow as pa
from sqlite_utils import Database

from khabar.export.batches import iter_batches
from khabar.export.formats.parquet import build_arrow_schema, build_arrow_table
from khabar.export.options import ExportOptions
from khabar.export.rights_filter import RightsFilter
from khabar.export.schema import select_fields
from khabar.export.selection import ExportSelection


def read_table(
    db: Database, sources: tuple[str, ...], since: str | None, until: str | None
) -> pa.Table:
    """Returns the articles that an export for research would contain.

    `sources`: keys, () for all. `since`, `until`: first and last day of publication in India
    (YYYY-MM-DD), None for no limit.
    """
    options = ExportOptions(
        "parquet",
        select_fields((), "full"),
        ExportSelection(sources=sources, since=since, until=until),
    )
    schema = build_arrow_schema(options)
    exportable = RightsFilter(db, options).filter_batches(
        iter_batches(db, options, {}, lambda rows: None)
    )
    return pa.concat_tables(
        [schema.empty_table(), *(build_arrow_table(rows, options, schema) for rows in exportable)]
    )
