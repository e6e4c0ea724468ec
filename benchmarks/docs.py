"""Figures into docs/benchmarks.md: each benchmark's between two marks of its own, the words
around them left alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from benchmarks.pages import ROOT

PAGE = ROOT / "docs" / "benchmarks.md"


def update_section(name: str, text: str) -> None:
    """Put `text` between `<!-- NAME -->` and `<!-- /NAME -->`. Raises ValueError when the page
    has no such marks.
    """
    page = PAGE.read_text(encoding="utf-8")
    match = re.search(rf"<!-- {name} -->\n.*?<!-- /{name} -->", page, re.S)
    if match is None:
        raise ValueError(f"{PAGE.name} has no marks for {name}")
    new = f"<!-- {name} -->\n{text.strip()}\n<!-- /{name} -->"
    PAGE.write_text(page[: match.start()] + new + page[match.end() :], encoding="utf-8")


def write_picture(name: str, svg: str) -> None:
    """Put a drawing beside the page."""
    (PAGE.parent / name).write_text(svg, encoding="utf-8")


def format_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
