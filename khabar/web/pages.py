"""The addresses of our pages, the front page, and the word for what is not there."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date
from typing import Any

from datasette.app import Datasette
from datasette.database import QueryInterrupted
from datasette.utils.asgi import Base400, Request, Response
from datasette.views.base import DatasetteError
from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from khabar.charts.gaps import missed
from khabar.charts.model import days
from khabar.charts.svg import spark
from khabar.model import clock
from khabar.web import article_page, chart_pages, list_pages, responses, search_page, table_downloads
from khabar.web.access import ARCHIVE
from khabar.web.filters import drawing
from khabar.web.queries import charts, counts, lists
from khabar.web.queries.charts import Asked
from khabar.web.sql_access import SHOWN, is_refused

_log = logging.getLogger(__name__)
_NEWEST = 24
_ACROSS = 1048  # pixels: the chart of the front page reaches from side to side
_TOO_LONG = "इस सवाल में बहुत समय लगा · This takes too long; narrow it by days or source."
_TOO_LARGE = "इस सवाल में बहुत मेमोरी लगती है · This takes too much memory; ask for less of it."
_NOT_SHOWN = "यह सवाल वह पढ़ता है जो दिखाया नहीं जाता · This reads what no page of the archive shows."
_Routes = list[tuple[str, Callable[..., Any]]]


def routes(*, public: bool) -> _Routes:
    """Addresses of ours. `/a/ID` is permanent; a row's page in Datasette leads there."""
    found: _Routes = [
        (r"/a/(?P<id>\d{1,18})(@(?P<revision>\d{1,6}))?(?P<format>\.json|\.bib|\.csl\.json)?$", article_page.article),
        (r"/a/(?P<id>\d{1,18})/changes$", article_page.changes),
        (r"/a/(?P<id>\d{1,18})(@(?P<revision>\d{1,6}))?/snapshot$", article_page.snapshot),
        (r"/beside/(?P<one>\d{1,18})/(?P<other>\d{1,18})$", article_page.beside),
        (r"/source/(?P<key>[^/]+?)(?P<format>\.csv)?$", list_pages.source),
        (r"/author/(?P<name>[^/]+?)(?P<format>\.csv)?$", list_pages.author),
        (r"/account/(?P<provider>[^/]+)/(?P<handle>[^/]+?)(?P<format>\.csv)?$", list_pages.account),
        (r"/embed/(?P<key>.+?)(?P<format>\.csv)?$", list_pages.embed),
        (r"/story/(?P<id>\d{1,18})(?P<format>\.csv)?$", list_pages.story),
        (r"/headlines(?P<format>\.csv)?$", list_pages.headlines_page),
        (r"/search(?P<format>\.csv|\.atom)?$", search_page.search),
        (r"/charts$", chart_pages.charts),
        (r"/chart/(?P<name>[a-z]+)\.(?P<format>svg|png|csv)$", chart_pages.chart),
        (r"/health(?P<format>\.csv)?$", chart_pages.health),
        (rf"/{ARCHIVE}/(?:articles|{SHOWN})/(?P<id>\d{{1,18}})(?P<format>\.json)?$", article_page.row),
        (rf"/{ARCHIVE}/(?P<name>search|search_ranked)(?P<format>\.csv)?$", search_page.moved),
        (rf"/{ARCHIVE}(/(?P<name>[^/]+))?\.csv$", table_downloads.download),
    ]
    if public:
        found.append((r"/-/(?!static/)", not_here))  # they name paths, versions and settings of this machine
    return found


async def not_here(datasette: Datasette, request: Request) -> Response:
    """What is not served."""
    return await responses.missing(datasette, request)


async def front(datasette: Datasette) -> dict[str, Any]:
    """What the archive holds, for the front page."""
    asked = Asked(clock.now())

    def found(db: Database) -> dict[str, Any]:
        sources = lists.sources(db)
        return {
            "totals": lists.totals(db),
            "sources": sources,
            "providers": lists.providers(db),
            "headlines": lists.newest(db, _NEWEST),
            "chart": drawing(charts.draft(db, "volume", asked), _ACROSS),
            "sparks": _sparks(db, asked, [one["key"] for one in sources]),
        }

    told = await responses.ask(datasette, found)
    return told | {"queries": await datasette.get_canned_queries(ARCHIVE, None)}


def _sparks(db: Database, asked: Asked, sources: list[str]) -> dict[str, Any]:
    """Each source's days of the last two months, small."""
    reach = charts.reach(db, asked)
    if reach is None:
        return {}
    shown, ran, held = days(*reach), counts.days_crawled(db), counts.held_by_source(db, *reach)
    return {key: _spark(held.get(key, {}), shown, ran, asked.today) for key in sources}


def _spark(held: counts.Days, shown: list[date], ran: frozenset[date], today: date) -> Any:
    gaps = missed(held, [day for day in shown if day < today], ran)
    told = f"{sum(held.values())} लेख, {shown[0]} – {shown[-1]}"
    return drawing(spark(shown, [held.get(day, 0) for day in shown], gaps, told))


async def sorry(datasette: Datasette, request: Request, exception: Exception) -> Response:
    """The answer to what went wrong: a visitor's mistake in a line, ours in the log with its traceback."""
    status, message, more = 500, "Something broke on our side; the server's log says what.", {}
    if isinstance(exception, QueryInterrupted) or _is_interrupted(exception):
        status, message = 400, _TOO_LONG
    elif isinstance(exception, Base400):
        status, message = exception.status, str(exception.args[0])
    elif isinstance(exception, DatasetteError):
        status = 400 if exception.status == 500 else exception.status  # Datasette's word for "it does not say"
        message, more = exception.message, exception.error_dict
    elif isinstance(exception, MemoryError):
        status, message = 400, _TOO_LARGE
    elif is_refused(exception):
        status, message = 403, f"{_NOT_SHOWN} ({exception})"
    else:
        _log.error("%s", request.path, exc_info=exception)
    if request.path.endswith(".json"):
        return Response.json({**more, "ok": False, "error": str(message), "status": status}, status=status)
    kept = request.args.get("sql") if message in (_TOO_LONG, _TOO_LARGE) else None  # to be changed and run again
    told = {"status": status, "error": message, "sql": kept}
    return await responses.page(datasette, request, "error.html", told, status)


def _is_interrupted(exception: Exception) -> bool:
    if isinstance(exception, DatasetteError):  # of a visitor's own SQL: its message is a page of HTML
        return isinstance(exception.__context__, QueryInterrupted)
    return isinstance(exception, sqlite3.OperationalError) and str(exception) == "interrupted"
