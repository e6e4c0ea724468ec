"""A story as it is read back: every copy of it, which is the earliest seen here, and which agency they credit."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlite_utils import Database

from khabar.hindi.agencies import credited
from khabar.hindi.india_time import instant
from khabar.model.clock import parse_stamp

_WIDTH = {"day": timedelta(days=1), "minute": timedelta(minutes=1), "second": timedelta(seconds=1)}


@dataclass(frozen=True, slots=True)
class Copy:
    """One article of a story. `agencies`: whom it credits. `published_at` is as precise as `published_precision`."""

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
    def span(self) -> tuple[datetime, datetime] | None:
        """From when until when it may have been published, half-open; None when it gives no date."""
        if self.published_at is None:
            return None
        begun = instant(self.published_at)
        precision = "day" if len(self.published_at) <= 10 else self.published_precision or "second"
        return begun, begun + _WIDTH[precision]


@dataclass(frozen=True, slots=True)
class Story:
    """`earliest`: the copy published first of those seen here, several where their dates cannot tell; whoever was first
    elsewhere is not known. `dated_by`: `published`, or `seen` where no copy gives a date. `origin`: the agencies that
    copies credit, () where none does."""

    id: int
    copies: tuple[Copy, ...]
    earliest: tuple[int, ...]
    dated_by: str
    origin: tuple[str, ...]


def story_of(db: Database, article_id: int) -> Story | None:
    """The story an article belongs to; None when no copy of it is known."""
    row = db.execute("select story_id from articles where id = ?", [article_id]).fetchone()
    return load(db, row[0]) if row and row[0] is not None else None


def load(db: Database, story_id: int) -> Story | None:
    """A story by its id, its copies in the order they may be published in; None when there is none."""
    rows = db.query(
        """select id, url, source, title, published_at, published_precision, first_seen, removed_at, text, desk,
          (select json_group_array(name) from article_authors x join authors u on u.id = x.author_id
            where x.article_id = articles.id) as authors
        from articles where story_id = ? and withheld is null order by id""",
        [story_id],
    )
    copies = tuple(map(_copy, rows))
    if not copies:
        return None
    earliest, dated_by = _earliest(copies)
    origin = tuple(dict.fromkeys(agency for copy in copies for agency in copy.agencies))
    return Story(story_id, copies, earliest, dated_by, origin)


def largest(db: Database, limit: int) -> list[dict[str, Any]]:
    """id, articles, sources, published_on (of the earliest) and title of the stories that most articles tell."""
    return list(db.query("select * from stories order by articles desc, id desc limit ?", [limit]))


def _copy(row: dict[str, Any]) -> Copy:
    text, desk, authors = (row.pop(name) for name in ("text", "desk", "authors"))
    return Copy(**row, agencies=credited(text, [*json.loads(authors), *([desk] if desk else [])]))


def _earliest(copies: Iterable[Copy]) -> tuple[tuple[int, ...], str]:
    """(ids, by what): every copy that may be the first, as far as the dates go."""
    spans = {copy.id: copy.span for copy in copies}
    dated = {article_id: span for article_id, span in spans.items() if span}
    if not dated:
        seen = {copy.id: parse_stamp(copy.first_seen) for copy in copies}
        return tuple(one for one in seen if seen[one] == min(seen.values())), "seen"
    surely = min(end for _, end in dated.values())
    return tuple(one for one, (begun, _) in dated.items() if begun < surely), "published"
