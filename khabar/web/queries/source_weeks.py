"""Builds the heat map of sources and weeks: the articles of each source that match a query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlite_utils import Database

from khabar.charts.heat_map import STATE_LABELS, CellState, HeatCell, HeatMap, HeatRow
from khabar.charts.model import ChartPeriod, PeriodUnit, make_periods
from khabar.hindi.india_time import IST
from khabar.web.queries import counts
from khabar.web.queries.charts import ChartData, ChartRequest, describe_chart, load_chart_data
from khabar.web.queries.lists import load_source_names, to_fts_match

# Periods of a heat map: three years of weeks. A longer range is shown by month. Chosen by hand.
MAX_PERIODS = 160
_UNITS: tuple[PeriodUnit, ...] = ("day", "week", "month")


def build_heat_map(db: Database, request: ChartRequest) -> HeatMap | None:
    """Returns the heat map of `request.query`, or of all articles without one: the sources that
    have articles in the range, most hits first. None for an archive without dated articles.

    A period that the crawl missed (see `find_gap_days`), or in which no run requested a page of the
    source, has no number; nor has one of which no article is held, where it was not crawled at all.
    """
    data = load_chart_data(db, request)
    if data is None:
        return None
    periods = _choose_periods(request, data)
    first, last = data.days[0], data.days[-1]
    held = _sum_periods(counts.iter_source_days(db, None, first, last, data.sources), periods)
    hits = held
    if request.query:
        match = to_fts_match(db, request.query)
        rows = counts.iter_source_days(db, match, first, last, data.sources) if match else ()
        hits = _sum_periods(rows, periods)
    names = load_source_names(db)
    nothing = [0] * len(periods)
    cells = {
        source: list(zip(numbers, hits.get(source, nothing), strict=True))
        for source, numbers in held.items()
    }
    states = _find_states(db, data, periods, cells)
    heat_rows = [
        HeatRow(
            source,
            names[source],
            tuple(
                HeatCell(*numbers, state)
                for numbers, state in zip(cells[source], states[source], strict=True)
            ),
        )
        for source in held
    ]
    heat_rows.sort(
        key=lambda row: (-_sum_hits(row), -sum(cell.held for cell in row.cells), row.key)
    )
    is_share = bool(request.query) and not request.is_count
    query = f"“{request.query}” · " if request.query else ""
    return HeatMap(
        "स्रोत × हफ़्ता · Sources by week",
        f"{query}{describe_chart(request, data)}",
        f"ख़बर · Khabar, {request.now.astimezone(IST):%Y-%m-%d %H:%M} IST",
        "हर 1,000 लेखों में · per 1,000 articles held" if is_share else "लेख · articles",
        periods,
        tuple(heat_rows),
        is_share,
    )


def iter_heat_rows(heat_map: HeatMap) -> Iterator[dict[str, Any]]:
    """Yields one row for each source and period: as CSV and JSON have them. `hits` and
    `per_thousand` are None where `state` is not "counted".
    """
    for row in heat_map.rows:
        for period, cell in zip(heat_map.periods, row.cells, strict=True):
            is_counted = cell.state == "counted"
            yield {
                "source": row.key,
                "name": row.name,
                "from": str(period.first),
                "to": str(period.last),
                "articles": cell.held,
                "hits": cell.hits if is_counted else None,
                "per_thousand": round(1000 * cell.hits / cell.held, 1)
                if is_counted and cell.held
                else None,
                "state": "counted" if is_counted else STATE_LABELS[cell.state].split(" · ")[1],
            }


def _choose_periods(request: ChartRequest, data: ChartData) -> tuple[ChartPeriod, ...]:
    """Divides the range by week, or as requested; by something longer if that gives too many."""
    for unit in _UNITS[_UNITS.index(request.by or "week") :]:
        periods = make_periods(data.days[0], data.days[-1], unit)
        if len(periods) <= MAX_PERIODS:
            break
    return periods


def _sum_periods(
    rows: Iterable[tuple[str, str, int]], periods: Sequence[ChartPeriod]
) -> dict[str, list[int]]:
    """Sums (source, day, articles) by source and period."""
    index_of = {str(day): index for index, period in enumerate(periods) for day in period.days()}
    sums: dict[str, list[int]] = {}
    for source, day, number in rows:
        sums.setdefault(source, [0] * len(periods))[index_of[day]] += number
    return sums


def _sum_hits(row: HeatRow) -> int:
    return sum(cell.hits for cell in row.cells)


def _find_states(
    db: Database,
    data: ChartData,
    periods: tuple[ChartPeriod, ...],
    cells: dict[str, list[tuple[int, int]]],
) -> dict[str, list[CellState]]:
    """Returns for each source what each period is: counted, missed by the crawl, or neither."""
    in_gap = [data.gaps.issuperset(period.days()) for period in periods]
    requests = counts.find_requests(
        db,
        (
            (source, period.first, period.last)
            for source, numbers in cells.items()
            for period, (held, _) in zip(periods, numbers, strict=True)
            if not held
        ),
    )

    def judge_period(source: str, index: int) -> CellState:
        if in_gap[index]:
            return "missed" if data.is_crawled else "none"
        period, (held, _) = periods[index], cells[source][index]
        was_requested = requests.get((source, period.first, period.last))
        if held or was_requested:
            return "counted"
        return "none" if was_requested is None else "missed"

    return {
        source: [judge_period(source, index) for index in range(len(periods))] for source in cells
    }
