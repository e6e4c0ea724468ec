"""Charts: a word over time, articles held, crawls, lateness; as pages, SVG, PNG, and the numbers as CSV."""

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

from khabar.charts.draw import draw
from khabar.charts.model import Chart
from khabar.model import clock
from khabar.web import responses
from khabar.web.filters import drawing
from khabar.web.queries import charts as pictures
from khabar.web.queries import counts, lists
from khabar.web.queries.charts import CHARTS, Asked

CHART_TIME = 10_000  # milliseconds: a common word in years of news
_HEALTH = ("crawls", "volume", "latency")


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a chart draws, as rows to take away."""

    chart: Chart

    def each(self, db: Database) -> Iterator[dict[str, Any]]:
        """A row a period: its days, each series' value, whether it lies in a gap of the crawl."""
        for number, period in enumerate(self.chart.periods):
            values = {one.name: one.values[number] for one in self.chart.series}
            gap = any(first <= period.first and period.last <= last for first, last in self.chart.gaps)
            yield {"from": str(period.first), "to": str(period.last), **values, "gap": int(gap)}


async def charts(datasette: Datasette, request: Request) -> Response:
    """A word over time, beside how much is held."""
    asked = _asked(request)
    names = ("word", "volume") if asked.query else ("volume",)
    drawn, sources = await responses.ask(
        datasette, lambda db: (_drafts(db, asked, names), lists.sources(db)), CHART_TIME
    )
    told = {"asked": asked, "charts": drawn, "sources": sources, "query": _query(request)}
    return await responses.page(datasette, request, "charts.html", told)


async def health(datasette: Datasette, request: Request) -> Response | responses.Download:
    """How the crawl does: pages asked for and failed, articles held, lateness, which fields are held."""
    asked = _asked(request)

    def found(db: Database) -> tuple[list[tuple[str, Any]], list[dict[str, Any]], tuple[date, date] | None]:
        reach = pictures.reach(db, asked)
        return _drafts(db, asked, _HEALTH), counts.fields(db, *reach) if reach else [], reach

    drawn, fields, reach = await responses.ask(datasette, found, CHART_TIME)
    if request.url_vars["format"]:
        return await responses.download(datasette, request, _Rows(fields), "fields")
    told = {"asked": asked, "charts": drawn, "fields": fields, "reach": reach, "query": _query(request)}
    return await responses.page(datasette, request, "health.html", told)


@dataclass(frozen=True, slots=True)
class _Rows:
    rows: list[dict[str, Any]]

    def each(self, db: Database) -> list[dict[str, Any]]:
        return self.rows


async def chart(datasette: Datasette, request: Request) -> Response | responses.Download:
    """One chart as a file that carries the query and the date it was drawn."""
    asked, name, kind = _asked(request), request.url_vars["name"], request.url_vars["format"]
    if name not in CHARTS:
        return await responses.missing(datasette, request)
    drawn = await responses.ask(datasette, lambda db: pictures.draft(db, name, asked), CHART_TIME)
    if drawn is None:
        return await responses.missing(datasette, request)
    if kind == "csv":
        return await responses.download(datasette, request, Numbers(drawn), f"chart-{name}")
    svg = await asyncio.to_thread(draw, drawn)
    if kind == "svg":
        return Response(svg, content_type="image/svg+xml; charset=utf-8")
    return Response(await _draw_png(svg), content_type="image/png")


async def _draw_png(svg: str) -> bytes:
    """The drawing as PNG, by a process of its own: the library holds Python's lock for 150 ms while it reads fonts."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "khabar.charts.svg", stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    data, _ = await process.communicate(svg.encode())
    if process.returncode:
        raise RuntimeError(f"the picture was not drawn: exit code {process.returncode}")
    return data


def _drafts(db: Database, asked: Asked, names: tuple[str, ...]) -> list[tuple[str, Any]]:
    found = ((name, pictures.draft(db, name, asked)) for name in names)
    return [(name, drawing(one)) for name, one in found if one]


def _asked(request: Request) -> Asked:
    """The chart's words from the address: q, source (once or more, or in one with commas), from, to, by, steady."""
    by = responses.told(request, "by")
    if by not in {"", "day", "week", "month"}:
        raise BadRequest("by: day, week or month")
    named = [key.strip() for told in request.args.getlist("source") for key in told.split(",")]
    since, until = (responses.day(request, name) for name in ("from", "to"))
    if since and until and since > until:
        raise BadRequest("from lies after to")
    return Asked(
        clock.now(), responses.told(request, "q")[: lists.LONGEST], tuple(sorted({key for key in named if key})),
        date.fromisoformat(since) if since else None, date.fromisoformat(until) if until else None,
        by or None, bool(responses.told(request, "steady")),  # type: ignore[arg-type]  # one of three, seen above
    )  # fmt: skip


def _query(request: Request) -> str:
    return urlencode([(name, value) for name in request.args for value in request.args.getlist(name) if value])
