"""CSV for spreadsheets: a UTF-8 byte order mark, and cells escaped against formula injection."""

from __future__ import annotations

import re
from typing import Any

BOM = "\ufeff"  # without it Excel decodes Hindi as Latin
# spreadsheets run a cell that starts with one of these, after leading blanks too
_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?$")


def escape_formula(value: Any) -> Any:
    """Returns the cell value with an apostrophe in front if a spreadsheet would run it as a
    formula. Numbers and values that are not text stay as they are.
    """
    if not isinstance(value, str) or _FORMULA.isdisjoint((value[:1], value.lstrip()[:1])):
        return value
    return value if _NUMBER.match(value) else "'" + value
