"""Writes results into docs/benchmarks.md: each benchmark's section between two markers; the rest of
the page is unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.table import Table

from benchmarks.pages import ROOT

PAGE = ROOT / "docs" / "benchmarks.md"


def update_section(name: str, text: str) -> None:
    """Replaces the text between `<!-- NAME -->` and `<!-- /NAME -->`. Raises ValueError if the page
    has no such markers.
    """
    page = PAGE.read_text(encoding="utf-8")
    match = re.search(rf"<!-- {name} -->\n.*?<!-- /{name} -->", page, re.S)
    if match is None:
        raise ValueError(f"{PAGE.name} has no marks for {name}")
    new = f"<!-- {name} -->\n{text.strip()}\n<!-- /{name} -->"
    PAGE.write_text(page[: match.start()] + new + page[match.end() :], encoding="utf-8")


def write_picture(name: str, svg: str) -> None:
    """Writes an SVG beside the page."""
    (PAGE.parent / name).write_text(svg, encoding="utf-8")


def make_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """Returns a table for the terminal."""
    table = Table(*head, box=None, pad_edge=False)
    for cells in rows:
        table.add_row(*cells)
    return table


def format_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Returns a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
