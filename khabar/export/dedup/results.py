"""Writes what was found: pairs, clusters, the rows to keep, bands that were too full."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from khabar.export.dedup.components import DocComponents
from khabar.export.dedup.number_files import fetch_rows
from khabar.export.dedup.work_database import count_rows
from khabar.export.folder import DatasetFolder

if TYPE_CHECKING:
    import duckdb

_GROUP_ROWS = 50_000  # of a row group, whatever the batches in which rows arrive
# Rows of one source with the same text are pairs of the first of them.
_CREATE_PAIRS = """create or replace table pairs (a bigint, b bigint, jaccard double,
  containment double, own boolean, same_words boolean)"""
_INSERT_SAME_TEXTS = """insert into pairs
  select first, doc, 1, 1, true, true from docs where first <> doc"""
_ROW_COLUMNS = """{0}.id as {1}id, {0}.url as {1}url, {0}.source as {1}source,
    {0}.file as {1}file, {0}.row as {1}row"""
_PAIRS = f"""select {_ROW_COLUMNS.format("x", "a_")}, {_ROW_COLUMNS.format("y", "b_")},
    p.jaccard, p.containment, p.own, p.same_words
  from pairs p join docs x on x.doc = p.a join docs y on y.doc = p.b
  order by p.a, p.b"""  # noqa: S608 (constants)
_CLUSTERS = f"""select m.cluster, m.doc = m.cluster as kept, {_ROW_COLUMNS.format("d", "")}
  from members m join docs d on d.doc = m.doc order by m.cluster, m.doc"""  # noqa: S608
_KEEP = f"""select {_ROW_COLUMNS.format("d", "")}, coalesce(c.rows, 1) as copies,
    d.has_keys as compared
  from docs d left join members m on m.doc = d.doc
    left join (select cluster, count(*) as rows from members group by cluster) c
      on c.cluster = m.cluster
  where m.cluster is null or m.cluster = d.doc order by d.position"""  # noqa: S608
_FULL_BANDS = """select printf('%012x', f.key) as key, f.rows, f.pairs_not_compared, d.id, d.url
  from full_bands f join docs d on d.doc = f.doc order by f.rows desc, f.key"""
RESULTS = {
    "pairs.parquet": _PAIRS,
    "clusters.parquet": _CLUSTERS,
    "keep.parquet": _KEEP,
    "full_bands.parquet": _FULL_BANDS,
}


def link_docs(db: duckdb.DuckDBPyConnection, verified: Path) -> None:
    """Fills table `pairs`, and `members`: the docs of each cluster, which is a connected component
    of the pairs that are near-duplicates without boilerplate too.
    """
    db.execute(_CREATE_PAIRS)
    db.execute(_INSERT_SAME_TEXTS)
    if any(verified.glob("*.parquet")):
        db.execute("insert into pairs select * from read_parquet(?)", [f"{verified}/*.parquet"])
    components = DocComponents(count_rows(db, "docs"))
    components.join_pairs(fetch_rows(db, "select a, b from pairs where own"))
    reader = pa.RecordBatchReader.from_batches(_MEMBERS_SCHEMA, _batch_members(components))
    db.register("new_members", reader)
    db.execute("create or replace table members as select doc, cluster from new_members")
    db.unregister("new_members")


_MEMBERS_SCHEMA = pa.schema([("doc", pa.int64()), ("cluster", pa.int64())])


def _batch_members(components: DocComponents) -> Iterator[pa.RecordBatch]:
    docs: list[int] = []
    clusters: list[int] = []
    for doc, cluster in components.iter_members():
        docs.append(doc)
        clusters.append(cluster)
        if len(docs) == _GROUP_ROWS:
            yield pa.record_batch([docs, clusters], schema=_MEMBERS_SCHEMA)
            docs, clusters = [], []
    yield pa.record_batch([docs, clusters], schema=_MEMBERS_SCHEMA)


def write_results(db: duckdb.DuckDBPyConnection, folder: DatasetFolder) -> None:
    """Writes each file of RESULTS, in row groups of equal size: the same bytes for the same
    tables.
    """
    for name, sql in RESULTS.items():
        _write_rows(db.sql(sql).to_arrow_reader(_GROUP_ROWS), folder, name)


def _write_rows(reader: Any, folder: DatasetFolder, name: str) -> None:
    file = folder.open(name)
    with pq.ParquetWriter(file, reader.schema, compression="zstd") as writer:
        pending = pa.table([[] for _ in reader.schema], schema=reader.schema)
        for batch in reader:
            pending = pa.concat_tables([pending, pa.Table.from_batches([batch])])
            while len(pending) >= _GROUP_ROWS:
                writer.write_table(pending.slice(0, _GROUP_ROWS).combine_chunks())
                pending = pending.slice(_GROUP_ROWS)
        if len(pending):
            writer.write_table(pending.combine_chunks())
    file.close()
