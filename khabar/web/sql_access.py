"""What SQL of a visitor's own may read: the tables and views that have a page, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import parse_qsl

from datasette.database import Database
from sqlite_utils.utils import sqlite3

HEAP = 512 << 20  # bytes SQLite may take in the process that serves: zeroblob(1e9) is an error, not a gigabyte
LONGEST_TEXT = 100_000  # code points a function of ours looks at, called from SQL
SHOWN = "article_list"  # the view of the articles that may be shown: every headline beside a row comes from it
_SCHEMA = frozenset({"sqlite_schema", "sqlite_master", "json_each", "json_tree", "pragma_table_info"})
_INDEXES = ("articles_fts", "embeds_fts", "images_fts")  # the words of what is withheld are in none
_OPEN = _SCHEMA | {name + end for name in _INDEXES for end in ("", "_config")}  # an index reads its config to be opened

# Statements (`sql`) and conditions (`_where`) of the request that is being answered.
asked: ContextVar[tuple[str, ...]] = ContextVar("asked", default=())


class ArchiveDatabase(Database):  # type: ignore[misc]  # Datasette is not typed
    """The archive as Datasette knows it: read by strangers' statements only where a page shows it."""

    async def execute(self, sql: str, params: Any = None, *args: Any, **options: Any) -> Any:
        """Runs a statement. One that holds a visitor's own SQL is checked first: DatabaseError for what it may not."""
        if any(words in sql for words in asked.get()):
            shown = frozenset(self.ds.metadata("databases")[self.name]["tables"])
            await self.execute_fn(lambda connection: check_statement(connection, sql, params, shown))
        return await super().execute(sql, params, *args, **options)

    async def foreign_keys_for_table(self, table: str) -> list[dict[str, Any]]:
        """A row that points at an article is labelled from the list without the withheld ones."""
        keys: list[dict[str, Any]] = await super().foreign_keys_for_table(table)
        return [key | {"other_table": SHOWN} if key["other_table"] == "articles" else key for key in keys]


def own_sql(scope: Mapping[str, Any]) -> tuple[str, ...]:
    """The SQL that a request brings: the statement `sql`, without its last semicolon, and conditions `_where`."""
    told = parse_qsl(scope.get("query_string", b"").decode("latin-1")) if scope["type"] == "http" else []
    return tuple(value.strip().rstrip(";") for name, value in told if name in ("sql", "_where") and value.strip())


def check_statement(connection: sqlite3.Connection, sql: str, params: Any, shown: frozenset[str]) -> None:
    """Prepares a statement without running it. DatabaseError ("not authorized …") when it reads another table.

    Only while it is prepared: what a full-text index reads of its own tables is read while it runs.
    """
    allowed = _read_by_views(connection, shown)
    tables = {name.lower() for (name,) in connection.execute("select name from sqlite_schema")}

    def judge(table: str, column: str, view: str | None) -> bool:
        # Of rows that are only counted SQLite names no column, and of `with NAME as (…)` the name.
        counts_own = not column and table.lower() not in tables
        return counts_own or table in shown or table in _OPEN or (table, view) in allowed

    with _authorizer(connection, judge):
        connection.execute(f"explain {sql}", params if params is not None else {}).close()


def is_refused(error: BaseException) -> bool:
    """Whether an error is the authorizer's no."""
    return isinstance(error, sqlite3.DatabaseError) and str(error).startswith(("access to ", "not authorized"))


def _read_by_views(connection: sqlite3.Connection, shown: frozenset[str]) -> set[tuple[str, str | None]]:
    """(table, view) for what the shown views themselves read.

    SQLite names the innermost view of a read, and a visitor's own `with NAME as (…)` alike: a name proves nothing.
    """
    seen: set[tuple[str, str | None]] = set()

    def note(table: str, column: str, view: str | None) -> bool:
        seen.add((table, view))
        return True

    views = [name for (name,) in connection.execute("select name from sqlite_schema where type = 'view'")]
    with _authorizer(connection, note):
        for view in shown.intersection(views):
            connection.execute(f"explain select * from {view}").close()  # noqa: S608  (our own views)
    return {(table, view) for table, view in seen if view}


@contextmanager
def _authorizer(connection: sqlite3.Connection, judge: Callable[[str, str, str | None], bool]) -> Iterator[None]:
    """Asks `judge` for each column of a table that a statement reads, while it is prepared."""

    def answer(action: int, table: str | None, column: str | None, database: str | None, view: str | None) -> int:
        ok = action != sqlite3.SQLITE_READ or judge(table or "", column or "", view)
        return int(sqlite3.SQLITE_OK if ok else sqlite3.SQLITE_DENY)

    connection.set_authorizer(answer)
    try:
        yield
    finally:
        connection.set_authorizer(None)
