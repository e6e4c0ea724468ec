"""The hooks by which Datasette learns Hindi, our pages and our rules. Thin: each calls one function beside."""

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

from khabar.archive.search import FIELDS, ids_within, roman_lookup
from khabar.hindi.agencies import credited
from khabar.hindi.fts_query import to_match
from khabar.hindi.normalize import fold_index
from khabar.web import access, filters, pages, sql_access
from khabar.web.access import ARCHIVE
from khabar.web.queries.excerpts import excerpt_of

_Hook = TypeVar("_Hook", bound=Callable[..., Any])
_Message = MutableMapping[str, Any]
_Send = Callable[[_Message], Awaitable[None]]
_Asgi = Callable[[MutableMapping[str, Any], Callable[..., Any], _Send], Awaitable[None]]

_NOTHING = '""'  # FTS5's expression for no words at all; '' would be a syntax error
_LONGEST = 300  # code points of a query: what a stranger's words may cost

hook: Callable[[_Hook], _Hook] = hookimpl
hook_last: Callable[[_Hook], _Hook] = hookimpl(trylast=True)


@hook_last  # after Datasette's own escape_fts, which this one replaces: box, JSON, filters then all know Hindi
def prepare_connection(conn: sqlite3.Connection, database: str) -> None:
    if database != ARCHIVE:
        return
    lookup = roman_lookup(conn)
    conn.execute(f"pragma hard_heap_limit = {sql_access.HEAP}")
    conn.create_function("hi_fold", 1, lambda text: fold_index(_bounded(text)), deterministic=True)
    conn.create_function("agency", 2, _agency, deterministic=True)
    conn.create_function("excerpt", 1, excerpt_of, deterministic=True)
    conn.create_function("escape_fts", 1, lambda query: to_match(_asked(query), lookup, fields=FIELDS) or _NOTHING)
    for at, name in enumerate(("first_id", "last_id")):  # of (since, until): days in India, '' for none
        conn.create_function(name, 2, partial(_id_within, conn, at))


def _id_within(conn: sqlite3.Connection, at: int, since: Any, until: Any) -> int:
    return ids_within(conn, str(since or ""), str(until or ""))[at]


def _agency(text: str | None, names: str | None) -> str | None:
    """SQL's agency(text, names): the first agency an article credits, its names (desk, authors) parted by commas."""
    return next(iter(credited(_bounded(text) or "", (_bounded(names) or "").split(", "))), None)


def _bounded(text: Any) -> Any:
    """No more of a text than a function of ours may look at: SQLite's clock is not asked inside one."""
    return text[: sql_access.LONGEST_TEXT] if isinstance(text, str | bytes) else text


def _asked(query: Any) -> str:
    return str(query or "")[:_LONGEST]


@hook
def prepare_jinja2_environment(env: Environment) -> None:
    env.filters.update(filters.FILTERS)


@hook
def register_routes(datasette: Datasette) -> list[tuple[str, Callable[..., Any]]]:
    return pages.routes(public=access.is_public(datasette))


@hook
def extra_template_vars(datasette: Datasette, view_name: str | None) -> Callable[[], Awaitable[dict[str, Any]]]:
    async def found() -> dict[str, Any]:
        return await pages.front(datasette) if view_name == "index" else {}

    return found


@hook
def extra_css_urls(view_name: str | None) -> list[str]:
    return [] if view_name == "index" else ["/static/khabar.css", "/static/room.css", "/static/tables.css"]


@hook
def render_cell(value: Any, column: str, table: str | None, database: str, datasette: Datasette) -> Markup | None:
    return filters.cell(value, column, table, datasette.urls.path) if database == ARCHIVE else None


@hook
def permission_allowed(datasette: Datasette, action: str, resource: Any) -> bool | None:
    """Denies what is not to be seen, and has no opinion on the rest."""
    if action == "view-table" and not access.may_see(datasette, *resource):
        return False
    return None


@hook
def filters_from_request(table: str) -> FilterArguments | None:
    clause = access.NOT_WITHHELD.get(table)
    return FilterArguments(where_clauses=[clause]) if clause else None


@hook
def handle_exception(datasette: Datasette, request: Request, exception: Exception) -> Awaitable[Response]:
    return pages.sorry(datasette, request, exception)


@hook
def asgi_wrapper(datasette: Datasette) -> Callable[[_Asgi], _Asgi]:
    return partial(_with_headers, access.is_public(datasette))


def _with_headers(public: bool, app: _Asgi) -> _Asgi:
    async def wrapped(scope: MutableMapping[str, Any], receive: Callable[..., Any], send: _Send) -> None:
        async def send_safely(message: _Message) -> None:
            if message["type"] == "http.response.start":
                ours = access.headers(scope["path"], public=public)
                names = {name for name, _ in ours}
                kept = [pair for pair in message.get("headers", ()) if pair[0].lower() not in names]
                message = {**message, "headers": [*kept, *ours]}
            await send(message)

        sql_access.asked.set(sql_access.own_sql(scope))
        await app(scope, receive, send_safely)

    return wrapped
