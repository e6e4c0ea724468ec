"""What our pages share: a question to the archive in a bounded time, a page, a download, a
visitor's own words.
"""

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
PAGE_TIME_LIMIT, DOWNLOAD_TIME_LIMIT = 3_000, 60_000  # milliseconds of SQL
_SPOOL_SIZE = 1 << 22  # bytes of a download kept in memory; more goes to a temporary file
_MAX_PAGE = 2_000  # pages of a list: further back a visitor narrows by date


class RowSource(Protocol):
    """A list that can be taken away whole."""

    def iter_rows(self, db: Database) -> Iterable[Mapping[str, Any]]:
        """Every row."""
        ...


@dataclass
class CsvResponse:
    """A file sent in pieces. It is written whole before: a slow visitor must not hold the
    archive's snapshot.
    """

    file: IO[bytes]
    size: int
    name: str
    kind: str = "text/csv; charset=utf-8"

    async def asgi_send(self, send: Callable[[dict[str, Any]], Any]) -> None:
        """Streams it, piece by piece."""
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
    """The answer to a question of the archive, of one moment, in another thread.

    Raises sqlite3.OperationalError when it takes too long.
    """

    def execute_query(connection: sqlite3.Connection) -> _Result:
        with sqlite_timelimit(connection, timeout_ms), _read_transaction(connection):
            return query(Database(connection))

    result: _Result = await datasette.get_database(ARCHIVE).execute_fn(execute_query)
    return result


@contextmanager
def _read_transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All that is read within is the archive as it was at the first of it, whatever a crawl
    writes meanwhile.
    """
    connection.execute("begin")
    try:
        yield
    except StopIteration as error:  # would never reach the waiting page: a future cannot carry it
        raise RuntimeError("a question found nothing where there must be something") from error
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
    """A page of ours."""
    return Response.html(
        await datasette.render_template(template, dict(context), request=request), status=status
    )


async def not_found(
    datasette: Datasette, request: Request, status: int = 404, **context: Any
) -> Response:
    """The word for what is not here: 404, or 410 of what was. Datasette's own 404 would redirect
    Hindi addresses.
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
    """Every row as CSV."""
    file, address = open_download(), base_url(datasette, request)
    await run_query(
        datasette,
        lambda db: downloads.write_csv(rows.iter_rows(db), address, file),
        DOWNLOAD_TIME_LIMIT,
    )
    return finish_download(file, name)


def open_download() -> IO[bytes]:
    """A temporary file for a download, which is closed when it has been sent."""
    return tempfile.SpooledTemporaryFile(_SPOOL_SIZE)


def finish_download(file: IO[bytes], name: str) -> CsvResponse:
    """The CSV that was written to `file`, to be sent as NAME.csv."""
    size = file.tell()
    file.seek(0)
    return CsvResponse(file, size, f"{name}.csv")


def base_url(datasette: Datasette, request: Request) -> str:
    """The server's own address as the visitor wrote it: https://archive.example.org."""
    address: str = datasette.absolute_url(request, datasette.urls.path("/"))
    return address.rstrip("/")


def query_param(request: Request, name: str) -> str:
    """A parameter of the address, '' without it."""
    value: str = (request.args.get(name) or "").strip()
    return value


def day_param(request: Request, name: str) -> str:
    """A day of the address as YYYY-MM-DD, '' without one; BadRequest for anything else."""
    value = query_param(request, name)
    if not value:
        return ""
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError as error:
        raise BadRequest(f"{name}: {value} is not a day such as 2026-11-30") from error


def page_number(request: Request) -> int:
    """Which page of a list is asked for, from 1."""
    value = query_param(request, "page") or "1"
    if not re.fullmatch(r"[1-9]\d{0,3}", value) or int(value) > _MAX_PAGE:
        raise BadRequest(f"page: {value[:20]} is not a page from 1 to {_MAX_PAGE}")
    return int(value)


def path_param(request: Request, name: str) -> str:
    """A part of the path as it was meant."""
    return unquote(request.url_vars[name])
