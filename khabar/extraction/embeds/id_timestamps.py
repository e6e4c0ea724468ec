"""Ids that are clocks, and the dates embed codes print."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

_X_EPOCH_MS = 1_288_834_974_657
_X_FIRST = 29_700_859_247  # the first id of the new scheme, 2010-11-04; older ids only count
_META_EPOCH_MS = 1_314_220_021_721
_CODE = {c: i for i, c in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")}
_CODE_FIRST = 10  # shorter codes come from before the clock
_PRIVATE = 28  # a private post's code carries a key of this length behind it
_TIKTOK_FIRST_YEAR = 2014
_AHEAD = timedelta(days=2)  # clocks of phones and servers differ; more than this is no real id


def told(provider: str, native_id: str | None, now: datetime | None = None) -> str | None:
    """The UTC second an id was made, as `YYYY-MM-DDTHH:MM:SSZ`; None when the provider's ids tell no time.

    An id from the future of `now` (default: the machine's clock) is not believed.
    """
    clock = _CLOCKS.get(provider)
    if clock is None or not native_id:
        return None
    seconds = clock(native_id)
    if seconds is None:
        return None
    latest = (now or datetime.now(UTC)) + _AHEAD
    if seconds > latest.timestamp():
        return None
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _x(native_id: str) -> int | None:
    if not (native_id.isascii() and native_id.isdigit()) or len(native_id) > 19 or int(native_id) < _X_FIRST:
        return None
    return ((int(native_id) >> 22) + _X_EPOCH_MS) // 1000


def _meta(code: str) -> int | None:
    if len(code) > _PRIVATE:
        code = code[:-_PRIVATE]
    if not _CODE_FIRST <= len(code) <= 11 or any(c not in _CODE for c in code):
        return None
    number = 0
    for c in code:
        number = number * 64 + _CODE[c]
    return ((number >> 23) + _META_EPOCH_MS) // 1000


def _tiktok(native_id: str) -> int | None:
    if not (native_id.isascii() and native_id.isdigit()) or len(native_id) > 19:
        return None
    seconds = int(native_id) >> 32
    return seconds if seconds >= datetime(_TIKTOK_FIRST_YEAR, 1, 1, tzinfo=UTC).timestamp() else None


_CLOCKS: dict[str, Callable[[str], int | None]] = {"x": _x, "instagram": _meta, "threads": _meta, "tiktok": _tiktok}

_MONTHS = (
    "jan जनवरी", "feb फरवरी फ़रवरी", "mar मार्च", "apr अप्रैल", "may मई", "jun जून", "jul जुलाई", "aug अगस्त",
    "sep सितंबर सितम्बर", "oct अक्टूबर अक्तूबर", "nov नवंबर नवम्बर", "dec दिसंबर दिसम्बर",
)  # fmt: skip
_MONTH = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_NAMES = "|".join(sorted((f"{n}[a-z]*\\.?" if n.isascii() else re.escape(n) for n in _MONTH), key=len, reverse=True))
DAY = rf"(?:(?:{_NAMES})\s+\d{{1,2}},?\s+\d{{4}}|\d{{1,2}}\s+(?:{_NAMES}),?\s+\d{{4}})"
_DAY = re.compile(
    rf"(?i)(?P<a>{_NAMES})\s+(?P<b>\d{{1,2}}),?\s+(?P<y>\d{{4}})|(?P<d>\d{{1,2}})\s+(?P<m>{_NAMES}),?\s+(?P<z>\d{{4}})"
)


def printed_day(text: str) -> str | None:
    """The first date of the form `November 7, 2025`, `7 Nov 2025` or `7 नवंबर 2025` (any digits), as YYYY-MM-DD."""
    found = _DAY.search(text)
    if not found:
        return None
    name = (found["a"] or found["m"]).lower().rstrip(".")
    month = _MONTH.get(name[:3]) if name.isascii() else _MONTH[name]
    if not month:
        return None
    try:  # int() reads Devanagari digits as well
        return date(int(found["y"] or found["z"]), month, int(found["b"] or found["d"])).isoformat()
    except ValueError:
        return None
