"""Drawing as SVG text: letters, bars, the page they stand on, and PNG. Colours are attributes, so a
page's CSS may lay its own over them. No style, no script, nothing from elsewhere.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from xml.sax.saxutils import escape, quoteattr

import resvg_py

COLOURS = ("#9c2a17", "#1f5f8b", "#3d7a3a", "#8a5a00", "#6b3d8f", "#0f7272")
INK, SOFT, LINE, SHADE = "#1f1b16", "#5f574d", "#e2dacd", "#e9e2d6"
FONT = "'Noto Sans','Noto Sans Devanagari','Nirmala UI','Kohinoor Devanagari','Lohit Devanagari',sans-serif"


def text_element(
    x: float,
    y: float,
    content: str,
    *,
    soft: bool = False,
    size: int = 13,
    weight: int = 400,
    anchor: str = "start",
) -> str:
    """Words at a place; `soft` in the paler ink."""
    colour = SOFT if soft else INK
    return (
        f'<text class="{"soft" if soft else "ink"}" x="{x:.1f}" y="{y:.1f}" fill="{colour}" font-size="{size}"'
        f' font-weight="{weight}" text-anchor="{anchor}">{escape(content)}</text>'
    )


def rect_element(
    css_class: str, colour: str, x: float, y: float, width: float, height: float
) -> str:
    """A filled rectangle; `css_class` is its class."""
    return f'<rect class="{css_class}" fill="{colour}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>'


def svg_document(width: int, height: int, aria_label: str, elements: Sequence[str]) -> str:
    """The whole drawing on white paper. `aria_label` is what a reader hears instead."""
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    font = f'font-family="{FONT}" font-size="13"'
    open_tag = f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" lang="hi" {size}'
    background = f'<rect class="paper" width="{width}" height="{height}" fill="#ffffff"/>'
    return "".join(
        [f"{open_tag} {font} aria-label={quoteattr(aria_label)}>", background, *elements, "</svg>"]
    )


# --- PNG, by resvg: shaped Devanagari with the machine's own fonts, no browser, no network ---

PNG_SCALE = 2.0  # sharp on a phone and in print


def svg_to_png(svg: str) -> bytes:
    """The bytes of a PNG, twice the drawing's size."""
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=PNG_SCALE, background="#ffffff"))


# --- a small chart without words, to stand in a line of a table: bars over days, gaps shaded ---

_WIDTH, _HEIGHT = 120, 24


def draw_sparkline(
    days: Sequence[date], values: Sequence[float], gaps: frozenset[date], aria_label: str
) -> str:
    """Bars for consecutive days. `aria_label`: what a reader hears instead."""
    max_value, bar_width = max([*values, 1]), _WIDTH / len(days)
    elements = []
    for index, (day, value) in enumerate(zip(days, values, strict=True)):
        if day in gaps:
            elements.append(_vertical_bar("gap", SHADE, index * bar_width, bar_width, _HEIGHT))
        elif value:
            elements.append(
                _vertical_bar(
                    "s0",
                    COLOURS[0],
                    index * bar_width,
                    bar_width * 0.8,
                    max(1.5, _HEIGHT * value / max_value),
                )
            )
    return (
        f'<svg class="spark" role="img" width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
        f" aria-label={quoteattr(aria_label)}>{''.join(elements)}</svg>"
    )


def _vertical_bar(css_class: str, colour: str, x: float, width: float, height: float) -> str:
    return rect_element(css_class, colour, x, _HEIGHT - height, width, height)


# --- horizontal bars, one for each count ---

BARS_WIDTH, ROW_HEIGHT, LABEL_WIDTH, VALUE_WIDTH = 720, 22, 180, 70  # pixels
MAX_BARS = 40  # bars; more are drawn as one


def draw_bar_chart(title: str, counts: dict[str, int]) -> str:
    """One horizontal bar for each count, in the order given. The rest beyond MOST is the first
    bar.
    """
    items = list(counts.items())
    if len(items) > MAX_BARS:
        items = [
            (f"{len(items) - MAX_BARS} more", sum(dict(items[:-MAX_BARS]).values())),
            *items[-MAX_BARS:],
        ]
    max_count = max((count for _, count in items), default=1) or 1
    elements = []
    for index, (name, count) in enumerate(items):
        y, width = (
            ROW_HEIGHT * (index + 1) + 6,
            max(1, round((BARS_WIDTH - LABEL_WIDTH - VALUE_WIDTH) * count / max_count)),
        )
        elements += [
            text_element(LABEL_WIDTH - 8, y + 12, name, anchor="end"),
            rect_element("s0", COLOURS[0], LABEL_WIDTH, y, width, ROW_HEIGHT - 6),
            text_element(LABEL_WIDTH + width + 6, y + 12, f"{count:,}"),
        ]
    title_element = [text_element(8, ROW_HEIGHT - 5, title, weight=600)]
    return svg_document(
        BARS_WIDTH, ROW_HEIGHT * (len(items) + 2), title, [*title_element, *elements]
    )


if __name__ == "__main__":  # SVG in, PNG out
    sys.stdout.buffer.write(svg_to_png(sys.stdin.buffer.read().decode()))
