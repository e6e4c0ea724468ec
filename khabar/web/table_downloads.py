"""Datasette's own tables and queries as CSV, all their rows, the way every list of ours is taken away."""

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

_OURS = {
    "_shape",
    "_size",
    "_next",
    "_nl",
    "_stream",
    "_dl",
    "_header",
    "_labels",
}  # how, not which rows


@dataclass(frozen=True, slots=True)
class _Answer:
    """A query's rows, as many as there are."""

    sql: str
    told: dict[str, str]

    def each(self, db: Database) -> Iterator[Mapping[str, Any]]:
        yield from db.query(self.sql, self.told)


async def download(datasette: Datasette, request: Request) -> responses.Download:
    """/archive/NAME.csv of a prepared query or a table with its filters, /archive.csv?sql= of the operator's own."""
    name = responses.named(request, "name") if request.url_vars["name"] else None
    query = await datasette.get_canned_query(ARCHIVE, name, request.actor) if name else None
    if name and not query:
        return await _table(datasette, request, name)
    sql = query["sql"] if query else responses.told(request, "sql")
    if query:
        await datasette.ensure_permissions(request.actor, [("view-query", (ARCHIVE, name)), "view-instance"])
    else:
        await datasette.ensure_permissions(request.actor, [("execute-sql", ARCHIVE), "view-instance"])
        _check(sql)
    names = await derive_named_parameters(datasette.get_database(ARCHIVE), sql)
    answer = _Answer(sql, {one: request.args.get(one) or "" for one in names})
    try:
        return await responses.download(datasette, request, answer, name or "query")
    except sqlite3.OperationalError as error:
        raise DatasetteError(str(error), status=400) from error


def _check(sql: str) -> None:
    try:
        validate_sql_select(sql)
    except InvalidSql as error:
        raise DatasetteError(str(error), status=400) from error


async def _table(datasette: Datasette, request: Request, name: str) -> responses.Download:
    """A table's filtered rows, page by page through the JSON API: so its permissions, filters and order hold."""
    sheet, file = downloads.Sheet(responses.base(datasette, request)), responses.open_download()
    asked = [(key, value) for key in request.args for value in request.args.getlist(key) if key not in _OURS]
    after = None
    while True:
        page = await _page(datasette, name, asked, after)
        text = await asyncio.to_thread(sheet.text, page["rows"])
        file.write(text.encode("utf-8", errors="replace"))
        after = page["next"]
        if not after:
            return responses.finish_download(file, name)


async def _page(datasette: Datasette, name: str, asked: list[tuple[str, str]], after: str | None) -> dict[str, Any]:
    more = [("_shape", "objects"), ("_size", "max"), ("_nocount", "1"), *([("_next", after)] if after else [])]
    answer = await datasette.client.get(f"/{ARCHIVE}/{quote(name)}.json?{urlencode([*asked, *more])}")
    if answer.status_code == 404:
        raise NotFound(f"no table {name}")
    if answer.status_code == 403:
        raise Forbidden(f"{name} is not shown")
    page: dict[str, Any] = answer.json()
    if answer.status_code != 200:
        raise DatasetteError(str(page["error"]), status=answer.status_code)
    return page
