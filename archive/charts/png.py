"""A drawing as PNG, by resvg: shaped Devanagari with the machine's own fonts, no browser, no network."""

from __future__ import annotations

import resvg_py

SCALE = 2.0  # sharp on a phone and in print


def png(svg: str) -> bytes:
    """The bytes of a PNG, twice the drawing's size."""
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=SCALE, background="#ffffff"))
