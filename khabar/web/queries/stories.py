"""A story as the reading room shows it: who printed what when, and what else of it is held."""

from __future__ import annotations

from typing import Any

from sqlite_utils import Database

from khabar.archive.stories import load
from khabar.hindi.agencies import UNNAMED
from khabar.web.queries.lists import Listing

# Copies in the order they came out; how much of the story's earliest article each shares.
_MEMBERS = """
select a.id, a.published_at, a.published_on, a.first_seen, a.source, s.name as source_name, a.title, a.desk,
  a.page_type, a.url, round(max(p.jaccard, p.containment), 3) as likeness
from articles a join sources s on s.key = a.source left join story_pairs p on p.a = :story and p.b = a.id
where a.story_id = :story and a.withheld is null
order by julianday(coalesce(a.published_at, a.first_seen)), a.id"""


def members(story_id: int) -> Listing:
    """Every copy of a story, first print first."""
    return Listing(_MEMBERS, {"story": story_id})


def story(db: Database, story_id: int) -> dict[str, Any] | None:
    """id, title, articles, sources, origin (agencies its copies credit), earliest (ids); None when there is none."""
    found = load(db, story_id)
    if found is None:
        return None
    first = next(copy for copy in found.copies if copy.id in found.earliest)
    return {
        "id": found.id,
        "title": first.title,
        "articles": len(found.copies),
        "sources": len({copy.source for copy in found.copies}),
        "origin": ["एजेंसी" if agency == UNNAMED else agency for agency in found.origin],
        "earliest": found.earliest,
        "dated_by": found.dated_by,
    }


def id_of(db: Database, article_id: int) -> int | None:
    """The story an article belongs to; None when it is alone or unknown."""
    row = db.execute("select story_id from articles where id = ? and withheld is null", [article_id]).fetchone()
    return row[0] if row else None


def ids(db: Database, story_id: int) -> list[int]:
    """The articles of a story."""
    return [one for (one,) in db.execute("select id from articles where story_id = ?", [story_id])]


def copies(db: Database, article_id: int) -> list[dict[str, Any]]:
    """What else tells an article's story, first print first."""
    number = id_of(db, article_id)
    rows = members(number).each(db) if number else ()
    return [row for row in rows if row["id"] != article_id]
