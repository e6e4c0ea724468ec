"""Decodes creation times from post ids, and parses the dates that embed codes print."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

_X_EPOCH_MS = 1_288_834_974_657  # epoch of X's snowflake ids
# the first snowflake id, 2010-11-04; older ids are sequential and carry no time
_X_FIRST_SNOWFLAKE = 29_700_859_247
_META_EPOCH_MS = 1_314_220_021_721  # epoch of Instagram's and Threads' ids
_TID_DIGITS = {c: i for i, c in enumerate("234567abcdefghijklmnopqrstuvwxyz")}  # of Bluesky's ids
_TID_LENGTH = 13
_BLUESKY_FIRST_YEAR = 2022  # ids that decode to an earlier time are not real
_LINKEDIN_FIRST_YEAR = 2014  # since about then its ids carry a time
_CODE_DIGITS = {
    c: i for i, c in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
}
_MIN_CODE_LENGTH = 10  # shorter codes are older and carry no time
_PRIVATE_KEY_LENGTH = 28  # length of the key that follows a private post's code
_TIKTOK_FIRST_YEAR = 2014  # ids that decode to an earlier time are not real
# an id that is further in the future is not real; chosen by hand, not measured
_MAX_CLOCK_SKEW = timedelta(days=2)


def timestamp_from_id(
    provider: str, native_id: str | None, now: datetime | None = None
) -> str | None:
    """Returns when an id was created, as UTC `YYYY-MM-DDTHH:MM:SSZ`. None if the provider's ids
    carry no time.

    A time more than two days after `now` (default: the current time) is rejected.
    """
    decoder = _ID_DECODERS.get(provider)
    if decoder is None or not native_id:
        return None
    seconds = decoder(native_id)
    if seconds is None:
        return None
    latest = (now or datetime.now(UTC)) + _MAX_CLOCK_SKEW
    if seconds > latest.timestamp():
        return None
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _decode_x_id(native_id: str) -> int | None:
    if (
        not (native_id.isascii() and native_id.isdigit())
        or len(native_id) > 19
        or int(native_id) < _X_FIRST_SNOWFLAKE
    ):
        return None
    return ((int(native_id) >> 22) + _X_EPOCH_MS) // 1000


def _decode_meta_code(code: str) -> int | None:
    if len(code) > _PRIVATE_KEY_LENGTH:
        code = code[:-_PRIVATE_KEY_LENGTH]
    if not _MIN_CODE_LENGTH <= len(code) <= 11 or any(c not in _CODE_DIGITS for c in code):
        return None
    number = 0
    for c in code:
        number = number * 64 + _CODE_DIGITS[c]
    return ((number >> 23) + _META_EPOCH_MS) // 1000


def _decode_tiktok_id(native_id: str) -> int | None:
    if not (native_id.isascii() and native_id.isdigit()) or len(native_id) > 19:
        return None
    return _reject_before(_TIKTOK_FIRST_YEAR, int(native_id) >> 32)


def _decode_tid(tid: str) -> int | None:
    """Decodes a Bluesky record key: microseconds in 53 bits, above 10 bits of a clock's id."""
    if len(tid) != _TID_LENGTH or any(c not in _TID_DIGITS for c in tid):
        return None
    number = 0
    for c in tid:
        number = number * 32 + _TID_DIGITS[c]
    return _reject_before(_BLUESKY_FIRST_YEAR, (number >> 10) // 1_000_000)


def _reject_before(year: int, seconds: int) -> int | None:
    return seconds if seconds >= datetime(year, 1, 1, tzinfo=UTC).timestamp() else None


def _decode_linkedin_id(native_id: str) -> int | None:
    """Decodes `activity:7264…`: milliseconds above 22 bits."""
    digits = native_id.rpartition(":")[2]
    if not (digits.isascii() and digits.isdigit()) or len(digits) != 19:
        return None
    return _reject_before(_LINKEDIN_FIRST_YEAR, (int(digits) >> 22) // 1000)


def _decode_mastodon_id(native_id: str) -> int | None:
    """Decodes the id of Mastodon and its relatives: milliseconds above 16 bits."""
    digits = native_id.rpartition("/")[2]
    if not (digits.isascii() and digits.isdigit()) or len(digits) != 18:
        return None
    return (int(digits) >> 16) // 1000


_ID_DECODERS: dict[str, Callable[[str], int | None]] = {
    "x": _decode_x_id,
    "instagram": _decode_meta_code,
    "threads": _decode_meta_code,
    "tiktok": _decode_tiktok_id,
    "bluesky": _decode_tid,
    "linkedin": _decode_linkedin_id,
    "mastodon": _decode_mastodon_id,
    "truthsocial": _decode_mastodon_id,
}

_MONTHS = (
    "january jan जनवरी",
    "february feb फरवरी फ़रवरी",
    "march mar मार्च",
    "april apr अप्रैल",
    "may मई",
    "june jun जून",
    "july jul जुलाई",
    "august aug अगस्त",
    "september sept sep सितंबर सितम्बर",
    "october oct अक्टूबर अक्तूबर",
    "november nov नवंबर नवम्बर",
    "december dec दिसंबर दिसम्बर",
)
_MONTH_NUMBERS = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_MONTH_NAMES = "|".join(
    f"{name}\\b\\.?" if name.isascii() else re.escape(name) for name in _MONTH_NUMBERS
)
_DATE_FORMS = (
    rf"(?<!\w)(?:{_MONTH_NAMES})\s+\d{{1,2}},?\s+\d{{4}}(?!\d)",
    rf"(?<!\d)\d{{1,2}}\s+(?:{_MONTH_NAMES}),?\s+\d{{4}}(?!\d)",
)
DATE_PATTERN = f"(?:{'|'.join(_DATE_FORMS)})"
_PRINTED_DATE = re.compile(DATE_PATTERN, re.I)
_WORD = re.compile(r"[^\s,.]+")


def parse_printed_date(text: str) -> str | None:
    """Returns the first date of the form `November 7, 2025`, `7 Nov 2025` or `7 नवंबर 2025` as
    YYYY-MM-DD, or None. Devanagari digits are accepted.
    """
    match = _PRINTED_DATE.search(text)
    if not match:
        return None
    first, second, year = _WORD.findall(match.group())
    name, day = (second, first) if first.isdecimal() else (first, second)
    try:  # int() also parses Devanagari digits
        return date(int(year), _MONTH_NUMBERS[name.lower()], int(day)).isoformat()
    except ValueError:
        return None
