"""Draws a heat map of sources and periods as SVG: a row for each source, a cell for each period."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Literal
from xml.sax.saxutils import escape

from khabar.charts.draw import MONTHS, NARROW, WIDE, format_number, wrap_label
from khabar.charts.model import ChartPeriod
from khabar.charts.svg import LINE, SHADE, rect_element, svg_document, text_element

# `missed`: the crawl did not ask the source in the period. `none`: no article of it is held.
CellState = Literal["counted", "missed", "none"]
STATE_LABELS = {"missed": "क्रॉल छूटा · not crawled", "none": "कोई लेख नहीं · no data"}
MAX_DRAWN = 40  # rows of a drawing, and of the page's table; chosen by hand
# From few to many. The page's CSS replaces them on a dark ground.
_STEPS = ("#f6d9cf", "#e9a893", "#d4735a", "#b5432f", "#7d1f10")
_ZERO = "#ffffff"
# Sizes in pixels, chosen by hand.
_ROW_HEIGHT, _MARGIN_RIGHT, _DATE_WIDTH = 20, 8, 62
_CHAR_WIDTH, _NAME_CHAR_WIDTH = 7.4, 6.6  # approximate, of the legend and of the names of sources
_LEGEND_HEIGHT, _SWATCH = 20, 12


@dataclass(frozen=True, slots=True)
class HeatCell:
    """The articles of a source in a period: all that are held, and those that match the query."""

    held: int
    hits: int
    state: CellState = "counted"


@dataclass(frozen=True, slots=True)
class HeatRow:
    """A source with one cell for each period."""

    key: str
    name: str
    cells: tuple[HeatCell, ...]


@dataclass(frozen=True, slots=True)
class HeatMap:
    """A heat map, ready to be drawn. `is_share`: cells show hits per 1,000 articles held, not hits.
    `subtitle`: the query and its filters; `note`: the date it was drawn.
    """

    title: str
    subtitle: str
    note: str
    unit: str
    periods: tuple[ChartPeriod, ...]
    rows: tuple[HeatRow, ...]
    is_share: bool

    def get_value(self, cell: HeatCell) -> float | None:
        """Returns what a cell shows; None where the crawl missed the period, and for a share of no
        article.
        """
        if cell.state != "counted":
            return None
        if not self.is_share:
            return cell.hits
        return 1000 * cell.hits / cell.held if cell.held else None

    def get_state(self, cell: HeatCell) -> CellState:
        """Returns why a cell shows nothing: `none` too for a share of no article."""
        return "none" if cell.state == "counted" and self.get_value(cell) is None else cell.state

    def find_max(self) -> float:
        """Returns the highest value of all cells, 0 without any."""
        values = (self.get_value(cell) for row in self.rows for cell in row.cells)
        return max((value for value in values if value is not None), default=0)


def choose_step(value: float, max_value: float) -> int:
    """Returns the shade of a value: 0 for nothing, else 1 to the number of shades. By the square
    root, so that small values differ where one source has many times the articles of the others.
    """
    return min(len(_STEPS), max(1, ceil(len(_STEPS) * sqrt(value / max_value)))) if value else 0


def draw_heat_map(heat_map: HeatMap, width: int = WIDE) -> str:
    """Draws a heat map `width` pixels wide, its first MAX_DRAWN rows; returns SVG."""
    titles = wrap_label(heat_map.title, width * 0.8)
    subtitles = [
        line for text in (heat_map.subtitle, heat_map.unit) for line in wrap_label(text, width)
    ]
    legend = list(_lay_out_legend(heat_map, width))
    legend_top = 8 + 22 * len(titles) + 18 * len(subtitles)
    top = legend_top + _LEGEND_HEIGHT * (legend[-1][1] + 1) + 26
    rows, label_width = heat_map.rows[:MAX_DRAWN], 170 if width > NARROW else 92
    bottom = top + _ROW_HEIGHT * len(rows)
    notes = wrap_label(heat_map.note, width)
    elements = [
        *(text_element(4, 20 + 22 * i, line, size=16, weight=600) for i, line in enumerate(titles)),
        *(
            text_element(4, 20 + 22 * len(titles) + 18 * i, line, soft=True)
            for i, line in enumerate(subtitles)
        ),
        *(
            element
            for x, row, css_class, colour, label in legend
            for element in _draw_legend(
                x, legend_top + _LEGEND_HEIGHT * row, css_class, colour, label
            )
        ),
        *_draw_cells(heat_map, rows, top, label_width, width),
        *(
            text_element(4, bottom + 24 + 17 * i, line, soft=True, size=12)
            for i, line in enumerate(notes)
        ),
    ]
    height = bottom + 32 + 17 * len(notes)
    return svg_document(width, height, _describe_map(heat_map), elements)


def _describe_map(heat_map: HeatMap) -> str:
    """The text for screen readers: title, query, size and highest value."""
    return (
        f"{heat_map.title} · {heat_map.subtitle} · {len(heat_map.rows)} × {len(heat_map.periods)};"
        f" सबसे अधिक {format_number(heat_map.find_max())} {heat_map.unit}"
    )


def _lay_out_legend(heat_map: HeatMap, width: int) -> Iterator[tuple[float, int, str, str, str]]:
    """Yields (x, row, class, colour, label) of each entry."""
    top = heat_map.find_max()
    entries = [("h0", _ZERO, "0")]
    if top:
        count, low = len(_STEPS), ""
        for step, colour in enumerate(_STEPS, 1):
            high = format_number(top * (step / count) ** 2)
            if high != low:  # of few articles not every shade is used
                entries.append((f"h{step}", colour, f"≤ {high}"))
            low = high
    states = {heat_map.get_state(cell) for row in heat_map.rows for cell in row.cells}
    entries += [
        (css_class, colour, STATE_LABELS[state])
        for state, css_class, colour in (("missed", "gap", SHADE), ("none", "absent", _ZERO))
        if state in states
    ]
    x, row = 4.0, 0
    for css_class, colour, label in entries:
        entry_width = 34 + len(label) * _CHAR_WIDTH
        if x + entry_width > width and x > 4:
            x, row = 4.0, row + 1
        yield x, row, css_class, colour, label
        x += entry_width


def _draw_legend(x: float, y: float, css_class: str, colour: str, label: str) -> list[str]:
    mark = [text_element(x + 4, y + 11, "–", soft=True, size=12)] if css_class == "absent" else []
    swatch = [_draw_cell(css_class, colour, x, y, _SWATCH, _SWATCH)] if not mark else []
    return [*swatch, *mark, text_element(x + 18, y + 11, label, soft=True, size=12)]


def _draw_cell(
    css_class: str, colour: str, x: float, y: float, width: float, height: float, title: str = ""
) -> str:
    element = rect_element(css_class, colour, x, y, width, height)
    outline = f' stroke="{LINE}" stroke-width="0.5"' if css_class == "h0" else ""
    inner = f"<title>{escape(title)}</title>" if title else ""
    return element.replace("/>", f"{outline}>{inner}</rect>")


def _draw_cells(
    heat_map: HeatMap, rows: tuple[HeatRow, ...], top: float, label_width: int, width: int
) -> Iterator[str]:
    cell_width = (width - label_width - _MARGIN_RIGHT) / len(heat_map.periods)
    top_value = heat_map.find_max()
    gap, is_wide = 1 if cell_width > 4 else 0, width > NARROW
    step, year = max(1, ceil(_DATE_WIDTH / cell_width)), None
    for index in range(0, len(heat_map.periods), step):
        day = heat_map.periods[index].first
        years = f" {day.year}" if day.year != year and is_wide else ""
        label, year = f"{day.day} {MONTHS[day.month - 1]}{years}", day.year
        yield text_element(label_width + index * cell_width, top - 8, label, soft=True, size=12)
    for number, row in enumerate(rows):
        y = top + number * _ROW_HEIGHT
        name = _shorten_name(row.name, int((label_width - 8) / _NAME_CHAR_WIDTH))
        yield text_element(label_width - 6, y + 14, name, size=12, anchor="end")
        for index, cell in enumerate(row.cells):
            x, value = label_width + index * cell_width, heat_map.get_value(cell)
            size = (x, y, cell_width - gap, _ROW_HEIGHT - 1)
            # a phone has no tooltips
            title = f"{row.name} · {_name_period(heat_map.periods[index])}: " if is_wide else ""
            if value is not None:
                shade = choose_step(value, top_value)
                colour = _STEPS[shade - 1] if shade else _ZERO
                yield _draw_cell(f"h{shade}", colour, *size, title and title + format_number(value))
            elif heat_map.get_state(cell) == "missed":
                yield _draw_cell("gap", SHADE, *size, title and title + STATE_LABELS["missed"])
            elif cell_width > 6:
                yield text_element(
                    x + cell_width / 2, y + 14, "–", soft=True, size=12, anchor="middle"
                )


def _shorten_name(name: str, max_chars: int) -> str:
    return name if len(name) <= max_chars else f"{name[: max_chars - 1].rstrip()}…"


def _name_period(period: ChartPeriod) -> str:
    return f"{period.first} – {period.last}"
