"""The clocks a live blog shows: `10:15 PM`, `21:40 (IST)`, `शाम 6:30 बजे`, `07 Nov 2025, 09:40 PM`, and their days."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from khabar.extraction.datetimes import Moment
from khabar.extraction.document import Element
from khabar.hindi.dates import IST, read_date
from khabar.hindi.text import plain

_DAY = (
    r"(?:\d{1,2}[\s/.\-]+(?:\d{1,2}|[^\s\d,/|:]{3,12})[\s/.,\-]+(?:20\d\d)|[^\s\d,/|:]{3,12}\s+\d{1,2}(?:,\s*|\s+)20\d\d"
    r"|20\d\d-\d\d-\d\d)"
)
_CLOCK = (
    r"(?:(?:आज\s+)?(?:सुबह|प्रातः?|तड़?के|दोपहर|शाम|सायं|देर\s+रात|रात)\s*(?:के\s+)?)?\d{1,2}"
    r"(?::\d{2}(?::\d{2})?|\.\d{2}(?=\s*(?:[ap]\.?\s?m\b|बजे)))(?:\s*(?:[ap]\.?\s?m\b\.?|एएम|पीएम|hrs\b))?(?:\s*बजे)?(?:\s*\(?\s*(?:IST\b|आईएसटी)\s*\)?)?"
)
_BETWEEN = r"[\s,|·•\-–—]*"
_STAMP = re.compile(rf"(?:(?P<day>{_DAY}){_BETWEEN})?{_CLOCK}(?:{_BETWEEN}(?P<behind>{_DAY}))?", re.I)
_LABEL = re.compile(
    r"^[^\w\u0900-\u097f]*(?:(?:last\s+)?updated|posted|published|अपडेट(?:ेड)?|समय|time)(?:\s+(?:at|on))?\s*[:：-]\s*"
    r"|^[^\w\u0900-\u097f]+",
    re.I,
)
_REST = re.compile(r"[\s\])|.,:–—-]*$")
_PARTED = re.compile(r"\s*[:：|\]–—-]|\s*$")
_DIGITS = re.compile(r"\d[:.]\d\d")
_LONGEST = 48  # characters of a line that is all clock
_ONE_WAY = 0.7  # of the steps of a live blog; more lead back in a timetable told twice, a list of cities
_DAY_LONG = 24 * 60  # minutes
_QUIET = frozenset(["table", "td", "th", "tr", "time", "script", "style"])


@dataclass(frozen=True, slots=True)
class Stamp:
    """A clock as shown: `HH:MM:SS`, and its day where it gives one."""

    clock: str
    day: date | None = None


def opening(text: str) -> tuple[Stamp, int] | None:
    """The stamp a line begins with, and where it ends; None when it begins with none. `11.30 करोड़` is none."""
    start = label.end() if (label := _LABEL.match(text)) else 0
    line = plain(text[start : start + 2 * _LONGEST])
    found = _STAMP.match(line)
    if found is None or not _PARTED.match(line, found.end()):
        return None
    told = found["day"] or found["behind"]
    read = read_date(found.group() if told else f"2000-01-01, {found.group()}")
    if read is None or read.precision == "day":
        return None
    day = date.fromisoformat(read.iso[:10]) if told else None
    return Stamp(read.iso[11:19], day), start + found.end()


def is_stamp(text: str) -> bool:
    """Whether a line is a stamp and nothing else."""
    if len(text) > _LONGEST or not _DIGITS.search(plain(text)):
        return False
    found = opening(text)
    return found is not None and bool(_REST.match(text, found[1]))


def shown(scope: Element) -> Iterator[tuple[Element, Stamp]]:
    """Elements that are all stamp or begin with one, in order; the outermost of each. Timetables are left out."""
    waiting = list(reversed(scope))
    while waiting:
        node = waiting.pop()
        if node.tag in _QUIET:
            continue
        text = " ".join(node.text_content().split()) if len(node) < 4 else ""
        begins = text if len(text) <= _LONGEST else " ".join((node.text or "").split())
        found = opening(begins) if _DIGITS.search(plain(begins)) else None
        if found and (node is not scope and (_REST.match(begins, found[1]) or begins != text or _is_line(node))):
            yield node, found[0]
        else:
            waiting += reversed(node)


def _is_line(node: Element) -> bool:
    return node.tag in ("p", "li", "h2", "h3", "h4", "strong", "b")


def dated(stamps: Sequence[Stamp], published: Moment | None, modified: Moment | None) -> list[str]:
    """The moment of each stamp as ISO 8601, Indian time; [] when no day is known, or they are no run of updates.

    A live blog runs one way: the newest update is of the day of the last change, or the oldest of the first
    publication, and where the clock jumps back over midnight the day does, too.
    """
    minutes = [60 * int(one.clock[:2]) + int(one.clock[3:5]) for one in stamps]
    steps = [(one - other) % _DAY_LONG for one, other in zip(minutes, minutes[1:], strict=False) if one != other]
    falls = sum(step < _DAY_LONG / 2 for step in steps)
    if max(falls, len(steps) - falls) < _ONE_WAY * len(steps):
        return []
    newest_first = 2 * falls >= len(steps)
    ordered = list(reversed(stamps)) if newest_first else list(stamps)
    days = _from_newest(ordered, modified) or _from_oldest(ordered, published)
    told = [f"{day.isoformat()}T{one.clock}+05:30" for one, day in zip(ordered, days, strict=False)]
    return told[::-1] if newest_first else told


def _from_newest(ordered: Sequence[Stamp], modified: Moment | None) -> list[date]:
    if not ordered or not (modified or ordered[-1].day):
        return []
    last = modified.instant.astimezone(IST) if modified else None
    day = ordered[-1].day or (last.date() if last else date.min)
    if last and not ordered[-1].day and ordered[-1].clock > f"{last + timedelta(minutes=5):%H:%M:%S}":
        day -= timedelta(days=1)
    days = [day]
    for one, later in zip(ordered[-2::-1], ordered[:0:-1], strict=True):
        days.append(one.day or days[-1] - timedelta(days=one.clock > later.clock))
    return days[::-1]


def _from_oldest(ordered: Sequence[Stamp], published: Moment | None) -> list[date]:
    if not ordered or not published:
        return []
    days = [ordered[0].day or published.instant.astimezone(IST).date()]
    for one, earlier in zip(ordered[1:], ordered, strict=False):
        days.append(one.day or days[-1] + timedelta(days=one.clock < earlier.clock))
    return days
