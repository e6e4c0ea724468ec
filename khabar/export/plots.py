"""Bar charts as SVG text: a few lines of drawing, so that a card needs no library and no network."""

from __future__ import annotations

from html import escape

WIDTH, ROW, LABEL, VALUE = 720, 22, 180, 70  # pixels
MOST = 40  # bars; more are told as one


def bars(title: str, counts: dict[str, int]) -> str:
    """One horizontal bar for each count, in the order given. The rest beyond MOST is the last bar."""
    shown = list(counts.items())
    if len(shown) > MOST:
        shown = [(f"{len(shown) - MOST} more", sum(dict(shown[:-MOST]).values())), *shown[-MOST:]]
    most = max((number for _, number in shown), default=1) or 1
    height = ROW * (len(shown) + 2)
    rows = "".join(_bar(at, name, number, most) for at, (name, number) in enumerate(shown))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        f'role="img" font-family="sans-serif" font-size="13"><title>{escape(title)}</title>\n'
        f'<rect width="100%" height="100%" fill="#fff"/><text x="8" y="{ROW - 5}" font-weight="bold">{escape(title)}'
        f"</text>\n{rows}</svg>\n"
    )


def _bar(at: int, name: str, number: int, most: int) -> str:
    y, width = ROW * (at + 1) + 6, max(1, round((WIDTH - LABEL - VALUE) * number / most))
    return (
        f'<text x="{LABEL - 8}" y="{y + 12}" text-anchor="end">{escape(name)}</text>'
        f'<rect x="{LABEL}" y="{y}" width="{width}" height="{ROW - 6}" fill="#3b6ea5"/>'
        f'<text x="{LABEL + width + 6}" y="{y + 12}">{number:,}</text>\n'
    )
