"""Every layout in every dress: bylines, dates, glued tails, promos, embeds in each markup. The story stays the story."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import pytest

from khabar.extraction import read_html
from khabar.hindi.text import clean_text
from khabar.model.items import Article
from tests.layouts import LAYOUTS, Layout, bare, div_each, mobile_twin, scroll, sections, spans
from tests.page_fixtures import BYLINES, DATES, EMBEDS, PROMOS, TAILS, Dress, dressed
from tests.test_reading_layouts import NOW, TITLE, URL, stories

STORIES = pytest.mark.parametrize("count", [100, pytest.param(400, marks=pytest.mark.slow)])
UNDATED = (bare, div_each, mobile_twin, scroll, sections, spans)  # they show no date
LINES = (
    "रामपुर की नहर में पानी छोड़े जाने से पहले पंचायत ने किसानों को बुलाया और सिंचाई के दिनों का नया हिसाब सबके सामने रखा।",
    "सिंचाई विभाग के सोहन पाल ने कहा कि हर खेत को तीन दिन की बारी मिलेगी।",
    "पिछले साल आठ सितंबर 2024 को मेड़ टूटने से चालीस बीघा फसल डूब गई थी, इस बार मरम्मत पहले ही पूरी कर ली गई है।",
    "गाँव की महिलाओं के समूह ने नहर की सफाई का काम अपने हाथ में लिया है और रोज सुबह दो घंटे श्रमदान होता है।",
    "पंचायत की अगली बैठक पूर्णिमा के दिन होगी और उसमें खाद के गोदाम की मरम्मत का खर्च भी तय किया जाएगा।",
)
LAYOUT = pytest.mark.parametrize("layout", LAYOUTS, ids=lambda one: one.__name__)


def reading(
    layout: Layout, dress: Dress, lines: Sequence[str] = LINES, *, told: bool = True
) -> Article:
    return read_html(dressed(layout, TITLE, lines, dress, told=told), URL, NOW)


def shown(article: Article) -> list[str]:
    """Its words and, as provider:id, its embeds, in order."""
    keys = [f"{one.provider}:{one.id}" for one in article.embeds]
    return [
        keys[block.embed] if block.embed is not None else block.text
        for block in article.blocks
        if not block.image
    ]


def texts(article: Article) -> list[str]:
    return [block.text for block in article.blocks if block.text]


@LAYOUT
def test_an_embed_stands_where_it_stood(layout: Layout) -> None:
    wrong = []
    for at, (html, (provider, native)) in enumerate(EMBEDS.items()):
        place = at % (len(LINES) - 1)
        article = reading(layout, Dress(embeds={place: html}))
        got = [one.split(":")[0] if one not in LINES else one for one in shown(article) if one]
        ids = [one.id for one in article.embeds if one.place == "body"]
        if got != [*LINES[: place + 1], provider, *LINES[place + 1 :]] or (
            native and ids != [native]
        ):
            wrong.append((html[:80], got, ids))
    assert not wrong


@LAYOUT
def test_what_is_glued_or_set_between_is_no_text(layout: Layout) -> None:
    dresses = [Dress(tails={at % len(LINES): tail}) for at, tail in enumerate(TAILS)]
    dresses += [Dress(promos={at % len(LINES): promo}) for at, promo in enumerate(PROMOS)]
    wrong = [
        (dress, got) for dress in dresses if (got := texts(reading(layout, dress))) != list(LINES)
    ]
    assert not wrong


@LAYOUT
def test_who_signed(layout: Layout) -> None:
    wrong = []
    for name, byline in BYLINES.items():
        article = reading(layout, Dress(byline=byline.html), told=False)
        desk = (article.desk or "").startswith(byline.desk or "") and bool(article.desk) == bool(
            byline.desk
        )
        if article.authors != byline.authors or not desk or texts(article) != list(LINES):
            wrong.append((name, article.authors, article.desk, texts(article)[:1]))
    assert not wrong


@pytest.mark.parametrize(
    "layout", [one for one in LAYOUTS if one not in UNDATED], ids=lambda one: one.__name__
)
def test_when_it_was_published(layout: Layout) -> None:
    """`Updated` tells of the change alone; a day a sentence speaks of tells of nothing."""
    wrong = []
    for line, moment in DATES.items():
        article = reading(layout, Dress(date=line), told=False)
        got = article.modified_at if line.startswith("Updated") else article.published_at
        if got != moment or (article.published_at or "")[:10] != "2025-11-07":
            wrong.append((line, article.published_at, article.modified_at))
    assert not wrong


@pytest.mark.parametrize("layout", UNDATED, ids=lambda one: one.__name__)
def test_a_day_the_story_speaks_of_is_not_its_own(layout: Layout) -> None:
    article = reading(layout, Dress(), told=False)
    assert (article.published_at or "")[:7] != "2024-09"


def dresses(lines: Sequence[str], rng: random.Random) -> Iterator[Dress]:
    """Endless dresses for a story, each drawn at random."""
    while True:
        last = len(lines) - 1
        yield Dress(
            byline=BYLINES[rng.choice(list(BYLINES))].html,
            date=rng.choice(list(DATES)),
            tails={rng.randrange(last): rng.choice(TAILS)},
            promos={rng.randrange(last): rng.choice(PROMOS)},
            embeds={
                rng.randrange(last): rng.choice(list(EMBEDS)) for _ in range(rng.randint(0, 2))
            },
        )


@pytest.mark.shared
@STORIES
def test_real_texts_in_every_dress(count: int) -> None:
    rng, wrong = random.Random(5), []
    for number, (title, lines) in zip(range(count), stories(23, 4, 12), strict=False):
        layout, dress = LAYOUTS[number % len(LAYOUTS)], next(dresses(lines, rng))
        article = read_html(dressed(layout, title, lines, dress), URL, NOW)
        embeds = [EMBEDS[dress.embeds[at]][0] for at in sorted(dress.embeds)]
        told = [clean_text(line) for line in lines]
        if (
            texts(article) != told
            or [one.provider for one in article.embeds if one.place == "body"] != embeds
        ):
            wrong.append(
                (
                    layout.__name__,
                    title,
                    dress,
                    [line for line in told if line not in texts(article)],
                )
            )
    assert not wrong
