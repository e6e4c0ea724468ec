"""Corrections to machine-readable dates that other dates on the page contradict: a wrong zone, the
month before the day, published and modified interchanged. Each correction is reported as a problem.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from khabar.extraction.datetimes import Timestamp
from khabar.hindi.india_time import IST

DateKind = Literal["published", "modified"]
Claims = Mapping[DateKind, Sequence[Timestamp]]
# Chosen by hand, not measured.
_MAX_CLOCK_ERROR = timedelta(minutes=10)  # a time this long after the fetch is no future
_SAME_TIME = timedelta(minutes=1)
_MACHINE_READABLE = ("jsonld", "meta", "time")
_SLASH_DATE = re.compile(r"\s*(?P<first>\d{1,2})/(?P<second>\d{1,2})/(?P<year>(?:19|20)\d\d)")


class DateText(NamedTuple):
    """A machine-readable date as the page writes it, with its kind of source."""

    kind: DateKind
    origin: str
    text: str


def has_slash_date(texts: Sequence[DateText]) -> bool:
    """Whether one of the texts is a date such as 5/11/2026, whose day can be either number."""
    return any("/" in text.text and _SLASH_DATE.match(text.text) for text in texts)


def resolve_slash_dates(
    texts: Sequence[DateText], days: Collection[str], now: datetime
) -> tuple[list[DateText], list[str]]:
    """Rewrites dates such as 11/5/2026 to ISO 8601 if the page puts the month first: one of its
    dates with slashes allows no other reading, or another date of the page (`days`) agrees only
    with this one. Returns (texts, problems); dates that stay ambiguous are read day first.
    """
    matches = [_SLASH_DATE.match(text.text) for text in texts]
    readings = [(_build_day(match, 2, 1), _build_day(match, 1, 2)) for match in matches if match]
    month_first = any(not day_first for day_first, _ in readings) or any(
        other and other != day_first and other in days and day_first not in days
        for day_first, other in readings
    )
    if not month_first:
        last_day = (now + timedelta(days=2)).date().isoformat()
        month_first = any(str(day_first) > last_day >= str(other) for day_first, other in readings)
    if month_first and all(other for _, other in readings):
        return [
            text
            if match is None
            else text._replace(text=f"{_build_day(match, 1, 2)}{text.text[match.end() :]}")
            for text, match in zip(texts, matches, strict=True)
        ], []
    is_certain = any(not other or day_first in days for day_first, other in readings)
    problems = [
        f"{text.kind}_at: {text.origin} {match.group().strip()} is read day first; "
        "the month can be first"
        for text, match in zip(texts, matches, strict=True)
        if match and not is_certain and match["first"] != match["second"]
    ]
    return list(texts), problems[:1]


def _build_day(match: re.Match[str], month: int, day: int) -> str | None:
    """Returns the day in ISO 8601 with month and day taken from these groups; None if there is no
    such day.
    """
    try:
        return date(int(match["year"]), int(match[month]), int(match[day])).isoformat()
    except ValueError:
        return None


def is_marked_utc(claim: Timestamp) -> bool:
    """Whether a time is explicitly in UTC, as local times are often marked by mistake."""
    return claim.has_zone and claim.iso.endswith(("Z", "+00:00"))


def correct_zones(
    claims: Claims, now: datetime
) -> tuple[dict[DateKind, list[Timestamp]], list[str]]:
    """Replaces wrong zones of machine-readable times; returns (claims, problems).

    A source whose times are marked as UTC gives Indian time if another date of the page has the
    same clock with Indian time as its zone, or if the times are after the fetch and as Indian times
    are not. A source without a zone gives UTC if another date of the page is the same instant with
    Indian time as its zone. All times of that source are corrected.
    """
    reasons: dict[tuple[str, bool], str] = {}
    for kind_claims in claims.values():
        for claim in kind_claims:
            key = (claim.origin, claim.has_zone)
            if key not in reasons and (reason := _find_zone_error(claim, kind_claims, now)):
                reasons[key] = reason
    if not reasons:
        return {kind: list(kind_claims) for kind, kind_claims in claims.items()}, []
    corrected: dict[DateKind, list[Timestamp]] = {}
    problems = []
    for kind, kind_claims in claims.items():
        corrected[kind] = [
            _replace_zone(claim)
            if (claim.origin, claim.has_zone) in reasons and _can_have_wrong_zone(claim)
            else claim
            for claim in kind_claims
        ]
        if kind_claims and corrected[kind][0] != kind_claims[0]:
            first = kind_claims[0]
            problems.append(
                f"{kind}_at: {first.origin} {first.iso} is read as {corrected[kind][0].iso}: "
                f"{reasons[first.origin, first.has_zone]}"
            )
    return corrected, problems


def _can_have_wrong_zone(claim: Timestamp) -> bool:
    return (
        claim.origin in _MACHINE_READABLE
        and claim.precision != "day"
        and (is_marked_utc(claim) or not claim.has_zone)
    )


def _replace_zone(claim: Timestamp) -> Timestamp:
    """Turns UTC into Indian time, and a time without a zone into UTC; the clock stays."""
    clock = re.sub(r"(?:Z|[+-]\d\d:\d\d)$", "", claim.iso)
    zone = "+05:30" if claim.has_zone else "+00:00"
    return replace(claim, iso=clock + zone, has_zone=True)


def _find_zone_error(claim: Timestamp, others: Sequence[Timestamp], now: datetime) -> str | None:
    """Returns why a claim's zone is wrong, None if nothing on the page contradicts it."""
    if not _can_have_wrong_zone(claim):
        return None
    as_india = [
        other
        for other in others
        if other.has_zone and other.iso.endswith("+05:30") and other.precision != "day"
    ]
    same_clock = next((other for other in as_india if other.iso[:16] == claim.iso[:16]), None)
    corrected = _replace_zone(claim)
    same_instant = (corrected if not claim.has_zone else claim).instant
    agreeing = next(
        (other for other in as_india if abs(other.instant - same_instant) < _SAME_TIME), None
    )
    if not claim.has_zone:
        reason = f"{agreeing.origin} {agreeing.iso}" if agreeing and not same_clock else None
    elif same_clock and not agreeing:
        reason = f"{same_clock.origin} {same_clock.iso}"
    elif not agreeing and claim.instant > now + _MAX_CLOCK_ERROR >= corrected.instant:
        reason = "UTC would be after the fetch"
    else:
        reason = None
    return reason


def check_order(
    first: Timestamp | None, last: Timestamp | None, claims: Claims
) -> tuple[Timestamp | None, Timestamp | None, list[str]]:
    """Interchanges the two dates if the update is before the publication and a visible date with a
    label gives one of them in its right place; returns (published, modified, problems).
    """
    if first is None or last is None or not _is_before(last, first):
        return first, last, []
    pairs = [(claim, last) for claim in claims["published"]]
    pairs += [(claim, first) for claim in claims["modified"]]
    if any(
        right.has_label and right.precision != "day" and right.iso[:16] == wrong.iso[:16]
        for right, wrong in pairs
    ):
        problem = f"published_at: {first.iso} and modified_at: {last.iso} were interchanged"
        return last, first, [problem]
    return first, last, [f"modified_at: {last.iso} is before published_at {first.iso}"]


def _is_before(one: Timestamp, other: Timestamp) -> bool:
    """Whether a time is clearly before another; a date without a time is compared by its day."""
    if "day" in (one.precision, other.precision):
        return one.instant.astimezone(IST).date() < other.instant.astimezone(IST).date()
    return one.instant <= other.instant - _SAME_TIME


def find_future(name: str, timestamp: Timestamp | None, now: datetime) -> list[str]:
    """Reports a date that is after the fetch."""
    if timestamp is None or timestamp.instant <= now + _MAX_CLOCK_ERROR:
        return []
    return [f"{name}: {timestamp.iso} is after the fetch"]
