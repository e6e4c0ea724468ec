"""The page of sources by week: a heat map of all articles, or of those that match a query; also as
SVG, PNG and CSV. Its parameters are those of the comparison, with one `q`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response
from sqlite_utils import Database

from khabar.charts.heat_map import (
    MAX_DRAWN,
    STATE_LABELS,
    HeatCell,
    HeatMap,
    choose_step,
    draw_heat_map,
)
from khabar.web import responses
from khabar.web.chart_pages import CHART_TIME_LIMIT, draw_png, encode_query, parse_chart_request
from khabar.web.filters import render_chart
from khabar.web.queries import source_weeks


@dataclass(frozen=True, slots=True)
class _CellRows:
    """The cells of a heat map as rows for a CSV download."""

    heat_map: HeatMap

    def iter_rows(self, db: Database) -> Iterator[dict[str, Any]]:
        yield from source_weeks.iter_heat_rows(self.heat_map)


async def show_heat_map(datasette: Datasette, request: Request) -> Response | responses.CsvResponse:
    """Shows how many articles of each source match `q`, week by week."""
    chart_request = parse_chart_request(request)
    heat_map = await responses.run_query(
        datasette, lambda db: source_weeks.build_heat_map(db, chart_request), CHART_TIME_LIMIT
    )
    file_format = request.url_vars["format"]
    if file_format and (heat_map is None or not heat_map.rows):
        return await responses.not_found(datasette, request)
    if heat_map and file_format == ".csv":
        rows = _CellRows(heat_map)
        return await responses.download_csv(datasette, request, rows, "sources-by-week")
    if heat_map and file_format:
        svg = await asyncio.to_thread(draw_heat_map, heat_map)
        if file_format == ".svg":
            return Response(svg, content_type="image/svg+xml; charset=utf-8")
        return Response(await draw_png(svg), content_type="image/png")
    context = {
        "chart_request": chart_request,
        "heat_map": heat_map,
        "drawing": render_chart(heat_map) if heat_map and heat_map.rows else None,
        "rows": _list_rows(heat_map) if heat_map else [],
        "more": max(0, len(heat_map.rows) - MAX_DRAWN) if heat_map else 0,
        "query": encode_query(request),
    }
    return await responses.render_page(datasette, request, "heat_map.html", context)


def _list_rows(heat_map: HeatMap) -> list[tuple[str, str, list[tuple[str, str, str]]]]:
    """Returns (key, name, cells) of the sources that are drawn; a cell is (class, text, title)."""
    top = heat_map.find_max()
    return [
        (row.key, row.name, [_describe_cell(heat_map, cell, top) for cell in row.cells])
        for row in heat_map.rows[:MAX_DRAWN]
    ]


def _describe_cell(heat_map: HeatMap, cell: HeatCell, top: float) -> tuple[str, str, str]:
    value, state = heat_map.get_value(cell), heat_map.get_state(cell)
    if value is None:
        return state, "×" if state == "missed" else "–", STATE_LABELS[state]
    text = f"{value:,.1f}" if heat_map.is_share and value else f"{value:,.0f}"
    return f"tint{choose_step(value, top)}", text, ""
