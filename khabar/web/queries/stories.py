"""Stories: groups of articles that carry the same report."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlite_utils import Database

from khabar.archive.stories import load_story
from khabar.hindi.agencies import UNNAMED_AGENCY
from khabar.model.article_rows import ID_BITS
from khabar.web.queries.lists import Listing

# `likeness`: similarity to the story's earliest article, from 0 to 1.
_MEMBERS_SQL = """
select a.id, a.published_at, a.published_on, a.first_seen, a.source, s.name as source_name, a.title,
  a.desk, a.page_type, a.url, round(max(p.jaccard, p.containment), 3) as likeness
from articles a join sources s on s.key = a.source
  left join story_pairs p on p.a = :story and p.b = a.id
where a.story_id = :story and a.withheld is null
order by julianday(coalesce(a.published_at, a.first_seen)), a.id"""

MAX_POSTS = 50  # of a story on its page; chosen by hand
_MAX_PLACEMENTS = 2_000  # of posts in a story that are looked at; chosen by hand
_POSTS_SQL = f"""
select distinct e.key, e.provider, e.kind, e.author_handle, e.author_name,
  substr(coalesce(e.text, e.title, ''), 1, 200) as text, a.id, s.name as source_name
from articles a join sources s on s.key = a.source
  join article_embeds x on x.article_id = a.id and x.revision = a.revision and x.place <> 'page'
  join embeds e on e.id = x.embed_id
where a.story_id = :story and a.withheld is null
order by julianday(coalesce(a.published_at, a.first_seen)), a.id limit {_MAX_PLACEMENTS}"""  # noqa: S608


def list_members(story_id: int) -> Listing:
    """Lists the articles of a story in order of publication."""
    return Listing(_MEMBERS_SQL, {"story": story_id})


def story_summary(db: Database, story_id: int) -> dict[str, Any] | None:
    """Returns id, title, articles and sources (counts), origin (credited agencies), earliest (ids)
    and dated_by of a story; None for an unknown id.
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


def list_posts(db: Database, story_id: int) -> list[dict[str, Any]]:
    """Returns the posts, videos and charts in the articles of a story, those in most sources first:
    key, provider, kind, author_handle, author_name, text (its first 200 characters), and `articles`
    that carry it, in order of publication, each with id and source_name. At most MAX_POSTS.
    """
    posts: dict[str, dict[str, Any]] = {}
    for row in db.query(_POSTS_SQL, {"story": story_id}):
        article = {"id": row.pop("id"), "source_name": row.pop("source_name")}
        posts.setdefault(row["key"], {**row, "articles": []})["articles"].append(article)

    def sort_key(post: dict[str, Any]) -> tuple[int, int]:
        sources = {article["source_name"] for article in post["articles"]}
        return -len(sources), -len(post["articles"])

    return sorted(posts.values(), key=sort_key)[:MAX_POSTS]


def list_widest(db: Database, since: datetime, limit: int) -> list[dict[str, Any]]:
    """Returns the stories that most sources have told since a time, each in two sources at least:
    id, sources and articles (counts of that time), and of the earliest of these articles its title,
    source and published_at.
    """
    return list(
        db.query(
            """with told as (
              select story_id, count(distinct source) as sources, count(*) as articles,
                min(id) as first_id
              from articles indexed by articles_facts
              where id >= :first and story_id is not null and withheld is null
              group by story_id having sources > 1
              order by sources desc, articles desc, story_id desc limit :limit)
            select t.story_id as id, t.sources, t.articles, a.title, a.published_at,
              s.name as source_name
            from told t join articles a on a.id = t.first_id join sources s on s.key = a.source
            order by t.sources desc, t.articles desc, t.story_id desc""",
            {"first": int(since.timestamp()) << ID_BITS, "limit": limit},
        )
    )


def story_id_of(db: Database, article_id: int) -> int | None:
    """Returns the id of an article's story; None if the article has no story, is unknown or is
    withheld.
    """
    row = db.execute(
        "select story_id from articles where id = ? and withheld is null", [article_id]
    ).fetchone()
    return row[0] if row else None


def article_ids_of(db: Database, story_id: int) -> list[int]:
    """Returns the ids of a story's articles."""
    rows = db.execute("select id from articles where story_id = ?", [story_id])
    return [article_id for (article_id,) in rows]


def list_copies(db: Database, article_id: int) -> list[dict[str, Any]]:
    """Returns the other articles of an article's story, in order of publication."""
    story_id = story_id_of(db, article_id)
    rows = list_members(story_id).iter_rows(db) if story_id else ()
    return [row for row in rows if row["id"] != article_id]
