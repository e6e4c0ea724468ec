"""Visible times in live blogs: parses labels such as `10:15 PM`, `21:40 (IST)`, `शाम 6:30 बजे`,
`07 Nov 2025, 09:40 PM`, and infers the days of those without a date.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from khabar.extraction.datetimes import Timestamp
from khabar.extraction.document import Element
from khabar.hindi.dates import parse_date
from khabar.hindi.india_time import IST
from khabar.hindi.text import simplify_text

_DAY = (
    r"(?:\d{1,2}[\s/.\-]+(?:\d{1,2}|[^\s\d,/|:]{3,12})[\s/.,\-]+(?:20\d\d)"
    r"|[^\s\d,/|:]{3,12}\s+\d{1,2}(?:,\s*|\s+)20\d\d"
    r"|20\d\d-\d\d-\d\d)"
)
_CLOCK = (
    r"(?:(?:आज\s+)?(?:सुबह|प्रातः?|तड़?के|दोपहर|शाम|सायं|देर\s+रात|रात)\s*(?:के\s+)?)?\d{1,2}"
    r"(?::\d{2}(?::\d{2})?|\.\d{2}(?=\s*(?:[ap]\.?\s?m\b|बजे)))(?:\s*(?:[ap]\.?\s?m\b\.?|एएम|पीएम"
    r"|hrs\b))?(?:\s*बजे)?(?:\s*\(?\s*(?:IST\b|आईएसटी)\s*\)?)?"
)
_SEPARATOR = r"[\s,|·•\-–—]*"
_TIME_LABEL = re.compile(
    rf"(?:(?P<day>{_DAY}){_SEPARATOR})?{_CLOCK}(?:{_SEPARATOR}(?P<behind>{_DAY}))?", re.I
)
_LABEL_PREFIX = re.compile(
    r"^[^\w\u0900-\u097f]*(?:(?:last\s+)?updated|posted|published|अपडेट(?:ेड)?|समय"
    r"|time)(?:\s+(?:at|on))?\s*[:：-]\s*"
    r"|^[^\w\u0900-\u097f]+",
    re.I,
)
_TRAILING_MARKS = re.compile(r"[\s\])|.,:–—-]*$")
_LABEL_END = re.compile(r"\s*[:：|\]–—-]|\s*$")
_CLOCK_DIGITS = re.compile(r"\d[:.]\d\d")
_MAX_LABEL = 48  # characters of a line with nothing but a time; by hand, not measured
# Share of the steps between times that go in one direction in a live blog; fewer do in a timetable
# or a list of cities (tests/test_reading_live.py, test_a_timetable_is_no_live_blog). Chosen by
# hand, not measured.
_MIN_DIRECTION_SHARE = 0.7
_MINUTES_PER_DAY = 24 * 60
_SKIP_TAGS = frozenset(["table", "td", "th", "tr", "time", "script", "style"])


@dataclass(frozen=True, slots=True)
class TimeLabel:
    """A visible time: `HH:MM:SS`, and its day if the label contains one."""

    clock: str
    day: date | None = None


def parse_time_label(text: str) -> tuple[TimeLabel, int] | None:
    """Parses the time at the beginning of a line; returns (label, end of the label in the line), or
    None if there is none. `11.30 करोड़` is not a time.
    """
    start = prefix.end() if (prefix := _LABEL_PREFIX.match(text)) else 0
    line = simplify_text(text[start : start + 2 * _MAX_LABEL])
    match = _TIME_LABEL.match(line)
    if match is None or not _LABEL_END.match(line, match.end()):
        return None
    day_text = match["day"] or match["behind"]
    result = parse_date(match.group() if day_text else f"2000-01-01, {match.group()}")
    if result is None or result.precision == "day":
        return None
    day = date.fromisoformat(result.iso[:10]) if day_text else None
    return TimeLabel(result.iso[11:19], day), start + match.end()


def is_time_label(text: str) -> bool:
    """Whether a line contains a time and nothing else."""
    if len(text) > _MAX_LABEL or not _CLOCK_DIGITS.search(simplify_text(text)):
        return False
    match = parse_time_label(text)
    return match is not None and bool(_TRAILING_MARKS.match(text, match[1]))


def iter_time_labels(container: Element) -> Iterator[tuple[Element, TimeLabel]]:
    """Yields (element, label) for the outermost elements that are a time or begin with one, in
    document order. Tables are skipped.
    """
    stack = list(reversed(container))
    while stack:
        node = stack.pop()
        if node.tag in _SKIP_TAGS:
            continue
        text = " ".join(node.text_content().split()) if len(node) < 4 else ""
        beginning = text if len(text) <= _MAX_LABEL else " ".join((node.text or "").split())
        match = (
            parse_time_label(beginning) if _CLOCK_DIGITS.search(simplify_text(beginning)) else None
        )
        if match and (
            node is not container
            and (
                _TRAILING_MARKS.match(beginning, match[1])
                or beginning != text
                or node.tag in ("p", "li", "h2", "h3", "h4", "strong", "b")
            )
        ):
            yield node, match[0]
        else:
            stack += reversed(node)


def resolve_timestamps(
    labels: Sequence[TimeLabel], published_at: Timestamp | None, modified_at: Timestamp | None
) -> list[str]:
    """Returns the time of each label as ISO 8601 in Indian time; [] if no day is known or the times
    are not a sequence of updates.

    The times of a live blog run in one direction. The newest update is from the day of the last
    modification, or the oldest from the day of publication; the day changes wherever the time jumps
    across midnight.
    """
    minutes = [60 * int(current.clock[:2]) + int(current.clock[3:5]) for current in labels]
    steps = [
        (current - following) % _MINUTES_PER_DAY
        for current, following in zip(minutes, minutes[1:], strict=False)
        if current != following
    ]
    backward_steps = sum(step < _MINUTES_PER_DAY / 2 for step in steps)
    if max(backward_steps, len(steps) - backward_steps) < _MIN_DIRECTION_SHARE * len(steps):
        return []
    newest_first = 2 * backward_steps >= len(steps)
    chronological = list(reversed(labels)) if newest_first else list(labels)
    days = _days_from_newest(chronological, modified_at) or _days_from_oldest(
        chronological, published_at
    )
    timestamps = [
        f"{day.isoformat()}T{current.clock}+05:30"
        for current, day in zip(chronological, days, strict=False)
    ]
    return timestamps[::-1] if newest_first else timestamps


def _days_from_newest(labels: Sequence[TimeLabel], modified_at: Timestamp | None) -> list[date]:
    """Returns the day of each label (oldest first), counted back from the newest; [] if unknown.
    A time over five minutes after the last modification is from the day before.
    """
    if not labels or not (modified_at or labels[-1].day):
        return []
    last = modified_at.instant.astimezone(IST) if modified_at else None
    day = labels[-1].day or (last.date() if last else date.min)
    if last and not labels[-1].day and labels[-1].clock > f"{last + timedelta(minutes=5):%H:%M:%S}":
        day -= timedelta(days=1)
    days = [day]
    for label, later in zip(labels[-2::-1], labels[:0:-1], strict=True):
        days.append(label.day or days[-1] - timedelta(days=label.clock > later.clock))
    return days[::-1]


def _days_from_oldest(labels: Sequence[TimeLabel], published_at: Timestamp | None) -> list[date]:
    """Returns the day of each label (oldest first), counted from the publication; [] if unknown."""
    if not labels or not published_at:
        return []
    days = [labels[0].day or published_at.instant.astimezone(IST).date()]
    for label, earlier in zip(labels[1:], labels, strict=False):
        days.append(label.day or days[-1] + timedelta(days=label.clock < earlier.clock))
    return days
