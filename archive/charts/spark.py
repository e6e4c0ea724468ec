"""A small chart without words, to stand in a line of a table: bars over days, gaps shaded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from xml.sax.saxutils import quoteattr

from archive.charts.svg import COLOURS, SHADE

_WIDTH, _HEIGHT = 120, 24


def spark(days: Sequence[date], values: Sequence[float], gaps: frozenset[date], told: str) -> str:
    """Bars for consecutive days. `told`: what a reader hears instead."""
    most, wide = max([*values, 1]), _WIDTH / len(days)
    marks = []
    for number, (day, value) in enumerate(zip(days, values, strict=True)):
        if day in gaps:
            marks.append(_bar("gap", SHADE, number * wide, wide, _HEIGHT))
        elif value:
            marks.append(_bar("s0", COLOURS[0], number * wide, wide * 0.8, max(1.5, _HEIGHT * value / most)))
    return (
        f'<svg class="spark" role="img" width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
        f" aria-label={quoteattr(told)}>{''.join(marks)}</svg>"
    )


def _bar(kind: str, colour: str, x: float, width: float, height: float) -> str:
    return (
        f'<rect class="{kind}" fill="{colour}" x="{x:.1f}" y="{_HEIGHT - height:.1f}" width="{width:.1f}"'
        f' height="{height:.1f}"/>'
    )
