"""The DuckDB database of a run, in its work folder: memory limit, stages and their done marks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from khabar.archive.errors import ArchiveError

if TYPE_CHECKING:
    import duckdb

MISSING = "`khabar dedup` needs DuckDB: install it with `pip install 'khabar[dedup]'`"
MIN_MEMORY = 256 << 20  # bytes; with less DuckDB fails on small inputs already


@contextmanager
def open_work_database(
    path: Path, memory: int, threads: int
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Opens the database of a run, which another process cannot open meanwhile. `memory`: bytes
    that DuckDB may use before it moves data into files beside the database.

    Raises ArchiveError when DuckDB is not installed, or with the first line of what it raises for
    files that it cannot read or write.
    """
    try:
        import duckdb
    except ImportError as error:
        raise ArchiveError(MISSING) from error
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{max(memory, MIN_MEMORY)}B",
        "threads": threads,
        "temp_directory": str(path.with_suffix(".tmp")),
        "preserve_insertion_order": False,  # every query whose order matters says it
        "autoinstall_known_extensions": False,
    }
    try:
        with duckdb.connect(str(path), config=config) as db:
            db.execute("create table if not exists stages (name varchar primary key)")
            yield db
    except duckdb.OutOfMemoryException as error:
        raise ArchiveError(
            f"{path.parent}: not enough memory: give more with --memory; what is done is kept"
        ) from error
    except (duckdb.IOException, duckdb.InvalidInputException, duckdb.ConversionException) as error:
        message = str(error).splitlines()[0]
        if "Could not set lock" in message:
            message = "another run works in it"
        raise ArchiveError(f"{path.parent}: {message}") from error


def run_stage(
    db: duckdb.DuckDBPyConnection, name: str, work: Callable[[duckdb.DuckDBPyConnection], None]
) -> None:
    """Runs a stage in one transaction, unless it is marked as done."""
    if db.execute("select 1 from stages where name = ?", [name]).fetchall():
        return
    db.execute("begin transaction")
    work(db)
    db.execute("insert into stages values (?)", [name])
    db.execute("commit")


def count_rows(
    db: duckdb.DuckDBPyConnection, table: str, where: str = "true", column: str = "count(*)"
) -> int:
    """Returns the number of a table's rows that satisfy a condition, or another sum over them."""
    ((count,),) = db.execute(f"select {column} from {table} where {where}").fetchall()  # noqa: S608
    return int(count or 0)
