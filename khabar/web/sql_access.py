"""What SQL of a visitor's own may read: the tables and views that have a page, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import parse_qsl

from datasette.database import Database
from sqlite_utils.utils import sqlite3

# bytes SQLite may take in the process that serves: zeroblob(1e9) is an error, not a gigabyte
HEAP_LIMIT = 512 << 20
MAX_TEXT_CHARS = 100_000  # code points a function of ours looks at, called from SQL
# the view of the articles that may be shown: every headline beside a row comes from it
PUBLIC_LIST = "article_list"
_SCHEMA = frozenset(
    {"sqlite_schema", "sqlite_master", "json_each", "json_tree", "pragma_table_info"}
)
_INDEXES = ("articles_fts", "embeds_fts", "images_fts")  # the words of what is withheld are in none
_OPEN_TABLES = _SCHEMA | {
    name + end for name in _INDEXES for end in ("", "_config")
}  # an index reads its config to be opened

# Statements (`sql`) and conditions (`_where`) of the request that is being answered.
visitor_sql: ContextVar[tuple[str, ...]] = ContextVar("asked", default=())


class ArchiveDatabase(Database):  # type: ignore[misc]  # Datasette is not typed
    """The archive as Datasette knows it: read by strangers' statements only where a page shows
    it.
    """

    async def execute(self, sql: str, params: Any = None, *args: Any, **options: Any) -> Any:
        """Runs a statement. One that holds a visitor's own SQL is checked first: DatabaseError
        for what it may not.
        """
        if any(fragment in sql for fragment in visitor_sql.get()):
            shown_tables = frozenset(self.ds.metadata("databases")[self.name]["tables"])
            await self.execute_fn(
                lambda connection: check_statement(connection, sql, params, shown_tables)
            )
        return await super().execute(sql, params, *args, **options)

    async def foreign_keys_for_table(self, table: str) -> list[dict[str, Any]]:
        """A row that points at an article is labelled from the list without the withheld ones."""
        keys: list[dict[str, Any]] = await super().foreign_keys_for_table(table)
        return [
            key | {"other_table": PUBLIC_LIST} if key["other_table"] == "articles" else key
            for key in keys
        ]


def parse_visitor_sql(scope: Mapping[str, Any]) -> tuple[str, ...]:
    """The SQL that a request brings: the statement `sql`, without its last semicolon, and
    conditions `_where`.
    """
    pairs = (
        parse_qsl(scope.get("query_string", b"").decode("latin-1"))
        if scope["type"] == "http"
        else []
    )
    return tuple(
        value.strip().rstrip(";")
        for name, value in pairs
        if name in ("sql", "_where") and value.strip()
    )


def check_statement(
    connection: sqlite3.Connection, sql: str, params: Any, shown_tables: frozenset[str]
) -> None:
    """Prepares a statement without running it. DatabaseError ("not authorized …") when it reads
    another table.

    Only while it is prepared: what a full-text index reads of its own tables is read while it runs.
    """
    view_reads = _tables_of_views(connection, shown_tables)
    tables = {name.lower() for (name,) in connection.execute("select name from sqlite_schema")}

    def is_allowed(table: str, column: str, view: str | None) -> bool:
        # Of rows that are only counted SQLite names no column, and of `with NAME as (…)` the name.
        is_own_name = not column and table.lower() not in tables
        return (
            is_own_name
            or table in shown_tables
            or table in _OPEN_TABLES
            or (table, view) in view_reads
        )

    with _authorize_reads(connection, is_allowed):
        connection.execute(f"explain {sql}", params if params is not None else {}).close()


def is_access_denied(error: BaseException) -> bool:
    """Whether an error is the authorizer's no."""
    return isinstance(error, sqlite3.DatabaseError) and str(error).startswith(
        ("access to ", "not authorized")
    )


def _tables_of_views(
    connection: sqlite3.Connection, shown_tables: frozenset[str]
) -> set[tuple[str, str | None]]:
    """(table, view) for what the shown views themselves read.

    SQLite names the innermost view of a read, and a visitor's own `with NAME as (…)` alike: a name
    proves nothing.
    """
    reads: set[tuple[str, str | None]] = set()

    def record_read(table: str, column: str, view: str | None) -> bool:
        reads.add((table, view))
        return True

    views = [
        name for (name,) in connection.execute("select name from sqlite_schema where type = 'view'")
    ]
    with _authorize_reads(connection, record_read):
        for view in shown_tables.intersection(views):
            connection.execute(f"explain select * from {view}").close()  # noqa: S608  (our own views)
    return {(table, view) for table, view in reads if view}


@contextmanager
def _authorize_reads(
    connection: sqlite3.Connection, is_allowed: Callable[[str, str, str | None], bool]
) -> Iterator[None]:
    """Asks `is_allowed` for each column of a table that a statement reads, while it is prepared."""

    def decide_action(
        action: int, table: str | None, column: str | None, database: str | None, view: str | None
    ) -> int:
        is_ok = action != sqlite3.SQLITE_READ or is_allowed(table or "", column or "", view)
        return int(sqlite3.SQLITE_OK if is_ok else sqlite3.SQLITE_DENY)

    connection.set_authorizer(decide_action)
    try:
        yield
    finally:
        connection.set_authorizer(None)
