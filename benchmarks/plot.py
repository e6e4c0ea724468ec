"""Plots as SVG, a scatter of a few named points and curves over time; needs no library."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 640, 360, 64, 48, 32, 120
LABEL = 14  # height of a label in pixels
STYLE = "font-family:sans-serif;font-size:12px"
BAR = 20  # pixels: the height of a bar with the space below, and of its name
PANEL, PANEL_GAP = 120, 44  # pixels: the height of a panel of curves and the space above the next
COLOURS = ("#b3261e", "#1f5f8b", "#3d7a3a", "#8a5a00")


class Point(NamedTuple):
    name: str
    x: float
    y: float


class Bar(NamedTuple):
    name: str
    value: float


class Curve(NamedTuple):
    name: str
    xs: Sequence[float]
    ys: Sequence[float]


class Panel(NamedTuple):
    """Curves that share a y axis, which begins at 0."""

    title: str
    curves: Sequence[Curve]


def draw_scatter(points: Sequence[Point], x_title: str, y_title: str) -> str:
    """Returns the plot. x is logarithmic; y runs from just below the lowest point to 1."""
    low = math.floor(min(point.y for point in points) * 20) / 20
    decades = [math.log10(point.x) for point in points]
    first, last = math.floor(min(decades)), math.ceil(max(decades))

    def to_x(x: float) -> float:
        return LEFT + (math.log10(x) - first) / (last - first) * (WIDTH - LEFT - RIGHT)

    def to_y(y: float) -> float:
        return TOP + (1 - y) / (1 - low) * (HEIGHT - TOP - BOTTOM)

    parts = [_axis_x(to_x(10**power), 10**power) for power in range(first, last + 1)]
    parts += [
        _axis_y(to_y(low + step * (1 - low) / 4), low + step * (1 - low) / 4) for step in range(5)
    ]
    parts += _point_elements([Point(point.name, to_x(point.x), to_y(point.y)) for point in points])
    parts += [_text_element(LEFT, HEIGHT - 8, x_title), _text_element(LEFT, TOP - 16, y_title)]
    return _join_document(parts, HEIGHT)


def _join_document(parts: Sequence[str], height: float) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" style="{STYLE}">'
    )
    ground = f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>'
    return "\n".join((head, ground, *parts, "</svg>\n"))


def _text_element(x: float, y: float, text: str, colour: str = "#333") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" fill="{colour}">{escape(text)}</text>'


def _line_element(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.0f}" y1="{y1:.0f}" x2="{x2:.0f}" y2="{y2:.0f}" stroke="#ddd"/>'


def _axis_x(x: float, value: float) -> str:
    return _line_element(x, TOP, x, HEIGHT - BOTTOM) + _text_element(
        x - 6, HEIGHT - BOTTOM + 16, f"{value:g}", "#777"
    )


def _axis_y(y: float, value: float) -> str:
    return _line_element(LEFT, y, WIDTH - RIGHT, y) + _text_element(
        LEFT - 40, y + 4, f"{value:.2f}", "#777"
    )


def _point_elements(points: Sequence[Point]) -> list[str]:
    """Draws points (in pixels) with labels; labels that would overlap are moved down."""
    parts: list[str] = []
    last = float(-LABEL)
    for point in sorted(points, key=lambda dot: dot.y):
        colour = "#b3261e" if point.name == "Khabar" else "#456"
        last = max(point.y, last + LABEL)
        parts.append(f'<circle cx="{point.x:.0f}" cy="{point.y:.0f}" r="5" fill="{colour}"/>')
        parts.append(_text_element(point.x + 12, last + 4, point.name, colour))
    return parts


def draw_bars(bars: Sequence[Bar], title: str) -> str:
    """Returns bars from the left, each with its name above and its value beside it."""
    highest = max(bar.value for bar in bars)
    parts = [_text_element(LEFT, 20, title)]
    for index, bar in enumerate(bars):
        top = TOP + 24 + index * 2 * BAR
        width = bar.value / highest * (WIDTH - LEFT - RIGHT)
        colour = "#b3261e" if bar.name.startswith("Khabar") else "#456"
        parts.append(_text_element(LEFT, top - 5, bar.name, colour))
        parts.append(
            f'<rect x="{LEFT}" y="{top}" width="{width:.0f}" height="{BAR - 6}" fill="{colour}"/>'
        )
        parts.append(_text_element(LEFT + width + 8, top + BAR - 9, f"{bar.value:.1f}", colour))
    return _join_document(parts, TOP + 24 + len(bars) * 2 * BAR)


def draw_panels(panels: Sequence[Panel], title: str, x_title: str) -> str:
    """Returns the panels one below another, over one x axis that begins at 0, with a legend
    beside each.
    """
    x_step = _round_step(max(max(curve.xs) for panel in panels for curve in panel.curves) / 6)
    x_max = x_step * math.ceil(
        max(max(curve.xs) for panel in panels for curve in panel.curves) / x_step
    )
    parts = [_text_element(LEFT, 20, title)]
    for index, panel in enumerate(panels):
        top = TOP + 24 + index * (PANEL + PANEL_GAP)
        parts += _panel_elements(panel, top, x_step, x_max)
    bottom = TOP + 24 + len(panels) * (PANEL + PANEL_GAP)
    parts.append(_text_element(LEFT, bottom, x_title))
    return _join_document(parts, bottom + 12)


def _panel_elements(panel: Panel, top: float, x_step: float, x_max: float) -> list[str]:
    """Draws a panel: grid, values on both axes, curves and their legend."""
    highest = max((y for curve in panel.curves for y in curve.ys), default=0) or 1
    y_step = _round_step(highest / 4)
    y_max = y_step * math.ceil(highest / y_step)

    def to_x(x: float) -> float:
        return LEFT + x / x_max * (WIDTH - LEFT - RIGHT)

    def to_y(y: float) -> float:
        return top + PANEL * (1 - y / y_max)

    parts = [_text_element(LEFT, top - 8, panel.title)]
    for number in range(round(x_max / x_step) + 1):
        x = to_x(number * x_step)
        parts.append(_line_element(x, top, x, top + PANEL))
        parts.append(_text_element(x - 6, top + PANEL + 14, f"{number * x_step:g}", "#777"))
    for number in range(round(y_max / y_step) + 1):
        y = to_y(number * y_step)
        parts.append(_line_element(LEFT, y, WIDTH - RIGHT, y))
        parts.append(_text_element(LEFT - 48, y + 4, f"{number * y_step:,g}", "#777"))
    for index, curve in enumerate(panel.curves):
        colour = COLOURS[index % len(COLOURS)]
        points = " ".join(
            f"{to_x(x):.1f},{to_y(y):.1f}" for x, y in zip(curve.xs, curve.ys, strict=True)
        )
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
        )
        y = top + 12 + index * (LABEL + 4)
        parts.append(
            f'<rect x="{WIDTH - RIGHT + 10}" y="{y - 6}" width="12" height="4" fill="{colour}"/>'
        )
        parts.append(_text_element(WIDTH - RIGHT + 28, y, curve.name, colour))
    return parts


def _round_step(value: float) -> float:
    """Rounds up to 1, 2, 2.5 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if value <= factor * power * 1.001)
