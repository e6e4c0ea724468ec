"""Helpers of all views: time-limited queries, HTML responses, CSV downloads, request parameters."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import IO, Any, Protocol, TypeVar
from urllib.parse import quote, unquote

from datasette.app import Datasette
from datasette.utils import sqlite_timelimit
from datasette.utils.asgi import BadRequest, Request, Response
from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from khabar.web.access import ARCHIVE
from khabar.web.queries import downloads

_Result = TypeVar("_Result")
# All four are chosen by hand, not measured.
PAGE_TIME_LIMIT, DOWNLOAD_TIME_LIMIT = 3_000, 60_000  # milliseconds of SQL
_SPOOL_SIZE = 1 << 22  # bytes of a download kept in memory; more goes to a temporary file
_MAX_PAGE = 2_000  # highest page number of a list; to go further back, filter by date


class RowSource(Protocol):
    """A list that can be downloaded as CSV."""

    def iter_rows(self, db: Database) -> Iterable[Mapping[str, Any]]:
        """Iterates over all rows."""
        ...


@dataclass
class CsvResponse:
    """A response that streams a finished file of `size` bytes, named `name`.

    The file is written completely before it is sent, because a slow client would otherwise keep a
    read transaction open, and SQLite could not truncate its WAL meanwhile.
    """

    file: IO[bytes]
    size: int
    name: str
    kind: str = "text/csv; charset=utf-8"

    async def asgi_send(self, send: Callable[[dict[str, Any]], Any]) -> None:
        """Sends the file in chunks and closes it."""
        headers = {
            "content-type": self.kind,
            "content-length": str(self.size),
            "content-disposition": f"attachment; filename*=UTF-8''{quote(self.name)}",
        }
        header_pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": header_pairs})
        with self.file as file:
            while chunk := file.read(downloads.CHUNK_SIZE):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def run_query(
    datasette: Datasette, query: Callable[[Database], _Result], timeout_ms: int = PAGE_TIME_LIMIT
) -> _Result:
    """Runs `query` in a database thread, in one read transaction, and returns its result.

    Raises sqlite3.OperationalError when it takes longer than `timeout_ms`.
    """

    def execute_query(connection: sqlite3.Connection) -> _Result:
        with sqlite_timelimit(connection, timeout_ms), _read_transaction(connection):
            return query(Database(connection, execute_plugins=False))

    result: _Result = await datasette.get_database(ARCHIVE).execute_fn(execute_query)
    return result


@contextmanager
def _read_transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Runs the block in one read transaction, so every query in it sees the same snapshot while a
    crawl writes.

    Raises RuntimeError instead of StopIteration.
    """
    connection.execute("begin")
    try:
        yield
    except StopIteration as error:  # a future cannot carry it, so the view would wait forever
        raise RuntimeError("a query returned no row where one is required") from error
    finally:
        if connection.in_transaction:
            connection.rollback()


async def render_page(
    datasette: Datasette,
    request: Request,
    template: str,
    context: Mapping[str, Any],
    status: int = 200,
) -> Response:
    """Renders a template as an HTML response."""
    return Response.html(
        await datasette.render_template(template, dict(context), request=request), status=status
    )


async def not_found(
    datasette: Datasette, request: Request, status: int = 404, **context: Any
) -> Response:
    """Responds with the error page for 404 (or 410), as JSON for a .json path.

    Datasette's own 404 handler is not used because it redirects some URLs with Hindi characters.
    """
    if request.path.endswith(".json"):
        return Response.json(
            {"ok": False, "status": status, "error": "nothing here"}, status=status
        )
    return await render_page(
        datasette, request, "error.html", {"status": status, **context}, status
    )


async def download_csv(
    datasette: Datasette, request: Request, rows: RowSource, name: str
) -> CsvResponse:
    """Responds with all rows as NAME.csv."""
    file, address = open_download(), base_url(datasette, request)
    await run_query(
        datasette,
        lambda db: downloads.write_csv(rows.iter_rows(db), address, file),
        DOWNLOAD_TIME_LIMIT,
    )
    return finish_download(file, name)


def open_download() -> IO[bytes]:
    """Opens a temporary file for a download; `CsvResponse` closes it after sending."""
    return tempfile.SpooledTemporaryFile(_SPOOL_SIZE)


def finish_download(file: IO[bytes], name: str) -> CsvResponse:
    """Returns the response that sends `file`, which has been written, as NAME.csv."""
    size = file.tell()
    file.seek(0)
    return CsvResponse(file, size, f"{name}.csv")


def base_url(datasette: Datasette, request: Request) -> str:
    """Returns the server's base URL as the client sees it, such as https://archive.example.org."""
    address: str = datasette.absolute_url(request, datasette.urls.path("/"))
    return address.rstrip("/")


def query_param(request: Request, name: str) -> str:
    """Returns a query parameter without surrounding spaces, or '' if it is missing."""
    value: str = (request.args.get(name) or "").strip()
    return value


def day_param(request: Request, name: str) -> str:
    """Returns a query parameter as YYYY-MM-DD, or '' if it is missing.

    Raises BadRequest if it is not a date.
    """
    value = query_param(request, name)
    if not value:
        return ""
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError as error:
        raise BadRequest(f"{name}: {value} is not a day such as 2026-11-30") from error


def month_param(request: Request, name: str) -> str:
    """Returns a query parameter as YYYY-MM, or '' if it is missing.

    Raises BadRequest if it is not a month.
    """
    value = query_param(request, name)
    if value and not re.fullmatch(r"(?!0000)\d{4}-(0[1-9]|1[0-2])", value, re.ASCII):
        raise BadRequest(f"{name}: {value[:20]} is not a month such as 2026-11")
    return value


def page_number(request: Request) -> int:
    """Returns the query parameter `page`, by default 1.

    Raises BadRequest if it is not a number from 1 to _MAX_PAGE.
    """
    value = query_param(request, "page") or "1"
    if not re.fullmatch(r"[1-9]\d{0,3}", value) or int(value) > _MAX_PAGE:
        raise BadRequest(f"page: {value[:20]} is not a page from 1 to {_MAX_PAGE}")
    return int(value)


def path_param(request: Request, name: str) -> str:
    """Returns a named part of the path, percent-decoded."""
    return unquote(request.url_vars[name])
