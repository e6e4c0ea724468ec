"""Lists of articles (by source, author, embed), changed headlines, sources and search hits, for the
web pages.

Lists of articles are ordered by id, newest first, and leave out withheld articles; totals count
those too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from typing import Any

from sqlite_utils import Database

from khabar.archive import search
from khabar.archive.search import SearchQuery
from khabar.hindi.india_time import to_india_date
from khabar.web.queries.excerpts import with_excerpts

PAGE_SIZE = 50  # rows of a page; chosen by hand, not measured
_ARTICLES = """
select a.id, a.published_at, a.published_on, a.source, s.name as source_name, a.title, a.page_type,
  a.url {more}
from {tables} join sources s on s.key = a.source
where a.withheld is null and {where} order by a.id desc"""
_DAYS_SQL = "(:from = '' or a.published_on >= :from) and (:to = '' or a.published_on <= :to)"


@dataclass(frozen=True, slots=True)
class Listing:
    """A query with its parameters, whose rows can be counted and read page by page or all at once.

    `sql` must be our own, never a visitor's.
    """

    sql: str
    params: dict[str, Any] = field(default_factory=dict)

    def iter_rows(self, db: Database) -> Iterator[dict[str, Any]]:
        """Iterates over all rows."""
        yield from db.query(self.sql, self.params)

    def fetch_page(self, db: Database, number: int) -> list[dict[str, Any]]:
        """Returns the rows of page `number` (from 1), at most PAGE_SIZE."""
        page_sql = f"{self.sql} limit {PAGE_SIZE} offset {PAGE_SIZE * (number - 1)}"
        return list(islice(db.query(page_sql, self.params), PAGE_SIZE))

    def count(self, db: Database) -> int:
        """Counts all rows."""
        number: int = db.execute(f"select count(*) from ({self.sql})", self.params).fetchone()[0]  # noqa: S608  (ours)
        return number


def _article_listing(
    where: str, params: dict[str, Any], tables: str = "articles a", more: str = ""
) -> Listing:
    return Listing(_ARTICLES.format(tables=tables, where=where, more=more and f", {more}"), params)


def articles_of_source(key: str, since: str, until: str) -> Listing:
    """Articles that a source published between two days in India, both inclusive; '' is no
    bound.
    """
    return _article_listing(
        f"a.source = :key and {_DAYS_SQL}", {"key": key, "from": since, "to": until}
    )


def articles_of_author(name: str, since: str, until: str) -> Listing:
    """Articles with an author of exactly this name in the byline; days as in
    `articles_of_source`.
    """
    params = {"name": name, "from": since, "to": until}
    tables = """authors u join article_authors x on x.author_id = u.id
      join articles a on a.id = x.article_id"""
    return _article_listing(f"u.name = :name and {_DAYS_SQL}", params, tables)


def articles_with_embed(embed_id: int) -> Listing:
    """Articles whose current revision embeds a post, each once."""
    where = """exists (select 1 from article_embeds x where x.embed_id = :embed
      and x.article_id = a.id and x.revision = a.revision and x.place <> 'page')"""
    return _article_listing(where, {"embed": embed_id})


# --- Changed headlines. ---

_HEADLINE_CHANGES = """
select a.id, after.revision, after.seen_at, before.title as was, after.title as became, a.source,
  s.name as source_name, a.published_on, a.published_at, a.url, after.seen_after
from revisions later
  cross join readings after
    on after.article_id = later.article_id and after.revision = later.revision
  join readings before
    on before.article_id = after.article_id and before.revision = after.revision - 1
  join articles a on a.id = after.article_id
  join sources s on s.key = a.source
where later.revision > 1 and later.reason <> 're-extraction' and a.withheld is null
  and before.title is not null and after.title is not null and before.title <> after.title
  and (:from = '' or date(after.seen_at, '+330 minutes') >= :from)
  and (:to = '' or date(after.seen_at, '+330 minutes') <= :to) and {where}
order by later.seen_at desc, a.id desc"""


def changes_of_articles(ids: Iterable[int], since: str = "", until: str = "") -> Listing:
    """Headline changes of the given articles, newest first, that were seen between two days in
    India, both inclusive; '' is no bound.
    """
    params = {"ids": json.dumps(list(ids)), "from": since, "to": until}
    where = "a.id in (select value from json_each(:ids))"
    return Listing(_HEADLINE_CHANGES.format(where=where), params)


def changes_of_source(key: str, since: str = "", until: str = "") -> Listing:
    """Headline changes of a source, or of all sources for ''; days as in `changes_of_articles`."""
    params = {"key": key, "from": since, "to": until}
    return Listing(_HEADLINE_CHANGES.format(where="(:key = '' or a.source = :key)"), params)


def changes_of_search(match: str, key: str = "", since: str = "", until: str = "") -> Listing:
    """Headline changes of the articles that match an FTS5 expression, none for ''; `key` and days
    as in `changes_of_source`.
    """
    # The + keeps SQLite from starting with the many hits instead of the few changes.
    where = """(:key = '' or a.source = :key)
      and +a.id in (select rowid from articles_fts where articles_fts match :match)"""
    params = {"match": match or '""', "key": key, "from": since, "to": until}
    return Listing(_HEADLINE_CHANGES.format(where=where), params)


# --- Sources, authors and totals. ---


def load_source(db: Database, key: str) -> dict[str, Any] | None:
    """Returns a source with its number of articles and their first and last day; None for an
    unknown key.
    """
    rows = db.query(
        """select s.*, count(a.id) as articles,
          date(min(a.id) >> 20, 'unixepoch', '+330 minutes') as first_day,
          date(max(a.id) >> 20, 'unixepoch', '+330 minutes') as last_day
        from sources s left join articles a on a.source = s.key where s.key = ? group by s.key""",
        [key],
    )
    return next(iter(rows), None)


def top_authors(db: Database, key: str, limit: int = 20) -> list[dict[str, Any]]:
    """Returns the most frequent authors of a source's newest 2,000 articles, with counts. Both
    limits are chosen by hand, not measured.
    """
    return list(
        db.query(
            """select u.name, count(*) as articles
            from (select id from articles where source = ? and withheld is null
              order by id desc limit 2000) a
            join article_authors x on x.article_id = a.id join authors u on u.id = x.author_id
            group by u.id order by articles desc, u.name limit ?""",
            [key, limit],
        )
    )


def author_sources(db: Database, name: str) -> list[dict[str, Any]]:
    """Returns the sources an author writes for, with counts; empty for an unknown name."""
    return list(
        db.query(
            """select s.key, s.name, count(*) as articles, min(a.published_on) as first_day,
              max(a.published_on) as last_day
            from authors u join article_authors x on x.author_id = u.id
            join articles a on a.id = x.article_id join sources s on s.key = a.source
            where u.name = ? and a.withheld is null
            group by s.key order by articles desc""",
            [name],
        )
    )


# The time comes from the largest id (seconds << 20), so SQLite needs only an index.
_ALL_SOURCES = """select s.key, s.name, s.name_en, count(a.id) as articles,
    date(max(a.id) >> 20, 'unixepoch', '+330 minutes') as newest
  from sources s left join articles a on a.source = s.key
  group by s.key order by articles desc, s.key"""


def all_sources() -> Listing:
    """All sources with their number of articles and the day of the newest, ordered by the number
    of articles, largest first.
    """
    return Listing(_ALL_SOURCES)


def list_sources(db: Database) -> list[dict[str, Any]]:
    """Returns the rows of `all_sources` as a list."""
    return list(all_sources().iter_rows(db))


def count_sources(db: Database) -> int:
    """Counts the sources."""
    number: int = db.execute("select count(*) from sources").fetchone()[0]
    return number


def list_busiest_sources(
    db: Database, since: date, until: date, limit: int
) -> list[dict[str, Any]]:
    """Returns the sources with the most articles published between two days in India, both
    inclusive: key, name, articles, and the newest of these days with an article.
    """
    # Grouped in the order of the index first, which needs no sorting.
    return list(
        db.query(
            """select s.key, s.name, sum(number) as articles, max(day) as newest
            from (select source, published_on as day, count(*) as number from articles
              where published_on between ? and ? group by published_on, source) d
            join sources s on s.key = d.source
            group by s.key order by articles desc, s.key limit ?""",
            [str(since), str(until), limit],
        )
    )


def load_source_names(db: Database) -> dict[str, str]:
    """Returns the names of all sources by key."""
    return dict(db.execute("select key, name from sources").fetchall())


def archive_totals(db: Database) -> dict[str, Any]:
    """Returns articles, posts (each embed once), sources, first_day and last_day of the whole
    archive.
    """
    rows = db.query(
        """select (select count(*) from articles) as articles,
          (select count(*) from embeds) as posts, (select count(*) from sources) as sources,
          (select min(published_on) from articles) as first_day,
          (select max(published_on) from articles) as last_day"""
    )
    return next(iter(rows))


def newest_articles(db: Database, limit: int) -> list[dict[str, Any]]:
    """Returns the newest articles with their number of embeds."""
    return list(
        db.query(
            """select l.id, l.title, l.published_at, l.embeds, l.page_type, l.source,
              s.name as source_name
            from article_list l join sources s on s.key = l.source order by l.id desc limit ?""",
            [limit],
        )
    )


def count_providers(db: Database) -> list[dict[str, Any]]:
    """Returns the number of embeds of each provider, largest first."""
    return list(
        db.query(
            "select provider, count(*) as posts from embeds group by provider order by posts desc"
        )
    )


# --- Search, with the same engine as `khabar search`. ---

NO_LIMIT = 10_000_000  # more hits than any archive has
# Code points of a query, which bounds the cost of a search. Chosen by hand, not measured.
MAX_QUERY_CHARS = 300


def to_fts_match(db: Database, query: str) -> str:
    """Returns the FTS5 expression for a query, or '' for a query without search terms."""
    return search.build_match(db, query[:MAX_QUERY_CHARS])


def build_search_query(params: Mapping[str, str]) -> SearchQuery:
    """Builds a search query from the parameters of the search page, where '' is no bound."""
    return SearchQuery(
        params["q"][:MAX_QUERY_CHARS],
        params["source"] or None,
        params["since"] or None,
        params["until"] or None,
        ranked=bool(params["rank"]),
        section=params["section"] or None,
        place=params["place"] or None,
        page_type=params["page_type"] or None,
        month=params["month"] or None,
        agency=params["agency"] or None,
        embeds={"yes": True, "no": False}.get(params["embeds"]),
    )


@dataclass(frozen=True, slots=True)
class SearchHits:
    """The hits of a search, which can be read page by page or all at once.

    `public`: show the article's excerpt instead of a snippet around the match.
    """

    query: SearchQuery
    public: bool = False

    def fetch_page(self, db: Database, number: int) -> tuple[list[dict[str, Any]], bool]:
        """Returns the hits of page `number` (from 1), and True if there are more."""
        end = PAGE_SIZE * number
        hits = search.search_articles(db, replace(self.query, limit=end + 1))
        page_hits = hits[end - PAGE_SIZE : end]
        if self.public:
            page_hits = list(with_excerpts(db, page_hits))
        return page_hits, len(hits) > end

    def iter_rows(self, db: Database) -> Iterator[dict[str, Any]]:
        """Iterates over all hits, with `published_on` (a day in India) added and `found_in` as
        text.
        """
        hits = search.iter_hits(db, replace(self.query, limit=NO_LIMIT))
        for hit in with_excerpts(db, hits) if self.public else hits:
            del hit["marked_title"]
            extra = {
                "published_on": to_india_date(hit["published_at"]),
                "found_in": ", ".join(hit["found_in"]),
            }
            yield hit | extra
