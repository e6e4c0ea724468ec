"""Rows to take away: CSV in UTF-8 with a BOM, formulas made harmless, permanent links, times in
India's time.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice
from typing import IO, Any

from khabar.hindi.dates import IST
from khabar.model.csv_safe import BOM, escape_formula

_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(\.\d+)?(Z|[+-]\d\d:\d\d)$")
_MARKS = str.maketrans("", "", "\ue000\ue001")  # around words that search found
_ARTICLE_IDS = 1 << 40  # seconds << 20: no other id of the archive is so large
CHUNK_SIZE = 1 << 16  # bytes handed on at once
_BATCH_SIZE = 500  # rows


class CsvWriter:
    """A CSV written batch by batch. `base`: the server's own address, for links:
    https://archive.example.org.
    """

    def __init__(self, base: str) -> None:
        self.base = base
        self.header: list[str] = []
        self.linked = False

    def format_rows(self, rows: Iterable[Mapping[str, Any]]) -> str:
        """These rows as lines; before the first of all the BOM and the names of the columns."""
        buffer = io.StringIO()
        writer = csv.writer(buffer)
        for row in rows:
            if not self.header:
                self._write_header(buffer, row)
            link = [_article_link(row, self.base)] if self.linked else []
            writer.writerow([*(format_cell(row[name]) for name in self.header), *link])
        return buffer.getvalue()

    def _write_header(self, buffer: io.StringIO, row: Mapping[str, Any]) -> None:
        self.header, self.linked = list(row.keys()), bool(_article_link(row, self.base))
        buffer.write(BOM)
        csv.writer(buffer).writerow([*self.header, *(["link"] if self.linked else [])])


def write_csv(rows: Iterable[Mapping[str, Any]], base: str, file: IO[bytes]) -> None:
    """Writes the rows to a file as CSV."""
    csv_writer, row_iterator = CsvWriter(base), iter(rows)
    while batch := list(islice(row_iterator, _BATCH_SIZE)):
        file.write(csv_writer.format_rows(batch).encode("utf-8", errors="replace"))


def format_cell(value: Any) -> Any:
    """A value as a spreadsheet may have it: a moment in India's time, words that begin like a
    formula behind a '.
    """
    if value is None:
        return ""
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if not isinstance(value, str):
        return value
    value = value.translate(_MARKS)
    if _TIMESTAMP.match(value):
        return datetime.fromisoformat(value).astimezone(IST).isoformat()
    return escape_formula(value)


def _article_link(row: Mapping[str, Any], base: str) -> str:
    """The permanent address of the article a row is about; '' when it is about none."""
    for name in ("article_id", "id"):
        article_id = row[name] if name in row.keys() else None  # noqa: SIM118  (a row of SQLite's is no dict)
        if isinstance(article_id, int) and article_id >= _ARTICLE_IDS:
            return f"{base}/a/{article_id}"
    return ""
