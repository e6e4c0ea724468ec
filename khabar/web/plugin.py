"""Datasette plugin hooks: Hindi full-text search, routes, templates, permissions, headers.

Each hook only calls a function of another module.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from functools import partial
from typing import Any, TypeVar

from datasette import hookimpl
from datasette.app import Datasette
from datasette.filters import FilterArguments
from datasette.utils.asgi import Request, Response
from jinja2 import Environment
from markupsafe import Markup
from sqlite_utils.utils import sqlite3

from khabar.archive.search import FIELDS, find_id_range, open_vocabulary
from khabar.hindi.agencies import find_credited_agencies
from khabar.hindi.fts_query import build_match_expression
from khabar.hindi.normalize import fold_for_index
from khabar.web import access, filters, pages, sql_access
from khabar.web.access import ARCHIVE
from khabar.web.queries.excerpts import excerpt_of
from khabar.web.queries.lists import MAX_QUERY_CHARS

_Hook = TypeVar("_Hook", bound=Callable[..., Any])
_Message = MutableMapping[str, Any]
_Send = Callable[[_Message], Awaitable[None]]
_Asgi = Callable[[MutableMapping[str, Any], Callable[..., Any], _Send], Awaitable[None]]

_EMPTY_MATCH = '""'  # an FTS5 expression that matches nothing; '' would be a syntax error

hook: Callable[[_Hook], _Hook] = hookimpl
hook_last: Callable[[_Hook], _Hook] = hookimpl(trylast=True)


# Runs last, so that this escape_fts replaces Datasette's: search box, JSON API and filters then
# all handle Hindi.
@hook_last
def prepare_connection(conn: sqlite3.Connection, database: str) -> None:
    """Registers the SQL functions of the archive's connections and limits SQLite's memory."""
    if database != ARCHIVE:
        return
    lookup = open_vocabulary(conn)
    conn.execute(f"pragma hard_heap_limit = {sql_access.HEAP_LIMIT}")
    conn.create_function(
        "hi_fold", 1, lambda text: fold_for_index(_truncate_text(text)), deterministic=True
    )
    conn.create_function("agency", 2, _first_agency, deterministic=True)
    conn.create_function("excerpt", 1, excerpt_of, deterministic=True)
    conn.create_function(
        "escape_fts",
        1,
        lambda query: (
            build_match_expression(str(query or "")[:MAX_QUERY_CHARS], lookup, fields=FIELDS)
            or _EMPTY_MATCH
        ),
    )
    # first_id and last_id of (since, until): days in India, '' for no bound
    for index, name in enumerate(("first_id", "last_id")):
        conn.create_function(name, 2, partial(_id_bound, conn, index))


def _id_bound(conn: sqlite3.Connection, index: int, since: Any, until: Any) -> int:
    return find_id_range(conn, str(since or ""), str(until or ""))[index]


def _first_agency(text: str | None, names: str | None) -> str | None:
    """Returns the first news agency an article credits: the SQL function agency(text, names).
    `names`: desk and authors, separated by ", ".
    """
    agencies = find_credited_agencies(
        _truncate_text(text) or "", (_truncate_text(names) or "").split(", ")
    )
    return next(iter(agencies), None)


def _truncate_text(text: Any) -> Any:
    """Cuts the argument of an SQL function: SQLite's time limit is not checked inside one."""
    return text[: sql_access.MAX_TEXT_CHARS] if isinstance(text, str | bytes) else text


@hook
def prepare_jinja2_environment(env: Environment) -> None:
    env.filters.update(filters.FILTERS)
    env.globals["script_hash"] = access.SCRIPT_HASH


@hook
def register_routes(datasette: Datasette) -> list[tuple[str, Callable[..., Any]]]:
    return pages.build_routes(public=access.is_public(datasette))


@hook
def extra_css_urls() -> list[str]:
    return ["/static/khabar.css", "/static/room.css", "/static/tables.css"]


@hook
def render_cell(
    value: Any, column: str, table: str | None, database: str, datasette: Datasette
) -> Markup | None:
    return (
        filters.render_cell_link(value, column, table, datasette.urls.path)
        if database == ARCHIVE
        else None
    )


@hook
def permission_allowed(datasette: Datasette, action: str, resource: Any) -> bool | None:
    """Denies tables that may not be shown; returns None (undecided) for everything else."""
    if action == "view-table" and not access.can_see_table(datasette, *resource):
        return False
    return None


@hook
def filters_from_request(table: str) -> FilterArguments | None:
    clause = access.NOT_WITHHELD.get(table)
    return FilterArguments(where_clauses=[clause]) if clause else None


@hook
def handle_exception(
    datasette: Datasette, request: Request, exception: Exception
) -> Awaitable[Response]:
    return pages.show_error(datasette, request, exception)


@hook
def asgi_wrapper(datasette: Datasette) -> Callable[[_Asgi], _Asgi]:
    return partial(_add_headers, access.is_public(datasette))


def _add_headers(public: bool, app: _Asgi) -> _Asgi:
    """Wraps the ASGI application: sets the security headers, which replace Datasette's, and notes
    the visitor's SQL for `ArchiveDatabase.execute`.
    """

    async def wrapped_app(
        scope: MutableMapping[str, Any], receive: Callable[..., Any], send: _Send
    ) -> None:
        async def send_with_headers(message: _Message) -> None:
            if message["type"] == "http.response.start":
                is_page = any(
                    name.lower() == b"content-type" and value.startswith(b"text/html")
                    for name, value in message.get("headers", ())
                )
                own_headers = access.response_headers(scope["path"], public=public, is_page=is_page)
                names = {name for name, _ in own_headers}
                other_headers = [
                    pair for pair in message.get("headers", ()) if pair[0].lower() not in names
                ]
                message = {**message, "headers": [*other_headers, *own_headers]}
            await send(message)

        sql_access.visitor_sql.set(sql_access.parse_visitor_sql(scope))
        await app(scope, receive, send_with_headers)

    return wrapped_app
