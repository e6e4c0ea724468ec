"""CSV downloads of Datasette's tables and queries with all rows, in the format of our own lists."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from datasette.app import Datasette
from datasette.utils import InvalidSql, derive_named_parameters, validate_sql_select
from datasette.utils.asgi import Forbidden, NotFound, Request
from datasette.views.base import DatasetteError
from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from khabar.web import responses
from khabar.web.access import ARCHIVE
from khabar.web.queries import downloads

# Datasette parameters that choose the format of rows, not which rows.
_DISPLAY_PARAMS = {"_shape", "_size", "_next", "_nl", "_stream", "_dl", "_header", "_labels"}


@dataclass(frozen=True, slots=True)
class _QueryRows:
    """All rows of a query."""

    sql: str
    params: dict[str, str]

    def iter_rows(self, db: Database) -> Iterator[Mapping[str, Any]]:
        yield from db.query(self.sql, self.params)


async def download_table(datasette: Datasette, request: Request) -> responses.CsvResponse:
    """Responds to /archive/NAME.csv with a canned query or a filtered table, and to
    /archive.csv?sql= with the rows of a statement.

    Raises DatasetteError (400) for invalid SQL, Forbidden without permission.
    """
    name = responses.path_param(request, "name") if request.url_vars["name"] else None
    query = await datasette.get_canned_query(ARCHIVE, name, request.actor) if name else None
    if name and not query:
        return await _export_table(datasette, request, name)
    sql = query["sql"] if query else responses.query_param(request, "sql")
    if query:
        await datasette.ensure_permissions(
            request.actor, [("view-query", (ARCHIVE, name)), "view-instance"]
        )
    else:
        await datasette.ensure_permissions(
            request.actor, [("execute-sql", ARCHIVE), "view-instance"]
        )
        try:
            validate_sql_select(sql)
        except InvalidSql as error:
            raise DatasetteError(str(error), status=400) from error
    names = await derive_named_parameters(datasette.get_database(ARCHIVE), sql)
    query_rows = _QueryRows(sql, {param: request.args.get(param) or "" for param in names})
    try:
        return await responses.download_csv(datasette, request, query_rows, name or "query")
    except sqlite3.OperationalError as error:
        raise DatasetteError(str(error), status=400) from error


async def _export_table(datasette: Datasette, request: Request, name: str) -> responses.CsvResponse:
    """Writes a table's filtered rows, fetched page by page from Datasette's JSON API, so that its
    permissions, filters and order apply.
    """
    csv_writer = downloads.CsvWriter(responses.base_url(datasette, request))
    file = responses.open_download()
    params = [
        (key, value)
        for key in request.args
        for value in request.args.getlist(key)
        if key not in _DISPLAY_PARAMS
    ]
    after = None
    while True:
        page = await _fetch_page(datasette, name, params, after)
        text = await asyncio.to_thread(csv_writer.format_rows, page["rows"])
        file.write(text.encode("utf-8", errors="replace"))
        after = page["next"]
        if not after:
            return responses.finish_download(file, name)


async def _fetch_page(
    datasette: Datasette, name: str, params: list[tuple[str, str]], next_token: str | None
) -> dict[str, Any]:
    """Fetches one page of a table's JSON. Raises NotFound, Forbidden or DatasetteError."""
    paging = [
        ("_shape", "objects"),
        ("_size", "max"),
        ("_nocount", "1"),
        *([("_next", next_token)] if next_token else []),
    ]
    response = await datasette.client.get(
        f"/{ARCHIVE}/{quote(name)}.json?{urlencode([*params, *paging])}"
    )
    if response.status_code == 404:
        raise NotFound(f"no table {name}")
    if response.status_code == 403:
        raise Forbidden(f"{name} is not shown")
    page: dict[str, Any] = response.json()
    if response.status_code != 200:
        raise DatasetteError(str(page["error"]), status=response.status_code)
    return page
