"""Quality and cost of extraction: Khabar beside other extractors on the gold pages (`make
bench-reading`).
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import track

from benchmarks import docs
from benchmarks.memory import measure_peak
from benchmarks.pages import SamplePage, load_gold_pages
from benchmarks.plot import Point, draw_scatter
from benchmarks.scoring import HEAD, JsonObject, ReaderScore, score_readings
from benchmarks.tools import TOOLS, Reader, list_installed, load_reader

# rounds in which each tool reads every page; the first is a warm-up and is not counted
ROUNDS = 5
BASE = "trafilatura"  # the tool that the ratio of CPU time is relative to


@dataclass(frozen=True, slots=True)
class ToolMeasurement:
    """Result of one tool: its output for all pages, CPU milliseconds for a page, peak MB."""

    readings: list[JsonObject]
    cpu: float
    memory: float | None


def measure_tools(
    pages: Sequence[SamplePage], tools: Mapping[str, Reader]
) -> dict[str, ToolMeasurement]:
    """Runs every tool on every page. CPU is process time: the median over rounds for each page,
    then the mean.
    """
    spent: dict[str, list[list[float]]] = {name: [[] for _ in pages] for name in tools}
    readings: dict[str, list[JsonObject]] = {}
    for round_number in track(range(ROUNDS), "Reading", disable=not sys.stderr.isatty()):
        readings = {name: [] for name in tools}
        for number, page in enumerate(pages):
            for name, reader in tools.items():
                start_time = time.process_time()
                readings[name].append(reader(page))
                spent[name][number] += (
                    [1000 * (time.process_time() - start_time)] if round_number else []
                )
    cpu = {name: statistics.mean(map(statistics.median, times)) for name, times in spent.items()}
    return {name: ToolMeasurement(readings[name], cpu[name], measure_peak(name)) for name in tools}


def table_row(
    name: str, score: ReaderScore, measurement: ToolMeasurement, base: float
) -> list[str]:
    """Returns a tool's row of the table."""
    memory = "–" if measurement.memory is None else f"{measurement.memory:.0f}"
    return [
        name,
        *astuple(score),
        f"{measurement.cpu:.1f}",
        f"{measurement.cpu / base:.2f}",
        memory,
    ]


def format_page_types(pages: Sequence[SamplePage], readings: Sequence[JsonObject]) -> str:
    """Returns how many pages that are no plain articles get the right page type from Khabar."""
    others = [
        (page, reading)
        for page, reading in zip(pages, readings, strict=True)
        if page.gold["page_type"] != "article"
    ]
    right = sum(reading.get("page_type") == page.gold["page_type"] for page, reading in others)
    return f"{right}/{len(others)}"


COLUMNS = ("tool", *HEAD, "CPU ms", "ratio", "MB")


def main() -> None:
    """Prints the table and writes it into docs/benchmarks.md; exits with one line if the gold pages
    are absent.
    """
    try:
        pages = load_gold_pages()
    except FileNotFoundError as error:
        sys.exit(f"bench reading: {error}")
    tools = {name: load_reader(make) for name, make in list_installed().items()}
    measurements = measure_tools(pages, tools)
    articles = [index for index, page in enumerate(pages) if page.gold["page_type"] == "article"]
    article_pages = [pages[index] for index in articles]
    scores = {
        name: score_readings(article_pages, [measurement.readings[index] for index in articles])
        for name, measurement in measurements.items()
    }
    rows = [
        table_row(name, scores[name], measurement, measurements[BASE].cpu)
        for name, measurement in measurements.items()
    ]
    console = Console(width=None if sys.stdout.isatty() else 220)
    console.print(docs.make_table(COLUMNS, rows))
    page_types = format_page_types(pages, measurements["Khabar"].readings)
    page_types_line = f"Pages that are no article, and recognised as such by Khabar: {page_types}."
    console.print(page_types_line)
    if missing := TOOLS.keys() - tools.keys():
        sys.exit(
            f"not installed: {', '.join(sorted(missing))}; `make bench-reading` installs them. "
            "docs/benchmarks.md is unchanged."
        )
    summary = (
        f"`make bench-reading`, {datetime.now(UTC):%-d %B %Y}: {len(articles)} article pages, "
        f"{ROUNDS - 1} rounds."
    )
    docs.update_section(
        "reading", f"{summary} {page_types_line}\n\n{docs.format_table(COLUMNS, rows)}"
    )
    points = [
        Point(name, measurement.cpu, float(scores[name].f1_hindi))
        for name, measurement in measurements.items()
    ]
    docs.write_picture(
        "reading.svg", draw_scatter(points, "CPU ms for a page", "F1 of the text, Hindi pages")
    )


if __name__ == "__main__":
    main()
