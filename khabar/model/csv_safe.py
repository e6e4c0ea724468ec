"""Text that goes into a spreadsheet: UTF-8 told by a byte order mark, and no cell that would be
run.
"""

from __future__ import annotations

import re
from typing import Any

BOM = "\ufeff"  # or Excel reads Hindi as Latin
# a spreadsheet would run a cell that begins so, blanks before it or not
_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?$")


def escape_formula(value: Any) -> Any:
    """A cell that no spreadsheet runs: words that begin like a formula get an apostrophe before
    them.
    """
    if not isinstance(value, str) or _FORMULA.isdisjoint((value[:1], value.lstrip()[:1])):
        return value
    return value if _NUMBER.match(value) else "'" + value
