"""URL routes, the front page, and error pages."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from datasette.app import Datasette
from datasette.database import QueryInterrupted
from datasette.utils.asgi import Base400, Request, Response
from datasette.views.base import DatasetteError
from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from khabar.charts.coverage_gaps import find_gap_days
from khabar.charts.model import date_range
from khabar.charts.svg import draw_sparkline
from khabar.model import clock
from khabar.web import (
    article_page,
    chart_pages,
    list_pages,
    responses,
    search_page,
    table_downloads,
)
from khabar.web.access import ARCHIVE
from khabar.web.filters import render_chart
from khabar.web.queries import charts, counts, lists
from khabar.web.queries.charts import ChartRequest
from khabar.web.sql_access import PUBLIC_LIST, is_access_denied

_log = logging.getLogger(__name__)
_NEWEST_COUNT = 24  # articles on the front page; chosen by hand, not measured
_FRONT_CHART_WIDTH = 1048  # pixels: the full width of the front page
_TOO_LONG = "इस सवाल में बहुत समय लगा · This takes too long; narrow it by days or source."
_TOO_LARGE = "इस सवाल में बहुत मेमोरी लगती है · This takes too much memory; ask for less of it."
_NOT_SHOWN = "यह सवाल वह पढ़ता है जो दिखाया नहीं जाता · This reads what no page of the archive shows."
_Routes = list[tuple[str, Callable[..., Any]]]


def build_routes(*, public: bool) -> _Routes:
    """Returns the plugin's routes as (pattern, view). `/a/ID` is permanent; Datasette's page of an
    article's row redirects to it.
    """
    route_list: _Routes = [
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
        (r"/headlines(?P<format>\.csv)?$", list_pages.show_headlines),
        (r"/search(?P<format>\.csv|\.atom|\.json)?$", search_page.show_search),
        (r"/charts$", chart_pages.show_charts),
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


async def load_front_page(datasette: Datasette) -> dict[str, Any]:
    """Loads the template variables of the front page."""
    chart_request = ChartRequest(clock.now())

    def query_front_page(db: Database) -> dict[str, Any]:
        sources = lists.list_sources(db)
        return {
            "totals": lists.archive_totals(db),
            "sources": sources,
            "providers": lists.count_providers(db),
            "headlines": lists.newest_articles(db, _NEWEST_COUNT),
            "chart": render_chart(
                charts.build_chart(db, "volume", chart_request), _FRONT_CHART_WIDTH
            ),
            "sparks": _draw_sparklines(db, chart_request, [source["key"] for source in sources]),
        }

    content = await responses.run_query(datasette, query_front_page)
    return content | {"queries": await datasette.get_canned_queries(ARCHIVE, None)}


def _draw_sparklines(
    db: Database, chart_request: ChartRequest, sources: list[str]
) -> dict[str, Any]:
    """Returns a sparkline per source key: articles per day over the last two months. Empty for an
    empty archive.
    """
    day_range = charts.find_day_range(db, chart_request)
    if day_range is None:
        return {}
    shown_days, crawl_days = date_range(*day_range), counts.days_crawled(db)
    past_days = [day for day in shown_days if day < chart_request.today]
    counts_by_source = counts.count_by_source(db, *day_range)
    sparklines = {}
    for key in sources:
        day_counts = counts_by_source.get(key, {})
        gaps = find_gap_days(day_counts, past_days, crawl_days)
        label = f"{sum(day_counts.values())} लेख, {shown_days[0]} – {shown_days[-1]}"
        values = [day_counts.get(day, 0) for day in shown_days]
        sparklines[key] = render_chart(draw_sparkline(shown_days, values, gaps, label))
    return sparklines


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
