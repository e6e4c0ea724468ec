"""A chart as SVG: Devanagari labels, gaps shaded, values told on hover."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import ceil, floor, log10
from xml.sax.saxutils import escape

from khabar.charts.model import DAY, Chart, ChartPeriod, Series
from khabar.charts.svg import COLOURS, LINE, SHADE, svg_document, text_element

WIDE, NARROW = 720, 340  # for a desk and for a phone
_MONTHS = "जन फ़र मार्च अप्रै मई जून जुला अग सितं अक्टू नवं दिसं".split()
_MARGIN_TOP, _MARGIN_BOTTOM, _MARGIN_LEFT, _MARGIN_RIGHT, _PLOT_HEIGHT = 58, 62, 46, 14, 200
_CHAR_WIDTH = 7.4  # width of one at 13 px, about


@dataclass(frozen=True, slots=True)
class _PlotArea:
    """The plot's place on the paper, and how days and values fall on it."""

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
    """The drawing, `width` pixels wide. It carries its title, the query and the date it was
    drawn.
    """
    title_lines, subtitle_lines, note_lines = (
        _wrap_text(chart.title, width * 0.8),
        _wrap_text(chart.subtitle, width),
        _wrap_text(chart.note, width),
    )
    legend, head_height = _legend_rows(chart, width), 22 * len(title_lines)
    top = _MARGIN_TOP + head_height - 22 + 18 * len(subtitle_lines) + 20 * len(legend)
    plot = _plot_area(chart, width, top)
    height = plot.bottom + _MARGIN_BOTTOM + 17 * (len(note_lines) - 1)
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
            for element in _series_marks(chart, plot, index, series)
        ),
        *_day_labels(plot),
        *(
            text_element(4, plot.bottom + 46 + 17 * index, line, soft=True, size=12)
            for index, line in enumerate(note_lines)
        ),
    ]
    return svg_document(width, height, _aria_label(chart), elements)


def _plot_area(chart: Chart, width: int, top: int) -> _PlotArea:
    values = [value for series in chart.series for value in series.values if value is not None]
    y_max = chart.y_max or _round_up(max([*values, 1e-9]))
    return _PlotArea(width, top, chart.periods[0].first, chart.periods[-1].last, y_max)


def _round_up(value: float) -> float:
    """The next round number: 1, 2, 2.5 or 5 times a power of ten, in quarters that read well."""
    power = 10.0 ** floor(log10(value))
    return next(
        factor * power for factor in (1, 2, 4, 5, 8, 10) if value <= factor * power * 1.0000001
    )


def _aria_label(chart: Chart) -> str:
    """For those who hear it: what it shows, its span, its highest value."""
    values = [value for series in chart.series for value in series.values if value is not None]
    max_text = f"; सबसे अधिक {_format_number(max(values))}" if values else ""
    gaps_text = f"; क्रॉल में {len(chart.gaps)} अंतराल" if chart.gaps else ""
    return f"{chart.title} · {chart.subtitle} · {chart.periods[0].first} – {chart.periods[-1].last}{max_text}{gaps_text}"


def _wrap_text(content: str, width: float) -> list[str]:
    """Words in lines that fit the width."""
    lines, max_chars = [""], int(width / _CHAR_WIDTH)
    for word in content.split():
        if lines[-1] and len(lines[-1]) + len(word) >= max_chars:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()[:max_chars]
    return lines


def _legend_rows(chart: Chart, width: int) -> list[list[tuple[int, str]]]:
    """Rows of (series number or -1 for the shade, name), when there is more than one thing to
    tell apart.
    """
    names = (
        [(index, series.name) for index, series in enumerate(chart.series)]
        if len(chart.series) > 1
        else []
    )
    names += [(-1, "क्रॉल में अंतराल · gap in the crawl")] if chart.gaps else []
    names += (
        [(-2, "दिन अभी बाक़ी · day not over")] if chart.open_from and chart.kind == "bars" else []
    )
    rows: list[list[tuple[int, str]]] = []
    row_width = width
    for key in names:
        key_width = 34 + len(key[1]) * _CHAR_WIDTH
        if row_width + key_width > width:
            rows.append([])
            row_width = 0
        rows[-1].append(key)
        row_width += int(key_width)
    return rows


def _legend_elements(legend: list[list[tuple[int, str]]], top: int) -> list[str]:
    elements = []
    for row, keys in enumerate(legend):
        x: float = 4
        for index, name in keys:
            elements += [
                _legend_swatch(index, x, top + 20 * row),
                text_element(x + 18, top + 11 + 20 * row, name, soft=True, size=12),
            ]
            x += 34 + len(name) * _CHAR_WIDTH
    return elements


def _legend_swatch(index: int, x: float, y: float) -> str:
    if index == -1:
        return f'<rect class="gap" x="{x:.1f}" y="{y}" width="12" height="12" fill="{SHADE}"/>'
    opacity, index = (' opacity="0.45"', 0) if index == -2 else ("", index)
    colour = COLOURS[index % len(COLOURS)]
    return f'<rect class="s{index}" x="{x:.1f}" y="{y}" width="12" height="12" fill="{colour}"{opacity}/>'


def _gap_shades(chart: Chart, plot: _PlotArea) -> list[str]:
    return [
        f'<rect class="gap" x="{plot.x(first):.1f}" y="{plot.top}" width="{plot.x(last + DAY) - plot.x(first):.1f}"'
        f' height="{_PLOT_HEIGHT}" fill="{SHADE}"><title>{first} – {last}: '
        "क्रॉल में अंतराल · gap in the crawl</title></rect>"
        for first, last in chart.gaps
    ]


def _grid_lines(chart: Chart, plot: _PlotArea) -> list[str]:
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
                _MARGIN_LEFT - 6, y + 4, _format_number(value), soft=True, size=12, anchor="end"
            )
        )
    return [*elements, text_element(4, plot.top - 12, chart.unit, soft=True, size=12)]


def _series_marks(chart: Chart, plot: _PlotArea, index: int, series: Series) -> list[str]:
    return (
        _line_marks(chart, plot, index, series)
        if chart.kind == "line"
        else _bar_marks(chart, plot, index, series)
    )


def _line_marks(chart: Chart, plot: _PlotArea, index: int, series: Series) -> list[str]:
    """A line that breaks where there is no value and never crosses a gap; a dot where each value
    is.
    """
    path, dots, previous_end = "", [], None
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
            f'<circle class="s{index}" cx="{x:.1f}" cy="{y:.1f}" r="2.4" fill="{COLOURS[index % len(COLOURS)]}">'
            f"<title>{_tooltip_text(series, period, value)}</title></circle>"
        )
    colour = COLOURS[index % len(COLOURS)]
    line = f'<path class="l{index}" d="{path}" fill="none" stroke="{colour}" stroke-width="2" stroke-linejoin="round"/>'
    return [line, *dots] if path else []


def _bar_marks(chart: Chart, plot: _PlotArea, index: int, series: Series) -> list[str]:
    """Bars from the ground; later series stand before earlier ones. A period not yet over is
    pale.
    """
    elements = []
    for period, value in zip(chart.periods, series.values, strict=True):
        if not value:
            continue
        x_left, bar_width = plot.x(period.first), plot.x(period.last + DAY) - plot.x(period.first)
        pad = min(2.0, bar_width * 0.15)
        opacity = ' opacity="0.45"' if chart.open_from and period.last >= chart.open_from else ""
        elements.append(
            f'<rect class="s{index}" x="{x_left + pad:.1f}" y="{plot.y(value):.1f}" width="{bar_width - 2 * pad:.1f}"'
            f' height="{plot.bottom - plot.y(value):.1f}" fill="{COLOURS[index % len(COLOURS)]}"{opacity}>'
            f"<title>{_tooltip_text(series, period, value)}</title></rect>"
        )
    return elements


def _tooltip_text(series: Series, period: ChartPeriod, value: float) -> str:
    period_text = (
        f"{period.first}" if period.first == period.last else f"{period.first} – {period.last}"
    )
    return escape(f"{series.name} · {period_text}: {_format_number(value)}")


def _format_number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.2g}"


def _day_labels(plot: _PlotArea) -> list[str]:
    """Days under the axis, as many as there is room for, the year where it begins anew."""
    day_count, max_labels = (
        (plot.last - plot.first).days + 1,
        max(2, (plot.width - _MARGIN_LEFT) // 76),
    )
    step, labels, year = ceil(day_count / max_labels), [], None
    for offset in range(0, day_count, step):
        day = plot.first + offset * DAY
        label = f"{day.day} {_MONTHS[day.month - 1]}" + (
            f" {day.year}" if day.year != year and plot.width > NARROW else ""
        )
        year = day.year
        labels.append(text_element(plot.x(day), plot.bottom + 20, label, soft=True, size=12))
    return labels
