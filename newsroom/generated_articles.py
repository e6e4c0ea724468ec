"""Any number of further articles out of the stories' own paragraphs and posts: the n-th is the
same for ever.
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

DEFAULT = 10  # two for each site: enough to fill the demo
SEED = "khabar newsroom 1"
SITES = ("savera", "lokujas", "vyapar", "prahari", "navsandesh")
DESKS = {
    "savera": "सवेरा संवाददाता",
    "lokujas": "लोक उजास ब्यूरो",
    "vyapar": "मंडी डेस्क",
    "prahari": "प्रहरी संवाददाता",
    "navsandesh": "मौसम डेस्क",
}
_LATE_EVERY = 7  # every seventh is printed between the editions
_SPREAD_MINUTES = (
    # minutes before an edition over which its articles are spread: all within a news sitemap's two
    # days
    1200
)
_MAX_WORDS = 600  # words


@dataclass(frozen=True)
class _Material:
    """What articles are made of."""

    stories: tuple[NewsroomStory, ...]
    paragraphs: tuple[str, ...]
    posts: tuple[Post, ...]
    heads: tuple[str, ...]  # first halves of headlines …
    tails: tuple[str, ...]  # … and second ones


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
    """The first `count` generated articles that are printed by `now`, spread over the sites in
    turn.
    """
    items = (_build_item(number) for number in range(count))
    return (item for item in items if item.published <= now)


@cache
def _build_item(number: int) -> Item:
    stock, chance = _load_material(), Random(f"{SEED}/{number}")
    story = chance.choice(stock.stories)
    site = SITES[number % len(SITES)]
    return Item(
        site=site,
        slug=f"{story.slug.split('-')[0]}-sankshep-{number + 1}",
        headline=f"{chance.choice(stock.heads)}, {chance.choice(stock.tails)}",
        section=story.section,
        published=_publication_time(number, chance),
        parts=tuple(_build_parts(number, stock, chance)),
        place=story.place,
        tags=story.tags[:2],
        authors=story.authors if chance.random() < 0.5 else (),
        desk=DESKS[site],
    )


def _publication_time(number: int, chance: Random) -> datetime:
    edition = EDITION_TWO if number % _LATE_EVERY == _LATE_EVERY - 1 else EDITION_ONE
    return edition - timedelta(
        minutes=30 + number * 131 % _SPREAD_MINUTES, seconds=chance.randrange(60)
    )


def _build_parts(number: int, stock: _Material, chance: Random) -> Iterator[StoryPart]:
    """Four to seven paragraphs, at most 600 words; every second article carries a post."""
    texts = chance.sample(stock.paragraphs, chance.randint(4, 7))
    while sum(len(text.split()) for text in texts) > _MAX_WORDS:
        texts.pop()
    post_after = 2 if number % 2 else None
    for position, text in enumerate(texts, 1):
        yield StoryPart("paragraph", text)
        if position == post_after:
            yield StoryPart("embed", post=_pick_post(number, stock, chance))


def _pick_post(number: int, stock: _Material, chance: Random) -> Post:
    """One of the stories' posts again, or the like of it said at another second."""
    post = chance.choice(stock.posts)
    if number % 4 == 1 or post.posted is None:
        return post
    return msgspec.structs.replace(
        post, posted=post.posted - timedelta(seconds=number + 1), picture=""
    )
