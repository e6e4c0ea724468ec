"""URL routes and error pages."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from datasette.app import Datasette
from datasette.database import QueryInterrupted
from datasette.utils.asgi import Base400, Request, Response
from datasette.views.base import DatasetteError
from sqlite_utils.utils import sqlite3

from khabar.web import (
    article_page,
    chart_pages,
    cooccurrence_page,
    front_page,
    heat_map_page,
    list_pages,
    responses,
    search_page,
    suggest,
    table_downloads,
)
from khabar.web.access import ARCHIVE
from khabar.web.sql_access import PUBLIC_LIST, is_access_denied

_log = logging.getLogger(__name__)
_TOO_LONG = "इस सवाल में बहुत समय लगा · This takes too long; narrow it by days or source."
_TOO_LARGE = "इस सवाल में बहुत मेमोरी लगती है · This takes too much memory; ask for less of it."
_NOT_SHOWN = "यह सवाल वह पढ़ता है जो दिखाया नहीं जाता · This reads what no page of the archive shows."
_Routes = list[tuple[str, Callable[..., Any]]]


def build_routes(*, public: bool) -> _Routes:
    """Returns the plugin's routes as (pattern, view). `/a/ID` is permanent; Datasette's page of an
    article's row redirects to it.
    """
    route_list: _Routes = [
        (r"/$", front_page.show_front_page),
        (
            r"/a/(?P<id>\d{1,18})(@(?P<revision>\d{1,6}))?(?P<format>\.json|\.bib|\.csl\.json)?$",
            article_page.show_article,
        ),
        (r"/a/(?P<id>\d{1,18})/changes$", article_page.show_changes),
        (r"/a/(?P<id>\d{1,18})(@(?P<revision>\d{1,6}))?/snapshot$", article_page.show_snapshot),
        (r"/beside/(?P<one>\d{1,18})/(?P<other>\d{1,18})$", article_page.show_side_by_side),
        (r"/source/(?P<key>[^/]+?)(?P<format>\.csv)?$", list_pages.show_source),
        (r"/author/(?P<name>[^/]+?)(?P<format>\.csv)?$", list_pages.show_author),
        (
            r"/account/(?P<provider>[^/]+)/(?P<handle>[^/]+?)(?P<format>\.csv)?$",
            list_pages.show_account,
        ),
        (r"/embed/(?P<key>.+?)(?P<format>\.csv)?$", list_pages.show_embed),
        (r"/story/(?P<id>\d{1,18})(?P<format>\.csv)?$", list_pages.show_story),
        (r"/sources(?P<format>\.csv)?$", front_page.show_sources),
        (r"/headlines(?P<format>\.csv)?$", list_pages.show_headlines),
        (r"/search(?P<format>\.csv|\.atom|\.json)?$", search_page.show_search),
        (r"/suggest\.json$", suggest.show_suggestions),
        (r"/opensearch\.xml$", search_page.describe_search),
        (r"/charts$", chart_pages.show_charts),
        (r"/compare$", chart_pages.show_comparison),
        (r"/compare/weeks(?P<format>\.csv|\.svg|\.png)?$", heat_map_page.show_heat_map),
        (r"/compare/with(?P<format>\.csv|\.json)?$", cooccurrence_page.show_cooccurrences),
        (r"/chart/(?P<name>[a-z]+)\.(?P<format>svg|png|csv)$", chart_pages.show_chart),
        (r"/health(?P<format>\.csv)?$", chart_pages.show_health),
        (
            rf"/{ARCHIVE}/(?:articles|{PUBLIC_LIST})/(?P<id>\d{{1,18}})(?P<format>\.json)?$",
            article_page.redirect_row,
        ),
        (
            rf"/{ARCHIVE}/(?P<name>search|search_ranked)(?P<format>\.csv)?$",
            search_page.redirect_search,
        ),
        (rf"/{ARCHIVE}(/(?P<name>[^/]+))?\.csv$", table_downloads.download_table),
    ]
    if public:
        # Datasette's /-/ pages reveal paths, versions and settings of the server.
        route_list.append((r"/-/(?!static/)", show_not_found))
    return route_list


async def show_not_found(datasette: Datasette, request: Request) -> Response:
    """Responds with 404."""
    return await responses.not_found(datasette, request)


async def show_error(datasette: Datasette, request: Request, exception: Exception) -> Response:
    """Responds to an exception. Errors of the client become a 4xx page with one line; all others
    are logged with their traceback and become a 500 page.
    """
    status, message, details = 500, "Something broke on our side; the server's log says what.", {}
    if isinstance(exception, QueryInterrupted) or _is_interrupted(exception):
        status, message = 400, _TOO_LONG
    elif isinstance(exception, Base400):
        status, message = exception.status, str(exception.args[0])
    elif isinstance(exception, DatasetteError):
        # Datasette uses 500 where no status was given.
        status = 400 if exception.status == 500 else exception.status
        message, details = exception.message, exception.error_dict
    elif isinstance(exception, MemoryError):
        status, message = 400, _TOO_LARGE
    elif is_access_denied(exception):
        status, message = 403, f"{_NOT_SHOWN} ({exception})"
    else:
        _log.error("%s", request.path, exc_info=exception)
    if request.path.endswith(".json"):
        return Response.json(
            {**details, "ok": False, "error": str(message), "status": status}, status=status
        )
    # The error page shows this SQL in a form, to be edited and run again.
    rerun_sql = request.args.get("sql") if message in (_TOO_LONG, _TOO_LARGE) else None
    context = {"status": status, "error": message, "sql": rerun_sql}
    return await responses.render_page(datasette, request, "error.html", context, status)


def _is_interrupted(exception: Exception) -> bool:
    """Returns True if SQLite stopped a query at the time limit."""
    # For the visitor's SQL, Datasette wraps it in an error whose message is a page of HTML.
    if isinstance(exception, DatasetteError):
        return isinstance(exception.__context__, QueryInterrupted)
    return isinstance(exception, sqlite3.OperationalError) and str(exception) == "interrupted"
