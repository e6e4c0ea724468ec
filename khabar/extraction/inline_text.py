"""The inline text of a block: its paragraphs, lines and sub-headings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from unicodedata import normalize

from khabar.hindi.names import parse_byline
from khabar.hindi.text import clean_text
from khabar.model.items import BlockType

_LIST_LINE = re.compile(r"^(?:\(?[\d०-९]{1,2}[.)]\s*|[•●▪►*◆–-]\s+)\S")
_SENTENCE_END = re.compile(r"[।॥.?!…:;|][\"”’'»)\]]*$")
LINE_BREAK = "\x1e"  # stands for a <br>; two of them end a paragraph
# A bold line with one of these at its end is no sub-heading, nor is a dateline or a byline.
_NO_HEADING_END = ("।", ".", ",", "|", ";", "-", "–", "—")
_MAX_CREDIT_WORDS = 3  # words of a line with a comma that names a person or a desk and a place
MAX_SUBHEADING = 110  # characters; by hand, not measured
MIN_BOLD_SHARE = 0.95  # share of bold characters of a sub-heading; by hand, not measured
_MIN_TEXT_BELOW = 40  # characters of the text below a sub-heading; by hand, not measured
TextPart = tuple[str, bool, bool]  # (text, is in a link, is in bold)


def split_paragraphs(parts: Iterable[TextPart]) -> Iterator[list[TextPart]]:
    """Yields the parts of each paragraph; double line breaks separate paragraphs."""
    current: list[TextPart] = []
    breaks = 0
    for part in parts:
        is_blank = not part[0].strip(" \t\r\n\f\xa0\u200b")
        breaks = breaks + 1 if part[0] == LINE_BREAK else breaks if is_blank else 0
        if breaks == 2 and current:
            yield current
            current = []
        current.append(part)
    if current:
        yield current


def measure_share(parts: Sequence[TextPart], flag: int) -> float:
    """Returns the share of the characters of the parts with a flag (1: link, 2: bold)."""
    if not any(part[flag] for part in parts):
        return 0.0
    size = max(1, sum(len(part[0].strip()) for part in parts))
    return sum(len(part[0].strip()) for part in parts if part[flag]) / size


def split_at_subheadings(parts: list[TextPart]) -> Iterator[tuple[bool, list[TextPart]]]:
    """Yields (is a sub-heading, parts) for the stretches of a paragraph. A sub-heading is a short
    bold line at its beginning or after a sentence, before a line that is not bold.
    """
    lines = [
        list(line)
        for is_break, line in groupby(parts, lambda part: part[0] == LINE_BREAK)
        if not is_break
    ]
    below = sum(len(part[0].strip()) for line in lines for part in line)
    texts = [clean_line("".join(part[0] for part in line)) for line in lines]
    stretch: list[TextPart] = []
    previous = ""
    for number, (line, text) in enumerate(zip(lines, texts, strict=True)):
        below -= len(text)
        is_heading = (
            0 < len(text) <= MAX_SUBHEADING
            and (not previous or bool(_SENTENCE_END.search(previous)))
            and measure_share(line, 2) > MIN_BOLD_SHARE
            and measure_share(line, 1) < 0.5
            and not text.endswith(_NO_HEADING_END)
            and not _is_credit(text)
            and below >= _MIN_TEXT_BELOW
            and measure_share(lines[number + 1], 2) < 0.5
        )
        if is_heading:
            yield from ((False, stretch),) if stretch else ()
            yield True, line
            stretch = []
        else:
            stretch += [*([(LINE_BREAK, False, False)] if stretch else []), *line]
        previous = text or previous
    if stretch:
        yield False, stretch


def _is_credit(line: str) -> bool:
    """Whether a bold line is a dateline (`नई दिल्ली:`) or a byline, not a sub-heading."""
    words = len(line.split())
    if line.endswith(":"):
        return words < 3
    byline = parse_byline(line)
    return bool(byline.desk or byline.agency) or ("," in line and words <= _MAX_CREDIT_WORDS)


def classify_lines(lines: list[str], kind: BlockType) -> list[tuple[BlockType, str]]:
    """Returns (type, text) for the lines between single <br> tags: separate list items if most
    begin like one, separate paragraphs if all end like sentences, else one text.
    """
    if len(lines) > 1 and kind == "paragraph":
        if sum(bool(_LIST_LINE.match(line)) for line in lines) > len(lines) / 2:
            return [("list_item" if _LIST_LINE.match(line) else kind, line) for line in lines]
        if all(_SENTENCE_END.search(line) for line in lines[:-1]):
            return [(kind, line) for line in lines]
    return [(kind, ("\n" if kind != "heading" else " ").join(lines))]


def clean_line(text: str) -> str:
    """Returns a text cleaned, as one line."""
    if text.isprintable():  # most: nothing to clean
        return " ".join(normalize("NFC", text).split())
    return " ".join(clean_text(text.replace("\x1e", " ").replace("\u200b", "")).split())
