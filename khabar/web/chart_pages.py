"""Views of charts (word frequency, articles per day, crawls, latency) as HTML, SVG, PNG and CSV."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from datasette.app import Datasette
from datasette.utils.asgi import BadRequest, Request, Response
from sqlite_utils import Database

from khabar.charts.draw import draw_chart
from khabar.charts.model import MAX_COMPARED, Chart
from khabar.model import clock
from khabar.web import responses
from khabar.web.filters import render_chart
from khabar.web.queries import charts as chart_queries
from khabar.web.queries import counts, lists
from khabar.web.queries.charts import CHARTS, ChartRequest

# Milliseconds of SQL: enough for a common word in years of news. Chosen by hand, not measured.
CHART_TIME_LIMIT = 10_000
_HEALTH_CHARTS = ("crawls", "volume", "latency")


@dataclass(frozen=True, slots=True)
class ChartRows:
    """The values of a chart as rows for a CSV download."""

    chart: Chart

    def iter_rows(self, db: Database) -> Iterator[dict[str, Any]]:
        """Yields one row per period: first and last day, the value of each series, and 1 if the
        whole period lies in a gap of the crawl.
        """
        for index, period in enumerate(self.chart.periods):
            values = {series.name: series.values[index] for series in self.chart.series}
            is_gap = any(
                first <= period.first and period.last <= last for first, last in self.chart.gaps
            )
            yield {"from": str(period.first), "to": str(period.last), **values, "gap": int(is_gap)}


async def show_charts(datasette: Datasette, request: Request) -> Response:
    """Shows the frequency of a word over time, if a query is given, and the articles per day."""
    chart_request = parse_chart_request(request)
    names = ("word", "volume") if chart_request.query else ("volume",)
    drawings, sources = await responses.run_query(
        datasette,
        lambda db: (_draw_charts(db, chart_request, names), lists.list_sources(db)),
        CHART_TIME_LIMIT,
    )
    context = {
        "chart_request": chart_request,
        "charts": drawings,
        "sources": sources,
        "query": encode_query(request),
    }
    return await responses.render_page(datasette, request, "charts.html", context)


async def show_comparison(datasette: Datasette, request: Request) -> Response:
    """Shows several queries, or one query in several sources, in one chart and a table."""
    chart_request = parse_chart_request(request)

    def load(db: Database) -> tuple[Chart | None, list[dict[str, Any]]]:
        has_queries = bool(chart_request.queries)
        chart = chart_queries.build_chart(db, "compare", chart_request) if has_queries else None
        return chart, lists.list_sources(db)

    chart, sources = await responses.run_query(datasette, load, CHART_TIME_LIMIT)
    context = {
        "chart_request": chart_request,
        "chart": chart,
        "drawing": render_chart(chart) if chart else None,
        "sources": sources,
        "query": encode_query(request),
        "fields": (*chart_request.queries, "", "")[:MAX_COMPARED],
    }
    return await responses.render_page(datasette, request, "compare.html", context)


async def show_health(datasette: Datasette, request: Request) -> Response | responses.CsvResponse:
    """Shows the health of the crawl: requests and failures, articles per day, latency, and how
    many articles of each source have which field (the last also as CSV).
    """
    chart_request = parse_chart_request(request)

    def load_health(
        db: Database,
    ) -> tuple[list[tuple[str, Any]], list[dict[str, Any]], tuple[date, date] | None]:
        bounds = chart_queries.find_day_range(db, chart_request)
        return (
            _draw_charts(db, chart_request, _HEALTH_CHARTS),
            counts.count_fields(db, *bounds) if bounds else [],
            bounds,
        )

    drawings, fields, day_range = await responses.run_query(
        datasette, load_health, CHART_TIME_LIMIT
    )
    if request.url_vars["format"]:
        return await responses.download_csv(datasette, request, _FieldRows(fields), "fields")
    context = {
        "chart_request": chart_request,
        "charts": drawings,
        "fields": fields,
        "reach": day_range,
        "query": encode_query(request),
    }
    return await responses.render_page(datasette, request, "health.html", context)


@dataclass(frozen=True, slots=True)
class _FieldRows:
    rows: list[dict[str, Any]]

    def iter_rows(self, db: Database) -> list[dict[str, Any]]:
        return self.rows


async def show_chart(datasette: Datasette, request: Request) -> Response | responses.CsvResponse:
    """Responds with one chart as SVG, PNG or CSV. The image states its query and date."""
    chart_request = parse_chart_request(request)
    name, file_format = request.url_vars["name"], request.url_vars["format"]
    if name not in CHARTS:
        return await responses.not_found(datasette, request)
    chart = await responses.run_query(
        datasette, lambda db: chart_queries.build_chart(db, name, chart_request), CHART_TIME_LIMIT
    )
    if chart is None:
        return await responses.not_found(datasette, request)
    if file_format == "csv":
        return await responses.download_csv(datasette, request, ChartRows(chart), f"chart-{name}")
    svg = await asyncio.to_thread(draw_chart, chart)
    if file_format == "svg":
        return Response(svg, content_type="image/svg+xml; charset=utf-8")
    return Response(await draw_png(svg), content_type="image/png")


async def draw_png(svg: str) -> bytes:
    """Renders an SVG as PNG in a separate process: the library holds the GIL for 150 ms while it
    loads fonts.

    Raises RuntimeError if the process fails.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "khabar.charts.svg", stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    data, _ = await process.communicate(svg.encode())
    if process.returncode:
        raise RuntimeError(f"rendering a chart as PNG failed with exit code {process.returncode}")
    return data


def _draw_charts(
    db: Database, chart_request: ChartRequest, names: tuple[str, ...]
) -> list[tuple[str, Any]]:
    built = ((name, chart_queries.build_chart(db, name, chart_request)) for name in names)
    return [(name, render_chart(chart)) for name, chart in built if chart]


def parse_chart_request(request: Request) -> ChartRequest:
    """Parses the query parameters of a chart: q (repeated for a comparison), source (repeated, or
    separated by commas), from, to, by, steady, measure.

    Raises BadRequest for an invalid value.
    """
    by = responses.query_param(request, "by")
    if by not in {"", "day", "week", "month"}:
        raise BadRequest("by: day, week or month")
    source_keys = [
        key.strip() for value in request.args.getlist("source") for key in value.split(",")
    ]
    queries = dict.fromkeys(query.strip() for query in request.args.getlist("q"))
    since, until = (responses.day_param(request, name) for name in ("from", "to"))
    if since and until and since > until:
        raise BadRequest("from lies after to")
    return ChartRequest(
        clock.now(),
        responses.query_param(request, "q")[: lists.MAX_QUERY_CHARS],
        tuple(sorted({key for key in source_keys if key})),
        date.fromisoformat(since) if since else None,
        date.fromisoformat(until) if until else None,
        by or None,  # type: ignore[arg-type]  # checked above
        bool(responses.query_param(request, "steady")),
        tuple(query[: lists.MAX_QUERY_CHARS] for query in queries if query)[:MAX_COMPARED],
        responses.query_param(request, "measure") == "count",
    )


def encode_query(request: Request) -> str:
    """Encodes the parameters of a request as a URL query string, without empty ones."""
    return urlencode(
        [(name, value) for name in request.args for value in request.args.getlist(name) if value]
    )
