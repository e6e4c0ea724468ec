"""What each site has published at a given time: wire stories at the sites that bought them, with
later edits applied.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter

from newsroom.stories import (
    Form,
    NewsroomStory,
    Picture,
    SiteVersion,
    StoryPart,
    Update,
    iter_parts,
    read_stories,
)

_PAGE_END = "\f"


@dataclass(frozen=True, slots=True)
class Item:
    """One article as one site publishes it at one time."""

    site: str
    slug: str
    headline: str
    section: str
    published: datetime
    parts: tuple[StoryPart, ...]
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
    updates: tuple[Update, ...] = ()  # of a live blog, newest first
    later: tuple[tuple[StoryPart, ...], ...] = ()  # parts on the second page, the third …

    @property
    def number(self) -> int:
        """The site's permanent id of the article: eight digits."""
        return (
            10_000_000
            + int(hashlib.sha256(f"{self.site}/{self.slug}".encode()).hexdigest()[:12], 16)
            % 89_999_999
        )

    @property
    def updated_at(self) -> datetime:
        return self.modified or self.published


def build_items(now: datetime) -> tuple[Item, ...]:
    """Returns every item of every site at that time, including those removed by then."""
    items = (item for story in read_stories() for item in _build_story_items(story, now))
    return tuple(item for item in items if item.published <= now)


def _build_story_items(story: NewsroomStory, now: datetime) -> Iterator[Item]:
    if story.site != "wire":
        yield _build_item(story, now)
    for version in story.prints:
        yield _build_wire_item(story, version, now)


def _build_item(story: NewsroomStory, now: datetime) -> Item:
    edit = story.later if story.later and story.later.modified <= now else None
    full_text = _PAGE_END.join((story.body, *story.pages))
    body, *later = (_apply_edits(full_text, edit.replace) if edit else full_text).split(_PAGE_END)
    updates = sorted(
        (update for update in (*story.updates, *story.later_updates) if update.time <= now),
        key=attrgetter("time"),
        reverse=True,
    )
    last = updates[0].time if updates else None
    return Item(
        site=story.site,
        slug=story.slug,
        headline=(edit and edit.headline) or story.headline,
        section=story.section,
        published=story.published,
        parts=tuple(iter_parts(story, body)),
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
        later=tuple(tuple(iter_parts(story, page)) for page in later),
    )


def _build_wire_item(story: NewsroomStory, version: SiteVersion, now: datetime) -> Item:
    parts = tuple(iter_parts(story, _apply_edits(story.body, version.replace)))
    return replace(
        _build_item(story, now),
        site=version.site,
        headline=version.headline,
        kicker=version.kicker,
        desk=version.desk or story.agency,
        published=version.published,
        parts=parts[:-1] if version.drop_last else parts,
    )


def _apply_edits(body: str, replacements: tuple[tuple[str, str], ...]) -> str:
    """Applies text replacements to the body. Raises ValueError if a text to replace is not in
    it.
    """
    for old, new in replacements:
        if old not in body:
            raise ValueError(f"no such words to edit: {old}")
        body = body.replace(old, new)
    return body
