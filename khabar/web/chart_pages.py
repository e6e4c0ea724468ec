"""Charts: a word over time, articles held, crawls, lateness; as pages, SVG, PNG, and the numbers
as CSV.
"""

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
from khabar.charts.model import Chart
from khabar.model import clock
from khabar.web import responses
from khabar.web.filters import render_chart
from khabar.web.queries import charts as pictures
from khabar.web.queries import counts, lists
from khabar.web.queries.charts import CHARTS, ChartRequest

CHART_TIME_LIMIT = 10_000  # milliseconds: a common word in years of news
_HEALTH_CHARTS = ("crawls", "volume", "latency")


@dataclass(frozen=True, slots=True)
class ChartRows:
    """What a chart draws, as rows to take away."""

    chart: Chart

    def iter_rows(self, db: Database) -> Iterator[dict[str, Any]]:
        """A row a period: its days, each series' value, whether it lies in a gap of the crawl."""
        for index, period in enumerate(self.chart.periods):
            values = {series.name: series.values[index] for series in self.chart.series}
            is_gap = any(
                first <= period.first and period.last <= last for first, last in self.chart.gaps
            )
            yield {"from": str(period.first), "to": str(period.last), **values, "gap": int(is_gap)}


async def show_charts(datasette: Datasette, request: Request) -> Response:
    """A word over time, beside how much is held."""
    chart_request = _parse_request(request)
    names = ("word", "volume") if chart_request.query else ("volume",)
    drawings, sources = await responses.run_query(
        datasette,
        lambda db: (_draw_charts(db, chart_request, names), lists.list_sources(db)),
        CHART_TIME_LIMIT,
    )
    context = {
        "asked": chart_request,
        "charts": drawings,
        "sources": sources,
        "query": _query_string(request),
    }
    return await responses.render_page(datasette, request, "charts.html", context)


async def show_health(datasette: Datasette, request: Request) -> Response | responses.CsvResponse:
    """How the crawl does: pages asked for and failed, articles held, lateness, which fields are
    held.
    """
    chart_request = _parse_request(request)

    def load_health(
        db: Database,
    ) -> tuple[list[tuple[str, Any]], list[dict[str, Any]], tuple[date, date] | None]:
        bounds = pictures.find_day_range(db, chart_request)
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
        "asked": chart_request,
        "charts": drawings,
        "fields": fields,
        "reach": day_range,
        "query": _query_string(request),
    }
    return await responses.render_page(datasette, request, "health.html", context)


@dataclass(frozen=True, slots=True)
class _FieldRows:
    rows: list[dict[str, Any]]

    def iter_rows(self, db: Database) -> list[dict[str, Any]]:
        return self.rows


async def show_chart(datasette: Datasette, request: Request) -> Response | responses.CsvResponse:
    """One chart as a file that carries the query and the date it was drawn."""
    chart_request, name, file_format = (
        _parse_request(request),
        request.url_vars["name"],
        request.url_vars["format"],
    )
    if name not in CHARTS:
        return await responses.not_found(datasette, request)
    draft = await responses.run_query(
        datasette, lambda db: pictures.build_chart(db, name, chart_request), CHART_TIME_LIMIT
    )
    if draft is None:
        return await responses.not_found(datasette, request)
    if file_format == "csv":
        return await responses.download_csv(datasette, request, ChartRows(draft), f"chart-{name}")
    svg = await asyncio.to_thread(draw_chart, draft)
    if file_format == "svg":
        return Response(svg, content_type="image/svg+xml; charset=utf-8")
    return Response(await _draw_png(svg), content_type="image/png")


async def _draw_png(svg: str) -> bytes:
    """The drawing as PNG, by a process of its own: the library holds Python's lock for 150 ms
    while it reads fonts.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "khabar.charts.svg", stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    data, _ = await process.communicate(svg.encode())
    if process.returncode:
        raise RuntimeError(f"the picture was not drawn: exit code {process.returncode}")
    return data


def _draw_charts(
    db: Database, chart_request: ChartRequest, names: tuple[str, ...]
) -> list[tuple[str, Any]]:
    drafts = ((name, pictures.build_chart(db, name, chart_request)) for name in names)
    return [(name, render_chart(draft)) for name, draft in drafts if draft]


def _parse_request(request: Request) -> ChartRequest:
    """The chart's words from the address: q, source (once or more, or in one with commas), from,
    to, by, steady.
    """
    by = responses.query_param(request, "by")
    if by not in {"", "day", "week", "month"}:
        raise BadRequest("by: day, week or month")
    source_keys = [
        key.strip() for value in request.args.getlist("source") for key in value.split(",")
    ]
    since, until = (responses.day_param(request, name) for name in ("from", "to"))
    if since and until and since > until:
        raise BadRequest("from lies after to")
    return ChartRequest(
        clock.now(),
        responses.query_param(request, "q")[: lists.MAX_QUERY_CHARS],
        tuple(sorted({key for key in source_keys if key})),
        date.fromisoformat(since) if since else None,
        date.fromisoformat(until) if until else None,
        by or None,  # type: ignore[arg-type]  # one of three, seen above
        bool(responses.query_param(request, "steady")),
    )


def _query_string(request: Request) -> str:
    return urlencode(
        [(name, value) for name in request.args for value in request.args.getlist(name) if value]
    )
