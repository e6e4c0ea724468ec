"""khabar compare"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from commands.common import (
    SOURCE_KEY,
    archive_option,
    list_options,
    open_for_reading,
    print_lines,
    print_rows,
)
from commands.search import DAY
from commands.terminal import get_width, wrap_text
from khabar.archive.store import articles
from khabar.charts.model import MAX_COMPARED
from khabar.model import clock
from khabar.model.config import Config
from khabar.model.errors import RunError

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("queries", nargs=-1, required=True, metavar="QUERY...")
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
    if len(queries) > MAX_COMPARED or (len(queries) == 1 and len(sources) > MAX_COMPARED):
        raise click.UsageError(f"at most {MAX_COMPARED} can be compared")
    if len(queries) > 1 and len(sources) > 1:
        raise click.UsageError("several queries, or one query in several sources, not both")
    from khabar.charts.draw import draw_chart
    from khabar.charts.svg import svg_to_png
    from khabar.web.queries.charts import ChartRequest, build_chart

    request = ChartRequest(
        clock.now(),
        sources=tuple(sorted(sources)),
        since=since and since.date(),
        until=until and until.date(),
        by=by,
        queries=queries,
        is_count=is_count,
    )
    with open_for_reading(config) as archive:
        articles.check_sources(archive.db, sources)
        chart = build_chart(archive.db, "compare", request)
    if chart is None:
        raise RunError(f"{config.archive} has no article with a date")
    if svg or png:
        drawing = draw_chart(chart)
        for file, content in ((svg, drawing.encode()), (png, svg_to_png(drawing) if png else b"")):
            if file:
                _write_file(file, content)
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


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _write_file(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise RunError(f"{file}: {error.strerror or error}") from error
