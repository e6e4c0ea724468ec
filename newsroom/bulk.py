"""Any number of further articles out of the stories' own paragraphs and posts: the n-th is the same for ever."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from random import Random

import msgspec

from newsroom.dates import EDITION_ONE, EDITION_TWO
from newsroom.printing import Item
from newsroom.stories import Part, Post, Story, parts_of, read_stories

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
_LATE = 7  # every seventh is printed between the editions
_SPREAD = 1200  # minutes before an edition over which its articles are spread: all within a news sitemap's two days
_LONGEST = 600  # words


@dataclass(frozen=True)
class _Stock:
    """What articles are made of."""

    stories: tuple[Story, ...]
    paragraphs: tuple[str, ...]
    posts: tuple[Post, ...]
    heads: tuple[str, ...]  # first halves of headlines …
    tails: tuple[str, ...]  # … and second ones


@cache
def _stock() -> _Stock:
    stories = tuple(one for one in read_stories() if one.form == "article" and not one.pages)
    paragraphs = [part.text for one in stories for part in parts_of(one, one.body) if part.type == "paragraph"]
    halves = [one.headline.split(mark, 1) for one in stories for mark in (", ", ": ") if mark in one.headline]
    return _Stock(
        stories,
        tuple(text for text in paragraphs if len(text.split()) >= 30),
        tuple(post for one in stories for post in one.embeds if post.posted),
        tuple(head for head, _ in halves),
        tuple(tail for _, tail in halves),
    )


def generated(count: int, now: datetime) -> Iterator[Item]:
    """The first `count` generated articles that are printed by `now`, spread over the sites in turn."""
    items = (_item(number) for number in range(count))
    return (item for item in items if item.published <= now)


@cache
def _item(number: int) -> Item:
    stock, chance = _stock(), Random(f"{SEED}/{number}")
    story = chance.choice(stock.stories)
    site = SITES[number % len(SITES)]
    return Item(
        site=site,
        slug=f"{story.slug.split('-')[0]}-sankshep-{number + 1}",
        headline=f"{chance.choice(stock.heads)}, {chance.choice(stock.tails)}",
        section=story.section,
        published=_published(number, chance),
        parts=tuple(_parts(number, stock, chance)),
        place=story.place,
        tags=story.tags[:2],
        authors=story.authors if chance.random() < 0.5 else (),
        desk=DESKS[site],
    )


def _published(number: int, chance: Random) -> datetime:
    edition = EDITION_TWO if number % _LATE == _LATE - 1 else EDITION_ONE
    return edition - timedelta(minutes=30 + number * 131 % _SPREAD, seconds=chance.randrange(60))


def _parts(number: int, stock: _Stock, chance: Random) -> Iterator[Part]:
    """Four to seven paragraphs, at most 600 words; every second article carries a post."""
    texts = chance.sample(stock.paragraphs, chance.randint(4, 7))
    while sum(len(text.split()) for text in texts) > _LONGEST:
        texts.pop()
    post_after = 2 if number % 2 else None
    for at, text in enumerate(texts, 1):
        yield Part("paragraph", text)
        if at == post_after:
            yield Part("embed", post=_post(number, stock, chance))


def _post(number: int, stock: _Stock, chance: Random) -> Post:
    """One of the stories' posts again, or the like of it said at another second."""
    post = chance.choice(stock.posts)
    if number % 4 == 1 or post.posted is None:
        return post
    return msgspec.structs.replace(post, posted=post.posted - timedelta(seconds=number + 1), picture="")
