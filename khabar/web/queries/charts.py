"""The charts of the archive: a word over time, articles held, crawls, how late articles come. Each a Chart to draw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlite_utils import Database

from khabar.charts.gaps import missed, spans
from khabar.charts.model import By, Chart, Period, Series, counted, days, per_thousand, periods
from khabar.hindi.dates import IST
from khabar.web.queries import counts
from khabar.web.queries.lists import match_of

_USUAL = timedelta(days=59)  # what is shown when nobody says since when


@dataclass(frozen=True, slots=True)
class Asked:
    """What a chart shall show. `now`: the moment it is drawn; `steady`: only sources held through the whole range."""

    now: datetime
    query: str = ""
    sources: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    by: By | None = None
    steady: bool = False

    @property
    def today(self) -> date:
        return self.now.astimezone(IST).date()


@dataclass(frozen=True, slots=True)
class _Ground:
    """What every chart stands on: the days, their periods, the sources, what is held, what the crawl missed."""

    days: list[date]
    cut: tuple[Period, ...]
    sources: tuple[str, ...]
    held: counts.Days
    gaps: frozenset[date]


def draft(db: Database, name: str, asked: Asked) -> Chart | None:
    """The chart of that name; None when the archive has nothing to draw. KeyError for a name there is not."""
    drawn = CHARTS[name]
    ground = _ground(db, asked)
    return drawn(db, asked, ground) if ground else None


def reach(db: Database, asked: Asked) -> tuple[date, date] | None:
    """The first and the last day shown: what was asked for, as far as anything is held; else the last two months.

    None of an empty archive.
    """
    held = counts.span(db, asked.sources)
    if held is None:
        return None
    newest = min(asked.today, max([held[1], *counts.days_crawled(db)]))
    last = min(asked.until or newest, newest)
    return min(max(held[0], asked.since or last - _USUAL), last), last


def _ground(db: Database, asked: Asked) -> _Ground | None:
    shown = reach(db, asked)
    if shown is None:
        return None
    first, last = shown
    ran = counts.days_crawled(db)
    sources = asked.sources
    if asked.steady:
        chosen = [key for key in counts.steady_sources(db, first, last) if not sources or key in sources]
        sources = tuple(chosen) or ("",)  # none: nothing is held by nobody
    held = counts.held(db, first, last, sources)
    all_days = days(first, last)
    over = [day for day in all_days if day < asked.today]
    return _Ground(all_days, periods(first, last, asked.by), sources, held, missed(held, over, ran))


def _chart(asked: Asked, ground: _Ground, title: str, unit: str, kind: str, series: Sequence[Series]) -> Chart:
    return Chart(
        title, _told(asked, ground), _note(asked), unit, kind, ground.cut, tuple(series),  # type: ignore[arg-type]
        tuple(spans(ground.gaps)), asked.today if ground.days[-1] >= asked.today else None,
    )  # fmt: skip


def _told(asked: Asked, ground: _Ground) -> str:
    """What narrows a chart, in a line."""
    sources = ", ".join(ground.sources) if ground.sources else "सभी स्रोत · all sources"
    steady = " (पूरी अवधि में मौजूद · held throughout)" if asked.steady else ""
    return f"{sources}{steady} · {ground.days[0]} – {ground.days[-1]} IST"


def _note(asked: Asked) -> str:
    return f"ख़बर · Khabar, {asked.now.astimezone(IST):%Y-%m-%d %H:%M} IST"


def _word(db: Database, asked: Asked, ground: _Ground) -> Chart:
    match = match_of(db, asked.query)
    found = counts.hits(db, match, ground.days[0], ground.days[-1], ground.sources) if match else {}
    values = per_thousand(found, ground.held, ground.cut, ground.gaps)
    unit = "हर 1,000 लेखों में · per 1,000 articles held"
    title = "समय के साथ एक शब्द · A word over time"
    drawn = _chart(asked, ground, title, unit, "line", [Series(asked.query, values)])
    return replace(drawn, told=f"“{asked.query}” · {drawn.told}")


def _volume(db: Database, asked: Asked, ground: _Ground) -> Chart:
    values = counted(ground.held, ground.cut, ground.gaps)
    return _chart(asked, ground, "प्रकाशन के दिन से लेख · Articles held", "लेख · articles", "bars", [Series("लेख", values)])


def _crawls(db: Database, asked: Asked, ground: _Ground) -> Chart:
    rows = counts.crawls(db, ground.days[0], ground.days[-1], ground.sources)
    ran = counts.days_crawled(db)
    idle = [day for day in ground.days if ran and min(ran) < day < max(ran) and day not in ran]
    asked_for, failed = ({date.fromisoformat(row["day"]): row[of] or 0 for row in rows} for of in ("asked", "failed"))
    resting = frozenset(idle)
    series = [
        Series("पूछे गए पन्ने · pages asked for", counted(asked_for, ground.cut, resting)),
        Series("असफल · failed", counted(failed, ground.cut, resting)),
    ]
    resting_ground = _Ground(ground.days, ground.cut, ground.sources, ground.held, resting)
    return _chart(asked, resting_ground, "क्रॉल · Crawls", "पन्ने · pages", "bars", series)


def _latency(db: Database, asked: Asked, ground: _Ground) -> Chart:
    all_days = counts.latency(db, ground.days[0], ground.days[-1], ground.sources)
    by_day = {day: minutes for day, minutes in all_days.items() if day not in ground.gaps}
    cut = periods(ground.days[0], ground.days[-1], "day")
    series = [
        Series(name, tuple(by_day[one.first][place] if one.first in by_day else None for one in cut))
        for place, name in enumerate(("आधे लेख इतने में · half of them", "दस में नौ · nine in ten"))
    ]
    daily = _Ground(ground.days, cut, ground.sources, ground.held, ground.gaps)
    title = "प्रकाशन से संग्रह तक · From publication to the archive"
    return _chart(asked, daily, title, "मिनट · minutes", "line", series)


CHARTS: dict[str, Callable[[Database, Asked, _Ground], Chart]] = {
    "word": _word,
    "volume": _volume,
    "crawls": _crawls,
    "latency": _latency,
}
