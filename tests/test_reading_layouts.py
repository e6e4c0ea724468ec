"""The same story in many layouts: what goes in comes out, block for block, whatever stands around it."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from khabar.extraction import read_html
from khabar.extraction.boilerplate import comparison_key
from khabar.extraction.boilerplate_phrases import AUTHOR_LINE, match_wording, strip_also_read
from khabar.hindi.text import clean_text
from tests.conftest import SHARED
from tests.layouts import LAYOUTS, Layout, bare, div_soup, sections, wordpress
from tests.story_kinds import KINDS

NOW = datetime(2026, 11, 24, tzinfo=UTC)
URL = "https://khabar.example.in/up/rampur/story-2025110701"
TITLE = "रामपुर में नए साल से पहले बदलेगा सिंचाई का नियम, किसानों की बैठक में फैसला"
TEXTS = SHARED / "texts" / "articles_hi.jsonl.gz"
STORIES = pytest.mark.parametrize("count", [75, pytest.param(300, marks=pytest.mark.slow)])


def blocks(html: str) -> list[tuple[str, str]]:
    article = read_html(html, URL, NOW)
    assert article.page_type == "article"
    return [(block.type, block.text) for block in article.blocks if block.text]


@pytest.mark.parametrize(
    "layout", [wordpress, div_soup, bare, sections], ids=lambda one: one.__name__
)
@pytest.mark.parametrize("kind", KINDS)
def test_kinds_of_stories(kind: str, layout: Layout) -> None:
    marker = "यहाँ पूरी कहानी खड़ी होगी।"
    html = layout(TITLE, [marker])
    html = re.sub(rf"<p[^>]*>{marker}</p>|{marker}", lambda _: KINDS[kind].html, html, count=1)
    assert blocks(html) == list(KINDS[kind].told)


def paragraphs(text: str, title: str) -> list[str]:
    """Whole sentences of a real text, each once: no headline again, no line that is furniture by its words."""
    kept: list[str] = []
    for line in (" ".join(clean_text(line).split()) for line in text.split("\n")):
        whole = len(line) >= 40 and line.endswith(("।", ".", "?", "!")) and line not in kept
        titled = comparison_key(line)[:40] in comparison_key(title) or comparison_key(title)[
            :40
        ] in comparison_key(line)
        if (
            whole
            and not titled
            and not AUTHOR_LINE.match(line)
            and not match_wording(line)
            and strip_also_read(line) == line
        ):
            kept.append(line)
    return kept


def stories(seed: int, least: int, most: int) -> Iterator[tuple[str, list[str]]]:
    """(title, paragraphs) of real articles in the order of a seed."""
    with gzip.open(TEXTS, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    random.Random(seed).shuffle(rows)
    for row in rows:
        title = re.sub(r"\s+-\s+[^-]+$", "", row["title"] or "")
        lines_kept = paragraphs(row["full_text"] or "", title)
        if title and len(lines_kept) >= least:
            yield title, lines_kept[:most]


@pytest.mark.shared
@pytest.mark.parametrize(
    ("seed", "least", "most"), [(7, 3, 99), (11, 2, 2), (12, 1, 1)], ids=["whole", "short", "brief"]
)
@STORIES
def test_real_texts_come_out_as_they_went_in(seed: int, least: int, most: int, count: int) -> None:
    wrong = []
    for number, (title, told) in zip(range(count), stories(seed, least, most), strict=False):
        layout = LAYOUTS[number % len(LAYOUTS)]
        got = [
            block.text for block in read_html(layout(title, told), URL, NOW).blocks if block.text
        ]
        if got != told:
            wrong.append(
                (
                    layout.__name__,
                    title,
                    [line for line in (*told, *got) if (line in told) != (line in got)],
                )
            )
    assert not wrong
