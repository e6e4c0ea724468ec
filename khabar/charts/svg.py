"""SVG elements and documents, small bar charts, and the conversion to PNG.

Colours are attributes, so a page's CSS can override them. There is no style, no script and no
reference to another file. `python -m khabar.charts.svg` converts SVG on stdin to PNG on stdout.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from datetime import date
from xml.sax.saxutils import escape, quoteattr

import resvg_py

COLOURS = ("#9c2a17", "#1f5f8b", "#3d7a3a", "#8a5a00", "#6b3d8f", "#0f7272")
INK, SOFT, LINE, SHADE = "#1f1b16", "#5f574d", "#e2dacd", "#e9e2d6"
FONT = (
    "'Noto Sans','Noto Sans Devanagari','Nirmala UI','Kohinoor Devanagari','Lohit Devanagari',"
    "sans-serif"
)


# Characters that XML 1.0 has no form for.
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


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
    """Returns a text element; x, y and `size` are in pixels, `soft` is the paler colour."""
    css_class, colour = ("soft", SOFT) if soft else ("ink", INK)
    return (
        f'<text class="{css_class}" x="{x:.1f}" y="{y:.1f}" fill="{colour}" font-size="{size}"'
        f' font-weight="{weight}" text-anchor="{anchor}">{escape(content)}</text>'
    )


def rect_element(
    css_class: str, colour: str, x: float, y: float, width: float, height: float
) -> str:
    """Returns a filled rectangle."""
    return (
        f'<rect class="{css_class}" fill="{colour}" x="{x:.1f}" y="{y:.1f}"'
        f' width="{width:.1f}" height="{height:.1f}"/>'
    )


def svg_document(width: int, height: int, aria_label: str, elements: Sequence[str]) -> str:
    """Returns a whole SVG document on white, without characters that XML does not allow.
    `aria_label`: the text for screen readers.
    """
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    font = f'font-family="{FONT}" font-size="13"'
    open_tag = f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" lang="hi" {size}'
    background = f'<rect class="paper" width="{width}" height="{height}" fill="#ffffff"/>'
    document = "".join(
        [f"{open_tag} {font} aria-label={quoteattr(aria_label)}>", background, *elements, "</svg>"]
    )
    return NOT_XML.sub("", document)


# --- PNG by resvg, which shapes Devanagari with the installed fonts, without browser or network ---

PNG_SCALE = 2.0  # for phones and print


def svg_to_png(svg: str) -> bytes:
    """Renders an SVG document as PNG, PNG_SCALE times its size in pixels."""
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=PNG_SCALE, background="#ffffff"))


# --- sparklines ---

_WIDTH, _HEIGHT = 120, 24  # pixels


def draw_sparkline(
    days: Sequence[date], values: Sequence[float], gaps: frozenset[date], aria_label: str
) -> str:
    """Draws bars over consecutive days, gaps shaded, without text, for a table's cell.

    `aria_label`: the text for screen readers.
    """
    max_value, bar_width = max([*values, 1]), _WIDTH / len(days)
    elements = []
    for index, (day, value) in enumerate(zip(days, values, strict=True)):
        x = index * bar_width
        if day in gaps:
            elements.append(rect_element("gap", SHADE, x, 0, bar_width, _HEIGHT))
        elif value:
            height = max(1.5, _HEIGHT * value / max_value)  # small values stay visible
            elements.append(
                rect_element("s0", COLOURS[0], x, _HEIGHT - height, bar_width * 0.8, height)
            )
    return (
        f'<svg class="spark" role="img" width="{_WIDTH}" height="{_HEIGHT}"'
        f' viewBox="0 0 {_WIDTH} {_HEIGHT}" aria-label={quoteattr(aria_label)}>'
        f"{''.join(elements)}</svg>"
    )


# --- horizontal bars ---

BARS_WIDTH, ROW_HEIGHT, LABEL_WIDTH, VALUE_WIDTH = 720, 22, 180, 70  # pixels
MAX_BARS = 40  # the counts before the last 40 are summed into one bar


def draw_bar_chart(title: str, counts: dict[str, int]) -> str:
    """Draws one horizontal bar for each count, in the order given.

    Of more than MAX_BARS counts only the last are drawn, below one bar for the sum of the others.
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
        y = ROW_HEIGHT * (index + 1) + 6
        width = max(1, round((BARS_WIDTH - LABEL_WIDTH - VALUE_WIDTH) * count / max_count))
        elements += [
            text_element(LABEL_WIDTH - 8, y + 12, name, anchor="end"),
            rect_element("s0", COLOURS[0], LABEL_WIDTH, y, width, ROW_HEIGHT - 6),
            text_element(LABEL_WIDTH + width + 6, y + 12, f"{count:,}"),
        ]
    title_element = [text_element(8, ROW_HEIGHT - 5, title, weight=600)]
    return svg_document(
        BARS_WIDTH, ROW_HEIGHT * (len(items) + 2), title, [*title_element, *elements]
    )


if __name__ == "__main__":
    sys.stdout.buffer.write(svg_to_png(sys.stdin.buffer.read().decode()))
