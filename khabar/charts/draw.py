"""A chart as SVG: Devanagari labels, gaps shaded, values told on hover."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import ceil, floor, log10
from xml.sax.saxutils import escape

from khabar.charts.model import DAY, Chart, Period, Series
from khabar.charts.svg import COLOURS, LINE, SHADE, page, text

WIDE, NARROW = 720, 340  # for a desk and for a phone
_MONTHS = "जन फ़र मार्च अप्रै मई जून जुला अग सितं अक्टू नवं दिसं".split()
_TOP, _BOTTOM, _LEFT, _RIGHT, _PLOT = 58, 62, 46, 14, 200
_LETTER = 7.4  # width of one at 13 px, about


@dataclass(frozen=True, slots=True)
class _Frame:
    """The plot's place on the paper, and how days and values fall on it."""

    width: int
    top: int
    first: date
    last: date
    most: float

    def x(self, day: date) -> float:
        share = (day - self.first) / (self.last + DAY - self.first)
        return _LEFT + share * (self.width - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        return self.top + _PLOT * (1 - value / self.most)

    def middle(self, one: Period) -> float:
        return (self.x(one.first) + self.x(one.last + DAY)) / 2

    @property
    def bottom(self) -> int:
        return self.top + _PLOT


def draw(chart: Chart, width: int = WIDE) -> str:
    """The drawing, `width` pixels wide. It carries its title, the query and the date it was drawn."""
    title, told, note = _folded(chart.title, width * 0.8), _folded(chart.told, width), _folded(chart.note, width)
    legend, head = _legend(chart, width), 22 * len(title)
    top = _TOP + head - 22 + 18 * len(told) + 20 * len(legend)
    frame = _frame(chart, width, top)
    height = frame.bottom + _BOTTOM + 17 * (len(note) - 1)
    parts = [
        *(text(4, 20 + 22 * number, line, size=16, weight=600) for number, line in enumerate(title)),
        *(text(4, 20 + head + 18 * number, line, soft=True) for number, line in enumerate(told)),
        *_keys(legend, 10 + head + 18 * len(told)),
        *_shades(chart, frame),
        *_grid(chart, frame),
        *(mark for number, one in enumerate(chart.series) for mark in _marks(chart, frame, number, one)),
        *_days(frame),
        *(text(4, frame.bottom + 46 + 17 * number, line, soft=True, size=12) for number, line in enumerate(note)),
    ]
    return page(width, height, _spoken(chart), parts)


def _frame(chart: Chart, width: int, top: int) -> _Frame:
    values = [value for one in chart.series for value in one.values if value is not None]
    most = chart.most or _nice(max([*values, 1e-9]))
    return _Frame(width, top, chart.periods[0].first, chart.periods[-1].last, most)


def _nice(value: float) -> float:
    """The next round number: 1, 2, 2.5 or 5 times a power of ten, in quarters that read well."""
    power = 10.0 ** floor(log10(value))
    return next(step * power for step in (1, 2, 4, 5, 8, 10) if value <= step * power * 1.0000001)


def _spoken(chart: Chart) -> str:
    """For those who hear it: what it shows, its span, its highest value."""
    values = [value for one in chart.series for value in one.values if value is not None]
    most = f"; सबसे अधिक {_number(max(values))}" if values else ""
    gaps = f"; क्रॉल में {len(chart.gaps)} अंतराल" if chart.gaps else ""
    return f"{chart.title} · {chart.told} · {chart.periods[0].first} – {chart.periods[-1].last}{most}{gaps}"


def _folded(words: str, width: float) -> list[str]:
    """Words in lines that fit the width."""
    lines, room = [""], int(width / _LETTER)
    for word in words.split():
        if lines[-1] and len(lines[-1]) + len(word) >= room:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()[:room]
    return lines


def _legend(chart: Chart, width: int) -> list[list[tuple[int, str]]]:
    """Rows of (series number or -1 for the shade, name), when there is more than one thing to tell apart."""
    names = [(number, one.name) for number, one in enumerate(chart.series)] if len(chart.series) > 1 else []
    names += [(-1, "क्रॉल में अंतराल · gap in the crawl")] if chart.gaps else []
    names += [(-2, "दिन अभी बाक़ी · day not over")] if chart.open_from and chart.kind == "bars" else []
    rows: list[list[tuple[int, str]]] = []
    used = width
    for key in names:
        wide = 34 + len(key[1]) * _LETTER
        if used + wide > width:
            rows.append([])
            used = 0
        rows[-1].append(key)
        used += int(wide)
    return rows


def _keys(legend: list[list[tuple[int, str]]], top: int) -> list[str]:
    found = []
    for row, keys in enumerate(legend):
        x: float = 4
        for number, name in keys:
            found += [_swatch(number, x, top + 20 * row), text(x + 18, top + 11 + 20 * row, name, soft=True, size=12)]
            x += 34 + len(name) * _LETTER
    return found


def _swatch(number: int, x: float, y: float) -> str:
    if number == -1:
        return f'<rect class="gap" x="{x:.1f}" y="{y}" width="12" height="12" fill="{SHADE}"/>'
    pale, number = (' opacity="0.45"', 0) if number == -2 else ("", number)
    colour = COLOURS[number % len(COLOURS)]
    return f'<rect class="s{number}" x="{x:.1f}" y="{y}" width="12" height="12" fill="{colour}"{pale}/>'


def _shades(chart: Chart, frame: _Frame) -> list[str]:
    return [
        f'<rect class="gap" x="{frame.x(first):.1f}" y="{frame.top}" width="{frame.x(last + DAY) - frame.x(first):.1f}"'
        f' height="{_PLOT}" fill="{SHADE}"><title>{first} – {last}: क्रॉल में अंतराल · gap in the crawl</title></rect>'
        for first, last in chart.gaps
    ]


def _grid(chart: Chart, frame: _Frame) -> list[str]:
    found = []
    for quarter in range(5):
        value = frame.most * quarter / 4
        y = frame.y(value)
        found.append(
            f'<path class="grid" d="M{_LEFT} {y:.1f}H{frame.width - _RIGHT}" stroke="{LINE}" stroke-width="1"/>'
        )
        found.append(text(_LEFT - 6, y + 4, _number(value), soft=True, size=12, anchor="end"))
    return [*found, text(4, frame.top - 12, chart.unit, soft=True, size=12)]


def _marks(chart: Chart, frame: _Frame, number: int, one: Series) -> list[str]:
    return _line(chart, frame, number, one) if chart.kind == "line" else _bars(chart, frame, number, one)


def _line(chart: Chart, frame: _Frame, number: int, one: Series) -> list[str]:
    """A line that breaks where there is no value and never crosses a gap; a dot where each value is."""
    path, dots, before = "", [], None
    for period, value in zip(chart.periods, one.values, strict=True):
        if value is None:
            before = None
            continue
        x, y = frame.middle(period), frame.y(value)
        broken = before is None or any(before < first and last < period.last for first, last in chart.gaps)
        path += f"{'M' if broken else 'L'}{x:.1f} {y:.1f}"
        before = period.last
        dots.append(
            f'<circle class="s{number}" cx="{x:.1f}" cy="{y:.1f}" r="2.4" fill="{COLOURS[number % len(COLOURS)]}">'
            f"<title>{_hover(one, period, value)}</title></circle>"
        )
    colour = COLOURS[number % len(COLOURS)]
    line = (
        f'<path class="l{number}" d="{path}" fill="none" stroke="{colour}" stroke-width="2" stroke-linejoin="round"/>'
    )
    return [line, *dots] if path else []


def _bars(chart: Chart, frame: _Frame, number: int, one: Series) -> list[str]:
    """Bars from the ground; later series stand before earlier ones. A period not yet over is pale."""
    found = []
    for period, value in zip(chart.periods, one.values, strict=True):
        if not value:
            continue
        left, wide = frame.x(period.first), frame.x(period.last + DAY) - frame.x(period.first)
        pad = min(2.0, wide * 0.15)
        pale = ' opacity="0.45"' if chart.open_from and period.last >= chart.open_from else ""
        found.append(
            f'<rect class="s{number}" x="{left + pad:.1f}" y="{frame.y(value):.1f}" width="{wide - 2 * pad:.1f}"'
            f' height="{frame.bottom - frame.y(value):.1f}" fill="{COLOURS[number % len(COLOURS)]}"{pale}>'
            f"<title>{_hover(one, period, value)}</title></rect>"
        )
    return found


def _hover(one: Series, period: Period, value: float) -> str:
    when = f"{period.first}" if period.first == period.last else f"{period.first} – {period.last}"
    return escape(f"{one.name} · {when}: {_number(value)}")


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.2g}"


def _days(frame: _Frame) -> list[str]:
    """Days under the axis, as many as there is room for, the year where it begins anew."""
    length, room = (frame.last - frame.first).days + 1, max(2, (frame.width - _LEFT) // 76)
    step, found, year = ceil(length / room), [], None
    for number in range(0, length, step):
        day = frame.first + number * DAY
        words = f"{day.day} {_MONTHS[day.month - 1]}" + (
            f" {day.year}" if day.year != year and frame.width > NARROW else ""
        )
        year = day.year
        found.append(text(frame.x(day), frame.bottom + 20, words, soft=True, size=12))
    return found
