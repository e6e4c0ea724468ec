"""The front page, and the page of all sources."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response
from sqlite_utils import Database

from khabar.charts.coverage_gaps import find_gap_days
from khabar.charts.model import date_range
from khabar.charts.svg import draw_sparkline
from khabar.model import clock
from khabar.web import responses
from khabar.web.access import ARCHIVE
from khabar.web.filters import render_chart
from khabar.web.list_pages import build_pager_links
from khabar.web.queries import charts, counts, lists, stories
from khabar.web.queries.charts import ChartRequest

# Articles, stories and sources on the front page; chosen by hand, not measured.
_NEWEST_COUNT, _STORY_COUNT, _SOURCE_COUNT = 24, 6, 20
_STORY_AGE = timedelta(hours=48)  # of the articles whose stories are shown
_CHART_WIDTH = 1048  # pixels: the full width of the front page


async def show_front_page(datasette: Datasette, request: Request) -> Response:
    """Shows what the archive holds, instead of Datasette's index, which counts all tables. Each
    query reads one index, so that the page costs the same with 400 sources as with five.
    """
    now = clock.now()

    def query_front_page(db: Database) -> dict[str, Any]:
        chart = charts.build_chart(db, "volume", ChartRequest(now))
        return {
            "totals": lists.archive_totals(db),
            "sources": _list_busiest(db, now),
            "providers": lists.count_providers(db),
            "stories": stories.list_widest(db, now - _STORY_AGE, _STORY_COUNT),
            "headlines": lists.newest_articles(db, _NEWEST_COUNT),
            "chart": render_chart(chart, _CHART_WIDTH),
        }

    content = await responses.run_query(datasette, query_front_page)
    content["queries"] = await datasette.get_canned_queries(ARCHIVE, None)
    return await responses.render_page(datasette, request, "index.html", content)


def _list_busiest(db: Database, now: datetime) -> list[dict[str, Any]]:
    """Returns the sources with the most articles in the last thirty days that have any."""
    day_range = charts.find_day_range(db, ChartRequest(now))
    if day_range is None:
        return []
    last = day_range[1]
    return lists.list_busiest_sources(db, last - timedelta(days=29), last, _SOURCE_COUNT)


async def show_sources(datasette: Datasette, request: Request) -> Response | responses.CsvResponse:
    """Lists all sources with their articles per day, PAGE_SIZE a page, or all of them as CSV."""
    if request.url_vars["format"]:
        return await responses.download_csv(datasette, request, lists.all_sources(), "sources")
    page_number = responses.page_number(request)

    def query_sources(db: Database) -> dict[str, Any]:
        listing = lists.all_sources()
        rows = listing.fetch_page(db, page_number)
        keys = [row["key"] for row in rows]
        return {
            "rows": rows,
            "sparks": _draw_sparklines(db, ChartRequest(clock.now()), keys),
            "count": lists.count_sources(db),
        }

    content = await responses.run_query(datasette, query_sources)
    content["pager"] = build_pager_links(request, page_number, content["count"])
    return await responses.render_page(datasette, request, "sources.html", content)


def _draw_sparklines(
    db: Database, chart_request: ChartRequest, sources: Sequence[str]
) -> dict[str, Any]:
    """Returns a sparkline per source key: articles per day over the last two months. Empty for an
    empty archive.
    """
    day_range = charts.find_day_range(db, chart_request) if sources else None
    if day_range is None:
        return {}
    shown_days, crawl_days = date_range(*day_range), counts.days_crawled(db)
    past_days = [day for day in shown_days if day < chart_request.today]
    counts_by_source = counts.count_by_source(db, *day_range, sources)
    sparklines = {}
    for key in sources:
        day_counts = counts_by_source.get(key, {})
        gaps = find_gap_days(day_counts, past_days, crawl_days)
        label = f"{sum(day_counts.values())} लेख, {shown_days[0]} – {shown_days[-1]}"
        values = [day_counts.get(day, 0) for day in shown_days]
        sparklines[key] = render_chart(draw_sparkline(shown_days, values, gaps, label))
    return sparklines
