"""Writes rows as CSV for spreadsheets: UTF-8 with BOM, escaped formulas, permanent links, times in
IST.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice
from typing import IO, Any

from khabar.hindi.india_time import IST
from khabar.model.csv_safe import BOM, escape_formula

_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(\.\d+)?(Z|[+-]\d\d:\d\d)$")
_REMOVE_MARKS = str.maketrans("", "", "\ue000\ue001")  # the markers around search matches
_MIN_ARTICLE_ID = 1 << 40  # article ids are seconds << 20; all other ids are smaller
# Both are chosen by hand, not measured.
CHUNK_SIZE = 1 << 16  # bytes sent at once
_BATCH_SIZE = 500  # rows formatted at once


class CsvWriter:
    """Formats rows as CSV in batches; the first row determines the columns. Rows of articles get
    a column `link`.

    `base`: the server's base URL for the links, such as https://archive.example.org.
    """

    def __init__(self, base: str) -> None:
        self.base = base
        self.header: list[str] = []
        self.has_link_column = False

    def format_rows(self, rows: Iterable[Mapping[str, Any]]) -> str:
        """Returns rows as CSV lines; before the first row of all, the BOM and the header."""
        buffer = io.StringIO()
        writer = csv.writer(buffer)
        for row in rows:
            if not self.header:
                self.header = list(row.keys())
                self.has_link_column = bool(_article_link(row, self.base))
                buffer.write(BOM)
                # a query may be the name of a column
                header = map(escape_formula, self.header)
                writer.writerow([*header, *(["link"] if self.has_link_column else [])])
            link = [_article_link(row, self.base)] if self.has_link_column else []
            writer.writerow([*(format_cell(row[name]) for name in self.header), *link])
        return buffer.getvalue()


def write_csv(rows: Iterable[Mapping[str, Any]], base: str, file: IO[bytes]) -> None:
    """Writes all rows to `file` as CSV in UTF-8; `base` as in `CsvWriter`."""
    csv_writer, row_iterator = CsvWriter(base), iter(rows)
    while batch := list(islice(row_iterator, _BATCH_SIZE)):
        file.write(csv_writer.format_rows(batch).encode("utf-8", errors="replace"))


def format_cell(value: Any) -> Any:
    """Formats a value for a spreadsheet: None as '', bytes as their length, ISO 8601 times in IST,
    and text that looks like a formula with a leading '.
    """
    if value is None:
        return ""
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if not isinstance(value, str):
        return value
    value = value.translate(_REMOVE_MARKS)
    if _TIMESTAMP.match(value):
        return datetime.fromisoformat(value).astimezone(IST).isoformat()
    return escape_formula(value)


def _article_link(row: Mapping[str, Any], base: str) -> str:
    """Returns the permanent URL of the article in `article_id` or `id`, or '' if there is none."""
    for name in ("article_id", "id"):
        article_id = row[name] if name in row.keys() else None  # noqa: SIM118  (a sqlite3.Row is no dict)
        if isinstance(article_id, int) and article_id >= _MIN_ARTICLE_ID:
            return f"{base}/a/{article_id}"
    return ""
