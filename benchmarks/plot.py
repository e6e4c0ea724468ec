"""Scatter plot of a few named points as SVG, for the docs; needs no library."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 640, 360, 64, 48, 32, 120
LABEL = 14  # height of a label in pixels
STYLE = "font-family:sans-serif;font-size:12px"


class Point(NamedTuple):
    name: str
    x: float
    y: float


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
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" style="{STYLE}">'
    )
    ground = f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
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
