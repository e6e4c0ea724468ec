"""khabar compare"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.common import (
    SOURCE_KEY,
    archive_option,
    list_options,
    open_for_reading,
    print_json,
    print_lines,
    print_rows,
)
from commands.search import DAY
from commands.terminal import get_text_width, get_width, measure_width, style_text, wrap_text
from khabar.archive.search import Cooccurrences, SearchQuery, find_cooccurring
from khabar.archive.store import articles
from khabar.charts.model import MAX_COMPARED
from khabar.model import clock
from khabar.model.config import Config
from khabar.model.errors import RunError

if TYPE_CHECKING:
    from khabar.charts.heat_map import HeatMap
    from khabar.web.queries.charts import ChartRequest

FILE = click.Path(path_type=Path, dir_okay=False)
_MIN_PERIODS = 10  # of a narrow terminal; chosen by hand
_SHADES = "·▁▃▄▆█"  # of a cell without hits, then from few to many


@click.command()
@click.argument("queries", nargs=-1, metavar="[QUERY...]")
@click.option(
    "--source", "sources", type=SOURCE_KEY, multiple=True,
    help="Only this source (repeatable); with one QUERY, the sources are compared.",
)  # fmt: skip
@click.option("--since", type=DAY, metavar="YYYY-MM-DD", help="First day (Indian time).")
@click.option("--until", type=DAY, metavar="YYYY-MM-DD", help="Last day (Indian time).")
@click.option(
    "--by", type=click.Choice(["day", "week", "month"]), help="Default: by the length of the range."
)
@click.option("--count", "is_count", is_flag=True, help="Articles, not per 1,000 articles.")
@click.option(
    "--with-words",
    is_flag=True,
    help="Instead of a chart: the words, accounts, domains and hashtags that stand in the hits of "
    "one QUERY more often than in the rest of the period.",
)
@click.option(
    "--by-source-week",
    is_flag=True,
    help="Instead of a chart: a row for each source, a cell for each week; without QUERY of all "
    "articles.",
)
@click.option("--svg", type=FILE, help="Also draw the chart into this file.")
@click.option("--png", type=FILE, help="Also draw the chart into this file.")
@list_options
@archive_option
def command(
    config: Config,
    queries: tuple[str, ...],
    sources: tuple[str, ...],
    since: Any,
    until: Any,
    by: Any,
    is_count: bool,
    with_words: bool,
    by_source_week: bool,
    svg: Path | None,
    png: Path | None,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Compare queries, or one query in several sources, over time.

    Each QUERY is a search (quote one of several words). Prints articles that match per 1,000
    articles of a day, week or month; by default of the last sixty days. Days that the crawl missed
    are left out, not counted as nothing.
    """
    if with_words and (by or is_count or svg or png or by_source_week):
        raise click.UsageError("--with-words goes with --source, --since and --until only")
    _check_queries(queries, sources, with_words=with_words, by_source_week=by_source_week)
    from khabar.web.queries.charts import ChartRequest

    request = ChartRequest(
        clock.now(),
        query=queries[0] if queries else "",
        sources=tuple(sorted(sources)),
        since=since and since.date(),
        until=until and until.date(),
        by=by,
        queries=queries,
        is_count=is_count,
    )
    if with_words:
        _print_cooccurrences(config, request, as_json=as_json, as_csv=as_csv)
    elif by_source_week:
        heat_map = _load_heat_map(config, request)
        _write_drawings(heat_map, svg, png)
        _print_heat_map(heat_map, as_json=as_json, as_csv=as_csv)
    else:
        _print_comparison(config, request, svg, png, as_json=as_json, as_csv=as_csv)


def _check_queries(
    queries: tuple[str, ...], sources: tuple[str, ...], *, with_words: bool, by_source_week: bool
) -> None:
    """Raises UsageError for more, or fewer, queries or sources than can be compared."""
    if with_words:
        if len(queries) != 1 or len(sources) > 1:
            raise click.UsageError("--with-words takes one QUERY and at most one --source")
    elif by_source_week:
        if len(queries) > 1:
            raise click.UsageError("--by-source-week takes at most one QUERY")
    elif not queries:
        raise click.UsageError("Missing argument 'QUERY...'")
    elif len(queries) > MAX_COMPARED or (len(queries) == 1 and len(sources) > MAX_COMPARED):
        raise click.UsageError(f"at most {MAX_COMPARED} can be compared")
    elif len(queries) > 1 and len(sources) > 1:
        raise click.UsageError("several queries, or one query in several sources, not both")


def _print_comparison(
    config: Config,
    request: ChartRequest,
    svg: Path | None,
    png: Path | None,
    *,
    as_json: bool,
    as_csv: bool,
) -> None:
    from khabar.web.queries.charts import build_chart

    with open_for_reading(config) as archive:
        articles.check_sources(archive.db, request.sources)
        chart = build_chart(archive.db, "compare", request)
    if chart is None:
        raise RunError(f"{config.archive} has no article with a date")
    _write_drawings(chart, svg, png)
    rows = [
        {
            "from": str(period.first),
            "to": str(period.last),
            **{series.name: _round(series.values[index]) for series in chart.series},
        }
        for index, period in enumerate(chart.periods)
    ]
    if not (as_json or as_csv):
        print_lines([*wrap_text(f"{chart.unit} · {chart.subtitle}", get_width()), ""])
    print_rows(rows, as_json=as_json, as_csv=as_csv)


def _print_cooccurrences(
    config: Config, request: ChartRequest, *, as_json: bool, as_csv: bool
) -> None:
    query = SearchQuery(
        request.query,
        request.sources[0] if request.sources else None,
        str(request.since) if request.since else None,
        str(request.until) if request.until else None,
    )
    with open_for_reading(config) as archive:
        articles.check_sources(archive.db, request.sources)
        found = find_cooccurring(archive.db, query)
    if as_json:
        print_json({"query": query.query, **found.to_json()})
    elif as_csv:
        print_rows(list(found.iter_rows()), as_json=False, as_csv=True)
    elif not found.total:
        click.echo(f"nothing found for {query.query}")
    else:
        _print_kinds(found)


def _print_kinds(found: Cooccurrences) -> None:
    """Prints what was compared, and a table for each kind that has values."""
    number = f"{found.total:,} hits" if found.is_exact else f"the newest {found.total:,} hits"
    text = f"{number}, {found.first} to {found.last}, against the other articles of these days"
    print_lines(wrap_text(text, get_text_width()))
    if not any(kind.values for kind in found.kinds.values()):
        click.echo("nothing differs enough: too few hits or others, or none has more of anything")
    for name, kind in found.kinds.items():
        if not kind.values:
            continue
        head = f"{name}: in {kind.hits_of:,} of the hits and {kind.rest_of:,} of the others"
        print_lines(["", *wrap_text(head, get_text_width(), style="bold")])
        rows = [
            {
                name: value.value,
                "hits": value.hits,
                "rest": value.rest,
                "times": "" if value.times is None else f"{value.times:.1f}",
                "score": round(value.score),
            }
            for value in kind.values
        ]
        print_rows(rows, as_json=False, as_csv=False)


def _load_heat_map(config: Config, request: ChartRequest) -> HeatMap:
    from khabar.web.queries.source_weeks import build_heat_map

    with open_for_reading(config) as archive:
        articles.check_sources(archive.db, request.sources)
        heat_map = build_heat_map(archive.db, request)
    if heat_map is None or not heat_map.rows:
        raise RunError(f"{config.archive} has no article with a date in this range")
    return heat_map


def _print_heat_map(heat_map: HeatMap, *, as_json: bool, as_csv: bool) -> None:
    """Prints a row for each source and period as JSON or CSV; else a line for each source with a
    character for each period.
    """
    from khabar.charts.heat_map import choose_step
    from khabar.web.queries.source_weeks import iter_heat_rows

    if as_json or as_csv:
        print_rows(list(iter_heat_rows(heat_map)), as_json=as_json, as_csv=as_csv)
        return
    signs = {"missed": "×", "none": " "}
    width, top = max(measure_width(row.key) for row in heat_map.rows), heat_map.find_max()
    # The newest periods that fit the terminal, beside the key and the sum.
    room = max(_MIN_PERIODS, (get_width() or 10_000) - width - 8)
    periods = heat_map.periods[-room:]
    lines = [
        f"{heat_map.unit} · {heat_map.subtitle}",
        f"one sign for each period, {len(periods)} from {periods[0].first} to {periods[-1].last}: "
        f"· 0, ▁▃▄▆█ up to {top:,.0f}, × not crawled, blank: no data; "
        "at the end the articles of the whole range",
    ]
    print_lines([line for text in lines for line in wrap_text(text, get_text_width())] + [""])
    for row in heat_map.rows:
        cells = ""
        for cell in row.cells[-room:]:
            value = heat_map.get_value(cell)
            cells += (
                signs[heat_map.get_state(cell)]
                if value is None
                else _SHADES[choose_step(value, top)]
            )
        total = sum(cell.hits for cell in row.cells if cell.state == "counted")
        padding = " " * (width - measure_width(row.key))
        click.echo(f"{style_text(row.key, 'bold')}{padding} {cells} {total:,}")


def _write_drawings(chart: Any, svg: Path | None, png: Path | None) -> None:
    """Draws a chart or heat map into the files that are named."""
    if not (svg or png):
        return
    from khabar.charts.draw import draw_chart
    from khabar.charts.heat_map import HeatMap, draw_heat_map
    from khabar.charts.svg import svg_to_png

    drawing = draw_heat_map(chart) if isinstance(chart, HeatMap) else draw_chart(chart)
    for file, content in ((svg, drawing.encode()), (png, svg_to_png(drawing) if png else b"")):
        if file:
            _write_file(file, content)


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _write_file(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise RunError(f"{file}: {error.strerror or error}") from error
