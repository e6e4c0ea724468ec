"""Text for people in a terminal: widths as terminals draw them, wrapped lines, tables, styles.

rich counts the vowel signs ा ि ी ो as nothing wide; tmux, xterm and VTE draw each in a cell of its
own, so that its lines of Hindi are a third too long there. Output that is no terminal's is neither
wrapped nor styled.
"""

from __future__ import annotations

import os
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any, TextIO

import click

MAX_TEXT_WIDTH = 88  # columns of a page of text; chosen by hand, not measured
GAP = "  "  # between the columns of a table
# Columns into which a table may squeeze a column of words; chosen by hand, not measured.
_MIN_COLUMN = 10
_ZERO_WIDTH = frozenset(["Mn", "Me", "Cf"])  # as glibc's wcwidth, VTE and xterm count
_STYLES: dict[str, dict[str, Any]] = {
    "bold": {"bold": True},
    "dim": {"dim": True},
    "italic": {"italic": True},
    "heading": {"bold": True, "underline": True},
    "match": {"bold": True, "underline": True},
    "new": {"fg": "green"},
    "gone": {"fg": "red", "strikethrough": True},
}

# A piece of a text with the name of its style ("": none).
Span = tuple[str, str]


def get_width(stream: TextIO | None = None) -> int | None:
    """Returns the columns of the terminal that a stream (stdout) is; None if it is none."""
    return shutil.get_terminal_size().columns if (stream or sys.stdout).isatty() else None


def get_text_width() -> int | None:
    """Returns the columns of a page of text: the terminal's, at most MAX_TEXT_WIDTH."""
    width = get_width()
    return width and min(width, MAX_TEXT_WIDTH)


@lru_cache(maxsize=4096)
def _measure_char(char: str) -> int:
    if unicodedata.category(char) in _ZERO_WIDTH:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def measure_width(text: str) -> int:
    """Returns the cells in which terminals draw a text of one line."""
    return len(text) if text.isascii() else sum(map(_measure_char, text))


def style_text(text: str, style: str) -> str:
    """Returns a text with a style's escape codes. Colours only without NO_COLOR in the environment;
    click leaves the codes out where the output is no terminal.
    """
    options = _STYLES.get(style, {})
    if os.environ.get("NO_COLOR"):
        options = {name: value for name, value in options.items() if name != "fg"}
    return click.style(text, **options) if options and text else text


def wrap_text(text: str, width: int | None, *, style: str = "", indent: str = "") -> list[str]:
    """Returns a text as lines of at most `width` columns; see `wrap_spans`."""
    return wrap_spans([(text, style)], width, indent=indent)


def wrap_spans(spans: Iterable[Span], width: int | None, *, indent: str = "") -> list[str]:
    """Returns the styled lines of a text, broken at white space only, so that addresses and words
    stay whole. Newlines are kept, other white space becomes one space. `indent`: before each line;
    `width`: with it; None: no line is broken.
    """
    room = None if width is None else width - measure_width(indent)
    lines: list[list[list[Span]]] = [[]]
    size = 0
    for is_break, word in _split_words(spans):
        if is_break:
            lines.append([])
            size = 0
            continue
        length = sum(measure_width(text) for text, _ in word)
        if room is not None and lines[-1] and size + 1 + length > room:
            lines.append([])
            size = 0
        size += length + bool(lines[-1])
        lines[-1].append(word)
    return [(indent + _join_words(words)).rstrip() for words in lines]


def _split_words(spans: Iterable[Span]) -> Iterator[tuple[bool, list[Span]]]:
    """Yields (is a newline, word). A word consists of the spans that no white space parts."""
    word: list[Span] = []
    for text, style in spans:
        for is_space, chars in groupby(text, str.isspace):
            piece = "".join(chars)
            if not is_space:
                word.append((piece, style))
                continue
            if word:
                yield False, word
                word = []
            yield from ((True, []) for _ in range(piece.count("\n")))
    if word:
        yield False, word


def _join_words(words: Sequence[list[Span]]) -> str:
    """Joins words by spaces; neighbours of one style are styled as one text, with their spaces."""
    spans: list[Span] = []
    for number, word in enumerate(words):
        if number:
            is_inside = spans[-1][1] == word[0][1]
            spans.append((" ", word[0][1] if is_inside else ""))
        spans += word
    return "".join(
        style_text("".join(text for text, _ in group), style)
        for style, group in groupby(spans, lambda span: span[1])
    )


def format_table(rows: Sequence[dict[str, Any]], width: int | None) -> list[str]:
    """Returns the lines of a table of rows, which all have the same keys.

    Where it is wider than `width`, its widest columns are wrapped between words; where not even
    their longest words fit, each row becomes a group of lines `name  value`.
    """
    if not rows:
        return []
    names = [name.replace("_", " ") for name in rows[0]]
    cells = [["" if value is None else str(value) for value in row.values()] for row in rows]
    columns = list(zip(names, *cells, strict=True))
    wanted = [max(map(_measure_lines, column)) for column in columns]
    sizes = wanted if width is None else _fit_columns(columns, wanted, width)
    if sizes is None:
        return _format_groups(names, cells, width)
    numeric = [all(_is_number(cell) for cell in column[1:]) for column in columns]
    lines = _format_row(names, sizes, numeric, style="bold")
    for row in cells:
        lines += _format_row(row, sizes, numeric)
    return lines


def _measure_lines(text: str) -> int:
    return max(map(measure_width, text.split("\n")))


def _is_number(cell: str) -> bool:
    return not cell or cell.replace(".", "", 1).replace("%", "", 1).isdigit()


def _fit_columns(
    columns: Sequence[Sequence[str]], wanted: Sequence[int], width: int
) -> list[int] | None:
    """Returns the widths of the columns of a table `width` wide, the widest narrowed first, none
    below its longest word; None if they do not fit.
    """
    least = [
        min(
            size,
            max(
                # a name may be wrapped at each word, a text should have room
                _MIN_COLUMN if any(" " in text for text in column[1:]) else 0,
                *(measure_width(word) for text in column for word in text.split()),
            ),
        )
        if any(column)
        else 0
        for size, column in zip(wanted, columns, strict=True)
    ]
    sizes = list(wanted)
    excess = sum(sizes) + len(GAP) * (len(sizes) - 1) - width
    if excess > sum(sizes) - sum(least):
        return None
    for _ in range(excess):
        widest = max((i for i in range(len(sizes)) if sizes[i] > least[i]), key=sizes.__getitem__)
        sizes[widest] -= 1
    return sizes


def _format_row(
    cells: Sequence[str], sizes: Sequence[int], numeric: Sequence[bool], style: str = ""
) -> list[str]:
    """Returns the lines of a table's row; numbers stand at the right edge of their column."""
    parts = [
        wrap_text(cell, size) if _measure_lines(cell) > size else cell.split("\n")
        for cell, size in zip(cells, sizes, strict=True)
    ]
    lines = []
    for number in range(max(map(len, parts))):
        line = ""
        for part, size, is_number in zip(parts, sizes, numeric, strict=True):
            text = part[number] if number < len(part) else ""
            blanks = " " * (size - measure_width(click.unstyle(text)))
            text = style_text(text, style) if style and text else text
            line += (blanks + text if is_number else text + blanks) + GAP
        lines.append(line.rstrip())
    return lines


def _format_groups(
    names: Sequence[str], cells: Sequence[Sequence[str]], width: int | None
) -> list[str]:
    """Returns the rows of a table as groups of lines `name  value`, without the empty values."""
    longest = max(map(measure_width, names))
    lines: list[str] = []
    for row in cells:
        lines += [""] if lines else []
        for name, value in zip(names, row, strict=True):
            if value:
                lines += format_field(name, value, longest, width)
    return lines


def format_field(name: str, value: str, longest: int, width: int | None) -> list[str]:
    """Returns the lines `name  value`, with the value in a column of its own, `longest` from the
    left.
    """
    label = name + " " * (longest - measure_width(name)) + GAP
    blanks = " " * measure_width(label)
    first, *others = wrap_text(value, width, indent=blanks)
    return [style_text(label, "bold") + first.removeprefix(blanks), *others]
