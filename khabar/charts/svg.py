"""Drawing as SVG text: letters, bars, the page they stand on, and PNG. Colours are attributes, so a page's CSS may lay
its own over them. No style, no script, nothing from elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from xml.sax.saxutils import escape, quoteattr

import resvg_py

COLOURS = ("#9c2a17", "#1f5f8b", "#3d7a3a", "#8a5a00", "#6b3d8f", "#0f7272")
INK, SOFT, LINE, SHADE = "#1f1b16", "#5f574d", "#e2dacd", "#e9e2d6"
FONT = "'Noto Sans','Noto Sans Devanagari','Nirmala UI','Kohinoor Devanagari','Lohit Devanagari',sans-serif"


def text(
    x: float, y: float, words: str, *, soft: bool = False, size: int = 13, weight: int = 400, anchor: str = "start"
) -> str:
    """Words at a place; `soft` in the paler ink."""
    colour = SOFT if soft else INK
    return (
        f'<text class="{"soft" if soft else "ink"}" x="{x:.1f}" y="{y:.1f}" fill="{colour}" font-size="{size}"'
        f' font-weight="{weight}" text-anchor="{anchor}">{escape(words)}</text>'
    )


def rect(kind: str, colour: str, x: float, y: float, width: float, height: float) -> str:
    """A filled rectangle; `kind` is its class."""
    return f'<rect class="{kind}" fill="{colour}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>'


def page(width: int, height: int, spoken: str, parts: Sequence[str]) -> str:
    """The whole drawing on white paper. `spoken` is what a reader hears instead."""
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    font = f'font-family="{FONT}" font-size="13"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" lang="hi" {size}'
    paper = f'<rect class="paper" width="{width}" height="{height}" fill="#ffffff"/>'
    return "".join([f"{head} {font} aria-label={quoteattr(spoken)}>", paper, *parts, "</svg>"])


# --- PNG, by resvg: shaped Devanagari with the machine's own fonts, no browser, no network ---

SCALE = 2.0  # sharp on a phone and in print


def png(svg: str) -> bytes:
    """The bytes of a PNG, twice the drawing's size."""
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=SCALE, background="#ffffff"))


# --- a small chart without words, to stand in a line of a table: bars over days, gaps shaded ---

_WIDTH, _HEIGHT = 120, 24


def spark(days: Sequence[date], values: Sequence[float], gaps: frozenset[date], told: str) -> str:
    """Bars for consecutive days. `told`: what a reader hears instead."""
    most, wide = max([*values, 1]), _WIDTH / len(days)
    marks = []
    for number, (day, value) in enumerate(zip(days, values, strict=True)):
        if day in gaps:
            marks.append(_upright("gap", SHADE, number * wide, wide, _HEIGHT))
        elif value:
            marks.append(_upright("s0", COLOURS[0], number * wide, wide * 0.8, max(1.5, _HEIGHT * value / most)))
    return (
        f'<svg class="spark" role="img" width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
        f" aria-label={quoteattr(told)}>{''.join(marks)}</svg>"
    )


def _upright(kind: str, colour: str, x: float, width: float, height: float) -> str:
    return rect(kind, colour, x, _HEIGHT - height, width, height)


# --- horizontal bars, one for each count ---

BARS_WIDTH, ROW, LABEL, VALUE = 720, 22, 180, 70  # pixels
MOST = 40  # bars; more are drawn as one


def bars(title: str, counts: dict[str, int]) -> str:
    """One horizontal bar for each count, in the order given. The rest beyond MOST is the first bar."""
    shown = list(counts.items())
    if len(shown) > MOST:
        shown = [(f"{len(shown) - MOST} more", sum(dict(shown[:-MOST]).values())), *shown[-MOST:]]
    most = max((number for _, number in shown), default=1) or 1
    rows = []
    for at, (name, number) in enumerate(shown):
        y, width = ROW * (at + 1) + 6, max(1, round((BARS_WIDTH - LABEL - VALUE) * number / most))
        rows += [
            text(LABEL - 8, y + 12, name, anchor="end"),
            rect("s0", COLOURS[0], LABEL, y, width, ROW - 6),
            text(LABEL + width + 6, y + 12, f"{number:,}"),
        ]
    head = [text(8, ROW - 5, title, weight=600)]
    return page(BARS_WIDTH, ROW * (len(shown) + 2), title, [*head, *rows])


if __name__ == "__main__":  # SVG in, PNG out
    sys.stdout.buffer.write(png(sys.stdin.buffer.read().decode()))
