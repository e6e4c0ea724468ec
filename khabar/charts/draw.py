"""Draws a chart as SVG, with Devanagari labels, shaded gaps and values as tooltips."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import ceil, floor, log10
from xml.sax.saxutils import escape

from khabar.charts.model import DAY, Chart, ChartPeriod, Series
from khabar.charts.svg import COLOURS, LINE, SHADE, svg_document, text_element

WIDE, NARROW = 720, 340  # pixels, for a desktop and for a phone
MONTHS = "जन फ़र मार्च अप्रै मई जून जुला अग सितं अक्टू नवं दिसं".split()
# Sizes in pixels. Chosen by hand, not measured, as are the other sizes and opacities below.
_MARGIN_TOP, _MARGIN_BOTTOM, _MARGIN_LEFT, _MARGIN_RIGHT, _PLOT_HEIGHT = 58, 62, 46, 14, 200
_CHAR_WIDTH = 7.4  # approximate mean width of a character at font size 13
_SWATCH_WIDTH = 34  # a legend's swatch and the space around it
_DATE_WIDTH = 76  # of a date label with the space around it
_OPEN_OPACITY = ' opacity="0.45"'  # of a period that is not over yet
_GAP_KEY, _OPEN_KEY = -1, -2  # in a legend, beside the numbers of the series


@dataclass(frozen=True, slots=True)
class _PlotArea:
    """The position of the plot in the drawing, and the scales of days and values, in pixels."""

    width: int
    top: int
    first: date
    last: date
    y_max: float

    def x(self, day: date) -> float:
        share = (day - self.first) / (self.last + DAY - self.first)
        return _MARGIN_LEFT + share * (self.width - _MARGIN_LEFT - _MARGIN_RIGHT)

    def y(self, value: float) -> float:
        return self.top + _PLOT_HEIGHT * (1 - value / self.y_max)

    def x_center(self, period: ChartPeriod) -> float:
        return (self.x(period.first) + self.x(period.last + DAY)) / 2

    @property
    def bottom(self) -> int:
        return self.top + _PLOT_HEIGHT


def draw_chart(chart: Chart, width: int = WIDE) -> str:
    """Draws a chart `width` pixels wide, with title, subtitle and note; returns SVG."""
    title_lines = wrap_label(chart.title, width * 0.8)  # set larger than _CHAR_WIDTH is for
    subtitle_lines = wrap_label(chart.subtitle, width)
    note_lines = wrap_label(chart.note, width)
    legend, head_height = _legend_rows(chart, width), 22 * len(title_lines)
    top = _MARGIN_TOP + head_height - 22 + 18 * len(subtitle_lines) + 20 * len(legend)
    y_max = chart.y_max or _round_up(max([*_all_values(chart), 1e-9]))
    plot = _PlotArea(width, top, chart.periods[0].first, chart.periods[-1].last, y_max)
    height = plot.bottom + _MARGIN_BOTTOM + 17 * (len(note_lines) - 1)
    draw_series = _line_marks if chart.kind == "line" else _bar_marks
    elements = [
        *(
            text_element(4, 20 + 22 * index, line, size=16, weight=600)
            for index, line in enumerate(title_lines)
        ),
        *(
            text_element(4, 20 + head_height + 18 * index, line, soft=True)
            for index, line in enumerate(subtitle_lines)
        ),
        *_legend_elements(legend, 10 + head_height + 18 * len(subtitle_lines)),
        *_gap_shades(chart, plot),
        *_grid_lines(chart, plot),
        *(
            element
            for index, series in enumerate(chart.series)
            for element in draw_series(chart, plot, index, series)
        ),
        *_day_labels(plot),
        *(
            text_element(4, plot.bottom + 46 + 17 * index, line, soft=True, size=12)
            for index, line in enumerate(note_lines)
        ),
    ]
    return svg_document(width, height, _aria_label(chart), elements)


def _all_values(chart: Chart) -> list[float]:
    return [value for series in chart.series for value in series.values if value is not None]


def _round_up(value: float) -> float:
    """Rounds up to 1, 2, 4, 5, 8 or 10 times a power of ten; a quarter of that reads well."""
    power = 10.0 ** floor(log10(value))
    return next(
        factor * power for factor in (1, 2, 4, 5, 8, 10) if value <= factor * power * 1.0000001
    )


def _aria_label(chart: Chart) -> str:
    """The text for screen readers: title, query, range, highest value and number of gaps."""
    values = _all_values(chart)
    range_text = f"{chart.periods[0].first} – {chart.periods[-1].last}"
    max_text = f"; सबसे अधिक {format_number(max(values))}" if values else ""
    gaps_text = f"; {len(chart.gaps)} × {chart.gap_name}" if chart.gaps else ""
    return f"{chart.title} · {chart.subtitle} · {range_text}{max_text}{gaps_text}"


def wrap_label(content: str, width: float) -> list[str]:
    """Breaks a text at blanks into lines of a width in pixels; longer words are cut off."""
    lines, max_chars = [""], int(width / _CHAR_WIDTH)
    for word in content.split():
        if lines[-1] and len(lines[-1]) + len(word) >= max_chars:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()[:max_chars]
    return lines


def _legend_rows(chart: Chart, width: int) -> list[list[tuple[int, str]]]:
    """Lays the legend out in rows of (series number, _GAP_KEY or _OPEN_KEY; label).

    A single series has no entry of its own.
    """
    entries: list[tuple[int, str]] = []
    if len(chart.series) > 1:
        entries += [(index, series.name) for index, series in enumerate(chart.series)]
    if chart.gaps:
        entries.append((_GAP_KEY, chart.gap_name))
    if chart.open_from and chart.kind == "bars":
        entries.append((_OPEN_KEY, "दिन अभी बाक़ी · day not over"))
    rows: list[list[tuple[int, str]]] = []
    row_width = width
    for index, label in entries:
        entry_width = _SWATCH_WIDTH + len(label) * _CHAR_WIDTH
        if row_width + entry_width > width:
            rows.append([])
            row_width = 0
        rows[-1].append((index, label))
        row_width += int(entry_width)
    return rows


def _legend_elements(legend: list[list[tuple[int, str]]], top: int) -> list[str]:
    elements = []
    for row, entries in enumerate(legend):
        x: float = 4
        for index, label in entries:
            elements += [
                _legend_swatch(index, x, top + 20 * row),
                text_element(x + 18, top + 11 + 20 * row, label, soft=True, size=12),
            ]
            x += _SWATCH_WIDTH + len(label) * _CHAR_WIDTH
    return elements


def _legend_swatch(index: int, x: float, y: float) -> str:
    position = f'x="{x:.1f}" y="{y}" width="12" height="12"'
    if index == _GAP_KEY:
        return f'<rect class="gap" {position} fill="{SHADE}"/>'
    opacity, index = (_OPEN_OPACITY, 0) if index == _OPEN_KEY else ("", index)
    return f'<rect class="s{index}" {position} fill="{_series_colour(index)}"{opacity}/>'


def _series_colour(index: int) -> str:
    return COLOURS[index % len(COLOURS)]


def _gap_shades(chart: Chart, plot: _PlotArea) -> list[str]:
    return [
        f'<rect class="gap" x="{plot.x(first):.1f}" y="{plot.top}"'
        f' width="{plot.x(last + DAY) - plot.x(first):.1f}" height="{_PLOT_HEIGHT}" fill="{SHADE}">'
        f"<title>{first} – {last}: {chart.gap_name}</title></rect>"
        for first, last in chart.gaps
    ]


def _grid_lines(chart: Chart, plot: _PlotArea) -> list[str]:
    """Horizontal lines at quarters of the y axis with their values, and the axis's unit."""
    elements = []
    for quarter in range(5):
        value = plot.y_max * quarter / 4
        y = plot.y(value)
        elements.append(
            f'<path class="grid" d="M{_MARGIN_LEFT} {y:.1f}H{plot.width - _MARGIN_RIGHT}"'
            f' stroke="{LINE}" stroke-width="1"/>'
        )
        elements.append(
            text_element(
                _MARGIN_LEFT - 6, y + 4, format_number(value), soft=True, size=12, anchor="end"
            )
        )
    return [*elements, text_element(4, plot.top - 12, chart.unit, soft=True, size=12)]


def _line_marks(chart: Chart, plot: _PlotArea, index: int, series: Series) -> list[str]:
    """A dot for each value, and a line that breaks where there is none and at every gap."""
    path, dots, previous_end, colour = "", [], None, _series_colour(index)
    for period, value in zip(chart.periods, series.values, strict=True):
        if value is None:
            previous_end = None
            continue
        x, y = plot.x_center(period), plot.y(value)
        is_break = previous_end is None or any(
            previous_end < first and last < period.last for first, last in chart.gaps
        )
        path += f"{'M' if is_break else 'L'}{x:.1f} {y:.1f}"
        previous_end = period.last
        dots.append(
            f'<circle class="s{index}" cx="{x:.1f}" cy="{y:.1f}" r="2.4" fill="{colour}">'
            f"<title>{_tooltip_text(series, period, value)}</title></circle>"
        )
    line = (
        f'<path class="l{index}" d="{path}" fill="none" stroke="{colour}" stroke-width="2"'
        ' stroke-linejoin="round"/>'
    )
    return [line, *dots] if path else []


def _bar_marks(chart: Chart, plot: _PlotArea, index: int, series: Series) -> list[str]:
    """A bar for each value, over those of earlier series; pale for a period not over yet."""
    elements = []
    for period, value in zip(chart.periods, series.values, strict=True):
        if not value:
            continue
        x_left, bar_width = plot.x(period.first), plot.x(period.last + DAY) - plot.x(period.first)
        y, padding = plot.y(value), min(2.0, bar_width * 0.15)  # of each side
        opacity = _OPEN_OPACITY if chart.open_from and period.last >= chart.open_from else ""
        elements.append(
            f'<rect class="s{index}" x="{x_left + padding:.1f}" y="{y:.1f}"'
            f' width="{bar_width - 2 * padding:.1f}" height="{plot.bottom - y:.1f}"'
            f' fill="{_series_colour(index)}"{opacity}>'
            f"<title>{_tooltip_text(series, period, value)}</title></rect>"
        )
    return elements


def _tooltip_text(series: Series, period: ChartPeriod, value: float) -> str:
    period_text = (
        f"{period.first}" if period.first == period.last else f"{period.first} – {period.last}"
    )
    return escape(f"{series.name} · {period_text}: {format_number(value)}")


def format_number(value: float) -> str:
    """Returns a value as an axis or a tooltip shows it."""
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.2g}"


def _day_labels(plot: _PlotArea) -> list[str]:
    """As many dates below the x axis as there is room for, with the year when it changes.

    A narrow chart has no years.
    """
    day_count = (plot.last - plot.first).days + 1
    max_labels = max(2, (plot.width - _MARGIN_LEFT) // _DATE_WIDTH)
    step, labels, year = ceil(day_count / max_labels), [], None
    for offset in range(0, day_count, step):
        day = plot.first + offset * DAY
        label = f"{day.day} {MONTHS[day.month - 1]}" + (
            f" {day.year}" if day.year != year and plot.width > NARROW else ""
        )
        year = day.year
        labels.append(text_element(plot.x(day), plot.bottom + 20, label, soft=True, size=12))
    return labels
