"""Builds the charts of the archive: word frequency, articles per day, crawls, latency."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from sqlite_utils import Database

from khabar.charts.coverage_gaps import find_gap_days, to_day_ranges
from khabar.charts.model import (
    CRAWL_GAP,
    MAX_COMPARED,
    NO_DATA,
    Chart,
    ChartPeriod,
    PeriodUnit,
    Series,
    date_range,
    make_periods,
    per_thousand,
    sum_by_period,
)
from khabar.hindi.india_time import IST
from khabar.web.queries import counts
from khabar.web.queries.lists import to_fts_match

# From first to last day when a request has no `since`: sixty days. Chosen by hand, not measured.
_DEFAULT_SPAN = timedelta(days=59)


@dataclass(frozen=True, slots=True)
class ChartRequest:
    """The parameters of a chart.

    `now`: the time of drawing; `sources`: source keys, empty for all; `since`, `until`: days in
    India, inclusive; `by`: the length of a period, None to choose by the range; `steady`: only
    sources that have articles throughout the whole range.
    """

    now: datetime
    query: str = ""
    sources: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    by: PeriodUnit | None = None
    steady: bool = False
    queries: tuple[str, ...] = ()
    is_count: bool = False

    @property
    def today(self) -> date:
        return self.now.astimezone(IST).date()


@dataclass(frozen=True, slots=True)
class ChartData:
    """The data that all charts share: the days, their periods, the sources, articles per day, and
    `gaps`, the days that the crawl missed.
    """

    days: list[date]
    periods: tuple[ChartPeriod, ...]
    sources: tuple[str, ...]
    day_counts: counts.DayCounts
    gaps: frozenset[date]
    is_crawled: bool  # some crawl ran between the first and the last day


def build_chart(db: Database, name: str, request: ChartRequest) -> Chart | None:
    """Returns the chart called `name` (a key of CHARTS); None if the archive has no dated article.

    Raises KeyError for an unknown name.
    """
    builder = CHARTS[name]
    data = load_chart_data(db, request)
    return builder(db, request, data) if data else None


def find_day_range(db: Database, request: ChartRequest) -> tuple[date, date] | None:
    """Returns the first and last day of a chart: the requested range within the days that have
    articles or crawls, by default the last sixty of them. None for an empty archive.
    """
    bounds = counts.published_range(db, request.sources)
    if bounds is None:
        return None
    newest = min(request.today, max([bounds[1], *counts.days_crawled(db)]))
    last = min(request.until or newest, newest)
    return min(max(bounds[0], request.since or last - _DEFAULT_SPAN), last), last


def load_chart_data(db: Database, request: ChartRequest) -> ChartData | None:
    """Returns what all charts of a request share; None for an archive without dated articles."""
    day_range = find_day_range(db, request)
    if day_range is None:
        return None
    first, last = day_range
    crawl_days = counts.days_crawled(db)
    sources = request.sources
    if request.steady:
        steady = [
            key for key in counts.steady_sources(db, first, last) if not sources or key in sources
        ]
        sources = tuple(steady) or ("",)  # "" matches no source; () would mean all
    day_counts = counts.count_by_day(db, first, last, sources)
    all_days = date_range(first, last)
    past_days = [day for day in all_days if day < request.today]
    return ChartData(
        all_days,
        make_periods(first, last, request.by),
        sources,
        day_counts,
        find_gap_days(day_counts, past_days, crawl_days),
        any(first <= day <= last for day in crawl_days),
    )


def _make_chart(
    request: ChartRequest,
    data: ChartData,
    title: str,
    unit: str,
    kind: Literal["line", "bars"],
    series: Sequence[Series],
) -> Chart:
    return Chart(
        title,
        describe_chart(request, data),
        f"ख़बर · Khabar, {request.now.astimezone(IST):%Y-%m-%d %H:%M} IST",
        unit,
        kind,
        data.periods,
        tuple(series),
        tuple(to_day_ranges(data.gaps)),
        request.today if data.days[-1] >= request.today else None,
        CRAWL_GAP if data.is_crawled else NO_DATA,
    )


def describe_chart(request: ChartRequest, data: ChartData) -> str:
    """Describes the sources and days of a chart in one line."""
    sources = ", ".join(data.sources) if data.sources else "सभी स्रोत · all sources"
    steady = " (पूरी अवधि में मौजूद · held throughout)" if request.steady else ""
    return f"{sources}{steady} · {data.days[0]} – {data.days[-1]} IST"


def _word_chart(db: Database, request: ChartRequest, data: ChartData) -> Chart:
    """Articles that match the query, per thousand articles."""
    match = to_fts_match(db, request.query)
    hit_counts = (
        counts.count_hits(db, match, data.days[0], data.days[-1], data.sources) if match else {}
    )
    values = per_thousand(hit_counts, data.day_counts, data.periods, data.gaps)
    unit = "हर 1,000 लेखों में · per 1,000 articles held"
    title = "समय के साथ एक शब्द · A word over time"
    chart = _make_chart(request, data, title, unit, "line", [Series(request.query, values)])
    return replace(chart, subtitle=f"“{request.query}” · {chart.subtitle}")


def _compare_chart(db: Database, request: ChartRequest, data: ChartData) -> Chart:
    """Articles that match each query, or one query in each source: their number, or per thousand
    articles.
    """
    series = []
    first, last = data.days[0], data.days[-1]
    for query, sources, name in _list_compared(request, data):
        match = to_fts_match(db, query)
        hits = counts.count_hits(db, match, first, last, sources) if match else {}
        if request.is_count:
            values = sum_by_period(hits, data.periods, data.gaps)
        else:
            totals = counts.count_by_day(db, first, last, sources)
            values = per_thousand(hits, totals, data.periods, data.gaps)
        series.append(Series(name, values))
    unit = "लेख · articles" if request.is_count else "हर 1,000 लेखों में · per 1,000 articles held"
    title = "तुलना · A comparison"
    return _make_chart(request, data, title, unit, "line", series)


def _list_compared(
    request: ChartRequest, data: ChartData
) -> list[tuple[str, tuple[str, ...], str]]:
    """Returns (query, sources, name of the series) of what is compared."""
    queries = request.queries[:MAX_COMPARED]
    if len(queries) == 1 and len(request.sources) > 1:
        return [(queries[0], (source,), source) for source in data.sources[:MAX_COMPARED]]
    return [(query, data.sources, query) for query in queries]


def _volume_chart(db: Database, request: ChartRequest, data: ChartData) -> Chart:
    values = sum_by_period(data.day_counts, data.periods, data.gaps)
    return _make_chart(
        request,
        data,
        "प्रकाशन के दिन से लेख · Articles held",
        "लेख · articles",
        "bars",
        [Series("लेख", values)],
    )


def _crawls_chart(db: Database, request: ChartRequest, data: ChartData) -> Chart:
    """Requests and failures of crawls. Gaps are the days without a crawl between the first and the
    last crawl.
    """
    rows = counts.list_crawls(db, data.days[0], data.days[-1], data.sources)
    crawl_days = counts.days_crawled(db)
    gap_days = frozenset(
        day
        for day in data.days
        if crawl_days and min(crawl_days) < day < max(crawl_days) and day not in crawl_days
    )
    requests, failures = (
        {date.fromisoformat(row["day"]): row[column] or 0 for row in rows}
        for column in ("asked", "failed")
    )
    series = [
        Series("पूछे गए पन्ने · pages asked for", sum_by_period(requests, data.periods, gap_days)),
        Series("असफल · failed", sum_by_period(failures, data.periods, gap_days)),
    ]
    crawl_data = replace(data, gaps=gap_days)
    return _make_chart(request, crawl_data, "क्रॉल · Crawls", "पन्ने · pages", "bars", series)


def _latency_chart(db: Database, request: ChartRequest, data: ChartData) -> Chart:
    """Median and ninth decile of the minutes from publication to the archive, always by day."""
    all_days = counts.latency_by_day(db, data.days[0], data.days[-1], data.sources)
    by_day = {day: minutes for day, minutes in all_days.items() if day not in data.gaps}
    daily_periods = make_periods(data.days[0], data.days[-1], "day")
    series = [
        Series(
            name,
            tuple(
                by_day[period.first][index] if period.first in by_day else None
                for period in daily_periods
            ),
        )
        for index, name in enumerate(("आधे लेख इतने में · half of them", "दस में नौ · nine in ten"))
    ]
    daily_data = replace(data, periods=daily_periods)
    title = "प्रकाशन से संग्रह तक · From publication to the archive"
    return _make_chart(request, daily_data, title, "मिनट · minutes", "line", series)


CHARTS: dict[str, Callable[[Database, ChartRequest, ChartData], Chart]] = {
    "word": _word_chart,
    "compare": _compare_chart,
    "volume": _volume_chart,
    "crawls": _crawls_chart,
    "latency": _latency_chart,
}
