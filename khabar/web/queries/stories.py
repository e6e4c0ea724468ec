"""A story as the reading room shows it: who printed what when, and what else of it is held."""

from __future__ import annotations

from typing import Any

from sqlite_utils import Database

from khabar.archive.stories import load_story
from khabar.hindi.agencies import UNNAMED_AGENCY
from khabar.web.queries.lists import Listing

# Copies in the order they came out; how much of the story's earliest article each shares.
_MEMBERS_SQL = """
select a.id, a.published_at, a.published_on, a.first_seen, a.source, s.name as source_name, a.title, a.desk,
  a.page_type, a.url, round(max(p.jaccard, p.containment), 3) as likeness
from articles a join sources s on s.key = a.source left join story_pairs p on p.a = :story and p.b = a.id
where a.story_id = :story and a.withheld is null
order by julianday(coalesce(a.published_at, a.first_seen)), a.id"""


def list_members(story_id: int) -> Listing:
    """Every copy of a story, first print first."""
    return Listing(_MEMBERS_SQL, {"story": story_id})


def story_summary(db: Database, story_id: int) -> dict[str, Any] | None:
    """id, title, articles, sources, origin (agencies its copies credit), earliest (ids); None
    when there is none.
    """
    record = load_story(db, story_id)
    if record is None:
        return None
    first = next(copy for copy in record.copies if copy.id in record.earliest)
    return {
        "id": record.id,
        "title": first.title,
        "articles": len(record.copies),
        "sources": len({copy.source for copy in record.copies}),
        "origin": ["एजेंसी" if agency == UNNAMED_AGENCY else agency for agency in record.origin],
        "earliest": record.earliest,
        "dated_by": record.dated_by,
    }


def story_id_of(db: Database, article_id: int) -> int | None:
    """The story an article belongs to; None when it is alone or unknown."""
    row = db.execute(
        "select story_id from articles where id = ? and withheld is null", [article_id]
    ).fetchone()
    return row[0] if row else None


def article_ids_of(db: Database, story_id: int) -> list[int]:
    """The articles of a story."""
    return [
        article_id
        for (article_id,) in db.execute("select id from articles where story_id = ?", [story_id])
    ]


def list_copies(db: Database, article_id: int) -> list[dict[str, Any]]:
    """What else tells an article's story, first print first."""
    number = story_id_of(db, article_id)
    rows = list_members(number).iter_rows(db) if number else ()
    return [row for row in rows if row["id"] != article_id]
