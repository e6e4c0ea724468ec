"""Generates any number of further articles from paragraphs and posts of the stories. The n-th is
always the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from random import Random

import msgspec

from newsroom.dates import EDITION_ONE, EDITION_TWO
from newsroom.editions import Item
from newsroom.stories import NewsroomStory, Post, StoryPart, iter_parts, read_stories

DEFAULT = 10  # two for each site, enough for the demo
SEED = "khabar newsroom 1"
SITES = ("savera", "lokujas", "vyapar", "prahari", "navsandesh")
DESKS = {
    "savera": "सवेरा संवाददाता",
    "lokujas": "लोक उजास ब्यूरो",
    "vyapar": "मंडी डेस्क",
    "prahari": "प्रहरी संवाददाता",
    "navsandesh": "मौसम डेस्क",
}
_LATE_EVERY = 7  # every seventh article is published between the two editions
# Minutes before an edition over which its articles are spread, within a news sitemap's two days.
_SPREAD_MINUTES = 1200
_MAX_WORDS = 600  # of an article


@dataclass(frozen=True)
class _Material:
    """Parts that articles are generated from."""

    stories: tuple[NewsroomStory, ...]
    paragraphs: tuple[str, ...]
    posts: tuple[Post, ...]
    heads: tuple[str, ...]  # first halves of headlines
    tails: tuple[str, ...]  # second halves of headlines


@cache
def _load_material() -> _Material:
    stories = tuple(
        story for story in read_stories() if story.form == "article" and not story.pages
    )
    paragraphs = [
        part.text
        for story in stories
        for part in iter_parts(story, story.body)
        if part.type == "paragraph"
    ]
    halves = [
        story.headline.split(mark, 1)
        for story in stories
        for mark in (", ", ": ")
        if mark in story.headline
    ]
    return _Material(
        stories,
        tuple(text for text in paragraphs if len(text.split()) >= 30),
        tuple(post for story in stories for post in story.embeds if post.posted),
        tuple(head for head, _ in halves),
        tuple(tail for _, tail in halves),
    )


def generate_articles(count: int, now: datetime) -> Iterator[Item]:
    """Yields those of the first `count` generated articles that are published by `now`, over the
    sites in turn.
    """
    items = (_build_item(number) for number in range(count))
    return (item for item in items if item.published <= now)


@cache
def _build_item(number: int) -> Item:
    stock, chance = _load_material(), Random(f"{SEED}/{number}")
    story = chance.choice(stock.stories)
    site = SITES[number % len(SITES)]
    edition = EDITION_TWO if number % _LATE_EVERY == _LATE_EVERY - 1 else EDITION_ONE
    age = 30 + number * 131 % _SPREAD_MINUTES
    return Item(
        site=site,
        slug=f"{story.slug.split('-')[0]}-sankshep-{number + 1}",
        headline=f"{chance.choice(stock.heads)}, {chance.choice(stock.tails)}",
        section=story.section,
        published=edition - timedelta(minutes=age, seconds=chance.randrange(60)),
        parts=tuple(_build_parts(number, stock, chance)),
        place=story.place,
        tags=story.tags[:2],
        authors=story.authors if chance.random() < 0.5 else (),
        desk=DESKS[site],
    )


def _build_parts(number: int, stock: _Material, chance: Random) -> Iterator[StoryPart]:
    """Yields four to seven paragraphs, at most _MAX_WORDS words; every second article has a
    post.
    """
    texts = chance.sample(stock.paragraphs, chance.randint(4, 7))
    while sum(len(text.split()) for text in texts) > _MAX_WORDS:
        texts.pop()
    post_after = 2 if number % 2 else None
    for position, text in enumerate(texts, 1):
        yield StoryPart("paragraph", text)
        if position == post_after:
            yield StoryPart("embed", post=_pick_post(number, stock, chance))


def _pick_post(number: int, stock: _Material, chance: Random) -> Post:
    """Returns a post of the stories, or a copy of it posted some seconds earlier."""
    post = chance.choice(stock.posts)
    if number % 4 == 1 or post.posted is None:
        return post
    return msgspec.structs.replace(
        post, posted=post.posted - timedelta(seconds=number + 1), picture=""
    )
