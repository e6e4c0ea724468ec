"""Lists of articles, newest first: of a source, an author, an account, an embed, a story, a day.
One shape for all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from sqlite_utils import Database

from khabar.archive import search
from khabar.archive.search import SearchQuery
from khabar.hindi.india_time import to_india_date
from khabar.web.queries.excerpts import with_excerpts

PAGE_SIZE = 50
# Whose words are withheld is left out of every list.
_ARTICLES = """
select a.id, a.published_at, a.published_on, a.source, s.name as source_name, a.title, a.page_type, a.url {more}
from {tables} join sources s on s.key = a.source
where a.withheld is null and {where} order by a.id desc"""
_DAYS_SQL = "(:from = '' or a.published_on >= :from) and (:to = '' or a.published_on <= :to)"


@dataclass(frozen=True, slots=True)
class Listing:
    """A list that can be shown page by page, counted, and taken away whole: SQL of our own with
    its parameters.
    """

    sql: str
    params: dict[str, Any] = field(default_factory=dict)

    def iter_rows(self, db: Database) -> Iterator[dict[str, Any]]:
        """Every row, one at a time."""
        yield from db.query(self.sql, self.params)

    def fetch_page(self, db: Database, number: int) -> list[dict[str, Any]]:
        """The rows of page `number` (from 1), PAGE of them."""
        page_sql = f"{self.sql} limit {PAGE_SIZE} offset {PAGE_SIZE * (number - 1)}"
        return list(islice(db.query(page_sql, self.params), PAGE_SIZE))

    def count(self, db: Database) -> int:
        """How many rows there are in all."""
        number: int = db.execute(f"select count(*) from ({self.sql})", self.params).fetchone()[0]  # noqa: S608  (ours)
        return number


def _article_listing(
    where: str, params: dict[str, Any], tables: str = "articles a", more: str = ""
) -> Listing:
    return Listing(_ARTICLES.format(tables=tables, where=where, more=more and f", {more}"), params)


def articles_of_source(key: str, since: str, until: str) -> Listing:
    """What a source published between two days, both included; '' leaves an end open."""
    return _article_listing(
        f"a.source = :key and {_DAYS_SQL}", {"key": key, "from": since, "to": until}
    )


def articles_of_author(name: str, since: str, until: str) -> Listing:
    """What carries an author's name in its byline."""
    params = {"name": name, "from": since, "to": until}
    tables = "authors u join article_authors x on x.author_id = u.id join articles a on a.id = x.article_id"
    return _article_listing(f"u.name = :name and {_DAYS_SQL}", params, tables)


def articles_with_embed(embed_id: int) -> Listing:
    """The articles whose newest reading carries a post, each once."""
    where = """exists (select 1 from article_embeds x where x.embed_id = :embed and x.article_id = a.id
      and x.revision = a.revision and x.place <> 'page')"""
    return _article_listing(where, {"embed": embed_id})


def load_source(db: Database, key: str) -> dict[str, Any] | None:
    """A source, how much of it is held, from which day to which; None when it is unknown."""
    rows = db.query(
        """select s.*, count(a.id) as articles, date(min(a.id) >> 20, 'unixepoch', '+330 minutes') as first_day,
          date(max(a.id) >> 20, 'unixepoch', '+330 minutes') as last_day
        from sources s left join articles a on a.source = s.key where s.key = ? group by s.key""",
        [key],
    )
    return next(iter(rows), None)


def top_authors(db: Database, key: str, limit: int = 20) -> list[dict[str, Any]]:
    """Who wrote most of a source's newest two thousand articles."""
    return list(
        db.query(
            """select u.name, count(*) as articles
            from (select id from articles where source = ? and withheld is null order by id desc limit 2000) a
            join article_authors x on x.article_id = a.id join authors u on u.id = x.author_id
            group by u.id order by articles desc, u.name limit ?""",
            [key, limit],
        )
    )


def author_sources(db: Database, name: str) -> list[dict[str, Any]]:
    """The sources an author writes for, with counts; empty when nobody of that name is known."""
    return list(
        db.query(
            """select s.key, s.name, count(*) as articles, min(a.published_on) as first_day,
              max(a.published_on) as last_day
            from authors u join article_authors x on x.author_id = u.id join articles a on a.id = x.article_id
            join sources s on s.key = a.source where u.name = ? and a.withheld is null
            group by s.key order by articles desc""",
            [name],
        )
    )


def list_sources(db: Database) -> list[dict[str, Any]]:
    """Every source with how many articles are held, most first, and the day of its newest."""
    # The newest id tells the newest moment (seconds << 20), so the index alone answers.
    return list(
        db.query(
            """select s.key, s.name, s.name_en, count(a.id) as articles,
              date(max(a.id) >> 20, 'unixepoch', '+330 minutes') as newest
            from sources s left join articles a on a.source = s.key group by s.key order by articles desc, s.key"""
        )
    )


def archive_totals(db: Database) -> dict[str, Any]:
    """articles, embeds, first_day, last_day of the whole archive."""
    return next(
        iter(
            db.query(
                """select (select count(*) from articles) as articles, (select count(*) from embeds) as embeds,
                  (select min(published_on) from articles) as first_day,
                  (select max(published_on) from articles) as last_day"""
            )
        )
    )


def newest_articles(db: Database, limit: int) -> list[dict[str, Any]]:
    """The newest articles, with how many posts stand in each."""
    return list(
        db.query(
            """select l.id, l.title, l.published_at, l.embeds, l.page_type, l.source, s.name as source_name
            from article_list l join sources s on s.key = l.source order by l.id desc limit ?""",
            [limit],
        )
    )


def count_providers(db: Database) -> list[dict[str, Any]]:
    """How many posts are known of each provider, most first."""
    return list(
        db.query(
            "select provider, count(*) as posts from embeds group by provider order by posts desc"
        )
    )


# --- search as the reading room asks it: the same engine as `khabar search`, in pages and whole ---


NO_LIMIT = 10_000_000  # more than any archive answers: no limit
MAX_QUERY_CHARS = 300  # code points of a query: what a stranger's words may cost


def to_fts_match(db: Database, query: str) -> str:
    """The FTS5 expression for the articles that answer a query; '' when it asks for nothing."""
    return search.build_match(db, query[:MAX_QUERY_CHARS])


def build_search_query(
    query: str, source: str = "", since: str = "", until: str = "", *, ranked: bool = False
) -> SearchQuery:
    """A search as a form gives it: '' is no bound."""
    return SearchQuery(
        query[:MAX_QUERY_CHARS], source or None, since or None, until or None, ranked=ranked
    )


@dataclass(frozen=True, slots=True)
class SearchHits:
    """The hits of a search as a list that can be shown page by page and taken away whole.

    `public`: for strangers, who see an article's excerpt instead of the words around a hit.
    """

    query: SearchQuery
    public: bool = False

    def fetch_page(self, db: Database, number: int) -> tuple[list[dict[str, Any]], bool]:
        """The hits of page `number` (from 1), and whether there are more."""
        hits = search.search_articles(db, replace(self.query, limit=PAGE_SIZE * number + 1))
        page_hits = hits[PAGE_SIZE * (number - 1) : PAGE_SIZE * number]
        return list(with_excerpts(db, page_hits)) if self.public else page_hits, len(
            hits
        ) > PAGE_SIZE * number

    def iter_rows(self, db: Database) -> Iterator[dict[str, Any]]:
        """Every hit, with its day in India; the places where its words stand in one cell."""
        hits = search.iter_hits(db, replace(self.query, limit=NO_LIMIT))
        for hit in with_excerpts(db, hits) if self.public else hits:
            del hit["marked_title"]
            extra = {
                "published_on": to_india_date(hit["published_at"]),
                "found_in": ", ".join(hit["found_in"]),
            }
            yield hit | extra
