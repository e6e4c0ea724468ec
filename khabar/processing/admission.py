"""The laws of what may enter the archive from a file, the same for WARC records and JSON lines.

What is admitted can be stored, and written and read back in every export format.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from khabar.model import urls
from khabar.model.items import Article, Page

FIRST_YEAR = 1990  # before the web, as for dates on pages
MAX_AHEAD = timedelta(days=2)  # a clock may be wrong by this, as for dates on pages
# The limits below were chosen by hand, not measured.
MAX_TEXT = 8 << 20  # characters of one value
MAX_TOTAL = 16 << 20  # characters of all values
MAX_ITEMS = 100_000  # of one list
MAX_NUMBER = 2**31  # numbers are smaller: levels, indexes, seconds, lengths
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_UNSTORABLE = re.compile("[\ud800-\udfff\0]")


class NotAdmitted(ValueError):
    """Something that may not enter the archive. `kind` says why without the value."""

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(f"{kind}: {detail}" if detail else kind)
        self.kind = kind


def admit(item: Page | Article, seen_at: datetime, now: datetime) -> datetime:
    """Checks a page before it is stored, or an article before it is saved. Returns the time at
    which it counts as seen: `seen_at`, but never later than `now`.

    Raises NotAdmitted.
    """
    if reason := urls.reject_reason(item.url):
        raise NotAdmitted(f"url: {reason}")
    if isinstance(item, Article):
        if item.language and not _LANGUAGE.fullmatch(item.language):
            raise NotAdmitted("language: no language code as hi or hi-IN", repr(item.language[:40]))
        fields: dict[str, Any] = msgspec.to_builtins(item)
        fields.pop("signals")
    else:
        fields = {"url": item.url, "headers": item.headers}
    if _check_value("", fields) > MAX_TOTAL:
        raise NotAdmitted(f"longer than {MAX_TOTAL} characters in all")
    if seen_at.year < FIRST_YEAR:
        raise NotAdmitted(f"dated before {FIRST_YEAR}", f"{seen_at:%Y-%m-%d}")
    if seen_at > now + MAX_AHEAD:
        raise NotAdmitted("dated in the future", f"{seen_at:%Y-%m-%d}")
    return min(seen_at, now)


def _check_value(name: str, value: Any) -> int:
    """Returns the characters of a value and of those in it. Raises NotAdmitted."""
    if isinstance(value, str):
        if len(value) > MAX_TEXT:
            raise NotAdmitted(f"{name}: longer than {MAX_TEXT} characters")
        if _UNSTORABLE.search(value):
            raise NotAdmitted(f"{name}: a NUL or half a character (surrogate)")
        return len(value)
    if isinstance(value, bool) or value is None:
        return 0
    if isinstance(value, int):
        if abs(value) >= MAX_NUMBER:
            raise NotAdmitted(f"{name}: a number out of range", f"{value:.3g}")
        return 0
    if isinstance(value, Mapping):
        total = sum(_check_value(name or "a name", key) for key in value)
        return total + sum(
            _check_value(f"{name}.{key}"[:80].lstrip("."), item) for key, item in value.items()
        )
    if isinstance(value, list | tuple):
        if len(value) > MAX_ITEMS:
            raise NotAdmitted(f"{name}: more than {MAX_ITEMS} items")
        return sum(_check_value(name, item) for item in value)
    raise NotAdmitted(f"{name}: a {type(value).__name__}")
