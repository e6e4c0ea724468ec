"""Loads a story: its copies, which of them is the earliest, and the agencies they credit."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlite_utils import Database

from khabar.hindi.india_time import parse_iso_india
from khabar.model.clock import parse_utc

_PRECISION_WIDTH = {
    "day": timedelta(days=1),
    "minute": timedelta(minutes=1),
    "second": timedelta(seconds=1),
}


@dataclass(frozen=True, slots=True)
class StoryMember:
    """One article of a story.

    `agencies`: the news agencies it credits. `published_at` is as precise as `published_precision`.
    """

    id: int
    url: str
    source: str
    title: str | None
    published_at: str | None
    published_precision: str | None
    first_seen: str
    removed_at: str | None
    agencies: tuple[str, ...]

    @property
    def publication_interval(self) -> tuple[datetime, datetime] | None:
        """The half-open interval of its publication; None when it has no date."""
        if self.published_at is None:
            return None
        start = parse_iso_india(self.published_at)
        has_time = len(self.published_at) > 10  # YYYY-MM-DD is ten characters
        precision = self.published_precision or "second" if has_time else "day"
        return start, start + _PRECISION_WIDTH[precision]


@dataclass(frozen=True, slots=True)
class Story:
    """A story and its copies.

    `earliest`: ids of the copies that may have been published first, several where the dates do not
    decide; only copies in the archive are compared. `dated_by`: `published`, or `seen` where no
    copy has a date; a copy without a date is never the earliest beside dated ones. `origin`: the
    agencies that the copies credit, () for none.
    """

    id: int
    copies: tuple[StoryMember, ...]
    earliest: tuple[int, ...]
    dated_by: str
    origin: tuple[str, ...]


def find_story(db: Database, article_id: int) -> Story | None:
    """Returns the story of an article; None when it has no near-duplicate."""
    row = db.execute("select story_id from articles where id = ?", [article_id]).fetchone()
    return load_story(db, row[0]) if row and row[0] is not None else None


def load_story(db: Database, story_id: int) -> Story | None:
    """Loads a story by its id; None when there is none.

    Its copies are in order of id, which is the order of the earliest known times.
    """
    rows = db.query(
        """select id, url, source, title, published_at, published_precision, first_seen, removed_at,
          text, desk,
          (select json_group_array(name) from article_authors x join authors u on u.id = x.author_id
            where x.article_id = articles.id) as authors
        from articles where story_id = ? and withheld is null order by id""",
        [story_id],
    )
    copies = tuple(_build_member(row) for row in rows)
    if not copies:
        return None
    earliest, dated_by = _find_earliest(copies)
    origin = tuple(dict.fromkeys(agency for member in copies for agency in member.agencies))
    return Story(story_id, copies, earliest, dated_by, origin)


def list_largest_stories(db: Database, limit: int) -> list[dict[str, Any]]:
    """Returns the stories with the most articles.

    Each has id, articles, sources, and the earliest article's published_on and title.
    """
    return list(db.query("select * from stories order by articles desc, id desc limit ?", [limit]))


def _build_member(row: dict[str, Any]) -> StoryMember:
    from khabar.hindi.agencies import find_credited_agencies  # here, as few stories are shown

    text, desk, authors = (row.pop(name) for name in ("text", "desk", "authors"))
    return StoryMember(
        **row,
        agencies=find_credited_agencies(text, [*json.loads(authors), *([desk] if desk else [])]),
    )


def _find_earliest(copies: Iterable[StoryMember]) -> tuple[tuple[int, ...], str]:
    """Returns (ids of the copies that may be the earliest, `published` or `seen`)."""
    intervals = {member.id: member.publication_interval for member in copies}
    known_intervals = {
        article_id: interval for article_id, interval in intervals.items() if interval
    }
    if not known_intervals:
        first_seen_at = {member.id: parse_utc(member.first_seen) for member in copies}
        earliest = min(first_seen_at.values())
        return tuple(key for key, seen_at in first_seen_at.items() if seen_at == earliest), "seen"
    earliest_end = min(end for _, end in known_intervals.values())
    return tuple(
        member_id for member_id, (start, _) in known_intervals.items() if start < earliest_end
    ), "published"
