"""What each site has printed by a given moment: wire stories to their buyers, edits applied, removals taken away."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from newsroom.stories import Form, Part, Picture, Print, Story, Update, parts_of, read_stories

_PAGE_END = "\f"


@dataclass(frozen=True, slots=True)
class Item:
    """One article as one site prints it at one moment."""

    site: str
    slug: str
    headline: str
    section: str
    published: datetime
    parts: tuple[Part, ...]
    form: Form = "article"
    kicker: str = ""
    standfirst: str = ""
    place: str = ""
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    desk: str = ""
    modified: datetime | None = None
    removed: datetime | None = None
    pictures: tuple[Picture, ...] = ()
    updates: tuple[Update, ...] = ()  # newest first
    later: tuple[tuple[Part, ...], ...] = ()  # what stands on the second page, the third …

    @property
    def number(self) -> int:
        """The site's own id of it: eight digits, the same for ever."""
        return 10_000_000 + int(hashlib.sha256(f"{self.site}/{self.slug}".encode()).hexdigest()[:12], 16) % 89_999_999

    @property
    def touched(self) -> datetime:
        return self.modified or self.published


def printed(now: datetime) -> tuple[Item, ...]:
    """Every item of every site at that moment, those already removed included."""
    items = (item for story in read_stories() for item in _items(story, now))
    return tuple(item for item in items if item.published <= now)


def _items(story: Story, now: datetime) -> Iterator[Item]:
    if story.site != "wire":
        yield _item(story, now)
    for one in story.prints:
        yield _bought(story, one, now)


def _item(story: Story, now: datetime) -> Item:
    edit = story.later if story.later and story.later.modified <= now else None
    whole = _PAGE_END.join((story.body, *story.pages))
    body, *later = (_edited(whole, edit.replace) if edit else whole).split(_PAGE_END)
    updates = sorted(
        (one for one in (*story.updates, *story.later_updates) if one.time <= now), key=_time, reverse=True
    )
    last = updates[0].time if updates else None
    return Item(
        site=story.site,
        slug=story.slug,
        headline=(edit and edit.headline) or story.headline,
        section=story.section,
        published=story.published,
        parts=tuple(parts_of(story, body)),
        form=story.form,
        kicker=story.kicker,
        standfirst=story.standfirst,
        place=story.place,
        tags=story.tags,
        authors=story.authors,
        desk=story.desk or story.agency,
        modified=edit.modified if edit else last or story.modified,
        removed=story.removed,
        pictures=story.pictures,
        updates=tuple(updates),
        later=tuple(tuple(parts_of(story, page)) for page in later),
    )


def _time(update: Update) -> datetime:
    return update.time


def _bought(story: Story, one: Print, now: datetime) -> Item:
    parts = tuple(parts_of(story, _edited(story.body, one.replace)))
    return replace(
        _item(story, now),
        site=one.site,
        headline=one.headline,
        kicker=one.kicker,
        desk=one.desk or story.agency,
        published=one.published,
        parts=parts[:-1] if one.drop_last else parts,
    )


def _edited(body: str, replacements: tuple[tuple[str, str], ...]) -> str:
    """The body with words for words; ValueError when a story edits what it does not say."""
    for old, new in replacements:
        if old not in body:
            raise ValueError(f"no such words to edit: {old}")
        body = body.replace(old, new)
    return body
