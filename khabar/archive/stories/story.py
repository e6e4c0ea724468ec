"""A story as it is read back: every copy of it, which is the earliest seen here, and which
agency they credit.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlite_utils import Database

from khabar.hindi.agencies import find_credited_agencies
from khabar.hindi.india_time import parse_iso_india
from khabar.model.clock import parse_utc

_PRECISION_WIDTH = {
    "day": timedelta(days=1),
    "minute": timedelta(minutes=1),
    "second": timedelta(seconds=1),
}


@dataclass(frozen=True, slots=True)
class StoryMember:
    """One article of a story. `agencies`: whom it credits. `published_at` is as precise as
    `published_precision`.
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
        """From when until when it may have been published, half-open; None when it gives no
        date.
        """
        if self.published_at is None:
            return None
        start = parse_iso_india(self.published_at)
        precision = "day" if len(self.published_at) <= 10 else self.published_precision or "second"
        return start, start + _PRECISION_WIDTH[precision]


@dataclass(frozen=True, slots=True)
class Story:
    """`earliest`: the copy published first of those seen here, several where their dates cannot
    tell; whoever was first elsewhere is not known. `dated_by`: `published`, or `seen` where no copy
    gives a date. `origin`: the agencies that copies credit, () where none does.
    """

    id: int
    copies: tuple[StoryMember, ...]
    earliest: tuple[int, ...]
    dated_by: str
    origin: tuple[str, ...]


def find_story(db: Database, article_id: int) -> Story | None:
    """The story an article belongs to; None when no copy of it is known."""
    row = db.execute("select story_id from articles where id = ?", [article_id]).fetchone()
    return load_story(db, row[0]) if row and row[0] is not None else None


def load_story(db: Database, story_id: int) -> Story | None:
    """A story by its id, its copies in the order they may be published in; None when there is
    none.
    """
    rows = db.query(
        """select id, url, source, title, published_at, published_precision, first_seen, removed_at, text, desk,
          (select json_group_array(name) from article_authors x join authors u on u.id = x.author_id
            where x.article_id = articles.id) as authors
        from articles where story_id = ? and withheld is null order by id""",
        [story_id],
    )
    copies = tuple(map(_build_member, rows))
    if not copies:
        return None
    earliest, dated_by = _find_earliest(copies)
    origin = tuple(dict.fromkeys(agency for member in copies for agency in member.agencies))
    return Story(story_id, copies, earliest, dated_by, origin)


def list_largest_stories(db: Database, limit: int) -> list[dict[str, Any]]:
    """id, articles, sources, published_on (of the earliest) and title of the stories that most
    articles tell.
    """
    return list(db.query("select * from stories order by articles desc, id desc limit ?", [limit]))


def _build_member(row: dict[str, Any]) -> StoryMember:
    text, desk, authors = (row.pop(name) for name in ("text", "desk", "authors"))
    return StoryMember(
        **row,
        agencies=find_credited_agencies(text, [*json.loads(authors), *([desk] if desk else [])]),
    )


def _find_earliest(copies: Iterable[StoryMember]) -> tuple[tuple[int, ...], str]:
    """(ids, by what): every copy that may be the first, as far as the dates go."""
    intervals = {member.id: member.publication_interval for member in copies}
    known_intervals = {
        article_id: interval for article_id, interval in intervals.items() if interval
    }
    if not known_intervals:
        first_seen_at = {member.id: parse_utc(member.first_seen) for member in copies}
        return tuple(
            member_id
            for member_id in first_seen_at
            if first_seen_at[member_id] == min(first_seen_at.values())
        ), "seen"
    earliest_end = min(end for _, end in known_intervals.values())
    return tuple(
        member_id for member_id, (start, _) in known_intervals.items() if start < earliest_end
    ), "published"
