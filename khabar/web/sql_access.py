"""Restricts SQL written by visitors to the tables and views that metadata.yaml describes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import parse_qsl

from datasette.database import Database
from sqlite_utils.utils import sqlite3

# Bytes of memory SQLite may use in the server process: zeroblob(1e9) fails instead of allocating a
# gigabyte. Chosen by hand, not measured.
HEAP_LIMIT = 512 << 20
# Code points of an argument that our SQL functions process. Chosen by hand, not measured.
MAX_TEXT_CHARS = 100_000
# The view of all articles that may be shown; labels of foreign keys come from it.
PUBLIC_LIST = "article_list"
_SCHEMA = frozenset(
    {"sqlite_schema", "sqlite_master", "json_each", "json_tree", "pragma_table_info"}
)
_INDEXES = ("articles_fts", "embeds_fts", "images_fts")  # without the text of withheld articles
# FTS5 reads the _config table of an index when it opens the index.
_OPEN_TABLES = _SCHEMA | {name + end for name in _INDEXES for end in ("", "_config")}

# SQL in the parameters `sql` (a statement) and `_where` (conditions) of the current request.
visitor_sql: ContextVar[tuple[str, ...]] = ContextVar("visitor_sql", default=())


class ArchiveDatabase(Database):  # type: ignore[misc]  # Datasette is not typed
    """The archive as a Datasette database that checks visitors' SQL before it runs."""

    async def execute(self, sql: str, params: Any = None, *args: Any, **options: Any) -> Any:
        """Runs a statement, after `check_statement` if it contains SQL of the current request.

        Raises sqlite3.DatabaseError if it reads a table that is not shown.
        """
        if any(fragment in sql for fragment in visitor_sql.get()):
            shown_tables = frozenset(self.ds.metadata("databases")[self.name]["tables"])
            await self.execute_fn(
                lambda connection: check_statement(connection, sql, params, shown_tables)
            )
        return await super().execute(sql, params, *args, **options)

    async def foreign_keys_for_table(self, table: str) -> list[dict[str, Any]]:
        """Returns the foreign keys of a table. Those to `articles` point to `article_list`
        instead, so that labels never show the title of a withheld article.
        """
        keys: list[dict[str, Any]] = await super().foreign_keys_for_table(table)
        return [
            key | {"other_table": PUBLIC_LIST} if key["other_table"] == "articles" else key
            for key in keys
        ]


def parse_visitor_sql(scope: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns the values of the parameters `sql` and `_where` of a request, without a trailing
    semicolon.
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
    """Prepares a statement, without running it, under an authorizer that allows only
    `shown_tables`, the schema and the full-text indexes.

    Raises sqlite3.DatabaseError ("access to … is prohibited", "not authorized") if it reads another
    table. The check is limited to preparation because FTS5 reads its own internal tables while a
    statement runs.
    """
    view_reads = _tables_of_views(connection, shown_tables)
    tables = {name.lower() for (name,) in connection.execute("select name from sqlite_schema")}

    def is_allowed(table: str, column: str, view: str | None) -> bool:
        # SQLite reports an empty column for rows that are only counted, and for `with NAME as (…)`
        # the name NAME, which is then no table of the schema.
        is_cte_name = not column and table.lower() not in tables
        return (
            is_cte_name
            or table in shown_tables
            or table in _OPEN_TABLES
            or (table, view) in view_reads
        )

    with _authorize_reads(connection, is_allowed):
        connection.execute(f"explain {sql}", params if params is not None else {}).close()


def is_access_denied(error: BaseException) -> bool:
    """Returns True for the error that SQLite raises when an authorizer denies a read."""
    return isinstance(error, sqlite3.DatabaseError) and str(error).startswith(
        ("access to ", "not authorized")
    )


def _tables_of_views(
    connection: sqlite3.Connection, shown_tables: frozenset[str]
) -> set[tuple[str, str | None]]:
    """Returns (table, view) for each table that a shown view reads.

    These pairs are needed because SQLite reports the innermost view of a read, and reports a CTE of
    the visitor in the same way: the name of a shown view alone does not prove that the view itself
    reads the table.
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
            connection.execute(f"explain select * from {view}").close()  # noqa: S608  (names from our schema)
    return {(table, view) for table, view in reads if view}


@contextmanager
def _authorize_reads(
    connection: sqlite3.Connection, is_allowed: Callable[[str, str, str | None], bool]
) -> Iterator[None]:
    """Sets an authorizer that calls `is_allowed(table, column, view)` for each column that a
    statement prepared in the block reads; everything but reads is allowed.
    """

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
