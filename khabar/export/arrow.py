"""Articles as an Arrow table in memory, with the schema of a Parquet export."""

from __future__ import annotations

import pyarrow as pa
from sqlite_utils import Database

from khabar.export.batches import batches
from khabar.export.formats.parquet import schema_of, table_of
from khabar.export.options import Order
from khabar.export.rights import Permits
from khabar.export.schema import chosen
from khabar.export.selection import Selection


def read_table(db: Database, sources: tuple[str, ...], since: str | None, until: str | None) -> pa.Table:
    """The articles of these sources (none: all) published between two days in India, as for research."""
    order = Order("parquet", chosen((), "full"), Selection(sources=sources, since=since, until=until))
    schema = schema_of(order)
    found = Permits(db, order).let_out(batches(db, order, {}, lambda rows: None))
    return pa.concat_tables([schema.empty_table(), *(table_of(rows, order, schema) for rows in found)])
