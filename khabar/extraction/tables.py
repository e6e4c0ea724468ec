"""Data tables: tells them from tables used for page layout, and gives their text row by row."""

from __future__ import annotations

from collections import Counter
from itertools import chain

from khabar.extraction.boilerplate import MIN_PROSE
from khabar.extraction.document import Element, is_shorter_than, text_with_breaks
from khabar.extraction.images import is_picture

# Characters; all chosen by hand, not measured.
_MAX_CELL = 400  # of a cell in a table of any shape
_MAX_LONG_CELL = 2000  # of a cell in a table with at least two full rows
_MAX_LABEL = 60  # of the shortest cell in a table of one row, and of all in one of one column
_MAX_CELL_PARAGRAPHS = 2  # paragraphs of prose in one cell; more are an article
_MIN_COLUMN_ROWS = 3  # rows that make a single column of short cells a table


def table_text(table: Element) -> str | None:
    """Returns the text of a data table, its caption first, then one line per row with cells
    separated by ` | `; None for a table used for page layout. Embed tokens are left out.
    """
    inner_tables = list(table.iterdescendants("table"))
    if table.find(".//h1") is not None or (inner_tables and _is_nested_layout(table, inner_tables)):
        return None
    rows = [
        list(row.iterchildren("td", "th"))
        for row in table.iter("tr")
        if not inner_tables or next(row.iterancestors("table")) is table
    ]
    texts = [[text_with_breaks(cell) for cell in row] for row in rows]
    caption = next(table.iterchildren("caption"), None)
    lines = [text_with_breaks(caption)] if caption is not None else []
    if not any(map(any, texts)) or not _is_data(table, rows, texts):
        return None
    for row, row_texts in zip(rows, texts, strict=True):
        # an empty cell keeps its column, one with only a picture or an embed has none
        cells = [
            text
            for cell, text in zip(row, row_texts, strict=True)
            if text or not (cell.text_content().strip() or _has_picture(cell))
        ]
        lines += [" | ".join(cells)] if any(cells) else []
    return "\n".join(line for line in lines if line)


def _is_data(table: Element, rows: list[list[Element]], texts: list[list[str]]) -> bool:
    """Whether a table with these cells is a data table, by the shape of its rows and the length of
    its cells.
    """
    sizes = [len(text) for row in texts for text in row if text]
    text_rows = sum(map(any, texts))
    full_rows = sum(sum(map(bool, row)) >= 2 for row in texts)
    if max(sizes) > _MAX_LONG_CELL or any(map(_has_article, chain(*rows))):
        return False
    if max(map(len, rows)) < 2:
        return text_rows >= _MIN_COLUMN_ROWS and max(sizes) <= _MAX_LABEL
    if not full_rows and _has_picture(table):
        return False
    if text_rows < 2:
        return min(sizes) <= _MAX_LABEL and max(sizes) <= _MAX_CELL
    return max(sizes) <= _MAX_CELL or full_rows >= 2


def _has_article(cell: Element) -> bool:
    """Whether a cell contains several paragraphs of prose."""
    return sum(not is_shorter_than(p, MIN_PROSE) for p in cell.iter("p")) > _MAX_CELL_PARAGRAPHS


def _is_nested_layout(table: Element, inner_tables: list[Element]) -> bool:
    """Whether an inner table contains another, or has at least two rows of at least two cells."""
    if any(next(inner.iterancestors("table")) is not table for inner in inner_tables):
        return True
    grid_rows = Counter(
        next(row.iterancestors("table")) for row in table.iter("tr") if len(row) >= 2
    )
    return any(grid_rows[inner] >= 2 for inner in inner_tables)


def _has_picture(element: Element) -> bool:
    return any(map(is_picture, element.iter()))
