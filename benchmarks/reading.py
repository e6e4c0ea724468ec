"""How well and at what cost pages are read: Khabar beside trafilatura on the marked pages (`make bench-reading`)."""

from __future__ import annotations

import importlib.util
import statistics
import sys
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import trafilatura
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.pages import NOW, SHARED, Sample, marked
from crawler.commands.extract_ import contract
from pipelines.reading import read_html

ROUNDS = 3  # each tool reads every page so often, in turn; the first round only warms up
Reader = Callable[[Sample], dict[str, Any]]


def khabar(page: Sample) -> dict[str, Any]:
    """Everything: text, metadata, embeds, images, dates, language."""
    return contract(read_html(page.body, page.url, NOW))


def plain(page: Sample) -> dict[str, Any]:
    """trafilatura as it comes, with its metadata."""
    return _trafilatura(page)


def precise(page: Sample) -> dict[str, Any]:
    """trafilatura with favor_precision."""
    return _trafilatura(page, favor_precision=True)


def _trafilatura(page: Sample, **options: Any) -> dict[str, Any]:
    found: Any = trafilatura.bare_extraction(page.body, url=page.url or None, with_metadata=True, **options)
    if found is None:
        return {"text": ""}
    authors = [name.strip() for name in (found.author or "").split(";") if name.strip()]
    return {"text": found.text, "title": found.title, "date": found.date, "authors": authors}


TOOLS: dict[str, Reader] = {"Khabar": khabar, "trafilatura": plain, "trafilatura, precision": precise}


def scorer() -> ModuleType:
    """The scorer that lies beside the marked pages: everyone is measured with the same one."""
    told = importlib.util.spec_from_file_location("score", SHARED / "pages" / "score.py")
    assert told and told.loader
    module = importlib.util.module_from_spec(told)
    told.loader.exec_module(module)
    return module


def measure(pages: list[Sample]) -> dict[str, tuple[list[dict[str, Any]], float]]:
    """Each tool's readings and its CPU milliseconds for a page: the median over rounds, tools in turn on each page."""
    spent: dict[str, list[float]] = {name: [] for name in TOOLS}
    readings: dict[str, list[dict[str, Any]]] = {}
    for _ in track(range(ROUNDS), "Reading", disable=not sys.stderr.isatty()):
        sums = dict.fromkeys(TOOLS, 0.0)
        readings = {name: [] for name in TOOLS}
        for page in pages:
            for name, reader in TOOLS.items():
                started = time.process_time()
                readings[name].append(reader(page))
                sums[name] += time.process_time() - started
        for name, seconds in sums.items():
            spent[name].append(1000 * seconds / len(pages))
    return {name: (readings[name], statistics.median(spent[name][1:])) for name in TOOLS}


def rows(pages: list[Sample]) -> list[list[str]]:
    """A row per tool: text, metadata and embeds scored, CPU beside plain trafilatura's."""
    score, measured = scorer().score, measure(pages)
    base = measured["trafilatura"][1]
    found = []
    for name, (readings, cpu) in measured.items():
        marks = [score(page.gold, reading) for page, reading in zip(pages, readings, strict=True)]
        found.append([name, *_quality(marks), f"{cpu:.1f}", f"{cpu / base:.2f}"])
    return found


def _quality(marks: list[dict[str, Any]]) -> list[str]:
    means = [f"{statistics.mean(mark[part] for mark in marks):.3f}" for part in ("p", "r", "f")]
    lost = f"{sum(mark['lost'] for mark in marks)}/{sum(mark['blocks'] for mark in marks)}"
    told = [f"{sum(bool(mark[part]) for mark in marks)}/{len(marks)}" for part in ("title", "authors")]
    day = [mark["day"] for mark in marks if mark["day"] is not None]
    embeds = f"{sum(mark['emb_ok'] for mark in marks)}/{sum(mark['emb'] for mark in marks)}"
    return [*means, lost, str(sum(mark["leaks"] for mark in marks)), *told, f"{sum(day)}/{len(day)}", embeds]


HEAD = "tool|P|R|F1|lost|leaks|title|authors|day|embeds|CPU ms|ratio".split("|")


def main() -> None:
    """Prints the table; ends with one line where the marked pages are absent."""
    try:
        pages = [page for page in marked() if page.gold.get("page_type") == "article"]
    except FileNotFoundError as error:
        sys.exit(str(error))
    table = Table(*HEAD, box=None)
    for row in rows(pages):
        table.add_row(*row)
    Console(width=None if sys.stdout.isatty() else 160).print(table)
