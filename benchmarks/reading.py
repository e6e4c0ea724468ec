"""How well and at what cost pages are read: Khabar beside other readers on the marked pages (`make bench-reading`)."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks import docs
from benchmarks.memory import peak
from benchmarks.pages import Sample, marked
from benchmarks.plot import Point, scatter
from benchmarks.scoring import HEAD, Mark, Score, scored
from benchmarks.tools import TOOLS, Reader, installed, ready

ROUNDS = 5  # each tool reads every page so often, in turn with the others; the first round only warms up
BASE = "trafilatura"  # whose cost the others' is a multiple of


@dataclass(frozen=True, slots=True)
class Measured:
    """One tool: its readings of all pages, CPU milliseconds for a page, megabytes at the most."""

    readings: list[Mark]
    cpu: float
    memory: float | None


def measure(pages: Sequence[Sample], tools: Mapping[str, Reader]) -> dict[str, Measured]:
    """Every tool on every page; CPU is process time, of each page the median over rounds, then the mean."""
    spent: dict[str, list[list[float]]] = {name: [[] for _ in pages] for name in tools}
    readings: dict[str, list[Mark]] = {}
    for at in track(range(ROUNDS), "Reading", disable=not sys.stderr.isatty()):
        readings = {name: [] for name in tools}
        for number, page in enumerate(pages):
            for name, reader in tools.items():
                started = time.process_time()
                readings[name].append(reader(page))
                spent[name][number] += [1000 * (time.process_time() - started)] if at else []
    cpu = {name: statistics.mean(map(statistics.median, times)) for name, times in spent.items()}
    return {name: Measured(readings[name], cpu[name], peak(name)) for name in tools}


def row(name: str, score: Score, measured: Measured, base: float) -> list[str]:
    """A tool's line of the table."""
    memory = "–" if measured.memory is None else f"{measured.memory:.0f}"
    return [name, *astuple(score), f"{measured.cpu:.1f}", f"{measured.cpu / base:.2f}", memory]


def told_apart(pages: Sequence[Sample], readings: Sequence[Mark]) -> str:
    """How many pages that are no plain articles Khabar takes for what they are."""
    others = [(page, told) for page, told in zip(pages, readings, strict=True) if page.gold["page_type"] != "article"]
    right = sum(told.get("page_type") == page.gold["page_type"] for page, told in others)
    return f"{right}/{len(others)}"


def _shown(rows: Sequence[Sequence[str]]) -> Table:
    table = Table(*COLUMNS, box=None, pad_edge=False)
    for one in rows:
        table.add_row(*one)
    return table


COLUMNS = ("tool", *HEAD, "CPU ms", "ratio", "MB")


def main() -> None:
    """Prints the table and writes it into docs/benchmarks.md; one line where the marked pages are absent."""
    try:
        pages = marked()
    except FileNotFoundError as error:
        sys.exit(f"bench reading: {error}")
    tools = {name: ready(make) for name, make in installed().items()}
    measured = measure(pages, tools)
    articles = [at for at, page in enumerate(pages) if page.gold["page_type"] == "article"]
    chosen = [pages[at] for at in articles]
    scores = {name: scored(chosen, [one.readings[at] for at in articles]) for name, one in measured.items()}
    rows = [row(name, scores[name], one, measured[BASE].cpu) for name, one in measured.items()]
    console = Console(width=None if sys.stdout.isatty() else 220)
    console.print(_shown(rows))
    apart = f"No articles and told so by Khabar: {told_apart(pages, measured['Khabar'].readings)}."
    console.print(apart)
    if missing := TOOLS.keys() - tools.keys():
        sys.exit(f"not installed here: {', '.join(sorted(missing))}; `make bench-reading` has them. Docs left alone.")
    told = f"`make bench-reading`, {datetime.now(UTC):%-d %B %Y}: {len(articles)} article pages, {ROUNDS - 1} rounds."
    docs.write("reading", f"{told} {apart}\n\n{docs.markdown(COLUMNS, rows)}")
    points = [Point(name, one.cpu, float(scores[name].f1_hindi)) for name, one in measured.items()]
    docs.picture("reading.svg", scatter(points, "CPU ms for a page", "F1 of the text, Hindi pages"))


if __name__ == "__main__":
    main()
