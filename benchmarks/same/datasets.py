"""Reads the files of an export as rows and fields, for comparison."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
from sqlite_utils import Database
from sqlite_utils.utils import sqlite3
from warcio.archiveiterator import ArchiveIterator


def read_dataset_file(path: Path) -> Any:
    """Returns a file of a dataset as rows, a dictionary or text; the hash of its bytes if the
    format is unknown.
    """
    is_compressed = path.suffix in (".zst", ".gz") and not path.name.endswith(".warc.gz")
    name = path.name.removesuffix(path.suffix) if is_compressed else path.name
    readers: dict[str, Callable[[Path], Any]] = {
        ".jsonl": lambda path: [json.loads(line) for line in _read_text(path).splitlines()],
        ".json": lambda path: json.loads(_read_text(path)),
        ".csv": lambda path: list(csv.DictReader(io.StringIO(_read_text(path)))),
        ".parquet": _read_parquet,
        ".db": _read_database,
        ".warc.gz": _read_warc,
        ".md": _read_text,
        ".svg": _read_text,
        ".tsv": _read_text,
        ".txt": _read_text,
        ".toml": _read_text,
    }
    reader = next((reader for ending, reader in readers.items() if name.endswith(ending)), None)
    return reader(path) if reader else {"sha256": sha256(path.read_bytes()).hexdigest()}


def _read_text(path: Path) -> str:
    """Reads a text file, decompressed by its suffix (.gz, .zst)."""
    data: bytes = pyarrow.input_stream(str(path), compression="detect").read()
    return data.decode("utf-8", errors="replace")


def _read_parquet(path: Path) -> dict[str, Any]:
    table = pyarrow.parquet.read_table(path)
    metadata = {
        name.decode(): value.decode() for name, value in (table.schema.metadata or {}).items()
    }
    columns = {field.name: f"{field.type} {field.nullable}" for field in table.schema}
    return {"rows": table.to_pylist(), "columns": columns, "metadata": metadata}


def _read_database(path: Path) -> dict[str, Any]:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    db = Database(connection)
    schema = dict(db.execute("select name, sql from sqlite_schema where sql is not null"))
    tables = {
        name: list(db.query(f"select * from [{name}] order by rowid"))  # noqa: S608
        for name in _list_tables(db)
    }
    connection.close()
    return {"schema": schema, **tables}


def _list_tables(db: Database) -> list[str]:
    """Returns the tables to compare: without virtual tables and tables without a rowid."""
    rows = db.execute(
        "select name, sql from sqlite_schema where type = 'table' and sql is not null"
    ).fetchall()
    return [
        name
        for name, sql in rows
        if "virtual table" not in sql.lower() and "without rowid" not in sql.lower()
    ]


def _read_warc(path: Path) -> list[dict[str, Any]]:
    with path.open("rb") as file:
        return [
            {
                "id": record.rec_headers.get_header("WARC-Record-ID"),
                "type": record.rec_type,
                "headers": record.rec_headers.to_str(),
                "http": record.http_headers.to_str() if record.http_headers else "",
                "body": record.content_stream().read().decode("utf-8", errors="replace"),
            }
            for record in ArchiveIterator(file)
        ]
